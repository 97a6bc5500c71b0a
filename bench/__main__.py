"""``python -m bench``: measure, print a table, write bench/RESULTS.md and bench/results.json.

Ratios come from one run on one machine; CPU seconds are those of all processes together, as a cgroup or the
kernel counts them.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
from pathlib import Path

from bench import measures
from bench.table import Row, markdown

HERE = Path(__file__).parent


def main() -> None:
    """Run the measurements that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of: {', '.join(measures.ALL)}")
    parser.add_argument("--count", type=int, default=50, help="submissions in a batch [50]")
    chosen = parser.parse_args()
    rows: list[Row] = []
    for name in chosen.names or measures.ALL:
        found = measures.ALL[name](chosen.count)
        rows += found
        for row in found:
            verdict = "" if row.met else "   NOT MET"
            print(f"{row.what}: {row.value} (target {row.target}){verdict}", flush=True)
    if chosen.names:
        return
    system = f"{platform.system()} {platform.release()}"
    machine = f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}"
    day = datetime.date.today().isoformat()
    (HERE / "RESULTS.md").write_text(markdown(rows, machine, day), encoding="utf-8")
    data = {"machine": machine, "date": day, "rows": [row.as_json() for row in rows]}
    (HERE / "results.json").write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
