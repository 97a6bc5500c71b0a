"""One entry for all formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from grader.core.errors import UsageError
from grader.core.mark import Mark
from grader.core.roster import Student
from grader.gradebook.exports import canvas, gradescope, junit, moodle, plain
from grader.gradebook.exports.order import Exported, Order

_FORMATS: Mapping[str, Callable[[Order], Exported]] = {
    "csv": plain.csv_table,
    "canvas": canvas.gradebook,
    "moodle": moodle.worksheet,
    "gradescope": gradescope.results,
    "junit": junit.suites,
    "json": plain.json_document,
}
FORMATS = tuple(_FORMATS)


def export(
    format: str,
    marks: Sequence[Mark],
    *,
    students: Mapping[str, Student] | None = None,
    template: bytes | None = None,
    column: str = "",
    include_provisional: bool = False,
) -> Exported:
    """The file, and a note for everything in it that somebody should know of.

    template: the file that the platform exported, to be filled: needed for canvas, allowed for moodle.
    column: the name of our column in it; else the assignment's title or slug is looked for.
    include_provisional: write the points so far where the mark is not final, instead of leaving it blank.
    Raises UsageError for an unknown format or a template that does not fit.
    """
    if format not in _FORMATS:
        raise UsageError(f'expected a format ({", ".join(FORMATS)}), got "{format}"')
    return _FORMATS[format](Order(tuple(marks), students or {}, template, column, include_provisional))
