"""Moodle: the offline grading worksheet of an assignment, filled; or, without one, a file for Grades → Import.

The worksheet has Identifier ("Participant 123"), Full name, Email address, Status, Grade, Maximum Grade, Grade can be
changed, the times of the last changes and Feedback comments; Moodle compares the times, so all columns are kept.
Source: mod/assign/feedback/offline/importgradeslib.php in Moodle.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.core.mark import Mark, points
from grader.gradebook.exports import table
from grader.gradebook.exports.order import Exported, Order, comment

_HEADER = ("Identifier", "Full name", "Email address", "Grade", "Maximum Grade", "Feedback comments")


def worksheet(order: Order) -> Exported:
    """The worksheet with grades and comments."""
    order.one_assignment("moodle")
    return _fresh(order) if order.template is None else _filled(order, order.template)


def _fresh(order: Order) -> Exported:
    rows = [_HEADER]
    for mark in order.marks:
        student = order.student(mark)
        rows.append(
            (student.id, student.name, student.email, _grade(order, mark), points(mark.max), comment(mark))
        )
    return Exported(table.dumps(rows), order.blanks())


def _filled(order: Order, template: bytes) -> Exported:
    header, rows, delimiter = table.loads(template, ("Identifier", "Grade"), "the Moodle worksheet")
    marks = _keyed(order)
    notes, used = list(order.blanks()), set[str]()
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        mark = _match(cells, marks)
        if mark is None:
            notes.append(f"{_shown(cells)}: stands in the worksheet, but there is no mark")
            continue
        used.add(mark.student)
        if cells.get("Grade can be changed", "Yes").strip().lower() == "no":
            notes.append(f"{_shown(cells)}: Moodle does not let this grade be changed")
            continue
        row[header.index("Grade")] = _grade(order, mark)
        if "Feedback comments" in header:
            row[header.index("Feedback comments")] = comment(mark)
        most = cells.get("Maximum Grade", "").replace(",", ".")
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", most) and mark.max and float(most) * 100 != mark.max:
            notes.append(
                f"{_shown(cells)}: Moodle expects a grade out of {most}, ours is of {points(mark.max)}"
            )
    notes += [f"{mark.student}: is not in the worksheet" for mark in order.marks if mark.student not in used]
    return Exported(table.dumps([header, *rows], delimiter), tuple(notes))


def _grade(order: Order, mark: Mark) -> str:
    value = order.value(mark)
    return "" if value is None else points(value)


def _keyed(order: Order) -> dict[str, Mark]:
    found = {order.student(mark).email.casefold(): mark for mark in order.marks if order.student(mark).email}
    return found | {mark.student.casefold(): mark for mark in order.marks}


def _match(cells: Mapping[str, str], marks: Mapping[str, Mark]) -> Mark | None:
    identifier = cells["Identifier"].strip()
    keys = (cells.get("ID number", ""), cells.get("Email address", ""), identifier, identifier.split(" ")[-1])
    return next((marks[key.strip().casefold()] for key in keys if key.strip().casefold() in marks), None)


def _shown(cells: Mapping[str, str]) -> str:
    return cells.get("Full name") or cells["Identifier"]
