"""An import that was stopped has its figures: what it used, and what the reference's import needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.checks import oracle
from grader.checks.import_need import ImportNeed, import_need
from grader.core.result import CheckResult, SubmissionResult
from grader.core.verdict import Reason, Status
from grader.grading.batch import grade_all
from grader.grading.course import Course
from grader.report.html import write_html
from grader.report.wording import need_text

MIB = 1 << 20
SPEC = """\
title: One function
points: 6
files: [tiny.py]
packages: [numpy]
limits: {cpu: 1s, wall: 60s, memory: 128MiB, processes: 8}
"""
SOLUTION = """\
import numpy as np

TABLE = np.ones(3 << 20)


def work(how):
    return 1.0
"""
PUBLIC = '''\
"""Public checks."""

from grader.checks import agree, points


@points(3)
def test_public(student, rng):
    """work returns a number."""
    agree(student.work, 1)
'''
HIDDEN = PUBLIC.replace("Public", "Hidden").replace("test_public", "test_hidden")
IMPORTS = {
    "hog": "import mmap, time\nm = mmap.mmap(-1, 400 << 20)\n"
    "for i in range(0, 400 << 20, 4096): m[i] = 1\ntime.sleep(60)\n",
    "asks": "import numpy as np\nheld = np.ones(5 << 20)\nmore = np.ones(1 << 30)\n",
    "spins": "while True: pass\n",
    "raises": "import time\nwhile time.process_time() < 0.3: pass\n1 / 0\n",
}


@pytest.fixture(scope="module", params=["auto", "off"])
def results(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, course_in: Callable[..., Course]
) -> dict[str, SubmissionResult]:
    """The results of submissions whose import ends so, with control groups and without."""
    folder = tmp_path_factory.mktemp("imports")
    parts = {"public": PUBLIC, "hidden": HIDDEN, "misconceptions": "", "examples": {}}
    course = course_in(folder / "course", spec=SPEC, solution=SOLUTION, **parts)
    paths = [folder / f"{name}.py" for name in IMPORTS]
    for path, source in zip(paths, IMPORTS.values(), strict=True):
        path.write_text(source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_CGROUPS", request.param)
        return dict(zip(IMPORTS, grade_all(course, "tiny", paths), strict=True))


def both(result: SubmissionResult) -> tuple[CheckResult, CheckResult]:
    public, hidden = result.checks
    return public, hidden


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("hog", 128), ("asks", 40)])
def test_memory(results: dict[str, SubmissionResult], name: str, least: int, tmp_path: Path) -> None:
    """Killed at the limit, or refused more than is left: the limit, what was used and needed are told."""
    public, hidden = both(results[name])
    assert (public.status, public.reason) == (Status.MEMORY, Reason.MEMORY)
    assert "memory limit of 128 MiB: code outside functions runs at import" in public.message
    assert least * MIB <= public.measured.peak_bytes < 420 * MIB
    assert 23 * MIB <= public.measured.reference_bytes < 40 * MIB
    assert public.measured.reference_cpu_seconds == 0
    exact = need_text(public, "student")
    assert exact.startswith("It used ")
    assert "; the reference needs " in exact
    assert need_text(hidden, "student").startswith("The reference needs ")
    assert need_text(hidden, "instructor") == exact
    write_html([results[name]], tmp_path)
    for audience in ("student", "instructor"):
        assert any(exact in page.read_text() for page in (tmp_path / audience).glob("*.html"))


@pytest.mark.slow
def test_time(results: dict[str, SubmissionResult]) -> None:
    """CPU time instead; the seconds, which a submission's sum counts, stand in the first check alone."""
    public, hidden = both(results["spins"])
    assert (public.status, public.reason) == (Status.TIMEOUT, Reason.CPU)
    assert public.measured.cpu_seconds >= 0.9
    assert hidden.measured.cpu_seconds == 0
    assert results["spins"].measured.cpu_seconds == public.measured.cpu_seconds
    assert hidden.measured.reference_cpu_seconds == public.measured.reference_cpu_seconds > 0
    assert public.measured.reference_bytes == 0
    assert need_text(public, "student").startswith(f"It used {public.measured.cpu_seconds:.1f} s of CPU time")
    assert need_text(hidden, "student").startswith("The reference needs ")


@pytest.mark.slow
def test_other_failures(results: dict[str, SubmissionResult]) -> None:
    """What an import used before it raised is known, too; nobody asks what the reference needs."""
    public, _ = both(results["raises"])
    assert (public.status, public.reason) == (Status.ERROR, Reason.IMPORT)
    assert public.measured.cpu_seconds >= 0.1
    assert (public.measured.reference_bytes, public.measured.reference_cpu_seconds) == (0, 0.0)
    assert need_text(public, "instructor") == ""


def test_packages_of_the_assignment_are_not_the_imports(tmp_path: Path) -> None:
    """They are there before a submission is imported; what the file loads beyond them is its own."""
    (tmp_path / "solution.py").write_text("import numpy as np\n")
    assert import_need(tmp_path, ["numpy"]).bytes < 4 * MIB
    (tmp_path / "solution.py").write_text("import time\nheld = bytes(range(256)) * (20 << 12)\n")
    found = import_need(tmp_path, [])
    assert 19 * MIB < found.bytes < 30 * MIB
    assert found.cpu_seconds > 0


def test_a_reference_that_cannot_be_measured_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hangs or raises where it runs alone: no figure, no harm."""
    (tmp_path / "solution.py").write_text("1 / 0\n")
    assert import_need(tmp_path, []) == ImportNeed()
    monkeypatch.setattr("grader.checks.import_need.SECONDS", 0.01)
    assert import_need(tmp_path, []) == ImportNeed()


def test_it_is_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many submissions of an assignment ask."""
    asked: list[Path] = []
    monkeypatch.setattr(
        oracle, "import_need", lambda folder, packages: asked.append(folder) or ImportNeed(1, 1.0)
    )
    (tmp_path / "solution.py").write_text("x = 1\n")
    live = oracle.LiveOracle(oracle.Reference(None, tmp_path, ()), lambda check, case: 0)
    assert live.import_need([]) == live.import_need([]) == ImportNeed(1, 1.0)
    assert asked == [tmp_path]
