"""What the reference and its variants give on each case of each check: run in process, or read from `public.npz`."""

from __future__ import annotations

import hashlib
import sys
import time
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from grader.checks.collect import Case, Check
from grader.checks.data import Data
from grader.checks.execute import Ending, execute
from grader.checks.import_need import ImportNeed, import_need
from grader.checks.loopback import Loopback
from grader.checks.misconception import Misconception, Stateful, Variant
from grader.checks.need import Need
from grader.checks.reference import Reference
from grader.checks.remembered import Past, Remembered
from grader.checks.run import Run, Unsettled
from grader.checks.trace import Trace, differs
from grader.core.verdict import Status

REFERENCE_SECONDS = 120.0
DIAGNOSIS_CPU_SECONDS = 60.0  # for all variants of one check; audit allows 5, so it decides no message

Seeds = Callable[[Check, Case], int]


@dataclass(frozen=True, slots=True)
class Expected:
    """The reference's own run of one case: if it does not pass, the check says nothing about any student.

    Attributes: needed: bytes of memory, 0 where that is not known.
    """

    trace: Trace
    ending: Ending
    needed: int = 0


class Oracle(Protocol):
    """Two implementations: `LiveOracle`, and `grader.checks.stored.StoredOracle` on a student's machine."""

    def expected(self, check: Check, case: Case) -> Expected:
        """The reference's run."""

    def variants(self, check: Check, case: Case) -> list[tuple[Misconception, Trace]]:
        """Traces of the misconceptions that can be told from the reference here, in the order of their declaration."""

    def import_need(self, packages: Sequence[str]) -> ImportNeed:
        """What the reference's import needs above these packages."""


class LiveOracle:
    """Runs the reference and its variants in this process, each (check, case) once.

    Attributes:
        data: the image set; seconds: what one run of a check may take here; remembered: earlier runs of slow checks;
        patience: CPU seconds for the variants of one check.
    """

    def __init__(
        self,
        reference: Reference,
        seeds: Seeds,
        data: Data | None = None,
        seconds: Callable[[str], float] = lambda check: REFERENCE_SECONDS,
        remembered: Remembered | None = None,
    ) -> None:
        self.reference, self.seeds, self.data, self.remembered = reference, seeds, data, remembered
        self._seconds, self.patience = seconds, DIAGNOSIS_CPU_SECONDS
        self._expected: dict[tuple[str, str], Expected] = {}
        self._variants: dict[tuple[str, str], list[tuple[Misconception, Trace]]] = {}
        self._touched: dict[tuple[str, str], frozenset[str]] = {}
        self._modules: dict[str, types.ModuleType] = {}
        self._histories: dict[tuple[str, str], dict[str, Trace]] = {}
        self._spent: dict[str, float] = {}
        self._import: ImportNeed | None = None

    def expected(self, check: Check, case: Case) -> Expected:
        key = check.id, case.name
        memory = self.remembered if check.slow else None
        kept = memory.get(*key, self.seeds(check, case)) if memory and key not in self._expected else None
        if kept is not None:
            self._expected[key] = Expected(kept.trace, Ending(Status.PASSED), kept.needed)
            self._touched[key] = kept.touched
        if key not in self._expected:
            channel = self._channel(self.reference.module, check, case)
            run = Run(channel, self.seeds(check, case), data=self.data)
            with Need() as need, _Profile(self.reference.names_of_code()) as profile:
                ending = execute(case, run, self._seconds(check.id))
            self._touched[key] = frozenset(profile.touched)
            # of this moment only: the next submission may find the machine at rest
            if isinstance(ending.error, Unsettled):
                return Expected(run.trace, ending)
            self._expected[key] = Expected(run.trace, ending, need.bytes)
            if memory and ending.passed and not run.timed:
                memory.put(*key, run.seed, Past(run.trace, frozenset(profile.touched), need.bytes))
        return self._expected[key]

    def variants(self, check: Check, case: Case) -> list[tuple[Misconception, Trace]]:
        key = check.id, case.name
        if key not in self._variants:
            self._variants[key] = self._run_variants(check, case)
        return self._variants[key]

    def import_need(self, packages: Sequence[str]) -> ImportNeed:
        if self._import is None:
            self._import = import_need(self.reference.folder, packages)
        return self._import

    def spent(self, check: Check) -> float:
        """CPU seconds that diagnosis has cost for this check."""
        return self._spent.get(check.id, 0.0)

    def touches(self, check: Check, card: Misconception) -> bool:
        """True if the reference calls the misconception's function in any case of the check."""
        for case in check.cases:
            self.expected(check, case)
        return any(card.function in self._touched[check.id, case.name] for case in check.cases)

    def module(self, card: Misconception) -> types.ModuleType:
        """The variant's module: built once, or, if it keeps state, every time."""
        if card.id not in self._modules:
            wrong = self._wrong(card)
            made = self.reference.variant(card, wrong)
            if isinstance(wrong, Stateful):
                return made
            self._modules[card.id] = made
        return self._modules[card.id]

    def _wrong(self, card: Misconception) -> Variant:
        return next(code for other, code in self.reference.misconceptions if other is card)

    def run(
        self, module: types.ModuleType, check: Check, case: Case, expected: Trace | None, strict: bool
    ) -> tuple[Run, Ending]:
        """One run of the case against a module in this process."""
        channel = self._channel(module, check, case)
        run = Run(channel, self.seeds(check, case), expected, strict, data=self.data)
        return run, execute(case, run, self._seconds(check.id))

    def _run_variants(self, check: Check, case: Case) -> list[tuple[Misconception, Trace]]:
        expected = self.expected(check, case)
        touched = self._touched[check.id, case.name]
        traces = []
        for card, _ in self.reference.misconceptions:
            if card.function not in touched or not check.runs(card.id):
                continue
            if self._spent.get(check.id, 0.0) > self.patience:
                continue
            started = time.process_time()
            trace = self._trace(card, check, case)
            self._spent[check.id] = self._spent.get(check.id, 0.0) + time.process_time() - started
            if differs(trace, expected.trace):
                traces.append((card, trace))
        return traces

    def _trace(self, card: Misconception, check: Check, case: Case) -> Trace:
        if not isinstance(self._wrong(card), Stateful):
            return self.run(self.module(card), check, case, None, strict=False)[0].trace
        # as in the sandbox: one process for all cases of a check, in their order
        key = check.id, card.id
        if key not in self._histories:
            module = self.module(card)
            self._histories[key] = {
                each.name: self.run(module, check, each, None, strict=False)[0].trace for each in check.cases
            }
        return self._histories[key][case.name]

    def _channel(self, module: types.ModuleType, check: Check, case: Case) -> Loopback:
        return Loopback(module, process_seed(self.seeds(check, case)), str(self.reference.folder))


def process_seed(seed: int) -> int:
    """The seed of the generators inside the student's process: a hash, so it tells nothing of the judge's own draws."""
    return int.from_bytes(hashlib.sha256(b"process\0" + seed.to_bytes(8, "big")).digest()[:8], "big") >> 3


class _Profile:
    """Which top-level names of the reference run while a body runs."""

    def __init__(self, names: Mapping[types.CodeType, str]) -> None:
        self.names, self.touched = names, set[str]()

    def __enter__(self) -> _Profile:
        sys.setprofile(self._see)
        return self

    def __exit__(self, *problem: object) -> None:
        sys.setprofile(None)

    def _see(self, frame: types.FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code in self.names:
            self.touched.add(self.names[frame.f_code])


def reference_problem(expected: Expected) -> str | None:
    """Why the reference does not pass its own check, or None if it does."""
    if expected.ending.passed:
        return None
    if expected.ending.status is Status.NOT_RUN:
        return str(expected.ending.error)
    return f"{type(expected.ending.error).__name__}: {expected.ending.error}"
