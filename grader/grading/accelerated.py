"""Checks that may have a GPU: whether there is one for them, and if not, why; leased, metered and handed back.

One lease and one pen serve the checks of a submission, one after the other; between two of them, and before the lease
ends, the devices must be as they were. A device that does not come back is set aside.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from grader.checks.collect import Check
from grader.checks.explain import DEVICE_FAILED
from grader.checks.oracle import REFERENCE_SECONDS
from grader.core.assignment import Assignment, with_limits
from grader.core.gpu import GpuBudget, GpuSpec
from grader.core.result import CheckResult, SubmissionResult
from grader.core.verdict import Reason, Status
from grader.grading.device_note import device_note
from grader.grading.judge import Judge, broken, undecided
from grader.grading.quota import Quota
from grader.sandbox.gpu.binding import binding
from grader.sandbox.gpu.choice import VISIBLE, allowed, fitting
from grader.sandbox.gpu.devices import Device, DeviceLost, Devices, NoDevices
from grader.sandbox.gpu.lease import Lease, acquire
from grader.sandbox.gpu.nvml import Nvml
from grader.sandbox.gpu.session import GpuSession
from grader.sandbox.pen import Pen

SETTLE_SECONDS = 30.0  # for a device to be as it was, before it is set aside
BETWEEN_SECONDS = 5.0  # the same between two checks, before the pen is given up
_ALIVE_SECONDS = 60.0  # how often a worker that waits for a device says that it does
_SUSPECT = (Status.CRASHED, Status.FAILED, Status.ERROR)

find: Callable[[], Devices] = Nvml
"""How the devices of this machine are found; raises NoDevices."""


@dataclass(frozen=True, slots=True)
class Room:
    """What one worker has of GPUs for an assignment.

    Attributes:
        spec: what the assignment asks for; None: nothing. devices: the driver; None where there is no GPU.
        usable: those of its devices that are ours. why: there is none, in words.
        pen: starts a pen with what a binding shows of the leased devices.
    """

    spec: GpuSpec | None
    devices: Devices | None = None
    usable: tuple[Device, ...] = ()
    why: str = ""
    packages: tuple[str, ...] = ()
    nested: bool | None = None
    data: Path | None = None

    @classmethod
    def open(cls, assignment: Assignment, sandboxed: bool, nested: bool | None, data: Path | None) -> Room:
        """Look for devices, if the assignment asks for any; the judge itself sees none from then on."""
        if assignment.gpu is None:
            return cls(None)
        environment = dict(os.environ)
        os.environ[VISIBLE] = ""  # the reference runs in this process: no CUDA context may come of it
        if not sandboxed:
            return cls(assignment.gpu, why="no GPU is lent to code without a sandbox")
        try:
            devices = find()
            usable = allowed(devices.listed(), environment)
        except NoDevices as error:
            return cls(assignment.gpu, why=str(error))
        return cls(assignment.gpu, devices, usable, "", assignment.packages, nested, data)

    def turn(
        self,
        quota: Quota | None = None,
        spent: float = 0.0,
        away: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> Turn:
        """For one submission.

        spent: GPU-seconds of its checks that are done. away: a context in which this worker counts as idle, while it
        waits for a device.
        """
        return Turn(self, quota, spent, away)


class Turn:
    """One submission's share. Attributes: spent: its GPU-seconds; ran: names of the devices that it had, by UUID."""

    def __init__(
        self,
        room: Room,
        quota: Quota | None,
        spent: float,
        away: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self._room, self._quota, self._away = room, quota, away
        self._refused: dict[str, str] = {}  # check → why it has no device, as it is found
        self._held: _Held | None = None
        self.spent, self.ran, self._aside = spent, dict[str, str](), list[str]()
        self._ran_there: list[str] = []  # checks that had a device

    def split(self, checks: Sequence[Check]) -> tuple[list[Check], list[Check]]:
        """(checks for the CPU, checks for `results`)."""
        spec = self._room.spec
        if spec is None:
            return list(checks), []
        wanted = [check for check in checks if spec.budget_of(check.id) is not None]
        if not spec.required:
            for check in wanted:
                if why := self._unfit(check):
                    self._refused[check.id] = why
        ours = [check for check in wanted if check.id not in self._refused]
        return [check for check in checks if check not in ours], ours

    def results(self, judge: Judge, files: Mapping[str, bytes]) -> Iterator[CheckResult | Check]:
        """The result of each check, or the check itself where it has to run on the CPU after all."""
        try:
            for check in judge.checks:
                try:
                    yield self._result(judge, check, files)
                except DeviceLost as error:
                    self._hand_back()
                    yield _lost(check, str(error))
        finally:
            self._hand_back()

    def told(self, result: SubmissionResult) -> SubmissionResult:
        """The result with what it ran on, and why."""
        spec = self._room.spec
        if spec is None:
            return result
        note = device_note(self._ran_there, self.ran, self._refused, spec.required, self._aside)
        left = "" if self._quota is None else self._quota.left_after(self.spent)
        device = ", ".join(dict.fromkeys(self.ran.values())) or "cpu"
        return replace(result, device=device, device_note=note, quota_note=left)

    def _result(self, judge: Judge, check: Check, files: Mapping[str, bytes]) -> CheckResult | Check:
        room = self._room
        assert room.spec is not None
        budget = room.spec.budget_of(check.id)
        assert budget is not None
        why = self._unfit(check)
        if not why and self._quota is not None and self._quota.over(self.spent):
            return _not_run(check, self._quota.exhausted(self.spent))
        if not why:
            _rehearse(judge, check)
            try:
                held = self._hold(judge, check, budget)
            except NoDevices as error:
                why = str(error)
        if why:
            self._refused[check.id] = why
            return _not_run(check, f"This check needs a GPU: {why}.") if room.spec.required else check
        assert room.devices is not None
        result = self._graded(held, judge, check, files, budget)
        if held.lease.settle(room.devices, min(BETWEEN_SECONDS, SETTLE_SECONDS)):
            self._hand_back()
        return result

    def _graded(
        self, held: _Held, judge: Judge, check: Check, files: Mapping[str, bytes], budget: GpuBudget
    ) -> CheckResult:
        assert self._room.devices is not None
        losses = held.pen.losses
        session = GpuSession(held.pen.session(), self._room.devices, held.lease, budget)
        try:
            (result,) = _with_budget(judge, check, budget).checks_of(files, session)
        finally:
            session.close()
            self.spent += session.meter.seconds
        self.ran |= {one.uuid: one.name for one in held.lease.devices}
        self._ran_there.append(check.id)
        if result.status in _SUSPECT and held.pen.losses > losses:
            result = broken(check, "the sandbox was killed under this check")
        used = replace(
            result.measured,
            gpu_seconds=round(session.meter.seconds, 3),
            gpu_peak_bytes=max(0, session.meter.peak),
        )
        return replace(result, measured=used, gpu=budget)

    def _unfit(self, check: Check) -> str:
        """Why no device here would do for this check."""
        room = self._room
        assert room.spec is not None
        budget = room.spec.budget_of(check.id)
        if room.why or budget is None:
            return room.why
        try:
            fitting(room.usable, budget)
        except NoDevices as error:
            return str(error)
        return ""

    def _hold(self, judge: Judge, check: Check, budget: GpuBudget) -> _Held:
        """The lease and pen that are held, if they do, or others. Raises NoDevices, DeviceLost."""
        if self._held is not None and self._held.suits(budget):
            return self._held
        self._hand_back()
        room = self._room
        assert room.devices is not None
        waiting = _Waiting(judge)
        with self._away():
            lease = acquire(
                room.devices,
                fitting(room.usable, budget),
                budget.devices,
                told=lambda text: judge.tell(check.id, text),
                sleep=waiting.sleep,
            )
        try:
            pen = Pen.start(room.packages, room.nested, room.data, gpu=binding(room.devices, lease.devices))
        except BaseException:
            lease.release()
            raise
        self._held = _Held(lease, pen)
        return self._held

    def _hand_back(self) -> None:
        held, self._held = self._held, None
        if held is None:
            return
        left: dict[str, str] = {}
        try:
            held.pen.close()
            assert self._room.devices is not None
            left = held.lease.settle(self._room.devices, SETTLE_SECONDS)
            self._aside += left.values()
        finally:  # whatever goes wrong: a lock that stays with this worker would keep itself waiting, too
            held.lease.release(left)


@dataclass(frozen=True, slots=True)
class _Held:
    lease: Lease
    pen: Pen

    def suits(self, budget: GpuBudget) -> bool:
        large = all(one.memory >= budget.memory for one in self.lease.devices)
        return len(self.lease.devices) == budget.devices and large


class _Waiting:
    """Sleeps while a device is waited for, and tells the parent process now and then that nothing hangs."""

    def __init__(self, judge: Judge) -> None:
        self._judge, self._last = judge, float("-inf")

    def sleep(self, seconds: float) -> None:
        if time.monotonic() - self._last > _ALIVE_SECONDS:
            self._last = time.monotonic()
            self._judge.announce("", 3 * _ALIVE_SECONDS)
        time.sleep(seconds)


def _with_budget(judge: Judge, check: Check, budget: GpuBudget) -> Judge:
    """The judge for this check on a GPU. A process that waits for the device spins, so its CPU time is no measure."""
    limits = judge.assignment.limits_of(check.id)
    wide = replace(limits, wall=budget.wall, cpu=max(limits.cpu, budget.wall))
    limited = with_limits(judge.assignment, check.id, wide)
    return replace(judge, checks=(check,), assignment=limited, gpu=True)


def _rehearse(judge: Judge, check: Check) -> None:
    """Run the reference now, once in this process: no device should wait for it."""
    seconds = judge.assignment.limits_of(check.id).wall
    judge.announce("", len(check.cases) * max(REFERENCE_SECONDS, seconds))
    for case in check.cases:
        judge.oracle.expected(check, case)


def _not_run(check: Check, message: str) -> CheckResult:
    return undecided(check, Status.NOT_RUN, Reason.NO_GPU, message)


def _lost(check: Check, problem: str) -> CheckResult:
    return undecided(check, Status.GRADER_ERROR, Reason.DEVICE, DEVICE_FAILED, problem)
