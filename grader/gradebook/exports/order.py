"""What is to be exported, what came out, and what all formats say alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.core.errors import UsageError
from grader.core.mark import Mark, points
from grader.core.roster import Student


@dataclass(frozen=True, slots=True)
class Exported:
    """The bytes of the file; notes: a sentence each, first of all why a cell is blank."""

    data: bytes
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """For its parts see `export`."""

    marks: tuple[Mark, ...]
    students: Mapping[str, Student]
    template: bytes | None
    column: str
    include_provisional: bool

    def student(self, mark: Mark) -> Student:
        """Whose it is; with nothing but the id if the roster does not say more."""
        return self.students.get(mark.student, Student(mark.student))

    def value(self, mark: Mark) -> int | None:
        """Hundredths to write; None: leave it blank."""
        if mark.provisional and self.include_provisional:
            return mark.low
        return mark.value

    def blanks(self) -> tuple[str, ...]:
        """Why cells are blank, or not final."""
        return tuple(
            f"{mark.student}, {mark.slug}: {'provisional' if self.value(mark) is not None else 'blank'}: "
            f"{'; '.join(mark.reasons)}"
            for mark in self.marks
            if mark.value is None
        )

    def one_assignment(self, format: str) -> str:
        """The title, or the slug, of the only assignment. Raises UsageError if there are several or none."""
        slugs = sorted({mark.slug for mark in self.marks})
        if len(slugs) != 1:
            found = ", ".join(slugs) or "none"
            raise UsageError(
                f"{format} takes the marks of one assignment at a time, got {found}; choose one (--assignment)"
            )
        titles = (mark.attempt.result.title for mark in self.marks if mark.attempt and mark.attempt.result)
        return next(filter(None, titles), slugs[0])


def status(mark: Mark) -> str:
    """In one word."""
    if mark.provisional:
        return "provisional"
    return "missing" if mark.value is None else "final"


def comment(mark: Mark) -> str:
    """What the student reads beside the mark; the reasons name hidden checks, so they stay with the instructor."""
    if mark.value is None:
        return "not final yet" if mark.provisional else "; ".join(mark.reasons)
    parts = [
        f"{points(mark.value)} of {points(mark.max)} points" if mark.max else f"{points(mark.value)} points"
    ]
    if mark.number[1] > 1:
        parts.append(f"attempt {mark.number[0]} of {mark.number[1]}")
    if mark.days:
        parts.append(f"{mark.days} day{'s' * (mark.days > 1)} late")
    if mark.excused:
        parts.append(f"{mark.excused} covered by late days")
    return "; ".join(parts)
