"""`grader gpu usage` on a real gradebook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.core.limits import Limits
from grader.core.result import CheckResult, Hashes, Measured, SubmissionResult
from grader.gradebook.book import open_gradebook
from grader.grading.course import Course
from grader.grading.release import generated, start, write


def ran(student: str, seconds: float) -> SubmissionResult:
    check = CheckResult(
        id="test_a",
        title="a",
        visibility="public",
        status="passed",
        points=Fraction(1),
        max_points=Fraction(1),
    )
    return SubmissionResult(
        assignment="tiny",
        submission=student,
        checks=(check,),
        sandboxed=True,
        limits=Limits(),
        hashes=Hashes("0" * 16, "0" * 16),
        measured=Measured(1.0, 1.0, 1, gpu_seconds=seconds),
    )


@pytest.fixture
def course(course_with: Callable[..., Course], parts: SimpleNamespace) -> Course:
    """A course with a ration of 600 GPU-seconds a day and some runs, the last one today."""
    made = course_with(spec=parts.SPEC + "gpu: {quota: 600s/day}\n")
    url = made.root / ".grader" / "gradebook.db"
    early = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with open_gradebook(url, now=lambda: early) as book:
        for student in ("ann", "bob"):
            book.submit(student, "tiny", {"tiny.py": student.encode()}, early)
        book.record("k1", ran("ann", 100.25))
        book.record("k2", ran("ann", 20.0))
        book.record("k3", ran("bob", 3.0))
    with open_gradebook(url) as book:
        book.record("k4", ran("ann", 150.0))
    return made


def test_usage_by_day_student_and_assignment(grader: Callable[..., Any], course: Course) -> None:
    """Runs of a day are added up; the last line is the sum."""
    done = grader("gpu", "usage", course=course)
    assert done.code == 0
    lines = [line.split() for line in done.out.splitlines() if line]
    assert ["2026-03-01", "ann", "tiny", "2", "120.2"] in lines
    assert ["2026-03-01", "bob", "tiny", "1", "3.0"] in lines
    assert "in all: 273.2 GPU-seconds in 4 runs" in done.out


def test_usage_of_one_student_tells_what_is_left(grader: Callable[..., Any], course: Course) -> None:
    """Of today's ration."""
    done = grader("gpu", "usage", "--student", "ann", course=course)
    assert "bob" not in done.out
    assert "tiny: 450.0 of 600 GPU-seconds are left until" in done.out


def test_usage_without_any(grader: Callable[..., Any], course: Course, tmp_path: Path) -> None:
    """Of an assignment in which nobody had a GPU."""
    with open_gradebook(tmp_path / "empty.db"):
        pass
    done = grader("gpu", "usage", "--gradebook", str(tmp_path / "empty.db"), course=course)
    assert (done.code, done.out) == (0, "no run with a GPU is on record\n")


@pytest.fixture
def work(course: Course, parts: SimpleNamespace, tmp_path: Path) -> Path:
    """A student's folder, solved."""
    folder = tmp_path / "work"
    write(generated(course, "tiny"))
    start(course, "tiny", folder)
    (folder / "tiny.py").write_text(parts.RIGHT)
    return folder


RATION = "600 GPU-seconds a day for each student, over all assignments"


def test_a_check_names_the_ration(grader: Callable[..., Any], work: Path) -> None:
    """On a student's own machine, which has no gradebook: before anything is used."""
    done = grader("check", cwd=work)
    assert done.code == 0
    assert f"GPU time is rationed: {RATION}." in " ".join(done.out.split())


def test_a_report_names_the_ration(grader: Callable[..., Any], course: Course, work: Path) -> None:
    """That of the instructor's command, which records nothing, as well."""
    done = grader("grade", "tiny", work / "tiny.py", "--jobs", 1, course=course)
    assert f"GPU time is rationed: {RATION}." in " ".join(done.out.split())


def test_a_hand_in_names_what_is_left(grader: Callable[..., Any], course: Course, work: Path) -> None:
    """From the gradebook, if there is one, for a student whom it knows; else what everybody has."""

    def told(*words: object) -> str:
        done = grader("submit", work, *words, "--out", work.parent / "out.zip")
        assert (done.code, done.err) == (0, "")
        return next(line for line in done.out.splitlines() if line.startswith("GPU time"))

    book = course.root / ".grader" / "gradebook.db"
    assert told("--student", "ann") == f"GPU time  {RATION}"
    assert f"{RATION}; 450.0 are left until " in told("--student", "ann", "--gradebook", book)
    assert told("--student", "zoe", "--gradebook", book).endswith("the gradebook does not know you")
    nowhere = told("--student", "ann", "--gradebook", work / "no.db")
    assert f"{RATION}; what is left cannot be told: " in nowhere
    assert not (work / "no.db").exists()


@pytest.mark.parametrize(
    ("words", "hint"),
    [(("--student", "anne"), 'did you mean "ann"'), (("--assignment", "tinny"), 'did you mean "tiny"')],
)
def test_slips_of_the_pen(
    grader: Callable[..., Any], course: Course, words: tuple[str, str], hint: str
) -> None:
    """The nearest name is offered."""
    done = grader("gpu", "usage", *words, course=course)
    assert done.code == 2
    assert hint in done.err
