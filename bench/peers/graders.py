"""The three graders on one class, each in both of its modes: one call a submission, and all in one call."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench import meter
from bench.peers.environments import Peer
from bench.peers.material import SLUG, Check, Verdicts, notebook

_OTTER_TEST = """from otter.test_files import test_case
from run_check import run

OK_FORMAT = False
name = "{check.name}"
"""
_OTTER_CASE = """

@test_case(points={points})
def case_{case}(env):
    run(env, "{check.name}", {case})
"""
_NBGRADER_CELL = """from run_check import run
for case in range({check.cases}):
    run(globals(), "{check.name}", case)
"""
_NBGRADER_GRADES = """
SELECT student_id, base_cell.name, auto_score = max_score FROM grade
JOIN grade_cells ON grade_cells.id = grade.cell_id
JOIN base_cell ON base_cell.id = grade_cells.id
JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU seconds and seconds on the clock of a whole class, and who passed what."""

    cpu: float
    wall: float
    verdicts: Verdicts


Modes = tuple[Measured, Measured]  # one call a submission; all in one call


def ours(files: dict[str, Path], folder: Path) -> Modes:
    """`grader grade` with its sandbox, one judge process."""
    paths = {name: folder / f"{name}.py" for name in files}
    folder.mkdir()
    for name, path in paths.items():
        shutil.copy(files[name], path)

    def grade(*given: Path) -> Measured:
        report = folder / "results.json"
        command = ["-m", "grader", "grade", SLUG, *map(str, given), "--jobs", "1", "--json", str(report)]
        used = meter.run([sys.executable, *command])
        graded = json.loads(report.read_text())
        results = graded if isinstance(graded, list) else [graded]
        found = {
            Path(result["submission"]).stem: {
                check["id"]: check["status"] == "passed" for check in result["checks"]
            }
            for result in results
        }
        return Measured(used.cpu, used.wall, found)

    return _added(grade(path) for path in paths.values()), grade(*paths.values())


def otter(peer: Peer, files: dict[str, Path], checks: list[Check], translated: Path, folder: Path) -> Modes:
    """`otter run`, and `otter.api.grade_submission` for all in one process; a kernel for each submission."""
    folder.mkdir()
    for name, file in files.items():
        (folder / f"{name}.ipynb").write_text(notebook((file.read_text(), {})))
    with zipfile.ZipFile(folder / "autograder.zip", "w") as archive:
        archive.writestr("otter_config.json", "{}")
        for file in translated.iterdir():
            archive.write(file, f"files/{file.name}")
        for check in checks:
            cases = (
                _OTTER_CASE.format(check=check, case=case, points=check.points / check.cases)
                for case in range(check.cases)
            )
            archive.writestr(f"tests/{check.name}.py", _OTTER_TEST.format(check=check) + "".join(cases))

    def run(name: str) -> Measured:
        used = peer.run(folder, "otter", "run", "-a", "autograder.zip", "-o", ".", f"{name}.ipynb")
        tests = json.loads((folder / "results.json").read_text())["tests"]
        passed = {test["name"]: test["score"] == test["max_score"] for test in tests if "max_score" in test}
        return Measured(used.cpu, used.wall, {name: passed})

    single = _added(run(name) for name in files)
    script = str(Path(__file__).with_name("inside") / "otter_all.py")
    used = peer.run(folder, "python", script, "autograder.zip", *(f"{name}.ipynb" for name in files))
    return single, Measured(used.cpu, used.wall, json.loads(used.output.splitlines()[-1]))


def nbgrader(
    peer: Peer, files: dict[str, Path], checks: list[Check], translated: Path, folder: Path
) -> Modes:
    """`nbgrader autograde` for each student and for all; a kernel for each submission."""
    source = folder / "source" / SLUG
    shutil.copytree(translated, source)
    answer = "answer", 0.0
    cells = [(f"{check.name}", check.points, _NBGRADER_CELL.format(check=check)) for check in checks]
    (source / f"{SLUG}.ipynb").write_text(
        notebook(
            ("### BEGIN SOLUTION\n### END SOLUTION", _cell(*answer)),
            *((text, _cell(name, points)) for name, points, text in cells),
        )
    )
    peer.run(folder, "nbgrader", "generate_assignment", SLUG)
    for name, file in files.items():
        handed_in = folder / "submitted" / name / SLUG
        handed_in.mkdir(parents=True)
        tests = ((text, _cell(check, points)) for check, points, text in cells)
        (handed_in / f"{SLUG}.ipynb").write_text(notebook((file.read_text(), _cell(*answer)), *tests))
    again = folder.with_name(f"{folder.name}-all")
    shutil.copytree(folder, again)
    calls = [peer.run(folder, "nbgrader", "autograde", SLUG, "--student", name) for name in files]
    once = peer.run(again, "nbgrader", "autograde", SLUG)
    single = Measured(sum(call.cpu for call in calls), sum(call.wall for call in calls), _grades(folder))
    return single, Measured(once.cpu, once.wall, _grades(again))


def _cell(name: str, points: float) -> dict[str, object]:
    """nbgrader's metadata: the cell to write in, or a locked cell that tests."""
    test = points > 0
    flags: dict[str, object] = {"grade": test, "locked": test, "solution": not test, "task": False}
    flags |= {"grade_id": name, "schema_version": 3, "cell_type": "code"}
    return {"nbgrader": flags | ({"points": points} if test else {})}


def _grades(folder: Path) -> Verdicts:
    found: Verdicts = {}
    with sqlite3.connect(folder / "gradebook.db") as book:
        for student, check, passed in book.execute(_NBGRADER_GRADES):
            found.setdefault(student, {})[check] = bool(passed)
    return found


def _added(calls: Iterable[Measured]) -> Measured:
    done = list(calls)
    verdicts = {name: passed for call in done for name, passed in call.verdicts.items()}
    return Measured(sum(call.cpu for call in done), sum(call.wall for call in done), verdicts)
