"""Marks made elsewhere, as a CSV file: a column that says who, one how many points, perhaps one of how many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from grader.core.errors import UsageError
from grader.core.text import one_line
from grader.gradebook.exports import table

# "1,000" may be a thousand or one: behind a comma at most two digits
_POINTS = re.compile(r"[0-9]{1,6}(\.[0-9]+|,[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class MarksFile:
    """marks: student → hundredths, of how many. notes: a sentence for each row that gave none."""

    marks: Mapping[str, tuple[int, int]]
    notes: tuple[str, ...]


def parse_points(text: str, place: str) -> int:
    """Hundredths, the nearest, from ``7``, ``7.5`` or ``7,5``. Raises UsageError that names `place`."""
    if not _POINTS.fullmatch(text.strip()):
        raise UsageError(f'{place}: expected points such as 7.5, got "{one_line(text)}"')
    given = Decimal(text.strip().replace(",", "."))
    return int((given * 100).to_integral_value(ROUND_HALF_UP))


def read_marks(
    data: bytes,
    shown: str,
    slug: str,
    most: int | None = None,
    id_column: str = "id",
    score_column: str = "score",
) -> MarksFile:
    """The marks of one assignment; rows that a column ``assignment`` gives to another one are passed over.

    most: of how many hundredths; None: the column ``max`` says it. Raises UsageError with file and student.
    """
    needed = (id_column, score_column) if most is not None else (id_column, score_column, "max")
    header, rows, _ = table.loads(data, needed, shown)
    marks: dict[str, tuple[int, int]] = {}
    notes = []
    for row in rows:
        cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
        student = cells[id_column]
        if cells.get("assignment", slug) != slug:
            continue
        if not student or not cells[score_column]:
            who = student or one_line(next(filter(None, cells.values()), "a row"))
            notes.append(f"{who}: no {score_column if student else id_column}, so nothing was imported")
        elif student in marks:
            raise UsageError(f"{shown}: {student}: expected one mark for each student, got two")
        else:
            of = parse_points(cells["max"], f"{shown}: {student}: max") if most is None else most
            marks[student] = (_within(cells[score_column], of, f"{shown}: {student}: {score_column}"), of)
    return MarksFile(marks, tuple(notes))


def _within(text: str, most: int, place: str) -> int:
    given = parse_points(text, place)
    if given > most:
        raise UsageError(f"{place}: expected points from 0 to {most / 100:g}, got {given / 100:g}")
    return given
