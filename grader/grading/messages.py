"""What a judge process and its parent say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.core.errors import GraderError
from grader.core.result import CheckResult, SubmissionResult
from grader.grading.course import Course
from grader.grading.quota import Quota
from grader.sandbox.intake import Intake

Source = Path | Intake
"""Where a submission lies, or what was read there already."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The check that a worker died in, or had to be killed in because it hung."""

    check: str
    hung: bool
    why: str


@dataclass(frozen=True, slots=True)
class Task:
    """One submission to grade, under the name that reports give it. Its source is sent beside it.

    `leave_out` names checks that are not run on it; `done` holds the results that an earlier worker has sent already,
    `lost` is the check that it was lost in. `aside` says why nothing is run on it any more: the grader's fault.
    `quota` is what its author may still use of GPUs.
    """

    index: int
    name: str
    leave_out: frozenset[str] = frozenset()
    done: tuple[CheckResult, ...] = ()
    lost: Lost | None = None
    aside: str = ""
    quota: Quota | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What all workers of one run share.

    Attributes:
        nested: see `Pen.start`; tests force single-use pens with False.
        gate: descriptor of the file whose lock lets a check run alone.
    """

    course: Course
    slug: str
    only: str | None
    sandboxed: bool
    nested: bool | None
    gate: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker waits for a task."""


@dataclass(frozen=True, slots=True)
class Judging:
    """A check is running; without another message within `seconds` the worker hangs."""

    check: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Telling:
    """How far the check is."""

    index: int
    check: str
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """One check has its result."""

    result: CheckResult


@dataclass(frozen=True, slots=True)
class Done:
    """The submission is graded."""

    index: int
    result: SubmissionResult


@dataclass(frozen=True, slots=True)
class Refused:
    """The worker cannot start: a fault of the course or of the command, not of a submission."""

    error: GraderError


@dataclass(frozen=True, slots=True)
class Broke:
    """The worker itself failed on a submission."""

    text: str


Message = Ready | Judging | Telling | Checked | Done | Refused | Broke
