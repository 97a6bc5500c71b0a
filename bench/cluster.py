"""``python -m bench.cluster``: what a Dask cluster on this machine adds to a submission, and what a hand-in weighs.

One small check of the same submissions is graded by the local pool and by ``--cluster local`` in turn, with one judge
each; the time from one result to the next less the judge's own seconds is what the way there and back costs. CPU is
that of all processes, of a long run less a short one. Then two classes are graded with ``grader batch``, to see by how
much the gradebook of the larger one is larger, and 300 hand-ins and gradings are put on record.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import json
import os
import pickle
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import meter
from grader.core.result import SubmissionResult
from grader.gradebook.book import open_gradebook
from grader.grading.batch import Entry, grade_entries
from grader.grading.cluster import LOCAL, cluster
from grader.grading.course import Course
from grader.sandbox.intake import Intake

COURSE = Course(Path(__file__).parents[1])
TINY, CHECK = "warmup", "test_pets_table"  # little work, so that what lies around it shows
USUAL = "backprop"  # the assignment of the other measurements


def entries(slug: str, count: int) -> list[Entry]:
    """Right examples of the course, each with a number of its own."""
    spec = COURSE.assignment(slug)
    files = sorted(COURSE.reference(slug).glob("submissions/right/*.py"))
    texts = [path.read_text() for path in itertools.islice(itertools.cycle(files), count)]

    def entry(number: int, text: str) -> Entry:
        intake = Intake(f"s{number:04}", {spec.entry: f"{text}\n# {number}\n".encode()}, (), None, False)
        return Entry(intake.name, lambda: intake)

    return [entry(number, text) for number, text in enumerate(texts)]


def run_once(place: str, count: int) -> dict[str, float]:
    """Seconds until the first result, then milliseconds from one to the next; bytes that travel for one.

    around: the part of those milliseconds in which the judge did not grade. own: CPU milliseconds of this process,
    which is the command, and with `local` the scheduler too.
    """
    told: list[float] = []
    own: list[float] = []
    results: list[SubmissionResult] = []

    def note(index: int, result: SubmissionResult) -> None:
        told.append(time.monotonic())
        own.append(time.process_time())
        results.append(result)

    line, began = entries(TINY, count), time.monotonic()
    if place == LOCAL:
        with cluster(LOCAL) as grade:
            grade(COURSE, TINY, line, only=CHECK, jobs=1, on_result=note)
    else:
        grade_entries(COURSE, TINY, line, only=CHECK, jobs=1, on_result=note)
    paces = [after - before for before, after in itertools.pairwise(told)]
    around = [pace - one.measured.wall_seconds for pace, one in zip(paces, results[1:], strict=True)]
    return {
        "start": told[0] - began,
        "pace": 1000 * statistics.median(paces),
        "around": 1000 * statistics.median(around),
        "own": 1000 * (own[-1] - own[0]) / (count - 1),
        "there": len(pickle.dumps(line[0].source())),
        "back": len(pickle.dumps(results[0])),
    }


def compare(count: int, repeat: int) -> None:
    """The pool and the cluster in turn, one process each; medians over the runs."""
    few = max(2, count // 5)
    figures: dict[str, list[dict[str, float]]] = {"pool": [], LOCAL: []}
    for place in list(figures) * repeat:
        many, less = (
            meter.run([sys.executable, "-m", "bench.cluster", "--once", place, "--count", str(size)])
            for size in (count, few)
        )
        cpu = 1000 * (many.cpu - less.cpu) / (count - few)
        figures[place].append({**json.loads(many.output), "cpu": cpu, "begin": less.cpu - few * cpu / 1000})
    middle = {
        place: {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        for place, runs in figures.items()
    }
    for place, told in middle.items():
        print(
            f"{place:5}: first result after {told['start']:.1f} s, start and end {told['begin']:.1f} CPU s; then each "
            f"{told['pace']:.0f} ms, {told['around']:.1f} ms of them around the grading, and {told['cpu']:.0f} CPU ms, "
            f"{told['own']:.1f} of them in the command"
        )
    one, other = middle["pool"], middle[LOCAL]
    print(
        f"the cluster adds {other['around'] - one['around']:.1f} ms and {other['cpu'] - one['cpu']:.0f} CPU ms "
        f"to each; {other['there']:.0f} bytes go to the worker, {other['back']:.0f} come back"
    )


def weight(sizes: Sequence[int]) -> None:
    """Bytes that one hand-in more adds to a gradebook file."""
    bytes_: list[int] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            folder, book = Path(place, "in"), Path(place, "book.db")
            folder.mkdir()
            for entry in entries(USUAL, size):
                source = entry.source()
                assert isinstance(source, Intake)
                (folder / f"{entry.name}.py").write_bytes(next(iter(source.files.values())))
            words = [
                "batch",
                USUAL,
                str(folder),
                "--gradebook",
                str(book),
                "--jobs",
                str(os.cpu_count() or 1),
            ]
            subprocess.run([sys.executable, "-m", "grader", *words], check=True, stdout=subprocess.DEVNULL)
            with sqlite3.connect(book) as db:
                db.execute("VACUUM")
            bytes_.append(book.stat().st_size)
    more = (bytes_[-1] - bytes_[0]) / (sizes[-1] - sizes[0])
    print(f"gradebook of {sizes[0]} and of {sizes[-1]} hand-ins of {USUAL}: {more:.0f} bytes for each more")


def recording(count: int = 300) -> None:
    """What the gradebook takes for each hand-in and each grading, which the command writes alone."""
    source = entries(USUAL, 1)[0].source()
    assert isinstance(source, Intake)
    (result,) = grade_entries(COURSE, USUAL, entries(USUAL, 1))
    name, data = next(iter(source.files.items()))
    received = datetime.datetime.now(datetime.UTC)
    with tempfile.TemporaryDirectory() as place, open_gradebook(str(Path(place, "book.db"))) as book:
        for what, write in {
            "hand-in": lambda n: book.submit(
                f"s{n}", USUAL, {name: data + b"%d" % n}, received, False, f"{n}"
            ),
            "grading": lambda n: book.record(f"{n:064}", result),
        }.items():
            began, cpu = time.monotonic(), time.process_time()
            for number in range(count):
                write(number)
            wall, used = time.monotonic() - began, time.process_time() - cpu
            print(f"{what} put on record: {1000 * wall / count:.1f} ms, {1000 * used / count:.1f} CPU ms")


def main() -> None:
    """Compare, weigh, then record."""
    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="submissions in a run [100]")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each [3]")
    parser.add_argument("--once", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.once:
        print(json.dumps(run_once(chosen.once, chosen.count)))
        return
    compare(chosen.count, chosen.repeat)
    weight((20, 60))
    recording()


if __name__ == "__main__":
    main()
