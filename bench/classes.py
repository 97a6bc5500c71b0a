"""``python -m bench.classes [30 300 3000]``: what a class costs, from one folder to marks and pages.

`grader batch backprop`, with full isolation, a gradebook on disk and HTML pages. Every submission differs, so that
nothing is taken from the cache. Memory is the proportional set size of all processes, sampled twice a second.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench import meter
from grader.sandbox import watch

ROOT = Path(__file__).parents[1]
SLUG = "backprop"


@dataclass(frozen=True, slots=True)
class Cost:
    """Attributes: size: submissions; jobs: judge processes; cpu, wall: seconds; peak: bytes of all processes."""

    size: int
    jobs: int
    cpu: float
    wall: float
    peak: int

    def line(self) -> str:
        """One row of the printed table."""
        each = 1000 * self.cpu / self.size
        return (
            f"| {self.size} | {self.jobs} | {self.wall:.1f} s | {1000 * self.wall / self.size:.0f} ms | "
            f"{each:.0f} ms | {self.peak / 2**20:.0f} MiB |"
        )


def make(folder: Path, size: int) -> None:
    """A class of `size`: the reference and the course's wrong examples in turn, each with a line of its own."""
    examples = ROOT / "reference" / SLUG
    sources = [examples / "solution.py", *sorted((examples / "submissions" / "wrong").glob("*.py"))]
    folder.mkdir()
    for number in range(size):
        text = sources[number % len(sources)].read_text(encoding="utf-8")
        (folder / f"student{number:05}.py").write_text(f"{text}\nNUMBER = {number}\n", encoding="utf-8")


def measure(size: int, jobs: int) -> Cost:
    """Grade a new class of `size` with `jobs` judge processes."""
    with tempfile.TemporaryDirectory() as place, meter.Group() as group:
        work = Path(place)
        make(work / "in", size)
        command = [sys.executable, "-m", "grader", "batch", SLUG, str(work / "in"), "--jobs", str(jobs)]
        command += ["--gradebook", str(work / "gradebook.db"), "--html", str(work / "html")]
        command += ["--csv", str(work / "marks.csv")]
        started, before, peak = time.monotonic(), group.seconds(), 0
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        with subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=group.enter,
            env=environment,
        ) as process:
            while process.poll() is None:
                peak = max(peak, _proportional(process.pid))
                time.sleep(0.5)
        assert len((work / "marks.csv").read_text().splitlines()) == size + 1, "not every student has a mark"
        return Cost(size, jobs, group.seconds() - before, time.monotonic() - started, peak)


def _proportional(root: int) -> int:
    total = 0
    for pid in watch.tree(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
    return total


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(prog="python -m bench.classes", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[30, 300, 3000])
    parser.add_argument("--jobs", type=int, nargs="+", default=[2])
    chosen = parser.parse_args()
    print("| submissions | jobs | on the clock | each | CPU each | memory at most |")
    print("|---|---|---|---|---|---|")
    for size in chosen.sizes:
        for jobs in chosen.jobs:
            print(measure(size, jobs).line(), flush=True)


if __name__ == "__main__":
    main()
