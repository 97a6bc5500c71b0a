"""Exports, read back by independent code: csv, json, zipfile, lxml."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from grader.core.errors import UsageError
from grader.core.mark import Attempt, Decision, Entry, Mark
from grader.core.policy import Policy, Terms
from grader.core.result import SubmissionResult
from grader.core.roster import Student
from grader.gradebook.exports.export import FORMATS, export
from grader.gradebook.exports.table import defused, dumps
from grader.gradebook.marking import marks_of

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
POLICY = Policy(assignments={"backprop": Terms(deadline=NOON, percent_per_day=Fraction(10))})
STUDENTS = {
    "101": Student("101", "Zoë O'Brien", "zoe@x.org"),
    "102": Student("102", '=HYPERLINK("http://x")', "bob@x.org"),
    "103": Student("103", "Doe, Jane", "jane@x.org"),
}
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Essay (11),Back-propagation (12),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,20,10,(read only)
"O'Brien, Zoë",9001,101,zoe,A,3,,
"=Bob",9002,,bob@x.org,A,4,1.5,
"Doe, Jane",103,,jane,A,5,2.5,
"Student, Test",9009,t,t,A,,7,
"""
MOODLE = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed","Feedback comments"
"Participant 7","Zoë O'Brien",zoe@x.org,Submitted,,10.00,Yes,
"Participant 8",Bob,bob@x.org,Submitted,,20.00,Yes,
"Participant 9","Doe, Jane",jane@x.org,"No submission",1.00,10.00,No,old
"Participant 10",Stranger,s@x.org,Submitted,5.00,10.00,Yes,kept
"""


@pytest.fixture
def marks(result_of: Callable[..., SubmissionResult]) -> tuple[Mark, ...]:
    """101 one day late with 5.00 of 10, 102 provisional with 3 to 10, 103 handed in nothing."""

    def mark(student: str, *results: SubmissionResult, hours: int = 0) -> Mark:
        received = NOON.replace(hour=12 + hours)
        attempts = [Attempt(submission=1, hash="ab", received=received, result=one) for one in results]
        return marks_of([Entry(student=student, slug="backprop", attempts=tuple(attempts))], POLICY)[0]

    return (mark("101", result_of(), hours=3), mark("102", result_of(undecided=True)), mark("103"))


def rows(data: bytes) -> list[list[str]]:
    """As Python's csv reads them."""
    return list(csv.reader(io.StringIO(data.decode("utf-8"))))


def test_plain_csv_says_why_a_cell_is_blank(marks: Sequence[Mark]) -> None:
    """A row for each mark; text that is a formula is defused, numbers stay numbers."""
    made = export("csv", marks, students=STUDENTS)
    header, *body = rows(made.data)
    table = {row[0]: dict(zip(header, row, strict=True)) for row in body}
    assert [table[key]["score"] for key in ("101", "102", "103")] == ["5.00", "", ""]
    assert [table[key]["status"] for key in ("101", "102", "103")] == ["final", "provisional", "missing"]
    assert (table["102"]["low"], table["102"]["high"], table["101"]["days_late"]) == ("3.00", "6.00", "1")
    assert table["102"]["reasons"] == "test_b is not decided (grader_error)"
    assert table["102"]["name"] == '\'=HYPERLINK("http://x")'
    assert made.notes == (
        "102, backprop: blank: test_b is not decided (grader_error)",
        "103, backprop: blank: nothing was handed in",
    )


@pytest.mark.parametrize("format", FORMATS)
def test_provisional_points_are_written_only_when_asked_for(format: str, marks: Sequence[Mark]) -> None:
    """Everywhere: without the option no cell, attribute or key gives 102 a score; with it the points so far."""
    one = marks[1:2]
    template = CANVAS.encode() if format == "canvas" else None
    without = export(format, one, students=STUDENTS, template=template)
    with_it = export(format, one, students=STUDENTS, template=template, include_provisional=True)
    assert without.data != with_it.data
    assert without.notes[0].startswith("102, backprop: blank: ")
    assert with_it.notes[0].startswith("102, backprop: provisional: ")
    read = {
        "csv": lambda data: rows(data)[1][4] or None,
        "canvas": lambda data: rows(data)[4][-1] or None,
        "moodle": lambda data: rows(data)[1][3] or None,
        "gradescope": lambda data: json.loads(data).get("score"),
        "junit": lambda data: (
            etree.fromstring(data).xpath("string(//property[@name='score']/@value)") or None
        ),
        "json": lambda data: json.loads(data)["marks"][0]["score"],
    }[format]
    assert read(without.data) is None
    assert float(read(with_it.data)) == 3.0


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_marks_give_the_same_bytes(format: str, marks: Sequence[Mark]) -> None:
    """No clock and no order of a set in any export."""
    template = CANVAS.encode() if format == "canvas" else None
    assert export(format, marks, template=template) == export(format, marks, template=template)


def test_canvas_gets_its_own_file_back_with_our_column(marks: Sequence[Mark]) -> None:
    """Header, ids and rows are kept, other assignments left out; found by SIS id, email as login, and ID."""
    made = export("canvas", marks, students=STUDENTS, template=CANVAS.encode())
    assert rows(made.data) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Back-propagation (12)"],
        ["", "", "", "", "", ""],
        ["    Points Possible", "", "", "", "", "10"],
        ["O'Brien, Zoë", "9001", "101", "zoe", "A", "5.00"],
        ["'=Bob", "9002", "", "bob@x.org", "A", ""],
        ["Doe, Jane", "103", "", "jane", "A", ""],
        ["Student, Test", "9009", "t", "t", "A", "7"],
    ]
    assert made.notes[2:] == ("Student, Test (9009): stands in the Canvas gradebook, but there is no mark",)


def test_canvas_differences_are_told(marks: Sequence[Mark]) -> None:
    """Other points possible, a student that Canvas does not know or has twice, a column that it does not have yet."""
    template = CANVAS.replace(",20,10,", ",20,12.5,").replace("9002,,bob@x.org", "9002,101,bob")
    made = export("canvas", marks, students=STUDENTS, template=template.encode())
    assert made.notes[2:] == (
        "Canvas expects 12.5 points, ours are out of 10.00",
        "101: stands in the Canvas gradebook twice",
        "Student, Test (9009): stands in the Canvas gradebook, but there is no mark",
        "102: is not in the Canvas gradebook",
    )
    fresh = rows(export("canvas", marks, template=CANVAS.encode(), column="New one").data)
    assert (fresh[0][-1], fresh[2][-1], fresh[3][-1]) == ("New one", "10.00", "5.00")


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (None, "canvas needs the gradebook that Canvas exports"),
        (b"", "expected a CSV file with a header"),
        (b"\xff", "expected a CSV file in UTF-8"),
        (b"Name,ID\n", "expected the columns Student, ID; not there: Student"),
        (b"Student,ID,Backprop (1),backprop (2)\n", r"several columns for backprop: Backprop \(1\), backprop \(2\)"),
    ],
)  # fmt: skip
def test_a_template_that_does_not_fit_is_refused(
    template: bytes | None, words: str, marks: Sequence[Mark]
) -> None:
    """With what is expected and where it comes from."""
    with pytest.raises(UsageError, match=words):
        export("canvas", marks, template=template)


def test_moodles_worksheet_is_filled(marks: Sequence[Mark]) -> None:
    """Grade and comment by email address; a locked grade and a stranger's row stay; other maxima are told."""
    settled = replace(marks[1], value=300, provisional=False, reasons=())
    made = export("moodle", [marks[0], settled, marks[2]], students=STUDENTS, template=MOODLE.encode())
    header, *body = rows(made.data)
    assert header == next(csv.reader([MOODLE.partition("\n")[0]]))
    assert [(row[0], row[4], row[7]) for row in body] == [
        ("Participant 7", "5.00", "5.00 of 10.00 points; 1 day late"),
        ("Participant 8", "3.00", "3.00 of 10.00 points"),
        ("Participant 9", "1.00", "old"),
        ("Participant 10", "5.00", "kept"),
    ]
    assert made.notes[1:] == (
        "Bob: Moodle expects a grade out of 20.00, ours is of 10.00",
        "Doe, Jane: Moodle does not let this grade be changed",
        "Stranger: stands in the worksheet, but there is no mark",
    )


def test_moodle_without_a_worksheet_gets_the_columns_of_one(marks: Sequence[Mark]) -> None:
    """For Grades → Import, matched by email address or id."""
    header, *body = rows(export("moodle", marks, students=STUDENTS).data)
    assert header == [
        "Identifier",
        "Full name",
        "Email address",
        "Grade",
        "Maximum Grade",
        "Feedback comments",
    ]
    assert [row[5] for row in body[1:]] == ["not final yet", "nothing was handed in"], (
        "no hidden check is named"
    )
    assert body[0] == ["101", "Zoë O'Brien", "zoe@x.org", "5.00", "10.00", "5.00 of 10.00 points; 1 day late"]


def test_gradescope_gets_one_file_a_student(marks: Sequence[Mark]) -> None:
    """Score, tests with their visibility, nothing private; without any score where it is provisional."""
    with zipfile.ZipFile(io.BytesIO(export("gradescope", marks).data)) as archive:
        documents = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert list(documents) == [f"backprop/{student}/results.json" for student in ("101", "102", "103")]
    first, second, third = documents.values()
    assert (first["score"], first["max_score"]) == (5.0, 10.0)
    assert [
        (test["score"], test["max_score"], test["status"], test["visibility"]) for test in first["tests"]
    ] == [
        (3.0, 7.0, "failed", "visible"),
        (3.0, 3.0, "passed", "hidden"),
    ]
    assert "for the instructor" not in json.dumps(first)
    assert "score" not in second
    assert not any("score" in test for test in second["tests"])
    assert second["extra_data"]["reasons"] == ["test_b is not decided (grader_error)"]
    assert "score" not in third


def test_junit_tells_failures_errors_and_skips_apart(
    result_of: Callable[..., SubmissionResult], marks: Sequence[Mark]
) -> None:
    """A suite a student, a case a check, counts that add up, and text that XML cannot hold is taken out."""
    crashed = result_of()
    check = replace(
        crashed.checks[0], status="crashed", reason="signal", points=0, message="died <&> \0\x1b[31m\ufffe"
    )
    attempt = Attempt(submission=1, hash="", received=NOON, result=replace(crashed, checks=(check,)))
    third = marks_of([Entry(student='<"&>', slug="backprop", attempts=(attempt,))], POLICY)[0]
    root = etree.fromstring(export("junit", [*marks[:2], third]).data)
    counts = [[suite.get(name) for name in ("tests", "failures", "errors", "skipped")] for suite in root]
    assert counts == [["2", "1", "0", "0"], ["2", "1", "0", "1"], ["1", "0", "1", "0"]]
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "2", "1", "1"]
    assert root[2].get("name") == 'backprop/<"&>'
    assert root[2].findtext("testcase/error") == "died <&> [31m"
    assert root[0].xpath("string(.//failure/@message)") == "failed: 3.00 of 7.00 points"


def test_json_has_the_whole_explanation(marks: Sequence[Mark]) -> None:
    """Every line with the points before and after it."""
    final = marks_of(
        [
            Entry(
                student="s",
                slug="backprop",
                attempts=(marks[0].attempt,),  # type: ignore[arg-type]
                score=Decision(800, "Ann", "oral", NOON),
            )
        ],
        POLICY,
    )
    (document,) = json.loads(export("json", final).data)["marks"]
    assert document["lines"][-1] == {"text": "score set by Ann: oral", "before": 5.0, "after": 8.0}
    assert (document["score"], document["status"], document["days_late"]) == (8.0, "final", 1)


def test_formats_and_assignments_are_checked(marks: Sequence[Mark]) -> None:
    """An unknown format, and several assignments in a format for one, are refused."""
    with pytest.raises(
        UsageError, match=r"expected a format \(csv, canvas, moodle, gradescope, junit, json\), got"
    ):
        export("xlsx", marks)
    with pytest.raises(UsageError, match="one assignment at a time, got backprop, softmax"):
        export("moodle", [marks[0], replace(marks[0], slug="softmax")])


signs = st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", " ", "\u200e", "\uff1d", "1", ".", "x"])


@given(st.text(signs, min_size=1, max_size=6))
def test_no_cell_is_a_formula(cell: str) -> None:
    """What csv reads back never begins as a formula does, not behind blanks either, unless it is a number."""
    data = io.StringIO(dumps([[cell]]).decode("utf-8"), newline="")
    read = "".join(field for row in csv.reader(data) for field in row)
    number = read[:1] in "+-" and read[1:].replace(".", "", 1).isdecimal()
    assert number or not read.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))
    assert not read.startswith(("\t", "\r"))


def test_other_text_and_numbers_stay_as_they_are() -> None:
    """No apostrophe where none is needed."""
    for cell in ("-1.5", "+49", "1e5", "O'Brien", "    Points Possible", "a=b", "Müller-Lüdenscheidt"):
        assert defused(cell) == cell
