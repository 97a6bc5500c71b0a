"""Judge one submission: every check, in order, each in its own process of the sandbox; verdicts, points and words."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from fractions import Fraction

from grader.checks.collect import Case, Check
from grader.checks.data import Data
from grader.checks.execute import Ending, JudgeTimeout, execute
from grader.checks.explain import Explanation, clip, explain
from grader.checks.import_need import SECONDS as IMPORT_SECONDS
from grader.checks.import_need import ImportNeed
from grader.checks.oracle import REFERENCE_SECONDS, Oracle, Seeds, process_seed, reference_problem
from grader.checks.run import CheckFailed, Run, Unsettled
from grader.core.assignment import Assignment
from grader.core.evidence import Evidence
from grader.core.images import ImageSet
from grader.core.limits import Limits
from grader.core.result import CheckResult, Detail, Measured
from grader.core.verdict import Reason, Status
from grader.grading.imports import ImportFailure, read_report
from grader.sandbox.intake import Intake
from grader.sandbox.session import Channel, Session, Stopped

MAX_TOLD = 3  # failing cases of a partial check that are explained one by one
JUDGE_SECONDS = 5.0  # what a check's own code may take on top of the submission's wall time


@dataclass(frozen=True, slots=True)
class Judge:
    """Everything that is the same for all submissions of an assignment.

    Attributes:
        seeds: the seed of a check and case. oracle: what the reference gives.
        alone: a context in which no other submission runs on this machine, for the second try of a starved check.
        announce: told the check and the seconds that it may take, before the submission's values are worked with;
        an empty name while the reference is run.
        images: the assignment's image set. tell: told the check and how far it is, while it runs.
        gpu: whether the submission has a GPU.
    """

    assignment: Assignment
    checks: tuple[Check, ...]
    oracle: Oracle
    seeds: Seeds
    alone: Callable[[], AbstractContextManager[object]] = nullcontext
    announce: Callable[[str, float], None] = lambda check, seconds: None
    images: ImageSet | None = None
    tell: Callable[[str, str], None] = lambda check, text: None
    gpu: bool = False

    def only(self, checks: Sequence[Check]) -> Judge:
        """The same judge for some of the checks."""
        return replace(self, checks=tuple(checks))

    def checks_of(
        self, files: Mapping[str, bytes], session: Session, skip: Iterable[str] = ()
    ) -> Iterator[CheckResult]:
        """Grade: one result per check, as soon as it is there. `skip` names checks that have a result already."""
        skipped = set(skip)
        grading = _Grading(self, files, session)
        failure = grading.load()
        for check in self.checks:
            if check.id not in skipped:
                yield grading.result(check, failure)
                failure = failure.again() if failure is not None else None


@dataclass(frozen=True, slots=True)
class _Grading:
    """One submission before the judge."""

    judge: Judge
    files: Mapping[str, bytes]
    session: Session

    def load(self) -> ImportFailure | None:
        assignment = self.judge.assignment
        try:
            body = self.session.load(self.files, assignment.entry, assignment.limits)
            failure = read_report(body, assignment.limits)
        except Stopped as stopped:
            failure = ImportFailure.stopped(stopped, assignment.limits)
        return None if failure is None else failure.with_figures(self.session.imported(), self.need)

    def need(self) -> ImportNeed:
        self.judge.announce("", 2 * IMPORT_SECONDS)  # it ends itself, before anybody has to
        return self.judge.oracle.import_need(self.judge.assignment.packages)

    def result(self, check: Check, failure: ImportFailure | None) -> CheckResult:
        limits = self.judge.assignment.limits_of(check.id)
        if check.slow:  # nobody's check yet: the reference runs first, once in this process
            self.judge.announce("", len(check.cases) * max(REFERENCE_SECONDS, limits.wall))
        for case in check.cases:
            expected = self.judge.oracle.expected(check, case)
            problem = reference_problem(expected)
            if problem is not None:
                return _undecided(check, expected.ending, problem)
        if failure is not None:
            detail = Detail(output=self.session.output(), frames=failure.frames, instructor=failure.private)
            zero, used = Fraction(0), failure.measured
            return _result(check, failure.status, failure.reason, zero, failure.message, used, detail)
        self.judge.announce(check.id, 2 * (limits.wall + self.judge.assignment.limits.wall + JUDGE_SECONDS))
        attempt = self.attempt(check, limits)
        if _starved(attempt, limits) or attempt.unsettled:
            with self.judge.alone():
                attempt = self.attempt(check, limits, alone=True)
        if attempt.stopped_by(Reason.MEMORY):
            needed = max(self.judge.oracle.expected(check, case).needed for case in check.cases)
            attempt.measured = replace(attempt.measured, reference_bytes=needed)
        return attempt.result(check)

    def attempt(self, check: Check, limits: Limits, alone: bool = False) -> _Attempt:
        attempt = _Attempt()
        channel: Channel | None = None
        started = time.monotonic()
        for case in check.cases:
            first = channel is None
            try:
                if channel is None:
                    channel = self.session.open(limits, process_seed(self.judge.seeds(check, case)))
                ending, words = self.case(check, case, channel, limits, first, attempt.evidence, alone)
            except Stopped as stopped:  # in between: the process could not be made, or not be seeded, again
                ending, words = (
                    Ending(Status(stopped.status), Reason(stopped.reason), stopped),
                    Explanation(_AGAIN),
                )
            attempt.add(ending, words)
            if ending.passed:
                continue
            if not check.partial:
                break
            # the next case needs a living process, and a channel that is not in the middle of an exchange
            if channel is not None and isinstance(ending.error, (Stopped, JudgeTimeout)):
                attempt.close(channel, started)
                channel = None
        if channel is not None:
            attempt.close(channel, started)
        return attempt

    def case(
        self,
        check: Check,
        case: Case,
        channel: Channel,
        limits: Limits,
        first: bool,
        evidence: list[Evidence],
        alone: bool,
    ) -> tuple[Ending, Explanation | None]:
        oracle = self.judge.oracle
        run = Run(
            channel,
            self.judge.seeds(check, case),
            oracle.expected(check, case).trace,
            data=self.data(),
            files=frozenset(self.files),
            gpu=self.judge.gpu,
            tell=lambda text: self.judge.tell(check.id, text),
            evidence=evidence,
            alone=alone,
            patience=limits.wall / 2,
        )
        if not first:
            run.student.seed_(process_seed(run.seed))
        ending = execute(case, run, limits.wall + JUDGE_SECONDS)
        if ending.passed:
            return ending, None
        return ending, explain(ending, check, case, run, oracle, limits, self.files)

    def data(self) -> Data | None:
        """What checks see of the image set."""
        if self.judge.images is None:
            return None
        return Data(self.judge.images, self.session.data, self.judge.assignment.checkpoint == "trusted")


def _starved(attempt: _Attempt, limits: Limits) -> bool:
    """Over its wall time while it used under half its CPU limit, on a loaded machine: the machine may be to blame."""
    if not attempt.stopped_by(Reason.WALL) or attempt.measured.cpu_seconds >= limits.cpu / 2:
        return False
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > (os.cpu_count() or 1)


_AGAIN = "The process of the submission ended between two parts of this check, or could not be started again."


@dataclass(slots=True)
class _Attempt:
    """The cases of one check, run once."""

    endings: list[tuple[Ending, Explanation | None]] = field(default_factory=list)
    measured: Measured = field(default_factory=Measured)
    output: str = ""
    evidence: list[Evidence] = field(default_factory=list)

    def add(self, ending: Ending, explanation: Explanation | None) -> None:
        self.endings.append((ending, explanation))

    def close(self, channel: Channel, started: float) -> None:
        used = channel.close()
        self.output += channel.output()
        self.measured = Measured(
            time.monotonic() - started,
            self.measured.cpu_seconds + used.cpu_seconds,
            max(self.measured.peak_bytes, used.peak_bytes),
        )

    def stopped_by(self, reason: Reason) -> bool:
        return any(ending.reason is reason for ending, _ in self.endings)

    @property
    def unsettled(self) -> bool:
        """True if a case could not be measured on so busy a machine."""
        return any(isinstance(ending.error, Unsettled) for ending, _ in self.endings)

    def result(self, check: Check) -> CheckResult:
        failed = [(ending, words) for ending, words in self.endings if not ending.passed]
        if not failed:
            return _result(
                check,
                Status.PASSED,
                None,
                check.points,
                "",
                self.measured,
                Detail(output=self.output),
                evidence=self.evidence,
            )
        passed = len(self.endings) - len(failed)
        earned = check.points * passed / len(check.cases) if check.partial else Fraction(0)
        ending, words = failed[0]
        if isinstance(ending.error, CheckFailed) and len(check.cases) == 1:
            earned = check.points * ending.error.earned
        assert words is not None
        detail = Detail(output=self.output, frames=words.frames, instructor=words.instructor)
        return _result(
            check,
            ending.status,
            ending.reason,
            earned,
            _told([words for _, words in failed if words is not None]),
            self.measured,
            detail,
            words.misconception,
            self.evidence,
        )


def _told(cases: Sequence[Explanation]) -> str:
    """The messages of the failing cases of a partial check: one for each cause, the first few."""
    causes: dict[str, str] = {}
    for words in cases:
        causes.setdefault(words.misconception or words.message, words.message)
    different = list(causes.values())
    more = len(cases) - len(different[:MAX_TOLD])
    rest = [] if more == 0 else [f"{more} more {'case fails' if more == 1 else 'cases fail'}."]
    return clip("\n\n".join([*different[:MAX_TOLD], *rest]))


def _undecided(check: Check, ending: Ending, problem: str) -> CheckResult:
    if ending.status is Status.NOT_RUN:
        return _result(
            check,
            Status.NOT_RUN,
            Reason.UNMET,
            Fraction(0),
            "Not run on this machine; nothing is lost.",
            detail=Detail(instructor=problem),
        )
    message = (
        "The grader's own solution does not pass this check here: it counts for nobody until that is mended."
    )
    return _result(
        check, Status.GRADER_ERROR, Reason.REFERENCE, Fraction(0), message, detail=Detail(instructor=problem)
    )


_UNMEASURED, _NO_DETAIL = Measured(), Detail()


def _result(
    check: Check,
    status: Status,
    reason: Reason | None,
    points: Fraction,
    message: str,
    measured: Measured = _UNMEASURED,
    detail: Detail = _NO_DETAIL,
    misconception: str | None = None,
    evidence: Sequence[Evidence] = (),
) -> CheckResult:
    return CheckResult(
        id=check.id,
        title=check.title,
        visibility="public" if check.public else "hidden",
        status=status,
        reason=reason,
        points=points,
        max_points=check.points,
        message=message,
        misconception=misconception,
        measured=measured,
        detail=detail,
        evidence=tuple(evidence),
    )


def missing(checks: Sequence[Check], intake: Intake) -> tuple[CheckResult, ...]:
    """The results of a hand-in that was refused: `missing` throughout, with the refusal as message."""
    reason, message = Reason.NO_FILE if intake.absent else Reason.REFUSED, intake.refusal or ""
    return tuple(_result(check, Status.MISSING, reason, Fraction(0), message) for check in checks)


def broken(check: Check, problem: str) -> CheckResult:
    """The judge itself failed on this check: nothing is lost for the student."""
    message = "The grader failed on this check, not you: nothing is lost."
    return undecided(check, Status.GRADER_ERROR, Reason.PROTOCOL, message, problem)


def undecided(check: Check, status: Status, reason: Reason, message: str, problem: str = "") -> CheckResult:
    """A check that says nothing about the student. problem: for the instructor alone."""
    return _result(check, status, reason, Fraction(0), message, detail=Detail(instructor=problem))


def stuck(check: Check, limits: Limits) -> CheckResult:
    """The judge hung over what the submission returned, and its parent had to stop it."""
    message = f"Working with what the submission returned took longer than {limits.wall:g} s."
    return _result(check, Status.TIMEOUT, Reason.WALL, Fraction(0), message)
