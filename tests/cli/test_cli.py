"""The command line as a process: help, exit codes, and what it says about every kind of bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.cli.main import _COMMANDS
from grader.core.schema import result_schema
from grader.grading.course import Course

Run = Callable[..., Any]
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_has_help_with_an_example(name: str, grader: Run) -> None:
    """--help exits 0 and shows how it is called."""
    done = grader(name, "--help")
    assert done.code == 0
    assert f"grader {name}" in done.out.partition("Example")[2]


def test_help_lists_every_command(grader: Run) -> None:
    """-h and no command at all say what there is."""
    done = grader("-h")
    assert done.code == 0
    for name in _COMMANDS:
        assert f"  {name} " in done.out


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["grade"],
        ["grade", "tiny"],
        ["grade", "tiny", "x", "--jobs", "0"],
        ["list", "--nothing"],
        ["schema", "x"],
    ],
)
def test_wrong_usage_exits_2(words: list[str], grader: Run, tiny: Course) -> None:
    """The usage is on stderr, stdout stays empty."""
    done = grader(*words, course=tiny)
    assert done.code == 2
    assert "Usage:" in done.err
    assert done.out == ""


def test_list_shows_the_assignments(grader: Run, tiny: Course) -> None:
    """Slug, points, files and title, for people and as JSON."""
    done = grader("list", course=tiny)
    assert done.code == 0
    for word in ("tiny", "10", "tiny.py", "Two small functions"):
        assert word in done.out
    rows = json.loads(grader("list", "--json", "-", course=tiny).out)
    (row,) = rows
    assert row == {
        "slug": "tiny",
        "title": "Two small functions",
        "points": 10.0,
        "by_hand": 0,
        "files": ["tiny.py"],
    }


def test_the_course_is_found_from_inside(grader: Run, tiny: Course) -> None:
    """Any folder of the course will do."""
    assert "tiny" in grader("list", cwd=tiny.reference("tiny")).out


@pytest.mark.parametrize("what", ["result", "assignment"])
def test_schema_prints_json_schema(what: str, grader: Run) -> None:
    """A schema that validators accept."""
    schema = json.loads(grader("schema", what).out)
    jsonschema.Draft202012Validator.check_schema(schema)


def test_one_path_prints_feedback(grader: Run, tiny: Course) -> None:
    """Full feedback on stdout, exit 0 whatever the marks, plain text without escape codes."""
    done = grader("grade", "tiny", tiny.reference("tiny") / "submissions/wrong/unbiased.py", course=tiny)
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "tiny.spread/unbiased" in done.out
    assert done.err == ""


def test_several_paths_print_a_table_and_write_reports(grader: Run, tiny: Course, tmp_path: Path) -> None:
    """The table on stdout; --json follows the schema in the order of the paths; --html writes both sides
    apart.
    """
    examples = sorted((tiny.reference("tiny") / "submissions").glob("*/*.py"), reverse=True)
    out, pages = tmp_path / "out.json", tmp_path / "pages"
    done = grader("grade", "tiny", *examples, "--json", out, "--html", pages, course=tiny)
    assert done.code == 0
    results = json.loads(out.read_text())
    for one in results:
        jsonschema.validate(one, result_schema())
    assert [one["submission"] for one in results] == [f"{path.parent.name}/{path.name}" for path in examples]
    for path in examples:
        assert path.name in done.out
    assert (pages / "instructor" / "index.html").is_file()
    assert (pages / "student").is_dir()
    assert str(tmp_path) not in out.read_text()


def test_two_runs_write_the_same_json(grader: Run, tiny: Course) -> None:
    """But for what stands under `measured`."""
    path = tiny.reference("tiny") / "submissions/wrong/unbiased.py"
    runs = [json.loads(grader("grade", "tiny", path, "--json", "-", course=tiny).out) for _ in range(2)]
    assert _lasting(runs[0]) == _lasting(runs[1])


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lasting(item) for key, item in value.items() if key != "measured"}
    return [_lasting(item) for item in value] if isinstance(value, list) else value


def test_unsandboxed_is_stamped(grader: Run, tiny: Course) -> None:
    """--unsafe-no-sandbox says so in every report."""
    path = tiny.reference("tiny") / "submissions/right/twice.py"
    done = grader("grade", "tiny", path, "--unsafe-no-sandbox", course=tiny)
    assert done.code == 0
    assert "UNSANDBOXED" in done.out
    (result,) = json.loads(
        grader("grade", "tiny", path, "--unsafe-no-sandbox", "--json", "-", course=tiny).out
    )
    assert (result["sandboxed"], result["layers"], result["score"]) == (False, [], 10.0)


def test_a_provisional_score_exits_1(
    grader: Run, course_with: Callable[..., Course], hand_in: Run, parts: Any
) -> None:
    """A check that the reference fails: nobody loses, a person is needed."""
    hidden = parts.HIDDEN.replace(
        "pure(student.double, rng.normal(size=4))", "assert student.double(1.0) == 3.0"
    )
    done = grader(
        "grade", "tiny", hand_in("a.py", parts.RIGHT), "--json", "-", course=course_with(hidden=hidden)
    )
    assert done.code == 1
    (result,) = json.loads(done.out)
    assert (result["status"], result["score"], result["score_low"], result["score_high"]) == (
        "provisional",
        None,
        6.0,
        10.0,
    )


def test_start_and_check(grader: Run, tiny: Course, tmp_path: Path, parts: Any) -> None:
    """A student's path: start, check the stub (exit 1), solve it, check again (exit 0), from the handout
    alone.
    """
    folder = tmp_path / "work"
    assert grader("start", "tiny", folder, course=tiny).code == 0
    first = grader("check", folder, cwd=tmp_path)
    assert first.code == 1
    assert "0 of the 2 points that are visible here; 8 more of 10 are hidden" in first.out
    wrong = parts.RIGHT.replace("x * 2", "x * 3")
    assert wrong != parts.RIGHT
    (folder / "tiny.py").write_text(wrong)
    for place in (["check"], ["check", "."], ["check", folder]):  # a relative path hides nothing
        shown = grader(*place, cwd=folder).out
        assert ", hidden" not in shown
        assert "expected" in shown
        assert "Got" in shown
    (folder / "tiny.py").write_text(parts.RIGHT)
    second = grader("check", cwd=folder)
    assert second.code == 0
    assert "2 of the 2 points" in second.out
    again = grader("start", "tiny", folder, course=tiny)
    assert again.code == 2
    assert "nothing was written" in again.err


@pytest.mark.slow
def test_audit_exits_1_for_an_unfit_assignment(
    grader: Run, tiny: Course, course_with: Run, parts: Any
) -> None:
    """0 for the tiny course, 1 for one whose misconception equals the reference."""
    done = grader("audit", "tiny", course=tiny)
    assert done.code == 0, done.out
    assert "tiny: passed" in done.out
    same = parts.MISCONCEPTIONS.replace("max(len(x) - 1, 1)", "len(x)")
    done = grader("audit", "tiny", "--json", "-", course=course_with(misconceptions=same, examples={}))
    assert done.code == 1
    assert "equals the reference" in json.loads(done.out)[0]["findings"][0]["text"]


@pytest.mark.slow
def test_release_check_exits_1_when_something_is_out_of_date(
    grader: Run, course_with: Run, tmp_path: Path
) -> None:
    """--check says what; release mends it; --to writes what students get."""
    course = course_with()
    done = grader("release", "--check", course=course)
    assert done.code == 1
    assert "tiny: out of date: tiny.py, public.npz" in done.out
    assert "grader release" in done.err
    assert grader("release", course=course).code == 0
    assert grader("release", "--check", course=course).code == 0
    done = grader("release", "--to", tmp_path / "out", course=course)
    assert done.code == 0
    assert "the stub scores 0" in done.out
    assert (tmp_path / "out" / "tiny" / "public.npz").is_file()
