"""Hand-ins on record graded again: who moves, in which check, from what to what, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.core.errors import UsageError
from grader.core.result import CheckResult, Hashes, SubmissionResult, hundredths
from grader.core.verdict import Reason, Status
from grader.gradebook.book import Gradebook
from grader.gradebook.content import Content
from grader.gradebook.records import Grading, Submission, in_force, standing
from grader.grading.gradings import Assessment, HandIn
from grader.grading.refused import refusal_of


@dataclass(frozen=True, slots=True)
class Move:
    """One check of one hand-in that came out differently; before or after is None for a check that was not there."""

    submission: Submission
    before: CheckResult | None
    after: CheckResult | None
    why: str

    @property
    def check(self) -> str:
        one = self.after or self.before
        assert one is not None
        return one.id


@dataclass(frozen=True, slots=True)
class Difference:
    """What a regrade would change.

    Attributes:
        moves: check by check. changed: submission → the grading to be put in force.
        points: submission → hundredths before and after; before is None where nothing was graded.
    """

    moves: tuple[Move, ...]
    changed: Mapping[int, Grading]
    points: Mapping[int, tuple[int | None, int]]


def again(book: Gradebook, submission: Submission, graded: Grading | None) -> HandIn:
    """The hand-in as it was graded: of one that was refused, the refusal is all there is."""
    if graded is None:  # stopped before its turn came
        refused = refusal_of(book.files(submission.hash))
        return HandIn(submission, refused.reason, refused.absent) if refused else HandIn(submission)
    first = next(iter(graded.result.checks), None)
    if first is None or first.reason not in (Reason.REFUSED, Reason.NO_FILE):
        return HandIn(submission)
    return HandIn(submission, first.message, first.reason is Reason.NO_FILE)


def regrade(assess: Assessment, student: str | None = None) -> Difference:
    """Grade what is on record, where the assignment or the machine's versions changed since, and compare.

    With `assess.only`, the other checks stay as they are. Nothing is put in force.
    """
    force = assess.book.graded(assess.slug)
    submissions = assess.book.submissions(assess.slug, student)
    found = assess.of(again(assess.book, one, force.get(one.seq)) for one in submissions)
    moves: list[Move] = []
    changed: dict[int, Grading] = {}
    points: dict[int, tuple[int | None, int]] = {}
    for one in submissions:
        old, new = force.get(one.seq), found[one.seq]
        why = _why(old.result if old else None, new.result)
        if old is not None and assess.only:
            new = _mended(assess.book, old, new, assess.only)
        if old is not None and old.seq == new.seq:
            continue
        moved = list(_moves(one, old.result if old else None, new.result, why))
        if not moved and old is not None and assess.only:
            continue
        moves += moved
        changed[one.seq] = new
        points[one.seq] = (old.result.score().low if old else None, new.result.score().low)
    return Difference(tuple(moves), changed, points)


def _mended(book: Gradebook, old: Grading, new: Grading, check: str) -> Grading:
    """The old grading with one check from the new one, on record under a key of its own."""
    fresh = {one.id: one for one in new.result.checks}
    known = {one.id for one in old.result.checks}
    kept = tuple(fresh.get(one.id, one) for one in old.result.checks)
    measured = replace(old.result.measured, gpu_seconds=0.0)  # the ledger counts runs, and this is none
    result = replace(
        old.result,
        measured=measured,
        checks=(*kept, *(one for name, one in fresh.items() if name not in known)),
    )
    if result.checks == old.result.checks:
        return old
    key = hashlib.sha256(f"{old.key}\0{new.key}\0{check}".encode()).hexdigest()
    return Grading(book.record(key, result), key, 1, result)


def _moves(
    submission: Submission, before: SubmissionResult | None, after: SubmissionResult, why: str
) -> Iterator[Move]:
    old = {check.id: check for check in before.checks} if before else {}
    new = {check.id: check for check in after.checks}
    for name in dict.fromkeys((*new, *old)):
        if _told(old.get(name)) != _told(new.get(name)):
            yield Move(submission, old.get(name), new.get(name), why)


def _told(check: CheckResult | None) -> tuple[Status, int, int] | None:
    """What a move is: another verdict or other points, not other words."""
    if check is None:
        return None
    return check.status, hundredths(check.points), hundredths(check.max_points)


def _why(before: SubmissionResult | None, after: SubmissionResult) -> str:
    """What changed between the two runs, as far as the record shows."""
    if before is None:
        return "not graded before"
    old, new = Content.of(before), Content.of(after)
    causes = [
        ("submission changed", old.hashes.submission != new.hashes.submission),
        ("checks changed", old.hashes.checks != new.hashes.checks),
        # the reference's hash covers the hidden checks too: where those changed it says nothing more
        ("reference changed", _only_reference(old.hashes, new.hashes)),
        ("limits changed", (old.limits, old.check_limits) != (new.limits, new.check_limits)),
        ("secret changed", old.seed_fingerprint != new.seed_fingerprint),
        *((f"{name} changed", True) for name in _differing(old.versions, new.versions)),
        (f"{after.device} in place of {before.device}", before.device != after.device),
    ]
    return ", ".join(text for text, holds in causes if holds) or "run again"


def _only_reference(old: Hashes, new: Hashes) -> bool:
    return old.checks == new.checks and old.reference != new.reference


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def causes(difference: Difference) -> str:
    """Why anything moves, for the record."""
    return "; ".join(dict.fromkeys(move.why for move in difference.moves)) or "same verdicts, new versions"


def not_in_force(book: Gradebook, slug: str, gradings: Mapping[int, Grading]) -> dict[int, int]:
    """Which of these gradings are not in force yet: submission → grading, by number."""
    force = in_force(book.revisions(slug))
    return {one: grading.seq for one, grading in gradings.items() if force.get(one) != grading.seq}


def undo(book: Gradebook, slug: str, author: str, reason: str) -> int:
    """Take back the last revision. Raises UsageError if a hand-in would be left without any grading."""
    left = standing(book.revisions(slug))
    lost = left[-1].items.keys() - in_force(left[:-1]).keys() if left else ()
    if lost:
        raise UsageError(
            f'the last revision in "{slug}" graded {_count(lost)} for the first time: there is nothing to go back to'
        )
    return book.undo(slug, author, reason)


def _count(what: Iterable[object] | Sequence[object]) -> str:
    number = len(list(what))
    return f"{number} hand-in{'s' * (number > 1)}"
