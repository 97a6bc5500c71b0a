"""Canvas: its own gradebook CSV with our column filled, to be uploaded under Grades → Import.

The file has a header with Student, ID, SIS User ID, SIS Login ID, Section and then assignments as ``Title (number)``,
a row "Points Possible", and a row for each student. Of the assignments only ours is written: what another teacher
enters meanwhile is not set back. Source: Canvas Instructor Guide, "How do I import grades in the Gradebook?"
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.core.errors import UsageError
from grader.core.mark import Mark, points
from grader.gradebook.exports import table
from grader.gradebook.exports.order import Exported, Order

_IDS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account", "Section")
_MATCHED = ("SIS User ID", "SIS Login ID", "ID")  # in this order
_POSSIBLE = "Points Possible"


def gradebook(order: Order) -> Exported:
    """The id columns, every row, and our column."""
    title = order.one_assignment("canvas")
    if order.template is None:
        raise UsageError(
            "canvas needs the gradebook that Canvas exports, to fill it (--template): Grades → Export"
        )
    header, rows, delimiter = table.loads(order.template, ("Student", "ID"), "the Canvas gradebook")
    ours = _column(header, order, title)
    most = max(mark.max for mark in order.marks)
    kept = [index for index, name in enumerate(header) if name in _IDS]
    marks = _keyed(order)
    notes, used = list(order.blanks()), set[str]()
    written = [
        [*(header[index] for index in kept), header[ours] if ours is not None else order.column or title]
    ]
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        mark = _match(cells, marks)
        cell = row[ours] if ours is not None else ""
        if cells["Student"].strip() == _POSSIBLE:
            cell = cell or points(most)
            if re.fullmatch(r"[0-9.]+", cell) and float(cell) * 100 != most:
                notes.append(f"Canvas expects {cell} points, ours are out of {points(most)}")
        elif cells["ID"]:
            if mark is not None:
                value = order.value(mark)
                cell = "" if value is None else points(value)
            notes += _oddities(cells, mark, used)
        written.append([*(row[index] for index in kept), cell])
    notes += [
        f"{mark.student}: is not in the Canvas gradebook" for mark in order.marks if mark.student not in used
    ]
    return Exported(table.dumps(written, delimiter), tuple(notes))


def _column(header: list[str], order: Order, title: str) -> int | None:
    """Where our assignment stands; None: it is new to Canvas, which makes it on import."""
    wanted = [order.column] if order.column else [title, order.marks[0].slug]
    for name in wanted:
        same = [
            index
            for index, cell in enumerate(header)
            if cell not in _IDS and name.casefold() in (cell.casefold(), _bare(cell))
        ]
        if len(same) > 1:
            named = ", ".join(header[index] for index in same)
            raise UsageError(
                f"the Canvas gradebook has several columns for {name}: {named}; name one of them"
            )
        if same:
            return same[0]
    return None


def _bare(cell: str) -> str:
    return re.sub(r" \(\d+\)$", "", cell).casefold()


def _keyed(order: Order) -> dict[str, Mark]:
    """By id and, because many use it as login, by email address."""
    found = {order.student(mark).email.casefold(): mark for mark in order.marks if order.student(mark).email}
    return found | {mark.student.casefold(): mark for mark in order.marks}


def _match(cells: Mapping[str, str], marks: Mapping[str, Mark]) -> Mark | None:
    keys = (cells.get(name, "").strip().casefold() for name in _MATCHED)
    return next((marks[key] for key in keys if key in marks), None)


def _oddities(cells: Mapping[str, str], mark: Mark | None, used: set[str]) -> list[str]:
    if mark is None:
        return [f"{cells['Student']} ({cells['ID']}): stands in the Canvas gradebook, but there is no mark"]
    twice = mark.student in used
    used.add(mark.student)
    return [f"{mark.student}: stands in the Canvas gradebook twice"] if twice else []
