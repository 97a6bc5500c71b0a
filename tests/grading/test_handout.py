"""The student's own run: from the released handout alone, with the verdicts and words of the instructor's
run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.core.errors import SpecError, UsageError
from grader.core.result import SubmissionResult
from grader.grading.batch import grade_all
from grader.grading.course import Course
from grader.grading.handout import check
from grader.grading.release import generated, start, write

ROOT = Path(__file__).parents[2]
EXAMPLES = [
    "right/plain_loops.py",
    "wrong/no_transpose.py",
    "wrong/x_drifts.py",
    "wrong/overwrites_the_parameters.py",
    "unfinished/half_done.py",
    "unfinished/stub.py",
    "hostile/equal_to_everything.py",
    "hostile/exits_the_process.py",
]


@pytest.fixture(scope="module")
def backprop(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A copy of the backprop assignment, freshly released."""
    root = tmp_path_factory.mktemp("course")
    for part in ("assignments", "reference"):
        shutil.copytree(
            ROOT / part / "backprop", root / part / "backprop", ignore=shutil.ignore_patterns("__pycache__")
        )
    course = Course(root)
    write(generated(course, "backprop"))
    return course


@pytest.fixture(scope="module")
def graded(backprop: Course) -> dict[str, SubmissionResult]:
    """The instructor's results of the examples."""
    folder = backprop.reference("backprop") / "submissions"
    return dict(
        zip(EXAMPLES, grade_all(backprop, "backprop", [folder / name for name in EXAMPLES]), strict=True)
    )


def words(result: SubmissionResult) -> list[tuple[Any, ...]]:
    """Verdict, points, message and cause of each public check."""
    return [
        (
            one.id,
            one.title,
            one.status,
            one.reason,
            one.points,
            one.max_points,
            one.message,
            one.misconception,
        )
        for one in result.checks
        if one.visibility == "public"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_the_handout_alone_says_what_the_instructor_sees(
    example: str, backprop: Course, graded: dict[str, SubmissionResult], tmp_path: Path
) -> None:
    """Same verdicts, points, messages and causes, without reference/, without a sandbox."""
    start(backprop, "backprop", tmp_path / "work")
    shutil.copyfile(
        backprop.reference("backprop") / "submissions" / example, tmp_path / "work" / "backprop.py"
    )
    before = set(os.listdir("/tmp"))
    assignment, result = check(tmp_path / "work")
    assert assignment.slug == "backprop"
    assert words(result) == words(graded[example])
    assert {one.visibility for one in result.checks} == {"public"}
    assert not result.sandboxed
    assert not [
        name for name in set(os.listdir("/tmp")) - before if name.startswith("grader-check-") and _ours(name)
    ]


def _ours(name: str) -> bool:
    """No process of a run elsewhere uses the folder."""
    path = f"/tmp/{name}"
    return os.path.exists(path) and not any(
        path in os.readlink(link) for link in Path("/proc").glob("[0-9]*/cwd") if os.access(link, os.R_OK)
    )


def handout(course: Course, folder: Path) -> Path:
    start(course, "tiny", folder)
    return folder


def test_another_folder_name_does_not_matter(tiny: Course, tmp_path: Path, parts: Any) -> None:
    """The slug comes from public.npz: a student may rename the folder."""
    folder = handout(tiny, tmp_path / "my homework")
    (folder / "tiny.py").write_text(parts.RIGHT)
    assignment, result = check(folder)
    assert assignment.slug == "tiny"
    assert [one.status for one in result.checks] == ["passed"]


@pytest.mark.parametrize("name", ["assignment.yaml", "test_public.py", "public.npz"])
def test_a_missing_file_of_the_handout_is_named(name: str, tiny: Course, tmp_path: Path) -> None:
    """UsageError says where to get it."""
    folder = handout(tiny, tmp_path / "work")
    (folder / name).unlink()
    with pytest.raises(UsageError, match=f"{name} is not here; get the handout with: grader start"):
        check(folder)


def test_a_missing_hand_in_is_missing(tiny: Course, tmp_path: Path) -> None:
    """The checks say which file is wanted."""
    folder = handout(tiny, tmp_path / "work")
    (folder / "tiny.py").unlink()
    result = check(folder)[1]
    assert {one.status for one in result.checks} == {"missing"}
    assert "tiny.py" in result.checks[0].message


def test_files_that_do_not_belong_together_are_refused(tiny: Course, tmp_path: Path, parts: Any) -> None:
    """A check that public.npz does not know: get the handout again."""
    folder = handout(tiny, tmp_path / "work")
    (folder / "test_public.py").write_text(parts.PUBLIC.replace("test_double", "test_other"))
    (folder / "tiny.py").write_text(parts.RIGHT)
    with pytest.raises(SpecError, match="get the handout again"):
        check(folder)


def test_every_check_is_reported_as_it_comes(tiny: Course, tmp_path: Path) -> None:
    """`on_check` hears of each result."""
    heard: list[str] = []
    check(handout(tiny, tmp_path / "work"), lambda result: heard.append(result.id))
    assert heard == ["test_double"]


def test_start_overwrites_nothing(tiny: Course, tmp_path: Path) -> None:
    """Files that are there stay, byte for byte; what lacks is added; a second start says so."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "tiny.py").write_text("my work\n")
    written = start(tiny, "tiny", folder)
    assert (folder / "tiny.py").read_text() == "my work\n"
    assert "tiny.py" not in {path.name for path in written}
    assert len(written) == 4
    with pytest.raises(UsageError, match="nothing was written"):
        start(tiny, "tiny", folder)


def test_start_follows_no_link_and_replaces_no_folder(tiny: Course, tmp_path: Path) -> None:
    """A dangling link in the place of a file is left alone: nothing is written through it."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "tiny.py").symlink_to(tmp_path / "elsewhere.py")
    start(tiny, "tiny", folder)
    assert not (tmp_path / "elsewhere.py").exists()


def test_start_in_a_place_that_cannot_be_written(tiny: Course, tmp_path: Path) -> None:
    """A file where the folder should be: UsageError with the place."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        start(tiny, "tiny", tmp_path / "file" / "work")


def test_grading_needs_a_reference(tiny: Course, tmp_path: Path, hand_in: Callable[..., Path]) -> None:
    """A course without reference/ names the command that works there."""
    shutil.copytree(tiny.root / "assignments", tmp_path / "only" / "assignments")
    with pytest.raises(UsageError, match=r"no reference .* grader check"):
        grade_all(Course(tmp_path / "only"), "tiny", [hand_in("a.py", "")])
