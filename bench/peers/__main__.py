"""``python -m bench.peers``: the same submissions and checks with otter-grader, with nbgrader and with ours."""

from __future__ import annotations

import argparse
import datetime
import itertools
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import meter
from bench.peers import graders, material
from bench.peers.environments import installed
from bench.table import Row

_PEERS = {"otter-grader==7.0.0": graders.otter, "nbgrader==0.9.6": graders.nbgrader}
_GOALS = (20.0, 8.0)  # times our CPU in one batch: one call a submission, all in one call
_MODES = ("one call a submission", "all in one call")


def main() -> None:
    """Install, grade, compare the verdicts, print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--count", type=int, default=30, help="submissions in the class [30]")
    parser.add_argument(
        "--right-only", action="store_true", help="leave out the wrong and the unfinished ones"
    )
    cache = Path.home() / ".cache" / "grader-bench"
    parser.add_argument("--cache", type=Path, default=cache, help=f"where the peers are installed [{cache}]")
    chosen = parser.parse_args()
    files = material.submissions(chosen.count, chosen.right_only)
    what = f"{len(files)} submissions, {len(set(files.values()))} distinct"
    print(f"{_machine()}; {what}", flush=True)
    own = _own_seconds(files)
    print(f"\n| CPU seconds a submission, less {own / len(files):.3f} of its own | {' | '.join(_MODES)} |")
    print("|---|---|---|", flush=True)
    found: dict[str, graders.Modes] = {}
    for name, modes in _measured(files, chosen.cache):
        found[name] = modes
        print(f"| {name} | {' | '.join(_shown(mode, own, len(files)) for mode in modes)} |", flush=True)
    print()
    agree = _compare(found)
    for row in _rows(found, own):
        print(f"{row.what}: {row.value} (target {row.target}){'' if row.met else '   NOT MET'}")
    if not agree:
        sys.exit("bench.peers: the verdicts differ, so the figures compare different work")


def _measured(files: dict[str, Path], cache: Path) -> Iterator[tuple[str, graders.Modes]]:
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        peers = {name: installed(name, cache, work) for name in _PEERS}
        checks = material.translate(work / "checks")
        yield "ours", graders.ours(files, work / "ours")
        for name, peer in peers.items():
            first = dict(itertools.islice(files.items(), 1))  # its run writes settings and compiles modules
            _PEERS[name](peer, first, checks, work / "checks", work / f"warm-{name}")
            yield name, _PEERS[name](peer, files, checks, work / "checks", work / name)


def _own_seconds(files: dict[str, Path]) -> float:
    """CPU seconds of all submissions in their own functions, which no grader can save."""
    own = {
        path: float(meter.run([sys.executable, "-m", "bench.own_time", material.SLUG, str(path)]).output)
        for path in set(files.values())
    }
    return sum(own[path] for path in files.values())


def _shown(mode: graders.Measured, own: float, count: int) -> str:
    return f"{(mode.cpu - own) / count:.3f} ({mode.wall:.0f} s on the clock in all)"


def _compare(found: dict[str, graders.Modes]) -> bool:
    """Print how many verdicts are ours; each that is not."""
    wanted = found["ours"][1].verdicts
    pairs = [(name, check) for name, passed in wanted.items() for check in passed]
    agree = True
    for tool, modes in found.items():
        for mode, measured in zip(_MODES, modes, strict=True):
            other = [p for p in pairs if measured.verdicts.get(p[0], {}).get(p[1]) != wanted[p[0]][p[1]]]
            print(
                f"- {tool}, {mode}: {len(pairs) - len(other)} of {len(pairs)} verdicts as ours", *other[:10]
            )
            agree = agree and not other
    return agree


def _rows(found: dict[str, graders.Modes], own: float) -> list[Row]:
    ours = found["ours"][1].cpu - own
    return [
        Row(f"{name}, {mode} / our batch, CPU", (measured.cpu - own) / ours, "×", goal, False)
        for name, modes in found.items()
        if name != "ours"
        for mode, measured, goal in zip(_MODES, modes, _GOALS, strict=True)
    ]


def _machine() -> str:
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{datetime.date.today().isoformat()}: {os.cpu_count()} cores (load {os.getloadavg()[0]:.1f}), {system}"


if __name__ == "__main__":
    main()
