"""Gradings of hand-ins on record: found again by their content, or made and recorded one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from grader.core.errors import GraderError
from grader.core.result import SubmissionResult
from grader.core.roster import Student
from grader.core.verdict import Reason, Status
from grader.gradebook.book import Gradebook
from grader.gradebook.content import Content
from grader.gradebook.records import Grading, Submission
from grader.grading.batch import Entry, grade_entries
from grader.grading.course import Course
from grader.grading.desk import content_now
from grader.grading.handin import Receipt
from grader.grading.pool import OnProgress, OnResult
from grader.grading.quota import Quota
from grader.sandbox.gpu.nvml import driver_here
from grader.sandbox.intake import Intake

TRIES = 3  # of a submission on which the grader itself fails, before it is set aside


@dataclass(frozen=True, slots=True)
class HandIn:
    """A submission on record. refusal, absent, notes: what its intake said, see `Intake`.

    claim: the receipt that came with it, and who handed it in.
    """

    submission: Submission
    refusal: str | None = None
    absent: bool = False
    notes: tuple[str, ...] = ()
    claim: tuple[Receipt, Student] | None = None


OnKnown = Callable[[HandIn, Grading], None]


class Grade(Protocol):
    """Grades these entries somewhere: in processes of this machine (`grade_entries`) or on a cluster."""

    def __call__(
        self,
        course: Course,
        slug: str,
        entries: Sequence[Entry],
        *,
        only: str | None,
        jobs: int,
        on_result: OnResult,
        on_progress: OnProgress,
    ) -> object:
        """Each result is told to `on_result` in this thread. Raises what `grade_entries` does."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """How the hand-ins of one assignment are graded.

    Attributes:
        only: one check alone. fresh: nothing is taken from an earlier run. grade: who does the work.
        rationed: whether the assignment's quota of GPU-seconds holds; for a regrade, which no student asked for, not.
        on_known: told of every hand-in as soon as its grading is on record.
        on_progress: told the student, the check and how far it is.
    """

    book: Gradebook
    course: Course
    slug: str
    jobs: int = 1
    only: str | None = None
    fresh: bool = False
    grade: Grade = grade_entries
    rationed: bool = True
    on_known: OnKnown = lambda hand_in, grading: None
    on_progress: Callable[[str, str, str], None] = lambda student, check, text: None

    def of(self, hand_ins: Iterable[HandIn]) -> dict[int, Grading]:
        """Submission → its grading, all on record. The same content is run once, whoever handed it in.

        Raises what `grade_all` does; what was recorded until then is not run again.
        """
        content = self._content()
        alike: dict[str, list[HandIn]] = {}
        for one in hand_ins:
            alike.setdefault(self.key(content(one), one), []).append(one)
        known: dict[int, Grading] = {}
        left: dict[str, int] = {}  # key → tries so far
        for key, same in alike.items():
            found = self.book.grading(key, same[0].submission.student)
            if found is None or self.fresh or faulty(found.result) or self._goes_on(found.result):
                left[key] = found.tries if found else 0
            else:
                self._tell(same, found, known)
        for attempt in range(1, TRIES + 1):
            left = self._run({key: alike[key] for key in left}, left, content, attempt == TRIES, known)
        return known

    def settled(self) -> dict[int, Grading]:
        """Submission → the grading in force, unless it was the grader that failed, or everything is graded anew.

        It stays in force whatever changed since: a mark moves only by a decision, see `grader.grading.regrade`. What
        waits for a GPU is no mark yet.
        """
        if self.fresh:
            return {}
        force = self.book.graded(self.slug)
        return {
            one: got for one, got in force.items() if not faulty(got.result) and not self._goes_on(got.result)
        }

    def outdated(self, hand_ins: Iterable[HandIn], settled: Mapping[int, Grading]) -> int:
        """How many of these were settled by other checks, limits or versions than those of now."""
        content = self._content()
        pairs = ((settled.get(one.submission.seq), one) for one in hand_ins)
        return sum(got is not None and Content.of(got.result) != content(one) for got, one in pairs)

    def key(self, content: Content, one: HandIn) -> str:
        """Of a refused hand-in nothing but the refusal is graded, and it speaks of this student's files."""
        parts = [content.key, self.only or "", *([one.refusal, str(one.absent)] if one.refusal else [])]
        if parts[1:] == [""]:
            return content.key
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _run(
        self,
        alike: Mapping[str, Sequence[HandIn]],
        tries: Mapping[str, int],
        content: Callable[[HandIn], Content],
        last: bool,
        known: dict[int, Grading],
    ) -> dict[str, int]:
        """Grade one of each; key → tries of those where the grader failed, which count for nothing unless `last`."""
        keys, again = list(alike), dict[str, int]()

        def done(index: int, result: SubmissionResult) -> None:
            key = keys[index]
            same, count = alike[key], tries[key] + 1
            if faulty(result) and not last:
                again[key] = count
                return
            if Content.of(result) != content(same[0]):
                raise GraderError(f"{self.slug} was changed while it was graded; grade again")
            seq = self.book.record(key, result, count)
            self._tell(same, Grading(seq, key, count, result), known)

        entries = [
            Entry(
                alike[key][0].submission.student,
                partial(self._intake, alike[key][0]),
                quota=partial(self._quota, alike[key][0].submission.student),
            )
            for key in keys
        ]
        if entries:
            tell: OnProgress = lambda index, check, text: self.on_progress(entries[index].name, check, text)  # noqa: E731
            self.grade(
                self.course,
                self.slug,
                entries,
                only=self.only,
                jobs=self.jobs,
                on_result=done,
                on_progress=tell,
            )
        return again

    def _intake(self, one: HandIn) -> Intake:
        files = self.book.files(one.submission.hash)
        return Intake(one.submission.student, files, (), one.refusal, one.absent)

    def _quota(self, student: str) -> Quota | None:
        """What the student may still use of GPUs today."""
        if not self.rationed:
            return None
        return Quota.of(self.course.assignment(self.slug), self.book, student)

    def _goes_on(self, result: SubmissionResult) -> bool:
        """Whether a check waited for a GPU, and there may be one now; those of a cluster are not seen from here."""
        if not any(check.reason is Reason.NO_GPU for check in result.checks):
            return False
        if self.grade is grade_entries and not driver_here():
            return False
        quota = self._quota(result.submission)
        return quota is None or not quota.over(0.0)

    def _tell(self, same: Sequence[HandIn], grading: Grading, known: dict[int, Grading]) -> None:
        for one in same:
            known[one.submission.seq] = grading
            self.on_known(one, grading)

    def _content(self) -> Callable[[HandIn], Content]:
        """What a grading of this hand-in would depend on, were it made now."""
        now = content_now(self.course, self.slug)

        def content(one: HandIn) -> Content:
            return replace(now, hashes=replace(now.hashes, submission=one.submission.hash[:16]))

        return content


def faulty(result: SubmissionResult) -> bool:
    """Whether the grader failed by itself: another try may help, which it cannot where the reference fails."""
    return any(
        check.status is Status.GRADER_ERROR and check.reason is not Reason.REFERENCE
        for check in result.checks
    )
