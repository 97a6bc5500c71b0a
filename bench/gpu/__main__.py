"""``make gpu``: the figures of docs/gpu.md as a Markdown table, with device and date. Says so where there is no GPU."""

from __future__ import annotations

import argparse
import datetime
import sys

from bench.gpu.figures import ALL, measure
from bench.gpu.stand import named, ready
from grader.sandbox.gpu.devices import NoDevices


def main() -> None:
    """Measure what was named, or everything; exit 1 if something that is promised does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of: {', '.join(ALL)}")
    chosen = parser.parse_args().names or list(ALL)
    failed = False
    try:
        ready()
        print("| measured | value | as promised |\n|---|---|---|", flush=True)
        for name in chosen:
            for figure in measure(name):
                failed |= not figure.holds
                print(
                    f"| {figure.what} | {figure.value} | {'yes' if figure.holds else '**no**'} |", flush=True
                )
    except NoDevices as error:
        print(f"not measured: {error}", file=sys.stderr)
        return
    print(f"\n{named()}, {datetime.date.today().isoformat()}")
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
