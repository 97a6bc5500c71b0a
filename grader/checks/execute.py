"""Run a check's body once and put into one value how it ended. The only place that catches broadly."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from grader.checks.collect import Case
from grader.checks.run import CheckFailed, Run, Unsettled
from grader.checks.student import BadResult, StudentMissing, StudentRaised
from grader.core.verdict import Reason, Status
from grader.sandbox.session import Stopped


@dataclass(frozen=True, slots=True)
class Ending:
    """How one run of a body ended: the verdict if the student is to blame, and the exception behind it."""

    status: Status
    reason: Reason | None = None
    error: BaseException | None = None

    @property
    def passed(self) -> bool:
        return self.status is Status.PASSED


class JudgeTimeout(BaseException):
    """The check's own code takes too long, over a value that the student's code returned."""


def execute(case: Case, run: Run, seconds: float) -> Ending:
    """Run the body for at most `seconds` of the judge's own time; never raises for what happens inside.

    Whether a failure is the student's is decided by the caller: it is, if the reference passes the same body.
    """
    try:
        with _deadline(seconds), warnings.catch_warnings(action="ignore"):
            case.body(run)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        ending = _blame(error)
        run.trace.ending = _word(ending)
        run.trace.text = error.text if isinstance(error, StudentRaised) else ""
        return ending
    return Ending(Status.PASSED)


def _blame(error: BaseException) -> Ending:
    if isinstance(error, Stopped):
        return Ending(Status(error.status), Reason(error.reason), error)
    if isinstance(error, StudentMissing):
        return Ending(Status.MISSING, Reason(error.reason), error)
    if isinstance(error, StudentRaised):
        if _out_of_memory(error):
            return Ending(Status.MEMORY, Reason.MEMORY, error)
        return Ending(Status.ERROR, Reason.EXCEPTION, error)
    if isinstance(error, JudgeTimeout):
        return Ending(Status.TIMEOUT, Reason.WALL, error)
    if isinstance(error, (CheckFailed, AssertionError)):
        return Ending(Status.FAILED, Reason.ASSERTION, error)
    if isinstance(error, (pytest.skip.Exception, Unsettled)):
        return Ending(Status.NOT_RUN, Reason.UNMET, error)
    if isinstance(error, (BadResult, Exception, pytest.fail.Exception)):
        return Ending(Status.FAILED, Reason.BAD_VALUE, error)
    raise error


def _out_of_memory(error: StudentRaised) -> bool:
    """MemoryError, or what torch raises instead (RuntimeError of its CPU allocator)."""
    return "MemoryError" in error.chain or "can't allocate memory" in error.text


def _word(ending: Ending) -> str:
    if isinstance(ending.error, StudentRaised):
        return f"raised {ending.error.type}"
    return ending.status.value


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Raise JudgeTimeout in this thread after `seconds`; where there is no such timer (Windows), do nothing."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise JudgeTimeout

    before = signal.signal(signal.SIGALRM, stop)
    # again every second: the first one may be swallowed by a bare `except` of a check
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
