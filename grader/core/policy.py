"""Late policies as data: deadlines, grace, percent a day, late days, caps, extensions; pure and exact.

Points are whole hundredths. Everything in between is a Fraction; a mark is rounded down once, at the end.
How a policy is written in YAML: `grader.gradebook.policy_file`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from fractions import Fraction
from typing import Literal

Base = Literal["max", "mark"]
Which = Literal["last", "best", "by-deadline"]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for one student in one assignment.

    Attributes:
        deadline: an instant, extensions included; None: nothing is ever late. grace: time after it without loss.
        percent_per_day: what each started day costs, in percent `of` the maximum or of the mark.
        after: days late after which nothing is accepted; None: everything is.
        cap: percent of the maximum that late work reaches at most.
        attempts: which one counts; by-deadline: the last that is on time, or else the first.
        extended: what was granted, in words.
    """

    deadline: datetime | None = None
    grace: timedelta = timedelta()
    percent_per_day: Fraction = Fraction(0)
    of: Base = "max"
    after: int | None = None
    cap: Fraction | None = None
    attempts: Which = "last"
    extended: tuple[str, ...] = ()

    def days_late(self, received: datetime) -> int:
        """Started days of 24 hours after deadline and grace."""
        if self.deadline is None:
            return 0
        return max(0, -((self.deadline + self.grace - received) // _DAY))

    def accepts(self, days: int) -> bool:
        """Whether work that is so many days late is still taken; late days of the pool do not change that."""
        return self.after is None or days <= self.after

    def worth(self, points: int, most: int, days: int, excused: int = 0) -> int:
        """Hundredths that remain of `points` out of `most`, so many days late, some of them excused."""
        if not self.accepts(days):
            return 0
        charged = days - excused
        if charged <= 0:
            return points
        left = points - self.percent_per_day * charged * (most if self.of == "max" else points) / 100
        if self.cap is not None:
            left = min(left, self.cap * most / 100)
        return max(0, left.numerator // left.denominator)


@dataclass(frozen=True, slots=True)
class Extension:
    """What one student was granted in one assignment: a date, or hours after the common deadline; and in words."""

    until: datetime | None
    hours: Fraction
    words: str

    def applied(self, deadline: datetime) -> datetime:
        """The deadline that follows from the common one."""
        return self.until or deadline + timedelta(microseconds=int(self.hours * 3_600_000_000))


@dataclass(frozen=True, slots=True)
class Policy:
    """A course's policy. Without a file: nothing is late, the last attempt counts.

    Attributes:
        timezone: in which times are shown.
        defaults: terms of assignments that are not named; never with a deadline.
        pool, each: days that a student may be late without loss, over all assignments and at most in one of them.
        extensions: (student, assignment) → what was granted.
    """

    timezone: tzinfo = UTC
    defaults: Terms = Terms()
    assignments: Mapping[str, Terms] = field(default_factory=dict)
    pool: int = 0
    each: int = 0
    extensions: Mapping[tuple[str, str], tuple[Extension, ...]] = field(default_factory=dict)

    def terms(self, student: str, slug: str) -> Terms:
        """The student's terms: the latest of the common deadline and all extensions, so that none takes time away."""
        common = self.assignments.get(slug, self.defaults)
        granted = self.extensions.get((student, slug), ())
        if common.deadline is None or not granted:
            return common
        latest = max(common.deadline, *(one.applied(common.deadline) for one in granted))
        return replace(common, deadline=latest, extended=tuple(one.words for one in granted))


def allocate(tables: Sequence[Sequence[int]], pool: int) -> tuple[int, ...]:
    """Late days for each assignment: the largest total, then the fewest days, then the earlier assignments first.

    tables: for each assignment, in the order of their deadlines, its mark with 0, 1, 2, … late days.
    Exact, by dynamic programming over the days spent so far.
    """
    best: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    for table in tables:
        longer: dict[int, tuple[int, tuple[int, ...]]] = {}
        for spent, (total, days) in best.items():
            for more, mark in enumerate(table[: pool - spent + 1]):
                candidate = (total + mark, (*days, more))
                longer[spent + more] = max(candidate, longer.get(spent + more, candidate))
        best = longer
    return max((total, -spent, days) for spent, (total, days) in best.items())[2]
