"""The roster: who takes the course, and what each is entitled to. A CSV file; the same for exams and batches."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from grader.core.errors import SpecError

COLUMNS = ("id", "name", "email", "extra_time", "large_print", "accessible")
LONGEST = 200  # characters of an id or a name
MOST_EXTRA = 400  # percent
_YES = {"1", "yes", "true", "x", "y"}
_NO = {"", "0", "no", "false", "n"}


@dataclass(frozen=True, slots=True)
class Student:
    """One row. extra_time: percent of the exam's time that is added; large_print, accessible: editions of paper."""

    id: str
    name: str = ""
    email: str = ""
    extra_time: int = 0
    large_print: bool = False
    accessible: bool = False

    @property
    def file_name(self) -> str:
        """The id, percent-encoded: a name of a file on every system, another for every id."""
        encoded = quote(self.id, safe="").replace("~", "%7E")
        return "%2E" + encoded[1:] if encoded.startswith(".") else encoded


def parse_roster(data: bytes, shown: str) -> tuple[Student, ...]:
    """The students in the order of the file (UTF-8, with or without byte-order mark; commas or semicolons).

    Raises SpecError with file, line and column: no id, an id used twice (also in other letter case: file systems
    may not tell them apart), an unknown column, a value that is not allowed.
    """
    try:
        text = unicodedata.normalize("NFC", data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SpecError(f"{shown}:{line}: is not UTF-8; save the file as CSV UTF-8") from None
    header = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text), delimiter=";" if ";" in header and "," not in header else ",", strict=True
    )
    students: list[Student] = []
    seen: dict[str, int] = {}
    for line, row in _rows(reader, shown):
        student = _student(row, f"{shown}:{line}")
        if student.id.casefold() in seen:
            raise SpecError(
                f'{shown}:{line}: id: "{student.id}" stands on line {seen[student.id.casefold()]} already; '
                "every student needs an id of their own"
            )
        seen[student.id.casefold()] = line
        students.append(student)
    if not students:
        raise SpecError(f"{shown}: expected a line for each student below the header, found none")
    return tuple(students)


def _rows(reader: Iterator[list[str]], shown: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(line, column → value without outer blanks) of every row that is not empty."""
    columns: list[str] | None = None
    try:
        for row in reader:
            line = getattr(reader, "line_num", 0)
            values = [value.strip() for value in row]
            if not any(values):
                continue
            if columns is None:
                columns = _header([value.lower() for value in values], f"{shown}:{line}")
            elif len(values) != len(columns):
                raise SpecError(
                    f"{shown}:{line}: expected {len(columns)} values as in the header, got {len(values)}; "
                    "a name with a comma needs quotes around it"
                )
            else:
                yield line, dict(zip(columns, values, strict=True))
    except csv.Error as error:
        raise SpecError(f"{shown}:{getattr(reader, 'line_num', 0)}: not CSV: {error}") from None


def _header(columns: list[str], place: str) -> list[str]:
    known = ", ".join(COLUMNS)
    if "id" not in columns:
        raise SpecError(
            f"{place}: expected a column id in the header, got {', '.join(columns)}; known are {known}"
        )
    for column in columns:
        if column not in COLUMNS:
            raise SpecError(f'{place}: unknown column "{column}"; known are {known}')
        if columns.count(column) > 1:
            raise SpecError(f"{place}: the column {column} stands there twice")
    return columns


def _student(row: Mapping[str, str], place: str) -> Student:
    if not row["id"]:
        raise SpecError(f"{place}: id: expected the student's id, got nothing")
    for column in ("id", "name", "email"):
        value = row.get(column, "")
        if len(value) > LONGEST:
            raise SpecError(f"{place}: {column}: expected at most {LONGEST} characters, got {len(value)}")
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
            raise SpecError(f"{place}: {column}: holds a control character: {value!r}")
    if len(quote(row["id"], safe="")) > LONGEST:
        raise SpecError(
            f"{place}: id: is too long for the name of a file: at most {LONGEST} letters, percent-encoded"
        )
    return Student(
        id=row["id"],
        name=row.get("name", ""),
        email=row.get("email", ""),
        extra_time=_percent(row.get("extra_time", ""), place),
        large_print=_yes(row.get("large_print", ""), f"{place}: large_print"),
        accessible=_yes(row.get("accessible", ""), f"{place}: accessible"),
    )


def _percent(value: str, place: str) -> int:
    number = value.removesuffix("%").strip() or "0"
    if not number.isdecimal() or int(number) > MOST_EXTRA:
        raise SpecError(
            f'{place}: extra_time: expected percent from 0 to {MOST_EXTRA}, such as 25, got "{value}"'
        )
    return int(number)


def _yes(value: str, place: str) -> bool:
    if value.lower() in _YES:
        return True
    if value.lower() in _NO:
        return False
    raise SpecError(f'{place}: expected yes or no, got "{value}"')
