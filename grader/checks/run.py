"""One run of one case of a check: who is being run, with which seed, against which expected trace."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from grader.checks.compare import Mismatch
from grader.checks.data import Data
from grader.checks.student import Student
from grader.checks.trace import Trace
from grader.core.evidence import Evidence
from grader.sandbox.session import Channel


class CheckFailed(AssertionError):
    """A property of the check does not hold.

    Attributes:
        text: the sentence for the student, without any value of the inputs, the result or the expectation.
        values: what public checks may add: the worst entry, got and expected.
        mismatch: the leaves for the generic diagnosis, if two values were compared.
        of: the function that the value came from.
        earned: the share of the check's points that is earned all the same.
    """

    def __init__(
        self,
        text: str,
        values: str = "",
        mismatch: Mismatch | None = None,
        of: str = "",
        earned: Fraction = Fraction(0),
    ) -> None:
        super().__init__(text)
        self.text, self.values, self.mismatch, self.of, self.earned = text, values, mismatch, of, earned


class Unsettled(Exception):
    """A measurement that this machine was too busy for: taken again with nothing beside it, else nobody's fault."""


@dataclass(slots=True)
class Run:
    """The context that `agree` and its sisters find themselves in.

    Attributes:
        channel: where the student's code runs.
        seed: of this check and case; `rng` is built from it.
        expected: the reference's trace; None for the reference itself and for variants, which only record.
        strict: whether a property that does not hold ends the run; a variant's run goes on, to leave a whole trace.
        inputs: the arguments of the last `agree`, for the generic diagnosis.
        data: the assignment's image set. files: names of the files that were handed in.
        gpu: whether the submission has a GPU here.
        tell: shows how far the check is, while it runs. evidence: what the report draws. seen: the submission has been
        shown hidden images; what it reports from then on could carry them, and is kept out of the evidence.
        alone: nothing else is graded on this machine. patience: seconds that a slow loop of the check may take in all.
        timed: what was found holds for this machine, and is kept nowhere.
    """

    channel: Channel
    seed: int
    expected: Trace | None = None
    strict: bool = True
    trace: Trace = field(default_factory=Trace)
    inputs: tuple[object, ...] = ()
    data: Data | None = None
    files: frozenset[str] = frozenset()
    gpu: bool = False
    tell: Callable[[str], None] = lambda text: None
    evidence: list[Evidence] = field(default_factory=list)
    seen: bool = False
    alone: bool = False
    patience: float = 30.0
    timed: bool = False
    student: Student = field(init=False)

    def __post_init__(self) -> None:
        self.student = Student(self.channel, self.trace)

    def rng(self) -> np.random.Generator:
        """A fresh generator: every run of this case draws the same inputs."""
        return np.random.default_rng(self.seed)


current: ContextVar[Run] = ContextVar("run")
