"""Gradescope: the `results.json` of an autograder, for one student, or a zip archive with one for each.

Source: "Autograder Output Format", https://gradescope-autograders.readthedocs.io/en/latest/specs/. A provisional
result has no score anywhere: Gradescope then asks for one instead of taking a sum that is too small.
"""

from __future__ import annotations

import io
import json
import zipfile

from grader.core.mark import Mark
from grader.core.result import CheckResult, decimal, hundredths
from grader.core.text import printable
from grader.gradebook.exports.order import Exported, Order, comment

_DATE = (1980, 1, 1, 0, 0, 0)


def results(order: Order) -> Exported:
    """JSON for one mark, else a zip archive of ``<assignment>/<student>/results.json``."""
    if len(order.marks) == 1:
        return Exported(_document(order, order.marks[0]), order.blanks())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for mark in sorted(order.marks, key=lambda mark: (mark.slug, mark.student)):
            name = f"{mark.slug}/{order.student(mark).file_name}/results.json"
            archive.writestr(zipfile.ZipInfo(name, _DATE), _document(order, mark), zipfile.ZIP_DEFLATED)
    return Exported(buffer.getvalue(), order.blanks())


def _document(order: Order, mark: Mark) -> bytes:
    value = order.value(mark)
    result = mark.attempt.result if mark.attempt else None
    score = {} if value is None else {"score": decimal(value)}
    document = {
        **score,
        "max_score": decimal(mark.max),
        "execution_time": round(result.measured.wall_seconds, 3) if result else 0,
        "output": printable(comment(mark)),
        "output_format": "text",
        "tests": [_test(check, scored=value is not None) for check in (result.checks if result else ())],
        "extra_data": {"student": mark.student, "assignment": mark.slug, "reasons": list(mark.reasons)},
    }
    return (json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n").encode()


def _test(check: CheckResult, scored: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "name": printable(check.title),
        "number": check.id,
        "max_score": decimal(hundredths(check.max_points)),
        "output": printable(check.message),
        "output_format": "text",
        "visibility": "visible" if check.visibility == "public" else "hidden",
    }
    if check.undecided:
        return told
    told["status"] = "passed" if check.passed else "failed"
    return told | ({"score": decimal(hundredths(check.points))} if scored else {})
