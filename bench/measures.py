"""The measurements, each a function of the batch's size that gives rows."""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import meter
from bench.exams import exams
from bench.table import Row

_PYTHON = sys.executable
_GRADER = [_PYTHON, "-m", "grader"]
_IS_TORCH_THERE = """
import sys
from grader.cli.main import cli
cli(["check", sys.argv[1]], standalone_mode=False)
print("torch" in sys.modules)
"""


def batch(count: int) -> list[Row]:
    """CPU seconds a submission, all checks, everything included but what the submission's own functions use."""
    rows = []
    for slug, limit, ratio in (("backprop", 0.12, 3.0), ("lenet", 0.30, 8.0)):
        own = statistics.median(
            float(_run("bench.own_time", slug, str(_example(slug))).output) for _ in range(5)
        )
        with _copies(slug, count) as paths:
            ours = meter.run([*_GRADER, "grade", slug, *paths, "--jobs", "1"])
        plain = meter.run([_PYTHON, "-m", "bench.plain_pytest", slug, str(_example(slug))])
        each = ours.cpu / count - own
        detail = (
            f"{count} submissions, {ours.cpu:.2f} CPU s, {own:.3f} of each in its own functions, "
            f"{ours.wall:.1f} s on the clock"
        )
        rows.append(Row(f"batch of `{slug}`, CPU a submission", each, " s", limit, True, detail))
        what = f"`{slug}`: plain pytest in a fresh process, unprotected / ours"
        detail = f"{plain.cpu - own:.2f} against {each:.3f} CPU s"
        rows.append(Row(what, (plain.cpu - own) / each, "×", ratio, False, detail))
        if slug == "lenet":
            cold = meter.run([_PYTHON, "-c", "import torch"]).cpu
            what = "cold `import torch` / a `lenet` submission"
            rows.append(Row(what, cold / each, "×", 8.0, False, f"{cold:.2f} CPU s"))
    return rows


def starts(count: int) -> list[Row]:
    """A sandboxed start against a bare fork of a process with the same imports; a child's own memory."""
    rows = []
    for packages in (["numpy"], ["numpy", "torch"]):
        bare, boxed, private = map(float, _run("bench.starts", "30", *packages).output.split())
        name = packages[-1]
        detail = f"{boxed:.1f} against {bare:.1f} CPU ms"
        rows.append(Row(f"sandboxed start / bare fork ({name})", boxed / bare, "×", 1.5, True, detail))
        what, mib = f"private memory of a child ({name})", 1 << 20
        rows.append(Row(what, private / mib, " MiB", 10 * 1e6 / mib, True))
    return rows


def check(count: int) -> list[Row]:
    """`grader check`, the whole command, cold."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "backprop"
        meter.run([*_GRADER, "start", "backprop", str(work)])
        shutil.copy(_example("backprop"), work / "backprop.py")
        used = sorted(meter.run([*_GRADER, "check", str(work)]).cpu for _ in range(5))[2]
        torch = meter.run([_PYTHON, "-c", _IS_TORCH_THERE, str(work)]).output.split()[-1]
    detail = f"torch imported: {torch}; median of 5"
    return [Row("`grader check backprop`, cold, CPU", used, " s", 1.5, True, detail)]


def jobs(count: int) -> list[Row]:
    """Two judge processes against one."""
    with _copies("backprop", 4 * count) as paths:
        one = meter.run([*_GRADER, "grade", "backprop", *paths, "--jobs", "1"])
        two = meter.run([*_GRADER, "grade", "backprop", *paths, "--jobs", "2"])
    detail = f"{4 * count} submissions: {one.wall:.1f} s and {two.wall:.1f} s on the clock"
    return [Row("2 jobs / 1 job, throughput", one.wall / two.wall, "×", 1.7, False, detail)]


ALL: dict[str, Callable[[int], list[Row]]] = {
    "batch": batch,
    "starts": starts,
    "check": check,
    "jobs": jobs,
    "exams": exams,
}


def _run(module: str, *arguments: str) -> meter.Used:
    return meter.run([_PYTHON, "-m", module, *arguments])


def _example(slug: str) -> Path:
    """A right submission of the ordinary kind: the reference itself."""
    return Path("reference", slug, "solution.py")


@contextmanager
def _copies(slug: str, count: int) -> Iterator[list[str]]:
    """Copies of the example: its own time then holds for each."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"submission{number:03}.py" for number in range(count)]
        for path in paths:
            shutil.copy(_example(slug), path)
        yield [str(path) for path in paths]
