"""Rosters as the three systems export them, and which column becomes the id."""

from __future__ import annotations

import pytest

from grader.core.errors import SpecError
from grader.core.lms_roster import read_lms_roster
from grader.core.roster import Student

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz 1 (23),Current Score,Section
,,,,,Manual Posting,,
    Points Possible,,,,,10.00,(read only),
"Doe, Jane",4001,30000001,jdoe@uni.example,SEC-1,8.0,80,x
"O'Brien, Seán",4002,,sobrien,SEC-1,,,
"Student, Test",4999,,dd0a,SEC-1,,,
"""
MOODLE = """\
First name,Last name,ID number,Institution,Department,Email address,"Assignment: Lab, one",Last downloaded
Jane,Doe,s01,,CS,jane@uni.example,8.00,1567713827
محمد,علي,s02,,CS,m@uni.example,-,1567713827
"""
GRADESCOPE = """\
First Name,Last Name,SID,Email,Role,Section
Ada,Lovelace,001,ada@x.example,Student,A
Grace,Hopper,,grace@x.example,Instructor,A
Łukasz,Żółć,002,l@x.example,Student,B
"""


def read(text: str | bytes) -> tuple[Student, ...]:
    return read_lms_roster(text if isinstance(text, bytes) else text.encode(), "class.csv")


def refused(text: str | bytes) -> str:
    with pytest.raises(SpecError) as caught:
        read(text)
    return str(caught.value)


def test_canvas() -> None:
    """ID is the id; the rows of points and posting and the test student are no students; a login is no address."""
    assert read(CANVAS) == (
        Student("4001", "Doe, Jane", "jdoe@uni.example"),
        Student("4002", "O'Brien, Seán"),
    )


def test_moodle() -> None:
    """The ID number is the id, of today's header and of the one with Surname, with any separator."""
    expected = (Student("s01", "Jane Doe", "jane@uni.example"), Student("s02", "محمد علي", "m@uni.example"))
    assert read(MOODLE) == expected
    assert read(
        MOODLE.replace("Last name", "Surname").replace("First", '"First').replace("name,S", 'name",S')
    ) == (expected)
    assert read("\ufeff" + MOODLE.replace('"Assignment: Lab, one"', "Lab").replace(",", ";")) == expected
    assert read(MOODLE.replace('"Assignment: Lab, one"', "Lab").replace(",", "\t")) == expected


def test_moodle_without_numbers() -> None:
    """Where one student has no ID number, all are known by their address; Moodle's participants are such a file."""
    by_address = read(MOODLE.replace("s02", ""))
    assert [student.id for student in by_address] == ["jane@uni.example", "m@uni.example"]
    worksheet = "Identifier,Full name,Email address,Status\nParticipant 12,Jane Doe,jane@uni.example,None\n"
    assert read(worksheet) == (Student("jane@uni.example", "Jane Doe", "jane@uni.example"),)


def test_gradescope() -> None:
    """SID is the id with its zeros, staff are left out; without a SID for everybody it is the address."""
    assert read(GRADESCOPE) == (
        Student("001", "Ada Lovelace", "ada@x.example"),
        Student("002", "Łukasz Żółć", "l@x.example"),
    )
    assert [student.id for student in read(GRADESCOPE.replace("002", ""))] == ["ada@x.example", "l@x.example"]
    assert read("Name,Email\nPlato,p@x.example\n") == (Student("p@x.example", "Plato", "p@x.example"),)


def test_our_own_columns() -> None:
    """A roster in this grader's shape is read as `parse_roster` does, with what only it knows."""
    assert read("id,name,email,extra_time\n1,Jane,j@x,25\n") == (Student("1", "Jane", "j@x", 25),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CANVAS.replace("4002", "4001"), 'class.csv:5: id: "4001" stands on line 4 already'),
        (CANVAS.replace("4002", ""), 'class.csv:5: expected "id" for every student, got nothing for O\'Brien, Seán'),
        (CANVAS.partition("    ")[0], "class.csv: expected a line for each student below the header"),
        ("\n\n" + MOODLE.replace("s02", "S01"), 'class.csv:5: id: "S01" stands on line 4 already'),
        (MOODLE.replace("علي", "a\x1b"), "class.csv:3: name: holds a control character"),
        (MOODLE.replace("s02", "x" * 201), "class.csv:3: id: expected at most 200 characters, got 201"),
        (MOODLE + "Jane,Doe,s03,,CS,j3@uni.example,1,2,3\n", "class.csv:4: expected 8 values as in the header, got 9"),
        ("SID,Email\n,\n,a@x\n1,\n", 'expected "sid" or "email" for every student'),
        (MOODLE.encode("utf-16"), "is not UTF-8"),
        ("Vorname,Nachname\nJane,Doe\n", "class.csv:1: expected a column id in the header"),
        ('SID,Email\n"1,a@x\n', "class.csv:2: not CSV: "),
        ("", "expected a line for each student"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str | bytes, said: str) -> None:
    """Mistakes are told with the file, its own line and the value."""
    assert said in refused(text)
