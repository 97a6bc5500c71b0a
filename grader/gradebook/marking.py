"""Marks computed from what is on record, and explained line by line. Pure.

In this order: the checks of the attempt that counts → overrides of single checks → manual items → late policy →
override of the score, the final word. A mark imported from elsewhere stands in place of all but the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from grader.core.mark import Attempt, Decision, Entry, Imported, Line, Mark, points
from grader.core.policy import Policy, Terms, allocate
from grader.core.result import CheckResult, Manual, hundredths
from grader.gradebook.wording import by, lateness, which

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Row:
    """What a check or a manual item adds: surely, at most, and to the maximum. reason: why it may still change."""

    text: str
    low: int
    high: int
    worth: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Raw:
    """Before the policy."""

    low: int
    high: int
    max: int
    reasons: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An attempt with so many days excused. decided: False if another attempt may still turn out better."""

    index: int
    days: int
    low: int
    high: int
    decided: bool = True


def marks_of(entries: Sequence[Entry], policy: Policy) -> tuple[Mark, ...]:
    """The marks of one student, in the order of the entries: late days are shared between assignments."""
    cases = [_Case.of(entry, policy.terms(entry.student, entry.slug)) for entry in entries]
    order = sorted(
        range(len(cases)), key=lambda index: (cases[index].terms.deadline or _NEVER, cases[index].entry.slug)
    )
    tables = [cases[index].table(min(policy.each, policy.pool)) for index in order]
    excused = dict(zip(order, allocate(tables, policy.pool), strict=True))
    return tuple(case.mark(excused[index], policy) for index, case in enumerate(cases))


@dataclass(frozen=True, slots=True)
class _Case:
    """One assignment of the student, its attempts in the order in which they came."""

    entry: Entry
    terms: Terms
    attempts: tuple[Attempt, ...]
    raws: tuple[_Raw, ...]

    @classmethod
    def of(cls, entry: Entry, terms: Terms) -> _Case:
        # the hash decides between attempts of the same instant: the order of arrival changes nothing
        attempts = tuple(sorted(entry.attempts, key=lambda attempt: (attempt.received, attempt.hash)))
        return cls(entry, terms, attempts, tuple(_raw(entry, attempt) for attempt in attempts))

    def table(self, days: int) -> list[int]:
        """The mark with 0, 1, … late days; with none alone where they cannot change it."""
        if self.entry.score or self.entry.imported or not self.attempts:
            return [0]
        return [self.chosen(excused).low for excused in range(days + 1)]

    def chosen(self, excused: int) -> _Candidate:
        """The attempt that counts. What came too late to be accepted counts only where there is nothing else."""
        every = [self._candidate(index, excused) for index in range(len(self.attempts))]
        open_ones = [one for one in every if self.terms.accepts(one.days)] or every
        if self.terms.attempts == "last":
            return open_ones[-1]
        if self.terms.attempts == "by-deadline":
            return next((one for one in reversed(open_ones) if one.days == 0), open_ones[0])
        best = max(open_ones, key=lambda one: (one.low, -one.index))
        rivals = [one for one in open_ones if one.index != best.index]
        decided = all(self.attempts[one.index].result and one.high <= best.low for one in rivals)
        return replace(best, decided=decided, high=max(one.high for one in open_ones))

    def _candidate(self, index: int, excused: int) -> _Candidate:
        raw, days = self.raws[index], self.terms.days_late(self.attempts[index].received)
        most = self._most(index)
        possible = raw.high if self.attempts[index].result else most
        low, high = (self.terms.worth(value, most, days, excused) for value in (raw.low, possible))
        return _Candidate(index, days, low, high)

    def _most(self, index: int) -> int:
        """The maximum: of an attempt that is not graded yet, that of the others."""
        return self.raws[index].max or max(raw.max for raw in self.raws)

    def mark(self, excused: int, policy: Policy) -> Mark:
        entry = self.entry
        if entry.imported is not None:
            made = _imported(entry, entry.imported)
        elif not self.attempts:
            made = Mark(
                student=entry.student,
                slug=entry.slug,
                value=None,
                low=0,
                high=0,
                max=0,
                provisional=False,
                reasons=("nothing was handed in",),
            )
        else:
            made = self._graded(excused, policy)
        return made if entry.score is None else _final(made, entry.score)

    def _graded(self, excused: int, policy: Policy) -> Mark:
        chosen = self.chosen(excused)
        attempt, raw = self.attempts[chosen.index], self.raws[chosen.index]
        reasons = raw.reasons
        if not chosen.decided:
            reasons += ("another attempt is not decided yet and may count instead",)
        number = (chosen.index + 1, len(self.attempts))
        used = min(excused, chosen.days)
        return Mark(
            student=self.entry.student,
            slug=self.entry.slug,
            value=None if reasons else chosen.low,
            low=chosen.low,
            high=min(chosen.high, self._most(chosen.index)),
            max=self._most(chosen.index),
            provisional=bool(reasons),
            reasons=reasons,
            lines=(
                Line(which(attempt, number, self.terms, policy), 0, 0),
                *raw.lines,
                Line(lateness(chosen.days, used, self.terms, policy), raw.low, chosen.low),
            ),
            attempt=attempt,
            number=number,
            days=chosen.days,
            excused=used,
            bonus=0 if attempt.result is None else hundredths(attempt.result.bonus),
        )


def _raw(entry: Entry, attempt: Attempt) -> _Raw:
    if attempt.result is None:
        return _Raw(0, 0, 0, ("this attempt is not graded yet",), ())
    rows = [_check_row(check, entry.checks.get(check.id)) for check in attempt.result.checks]
    rows += [_manual_row(item, entry.manual.get(item.id)) for item in attempt.result.manual]
    lines, low = [], 0
    for row in rows:
        lines.append(Line(row.text, low, low + row.low))
        low += row.low
    ids = {check.id for check in attempt.result.checks} | {item.id for item in attempt.result.manual}
    for name in sorted((entry.checks.keys() | entry.manual.keys()) - ids):
        lines.append(Line(f"{name}: set by hand, but not part of the assignment as it was graded", low, low))
    return _Raw(
        low=low,
        high=sum(row.high for row in rows),
        max=sum(row.worth for row in rows),
        reasons=tuple(row.reason for row in rows if row.reason),
        lines=tuple(lines),
    )


def _check_row(check: CheckResult, decision: Decision | None) -> _Row:
    worth, earned = hundredths(check.max_points), hundredths(check.points)
    if decision is not None:
        return _decided(check.id, worth, decision)
    text = f"{check.id}: {check.status.replace('_', ' ')}, {points(earned)} of {points(worth)}"
    if check.undecided:
        return _Row(text, earned, worth, worth, f"{check.id} is not decided ({check.status})")
    return _Row(text, earned, earned, worth)


def _manual_row(item: Manual, decision: Decision | None) -> _Row:
    worth = hundredths(item.max_points)
    if decision is not None:
        return _decided(item.id, worth, decision)
    return _Row(f"{item.id}: not marked yet", 0, worth, worth, f"{item.id} is not marked yet")


def _decided(name: str, worth: int, decision: Decision) -> _Row:
    given = min(decision.points, worth)
    return _Row(f"{name}: {points(given)} of {points(worth)}, {by(decision)}", given, given, worth)


def _imported(entry: Entry, mark: Imported) -> Mark:
    text = f"{points(mark.points)} of {points(mark.most)} imported from {mark.source} by {mark.author}"
    if entry.attempts:
        text += "; it stands in place of what was handed in"
    return Mark(
        student=entry.student,
        slug=entry.slug,
        value=mark.points,
        low=mark.points,
        high=mark.points,
        max=mark.most,
        provisional=False,
        lines=(Line(text, 0, mark.points),),
    )


def _final(mark: Mark, decision: Decision) -> Mark:
    """The score override: the final word, whatever stood before."""
    given = decision.points
    line = Line(f"score {by(decision)}", mark.low, given)
    return replace(
        mark, value=given, low=given, high=given, provisional=False, reasons=(), lines=(*mark.lines, line)
    )
