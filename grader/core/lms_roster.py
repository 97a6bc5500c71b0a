"""A roster as Canvas, Moodle and Gradescope write it: the same students, whatever the file calls its columns.

Which column becomes the id, and why:

- **Canvas** (gradebook export; Student, ID, SIS User ID, SIS Login ID, Section): `ID`. It is the one column that
  is never blank, and the number that Canvas puts into the names of downloaded submissions, so two students of one
  name are still told apart. Source: github.com/instructure/canvas-lms, lib/content_zipper.rb (`get_filename`).
- **Moodle** (participants, gradebook or grading worksheet; First name, Last name or Surname, or Full name; ID
  number, Email address): `ID number` where every student has one, else the address. Moodle's own numbers are not
  used: those in its downloads are drawn anew for every assignment (mod/assign: `get_uniqueid_for_user`).
- **Gradescope** (First Name and Last Name, or Name; SID, Email, Role): `SID` where every student has one, else the
  address, which Gradescope requires to be unique (guides.gradescope.com, "Adding Students and Staff").

Only English headers are known; exports in another language are to be made with the language set to English. What
else such a file holds (marks, sections, groups) is not kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.core.errors import SpecError
from grader.core.roster import Student, parse_roster

_DELIMITERS = ",;\t"
_TEST_STUDENT = "student, test"  # Canvas's student view, exported like a student
_FIRST, _LAST, _FULL = ("first name",), ("last name", "surname"), ("student", "name", "full name")
_EMAIL = ("email address", "email", "sis login id")


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    values: Mapping[str, str]

    def get(self, names: Iterable[str]) -> str:
        return next((self.values[name] for name in names if self.values.get(name)), "")

    @property
    def name(self) -> str:
        return self.get(_FULL) or f"{self.get(_FIRST)} {self.get(_LAST)}".strip()

    @property
    def email(self) -> str:
        address = self.get(_EMAIL)
        return address if "@" in address else ""  # Canvas's login may be a plain word


def read_lms_roster(data: bytes, shown: str) -> tuple[Student, ...]:
    """The students of a CSV file in Canvas's, Moodle's, Gradescope's or this grader's own shape, in its order.

    shown: the file's name in messages. Raises SpecError with file and line: nothing that identifies a student, an
    id used twice, and whatever `parse_roster` refuses.
    """
    try:
        rows = _table(data.decode("utf-8-sig"), shown)
    except UnicodeDecodeError:
        return parse_roster(data, shown)  # it says where
    header = [value.lower() for value in rows[0][1]] if rows else []
    identity = _identity(frozenset(header))
    if not identity:
        return parse_roster(data, shown)
    people = [_Row(line, _by_column(header, values, f"{shown}:{line}")) for line, values in rows[1:]]
    students = [row for row in people if _is_student(row, identity)]
    return parse_roster(_rewritten(students, _chosen(students, identity, shown), rows[0][0]), shown)


def _table(text: str, shown: str) -> list[tuple[int, list[str]]]:
    """(line, values without outer blanks) of every row that is not empty."""
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(_DELIMITERS, key=header.count), strict=True)
    try:
        table = [(reader.line_num, [value.strip() for value in row]) for row in reader]
    except csv.Error as error:
        raise SpecError(f"{shown}:{reader.line_num}: not CSV: {error}") from None
    return [(line, values) for line, values in table if any(values)]


def _identity(columns: frozenset[str]) -> tuple[str, ...]:
    """The columns that may become the id, the best first; empty if this is no export of an LMS."""
    if {"student", "id"} <= columns:
        return ("id",)
    if "id number" in columns or "email address" in columns:
        return ("id number", "email address", "email")
    if "sid" in columns or ("email" in columns and "id" not in columns):
        return ("sid", "email")
    return ()


def _by_column(header: Sequence[str], values: Sequence[str], place: str) -> dict[str, str]:
    if len(values) > len(header):
        raise SpecError(
            f"{place}: expected {len(header)} values as in the header, got {len(values)}; "
            "a name with a comma needs quotes around it"
        )
    # the first of two columns of one name: an assignment may be called "Section" too
    return dict(reversed(list(zip(header, values, strict=False))))


def _is_student(row: _Row, identity: Sequence[str]) -> bool:
    if row.values.get("role", "student").lower() not in ("student", ""):
        return False  # Gradescope lists teachers as well
    name = row.name.lower()
    if name == _TEST_STUDENT or name.startswith("points possible"):
        return False  # Canvas's, the second below its header
    return bool(name or row.email or row.get(identity))


def _chosen(students: Sequence[_Row], identity: Sequence[str], shown: str) -> str:
    """The first of these columns that every student has something in: ids of two kinds would meet by chance."""
    for column in identity:
        if students and all(row.values.get(column) for row in students):
            return column
    columns = " or ".join(f'"{column}"' for column in identity)
    if not students:
        raise SpecError(f"{shown}: expected a line for each student below the header, found none")
    gap = next(row for row in students if not row.values.get(identity[-1]))
    raise SpecError(f"{shown}:{gap.line}: expected {columns} for every student, got nothing for {gap.name}")


def _rewritten(students: Iterable[_Row], column: str, header_line: int) -> bytes:
    """The roster in this grader's columns with every student on the line where the file has them."""
    out = io.StringIO("\n" * (header_line - 1))
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("id", "name", "email"))
    line = header_line
    for row in students:
        out.write("\n" * (row.line - line - 1))
        writer.writerow((row.values[column], row.name, row.email))
        line = row.line
    return out.getvalue().encode()
