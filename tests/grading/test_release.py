"""Release: the stub and public.npz follow the reference, drift is seen, and nothing secret goes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.core.errors import GraderError, SpecError, UsageError
from grader.grading.course import Course
from grader.grading.release import generated, handout_files, leaks, publish, write

CourseWith = Callable[..., Course]
ROOT = Path(__file__).parents[2]


def stale(course: Course) -> list[str]:
    return [file.path.name for file in generated(course, "tiny") if not file.fresh]


def released(course: Course) -> Course:
    write(generated(course, "tiny"))
    return course


def test_the_first_release_writes_both_files(course_with: CourseWith) -> None:
    """The stub and public.npz; a second release writes nothing."""
    course = course_with()
    assert stale(course) == ["tiny.py", "public.npz"]
    assert [path.name for path in write(generated(course, "tiny"))] == ["tiny.py", "public.npz"]
    assert write(generated(course, "tiny")) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("reference/tiny/solution.py", "Twice x.", "Two times x.", ["tiny.py"]),
        ("reference/tiny/solution.py", "return x + x +", "return x * 3 +", ["public.npz"]),
        ("assignments/tiny/test_public.py", "size=(3, 2)", "size=(3, 4)", ["public.npz"]),
        ("assignments/tiny/test_public.py", "test_double", "test_twice", ["public.npz"]),
        ("assignments/tiny/tiny.py", "NotImplementedError", "ValueError", ["tiny.py"]),
        ("reference/tiny/solution.py", "# the reference alone adds zeros", "# another comment", []),
        ("reference/tiny/test_hidden.py", "size=n", "size=n + 1", []),
    ],
)
def test_drift_is_seen(file: str, old: str, new: str, expected: list[str], course_with: CourseWith) -> None:
    """What students would get wrong is named; what they do not get may change."""
    course = released(course_with())
    path = course.root / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert stale(course) == expected


def test_new_advice_is_drift(course_with: CourseWith, parts: object) -> None:
    """Advice of a misconception that shows in public checks travels in public.npz."""
    wrong = parts.MISCONCEPTIONS.replace("tiny.spread/unbiased", "tiny.double/treble").replace(
        "(x):\n", "(x):\n    return x * 3\n"
    )  # type: ignore[attr-defined]
    course = released(course_with(misconceptions=wrong))
    path = course.reference("tiny") / "misconceptions.py"
    path.write_text(path.read_text().replace("Divide by n", "Share by n"))
    assert stale(course) == ["public.npz"]


def test_publish_writes_the_handout_and_nothing_else(course_with: CourseWith, tmp_path: Path) -> None:
    """Five files, none of them with a line of the solution, a hidden check or a misconception."""
    course = released(course_with())
    written = publish(course, "tiny", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out" / "tiny").iterdir()) == sorted(
        path.name for path in written
    )
    assert {path.name for path in written} == {
        "assignment.yaml",
        "README.md",
        "tiny.py",
        "test_public.py",
        "public.npz",
    }
    everything = b"".join(path.read_bytes() for path in written)
    for secret in (b"the reference alone", b"test_spread", b"unbiased", b"BEGIN SOLUTION", b"np.square"):
        assert secret not in everything
    publish(course, "tiny", tmp_path / "out")


def test_publish_refuses_what_is_out_of_date(course_with: CourseWith, tmp_path: Path) -> None:
    """SpecError names the files and the command; nothing is written."""
    with pytest.raises(SpecError, match=r"tiny.py, public.npz out of date; run: grader release tiny"):
        publish(course_with(), "tiny", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "line",
    [
        "return float(np.square(x - x.mean()).sum() / len(x))  # the reference alone divides by the length",
        "return float(((x - x.mean()) ** 2).sum() / max(len(x) - 1, 1))",
        "agree(student.spread, rng.normal(size=n))",
    ],
    ids=["solution", "misconception", "hidden check"],
)
@pytest.mark.parametrize("name", ["assignment.yaml", "README.md"])
def test_a_leak_is_found(line: str, name: str, course_with: CourseWith, tmp_path: Path) -> None:
    """A line of the reference in any file of the handout stops the release, with file and line."""
    course = released(course_with())
    path = course.handout("tiny") / name
    text = path.read_text()
    path.write_text(f"{text}# x\n    {line}\n" if name.endswith(".md") else f"{text}# x: |\n#    {line}\n")
    if name.endswith(".yaml"):
        path.write_text(text + f"feedback:\n  note: |\n    {line}\n")
    found = list(leaks(course, "tiny", handout_files(course, "tiny")))
    assert found, f"{name}: nothing found"
    assert name in found[0]
    with pytest.raises(GraderError, match=name):
        publish(course, "tiny", tmp_path / "out")


def test_a_handout_without_its_files_names_the_command(course_with: CourseWith) -> None:
    """The stub is made by release."""
    with pytest.raises(UsageError, match=r"tiny.py: does not exist; make it with: grader release tiny"):
        handout_files(course_with(), "tiny")


def test_a_solution_without_markers_is_refused(course_with: CourseWith, parts: object) -> None:
    """File and reason: students would get the solution."""
    plain = parts.SOLUTION.replace("    # BEGIN SOLUTION\n", "").replace("    # END SOLUTION\n", "")  # type: ignore[attr-defined]
    with pytest.raises(SpecError, match=r"reference/tiny/solution.py: expected blocks"):
        generated(course_with(solution=plain), "tiny")


@pytest.mark.slow
@pytest.mark.parametrize("slug", Course(ROOT).slugs())
def test_the_handouts_of_this_course_are_up_to_date(slug: str) -> None:
    """The stub and public.npz in assignments/ are what the reference makes."""
    if "torch" in Course(ROOT).assignment(slug).packages:
        pytest.importorskip("torch")
    assert [file.path.name for file in generated(Course(ROOT), slug) if not file.fresh] == []
