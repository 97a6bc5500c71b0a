"""Marks on a terminal: of the course, of an assignment, of a student, and how one of them came about."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.core.mark import Line, Mark, points
from grader.core.roster import Student
from grader.core.text import one_line
from grader.gradebook.records import Event

_REASONS = 3  # that a table shows; `history` has all


def value_text(mark: Mark) -> str:
    """``7.50``, ``3.00–6.00`` while provisional, ``–`` without a mark."""
    if mark.provisional:
        return f"{points(mark.low)}–{points(mark.high)}"
    return "–" if mark.value is None else points(mark.value)


def of_course(marks: Sequence[Mark]) -> RenderableType:
    """A line an assignment: how many marks are final, and what they are like."""
    table = _table("assignment", "of", "final", "provisional", "none", "mean", "median")
    for slug in dict.fromkeys(mark.slug for mark in marks):
        ours = [mark for mark in marks if mark.slug == slug]
        values = [mark.value for mark in ours if mark.value is not None]
        provisional = sum(mark.provisional for mark in ours)
        table.add_row(
            Text(slug),
            _out_of(ours),
            str(len(values)),
            _counted(provisional),
            _counted(len(ours) - len(values) - provisional),
            points(int(statistics.fmean(values))) if values else "–",
            points(int(statistics.median(values))) if values else "–",
        )
    return table


def of_assignment(slug: str, marks: Sequence[Mark], students: Mapping[str, Student]) -> RenderableType:
    """A line a student."""
    named = any(one.name for one in students.values())
    table = _table("student")
    if named:
        table.add_column("name", overflow="fold")
    _mark_columns(table)
    for mark in marks:
        name = students[mark.student].name if mark.student in students else ""
        who = [Text(one_line(mark.student)), *([Text(one_line(name))] if named else [])]
        table.add_row(*who, *_mark_cells(mark))
    final = sum(mark.value is not None for mark in marks)
    provisional = sum(mark.provisional for mark in marks)
    counts = f"{final} final, {provisional} provisional, {len(marks) - final - provisional} without a mark"
    return Group(_heading(slug, f"out of {_out_of(marks)}"), Text(), table, Text(), Text(counts))


def of_student(student: Student, marks: Sequence[Mark]) -> RenderableType:
    """A line an assignment."""
    table = _table("assignment", "of")
    _mark_columns(table)
    for mark in marks:
        table.add_row(Text(mark.slug), points(mark.max) if mark.max else "–", *_mark_cells(mark))
    return Group(_person(student), Text(), table)


def history(student: Student, mark: Mark, events: Sequence[Event], zone: tzinfo) -> RenderableType:
    """The mark, every step to it, and everything that happened, in the time zone of the policy."""
    line = Text(f"{mark.slug}: {value_text(mark)}", style="bold")
    line.append(f" of {points(mark.max)}" if mark.max else "").append(" provisional" * mark.provisional)
    reasons = [Text(f"  {one_line(reason)}", style="yellow") for reason in mark.reasons]
    parts: list[RenderableType] = [_person(student), line, *reasons]
    if mark.lines:
        parts += [Text(), Text("How it comes about", style="bold"), _steps(mark.lines)]
    parts += [Text(), Text("What happened", style="bold")]
    parts.append(_journal(events, zone) if events else Text("nothing yet"))
    return Group(*parts)


def moved(before: Iterable[Mark], after: Iterable[Mark]) -> list[str]:
    """A line for each mark that is another one now."""
    old = {(mark.student, mark.slug): mark for mark in before}
    told = []
    for mark in after:
        was = value_text(old[mark.student, mark.slug]) if (mark.student, mark.slug) in old else "–"
        if was != value_text(mark):
            told.append(f"{mark.student}, {mark.slug}: {was} → {value_text(mark)}")
    return told


def _steps(lines: Sequence[Line]) -> Table:
    table = _table("step", "points")
    for line in lines:
        moved = line.before != line.after
        shown = f"{points(line.before)} → {points(line.after)}" if moved else points(line.after)
        table.add_row(Text(one_line(line.text)), shown)
    return table


def _journal(events: Sequence[Event], zone: tzinfo) -> Table:
    table = _table("entry")
    table.add_column("when", no_wrap=True)
    table.add_column("who", overflow="fold", max_width=14)
    table.add_column("what", overflow="fold")
    for event in events:
        what = Text(one_line(event.text))
        if event.reason:
            what.append(f"\nreason: {one_line(event.reason)}", style="dim")
        when = event.at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
        table.add_row(str(event.seq), when, Text(one_line(event.author)), what)
    return table


def _table(first: str, *numbers: str) -> Table:
    """Without rows; columns of numbers end on the right."""
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column(first, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _mark_columns(table: Table) -> None:
    table.add_column("mark", justify="right", no_wrap=True)
    table.add_column("days late", justify="right")
    table.add_column("remark", overflow="fold")


def _mark_cells(mark: Mark) -> tuple[Text, Text, Text]:
    value = Text(value_text(mark), style="yellow" if mark.provisional else "")
    return value, Text(_counted(mark.days)), Text(_remark(mark))


def _remark(mark: Mark) -> str:
    """Why there is no value; else what sets it apart from an ordinary one."""
    if mark.reasons:
        more = len(mark.reasons) - _REASONS
        shown = one_line("; ".join(mark.reasons[:_REASONS]))
        return f"{shown}; and {more} more" if more > 0 else shown
    parts = []
    if mark.number[1] > 1:
        parts.append(f"attempt {mark.number[0]} of {mark.number[1]}")
    if mark.excused:
        parts.append(f"{mark.excused} covered by late days")
    # what a person decided is the last step; without a hand-in it is the only one
    if mark.lines and (mark.attempt is None or mark.lines[-1].text.startswith("score set by")):
        parts.append(one_line(mark.lines[-1].text))
    return "; ".join(parts)


def _person(student: Student) -> Text:
    return _heading(one_line(student.name) or student.id, student.id if student.name else "")


def _heading(what: str, beside: str) -> Text:
    text = Text(what, style="bold")
    return text.append(f" · {beside}" if beside else "", style="dim")


def _out_of(marks: Sequence[Mark]) -> str:
    """The maximum; where those of the attempts differ, from … to."""
    found = sorted({mark.max for mark in marks if mark.max})
    return "–".join(points(most) for most in dict.fromkeys((found[0], found[-1]))) if found else "–"


def _counted(number: int) -> str:
    return str(number) if number else ""
