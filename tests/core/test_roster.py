"""The roster: students as written, and an error with the place for what may not be."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.errors import SpecError
from grader.core.roster import COLUMNS, LONGEST, Student, parse_roster


def refused(text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(SpecError) as caught:
        parse_roster(data, "roster.csv")
    return str(caught.value)


def test_every_column() -> None:
    """All columns are read, in any order and case of the header; blanks around values do not count."""
    text = "Name , ID,email,extra_time,large_print,accessible\n Jane Doe ,17,j@x.example, 25% ,yes,\n,18,,,no,X\n"
    assert parse_roster(text.encode(), "roster.csv") == (
        Student("17", "Jane Doe", "j@x.example", 25, large_print=True),
        Student("18", accessible=True),
    )


@pytest.mark.parametrize("name", ["O'Brien", "محمد علي", "Łukasz Żółć", "=cmd()", "+1", "a;b", "Doe, Jane"])
def test_names_are_kept_as_they_are(name: str) -> None:
    """Names of any script are kept; what a spreadsheet would run is kept too, and defused where it is written."""
    text = io.StringIO()
    csv.writer(text).writerows([("id", "name"), (name, name)])
    assert parse_roster(text.getvalue().encode(), "roster.csv") == (Student(name, name),)


def test_semicolons_and_a_byte_order_mark() -> None:
    """Excel's CSV of a European machine: semicolons, byte-order mark, carriage returns, decomposed accents."""
    data = "\ufeffid;name\r\n17;Doe, Jose\u0301\r\n\r\n".encode()
    assert parse_roster(data, "roster.csv") == (Student("17", "Doe, José"),)


def test_the_longest_value() -> None:
    """An id of 200 characters is allowed, one of 201 is not."""
    assert parse_roster(f"id\n{'x' * LONGEST}\n".encode(), "r")[0].id == "x" * LONGEST
    assert refused(f"id,name\n1,a\n2,{'x' * (LONGEST + 1)}\n") == (
        "roster.csv:3: name: expected at most 200 characters, got 201"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a line for each student"),
        ("id\n", "expected a line for each student"),
        ("id\n" + "ع" * 40 + "\n", "roster.csv:2: id: is too long for the name of a file"),
        ("name\nJane\n", "roster.csv:1: expected a column id in the header, got name"),
        ("id,phone\n1,2\n", 'roster.csv:1: unknown column "phone"; known are id, name'),
        ("id,name,name\n1,a,b\n", "roster.csv:1: the column name stands there twice"),
        ("id,name\n,Jane\n", "roster.csv:2: id: expected the student's id, got nothing"),
        ("id\nab1\n\nAB1\n", 'roster.csv:4: id: "AB1" stands on line 2 already'),
        ("id\nx1\nx1\n", 'roster.csv:3: id: "x1" stands on line 2 already'),
        ("id,name\n1,Doe, Jane\n", "roster.csv:2: expected 2 values as in the header, got 3"),
        ('id,name\n1,"Jane\n', "roster.csv:2: not CSV: "),
        ("id,name\n1,a\x1bb\n", "roster.csv:2: name: holds a control character: 'a\\x1bb'"),
        ("id,name\n1,a\x00b\n", "roster.csv:2: "),
        ('id,name\n1,"a\nb"\n', "roster.csv:3: name: holds a control character"),
        ("id,extra_time\n1,-5\n", "roster.csv:2: extra_time: expected percent from 0 to 400"),
        ("id,extra_time\n1,401\n", "expected percent from 0 to 400"),
        ("id,large_print\n1,maybe\n", 'roster.csv:2: large_print: expected yes or no, got "maybe"'),
        ("id\nJosé\n".encode("latin-1"), "roster.csv:2: is not UTF-8"),
    ],
)
def test_what_is_refused(text: str | bytes, said: str) -> None:
    """Each mistake is told with file, line and value."""
    assert said in refused(text)


def test_file_names() -> None:
    """An id becomes a name that is a plain file's on every system."""
    names = [Student(text).file_name for text in ("a/b", "..", ".git", "ü", "a~1", "con b", "x.y")]
    assert names == ["a%2Fb", "%2E.", "%2Egit", "%C3%BC", "a%7E1", "con%20b", "x.y"]


_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z", "M"]), min_size=1, max_size=20)
_IDS = _TEXT.filter(lambda text: unicodedata.is_normalized("NFC", text))


@given(st.lists(_IDS, min_size=1, unique_by=str.casefold))
def test_what_a_csv_writer_writes_is_read(ids: list[str]) -> None:
    """Written by csv.writer, every id and name comes back as it was."""
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *((one, one) + ("",) * 4 for one in ids)])
    students = parse_roster(text.getvalue().encode(), "roster.csv")
    assert [student.name for student in students] == ids
    assert [student.id for student in students] == ids
