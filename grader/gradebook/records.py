"""The nouns of the gradebook, as its callers see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from grader.core.errors import UsageError
from grader.core.mark import points
from grader.core.result import SubmissionResult
from grader.core.text import one_line

_MOST = 100_000_000  # hundredths: a 32-bit integer in every database
Kind = Literal["grade", "regrade", "undo"]


@dataclass(frozen=True, slots=True)
class Submission:
    """A hand-in on record.

    Attributes:
        seq: its number in the journal. hash: SHA-256 over its files. received: UTC.
        late: as the LMS marked it. origin: where the files were found.
        attempt: 1 for the student's first in this assignment, by time received.
        author: the user who owned the file in the drop folder, else the grader.
    """

    seq: int
    student: str
    slug: str
    hash: str
    received: datetime
    late: bool
    origin: str
    attempt: int
    author: str = ""


@dataclass(frozen=True, slots=True)
class Grading:
    """A result on record; tries: how often the same content had been run when it came out."""

    seq: int
    key: str
    tries: int
    result: SubmissionResult


@dataclass(frozen=True, slots=True)
class Revision:
    """A step by which gradings came in force: submission → grading, by their numbers."""

    seq: int
    slug: str
    kind: Kind
    items: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the journal, told for one student in one assignment."""

    seq: int
    at: datetime
    author: str
    text: str
    reason: str


def standing(revisions: Iterable[Revision]) -> list[Revision]:
    """The revisions of one assignment that are not undone, oldest first; each undo takes back the latest."""
    left: list[Revision] = []
    for revision in revisions:
        if revision.kind != "undo":
            left.append(revision)
        elif left:
            left.pop()
    return left


def in_force(revisions: Iterable[Revision]) -> dict[int, int]:
    """Submission → grading by the latest standing revision that names it."""
    return {
        submission: grading
        for revision in standing(revisions)
        for submission, grading in revision.items.items()
    }


def written(moment: datetime) -> str:
    """An instant as stored: UTC with microseconds, so that text sorts as time. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"expected an aware datetime, got {moment}")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def instant(text: str) -> datetime:
    """What `written` wrote."""
    return datetime.fromisoformat(text)


def named(text: str) -> str:
    """An id that every database and terminal can hold. Raises UsageError."""
    if not text or text != one_line(text):
        raise UsageError(f"expected an id without control characters and outer blanks, got {text!r}")
    return text


def earned_points(value: int, student: str) -> int:
    """Hundredths as they were given. Raises UsageError for less than nothing and for what no database holds."""
    if not 0 <= value <= _MOST:
        raise UsageError(f"{student}: expected points from 0 to {points(_MOST)}, got {value / 100:g}")
    return value
