"""`grader regrade`: the difference first, then a new revision, and the way back; nothing is overwritten."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grader.cli.main import cli
from grader.core.errors import UsageError
from grader.gradebook.book import open_gradebook
from grader.grading.course import Course


@dataclass(frozen=True)
class Class:
    """A graded class of two in a course that may be changed."""

    course: Course
    book: Path

    def run(self, *words: object) -> str:
        """What `grader regrade tiny …` prints; what `main` would tell in one line is raised."""
        return _run(self.course, "regrade", "tiny", *words, "--gradebook", self.book, "--jobs", 1)

    def marks(self) -> dict[str, int | None]:
        with open_gradebook(self.book, create=False) as book:
            return {mark.student: mark.value for mark in book.marks("tiny")}

    def entries(self) -> int:
        with open_gradebook(self.book, create=False) as book:
            return len(book.revisions("tiny"))


def _run(course: Course, *words: object) -> str:
    done = CliRunner().invoke(cli, ["--course", str(course.root), *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def graded(course_with: Callable[..., Course], tmp_path: Path, parts: Any) -> Class:
    """ann is right, bob takes the unbiased estimate: a quarter of the four points of test_spread."""
    course, folder = course_with(), tmp_path / "in"
    folder.mkdir()
    for name, source in (("ann", parts.RIGHT), ("bob", parts.UNBIASED)):
        (folder / f"{name}.py").write_text(source)
        os.utime(folder / f"{name}.py", (1_780_000_000, 1_780_000_000))
    book = tmp_path / "book.db"

    _run(course, "batch", "tiny", folder, "--gradebook", book, "--jobs", 1)
    return Class(course, book)


def test_a_changed_check_moves_marks_only_when_applied_and_back_when_undone(
    graded: Class, parts: Any
) -> None:
    """The difference names student, check, both verdicts and why; --apply and --undo each add one revision."""
    hidden = graded.course.reference("tiny") / "test_hidden.py"
    hidden.write_text(parts.HIDDEN.replace("@points(4, partial=True)", "@points(4)"))
    shown = graded.run()
    (row,) = [line.split() for line in shown.splitlines() if "test_spread" in line]
    assert " ".join(row) == "bob 1 test_spread failed, 1.00 of 4.00 failed, 0.00 of 4.00 checks changed"
    assert (graded.marks(), graded.entries()) == ({"ann": 1000, "bob": 700}, 1)
    applied = graded.run("--apply", "--author", "Ann", "--reason", "no partial points")
    assert "bob, tiny: 7.00 → 6.00" in applied
    assert (graded.marks(), graded.entries()) == ({"ann": 1000, "bob": 600}, 2)
    assert "nobody moves" in graded.run()
    with open_gradebook(graded.book) as book:
        (event,) = [one for one in book.history("bob", "tiny") if one.reason == "no partial points"]
        assert event.author == "Ann"
    assert "bob, tiny: 6.00 → 7.00" in graded.run("--undo")
    assert (graded.marks(), graded.entries()) == ({"ann": 1000, "bob": 700}, 3)
    with pytest.raises(UsageError, match="nothing to go back to"):
        graded.run("--undo")


def test_one_check_and_one_student_can_be_regraded_alone(graded: Class, parts: Any) -> None:
    """The other check and the other student keep what they had, though theirs changed as well."""
    hidden = graded.course.reference("tiny") / "test_hidden.py"
    hidden.write_text(
        parts.HIDDEN.replace("@points(4, partial=True)", "@points(4)").replace(
            "pure(student.double, rng.normal(size=4))", "assert False, student.double(1.0)"
        )
    )
    done = graded.run("--student", "bob", "--check", "test_spread", "--apply", "--author", "Ann")
    assert "test_arguments_stay" not in done
    assert "checks changed" in done
    assert graded.marks() == {"ann": 1000, "bob": 600}
    for words in (("--student", "zed"), ("--undo", "--apply")):
        with pytest.raises(UsageError):
            graded.run(*words)


def test_a_batch_moves_no_mark_of_what_was_graded_before(graded: Class, parts: Any, tmp_path: Path) -> None:
    """After a change it grades who is new by it, and says that the others keep theirs; --no-cache is a decision."""
    hidden = graded.course.reference("tiny") / "test_hidden.py"
    hidden.write_text(parts.HIDDEN.replace("@points(4, partial=True)", "@points(4)"))
    (tmp_path / "in" / "cleo.py").write_text(f"{parts.UNBIASED}# cleo's\n")
    batch = ("batch", "tiny", tmp_path / "in", "--gradebook", graded.book, "--jobs", 1)
    told = _run(graded.course, *batch)
    assert "attention: 2 of these hand-ins were graded before the assignment or this machine changed" in told
    assert graded.marks() == {"ann": 1000, "bob": 700, "cleo": 600}
    assert "moved: bob, tiny: 7.00 → 6.00\n" in _run(graded.course, *batch, "--no-cache")
    assert graded.marks() == {"ann": 1000, "bob": 600, "cleo": 600}
    assert "attention" not in _run(graded.course, *batch)
