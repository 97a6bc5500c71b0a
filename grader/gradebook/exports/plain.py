"""Our own formats: a table for a spreadsheet, and JSON with the whole explanation."""

from __future__ import annotations

import json

from grader.core.mark import Mark, points
from grader.core.result import decimal
from grader.gradebook.exports import table
from grader.gradebook.exports.order import Exported, Order, status

SCHEMA = "grader.marks/1"
_COLUMNS = (
    "id", "name", "email", "assignment", "score", "max", "status", "low", "high", "attempt", "received",
    "days_late", "late_days_used", "reasons",
)  # fmt: skip


def csv_table(order: Order) -> Exported:
    """A row for each mark."""
    rows = [_COLUMNS, *(_row(order, mark) for mark in order.marks)]
    return Exported(table.dumps(rows), order.blanks())


def _row(order: Order, mark: Mark) -> tuple[str, ...]:
    student, value = order.student(mark), order.value(mark)
    return (
        student.id,
        student.name,
        student.email,
        mark.slug,
        "" if value is None else points(value),
        points(mark.max),
        status(mark),
        points(mark.low),
        points(mark.high),
        str(mark.number[0] or ""),
        mark.attempt.received.strftime("%Y-%m-%dT%H:%M:%SZ") if mark.attempt else "",
        str(mark.days),
        str(mark.excused),
        "; ".join(mark.reasons),
    )


def json_document(order: Order) -> Exported:
    """``grader.marks/1``: a list of marks with every line of their explanation."""
    document = {"schema": SCHEMA, "marks": [_document(order, mark) for mark in order.marks]}
    text = json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
    return Exported(text.encode(), order.blanks())


def _document(order: Order, mark: Mark) -> dict[str, object]:
    student, value = order.student(mark), order.value(mark)
    return {
        "student": student.id,
        "name": student.name,
        "email": student.email,
        "assignment": mark.slug,
        "score": None if value is None else decimal(value),
        "max_score": decimal(mark.max),
        "status": status(mark),
        "score_low": decimal(mark.low),
        "score_high": decimal(mark.high),
        "bonus": decimal(mark.bonus),
        "attempt": mark.number[0],
        "attempts": mark.number[1],
        "submission": mark.attempt.hash if mark.attempt else None,
        "received": mark.attempt.received.strftime("%Y-%m-%dT%H:%M:%SZ") if mark.attempt else None,
        "days_late": mark.days,
        "late_days_used": mark.excused,
        "reasons": list(mark.reasons),
        "lines": [
            {"text": line.text, "before": decimal(line.before), "after": decimal(line.after)}
            for line in mark.lines
        ],
    }
