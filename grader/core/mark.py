"""The mark of a student in an assignment, and what it is computed from. All points are whole hundredths.

How the one follows from the other: `grader.gradebook.marking`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from grader.core.result import SubmissionResult


@dataclass(frozen=True, slots=True)
class Decision:
    """Points that a person gave, in hundredths; by whom, why and when."""

    points: int
    author: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Imported:
    """A mark made elsewhere, in hundredths, and where."""

    points: int
    most: int
    source: str
    author: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One hand-in. hash: of its files. late: as the LMS marked it. result: None until it is graded."""

    submission: int
    hash: str
    received: datetime
    late: bool = False
    origin: str = ""
    result: SubmissionResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """All that is on record for one student in one assignment: check id, item id → the decision that holds."""

    student: str
    slug: str
    attempts: tuple[Attempt, ...] = ()
    checks: Mapping[str, Decision] = field(default_factory=dict)
    manual: Mapping[str, Decision] = field(default_factory=dict)
    score: Decision | None = None
    imported: Imported | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the explanation: hundredths before and after it."""

    text: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a student gets, in hundredths.

    Attributes:
        value: None while provisional or without a hand-in. low, high: what it can become.
        max: of checks and manual items; 0 where nothing is graded yet.
        reasons: why there is no value, a sentence each.
        attempt: the one that counts; number: which of how many. days: late; excused: late days used.
        bonus: points beside the mark. lines: how it came about.
    """

    student: str
    slug: str
    value: int | None
    low: int
    high: int
    max: int
    provisional: bool
    reasons: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    attempt: Attempt | None = None
    number: tuple[int, int] = (0, 0)
    days: int = 0
    excused: int = 0
    bonus: int = 0


def points(hundredth: int) -> str:
    """Hundredths as text: 750 → "7.50"."""
    return f"{hundredth // 100}.{hundredth % 100:02}"
