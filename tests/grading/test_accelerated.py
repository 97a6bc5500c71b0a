"""Grading where the assignment asks for a GPU: in real pens and worker processes, with devices that play a trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.core.errors import SandboxError
from grader.core.gpu import GpuBudget, GpuSpec
from grader.core.result import CheckResult, SubmissionResult
from grader.core.verdict import Reason, Status
from grader.grading import accelerated
from grader.grading.batch import Entry, grade_all, grade_entries
from grader.grading.course import Course
from grader.grading.quota import Quota
from grader.sandbox.gpu.devices import Device, Devices, NoDevices, Sample
from grader.sandbox.gpu.fake import Fake, Trace
from grader.sandbox.gpu.lease import acquire

GIB = 1 << 30
ONE = Device("GPU-1", "Tester 3000", 16 * GIB)
HIDDEN = '''\
"""Hidden checks that know where they run."""

from grader.checks import close, ensure, points


@points(3)
def test_size(student, rng, gpu):
    """double works on ten numbers, or on a thousand where there is a GPU."""
    x = rng.normal(size=1000 if gpu else 10)
    close(student.double(x), 2 * x)


@points(5)
def test_where(student, rng):
    """spread of two numbers."""
    ensure(student.spread(rng.normal(size=2)) >= 0, "a spread is not negative")
'''
WORKS = """
import os
def double(x):
    assert (len(x) == 1000) == ("CUDA_VISIBLE_DEVICES" in os.environ)
    return 2 * x
def spread(x):
    return float(x.var())
"""
SPINS = WORKS.replace("return 2 * x", "\n    while len(x) == 1000: pass\n    return 2 * x")
SLEEPS = WORKS.replace(
    "return 2 * x", "\n    import time\n    while len(x) == 1000: time.sleep(0.1)\n    return 2 * x"
)
IDLE = Sample(0.0, 0)

Graded = Callable[..., SubmissionResult]


@pytest.fixture
def graded(
    parts: SimpleNamespace,
    course_with: Callable[..., Course],
    hand_in: Callable[[str, str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Graded:
    """graded(gpu, trace, source) is the result of a submission on a machine with such devices."""
    monkeypatch.setenv("GRADER_GPU_LOCKS", str(tmp_path / "locks"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(accelerated, "SETTLE_SECONDS", 0.5)

    def grade(
        gpu: str,
        trace: Trace | None,
        source: str = WORKS,
        quota: Quota | None = None,
        only: str | None = None,
        devices: tuple[Device, ...] = (ONE,),
    ) -> SubmissionResult:
        def find() -> Devices:
            if trace is None:
                raise NoDevices("no GPU found (no NVIDIA driver)")
            nodes = {one.uuid: {f"/dev/nvidia{index}": "/dev/zero"} for index, one in enumerate(devices)}
            return Fake(trace, devices, nodes=nodes)

        monkeypatch.setattr(accelerated, "find", find)
        spec = parts.SPEC + f"gpu: {gpu}\n"
        course = (
            course_with(spec=spec, hidden=HIDDEN)
            if not (tmp_path / "course").exists()
            else Course(tmp_path / "course")
        )
        path = hand_in("tiny.py", source)
        entry = Entry("ann", lambda: path, quota=lambda: quota)
        return grade_entries(course, "tiny", [entry], only=only)[0]

    return grade


def check_of(result: SubmissionResult, name: str = "test_size") -> CheckResult:
    return next(check for check in result.checks if check.id == name)


def test_with_a_gpu_the_named_check_gets_it_and_no_other(graded: Graded) -> None:
    """The full size runs on the device, the rest on the CPU; figures and device are in the result."""
    result = graded("{seconds: 30, checks: {test_size: {}}}", lambda t: Sample(0.5, GIB))
    assert [check.status for check in result.checks] == [Status.PASSED] * 3
    size, other = check_of(result), check_of(result, "test_where")
    assert size.gpu == GpuBudget(seconds=30)
    assert size.measured.gpu_seconds > 0
    assert (other.gpu, other.measured.gpu_seconds) == (None, 0.0)
    assert result.measured.gpu_seconds == size.measured.gpu_seconds
    assert result.device == "Tester 3000"
    assert result.device_note == "test_size ran on a GPU, as the assignment asks: Tester 3000 (GPU-1)."


def test_without_a_gpu_the_reduced_size_runs_and_the_report_says_why(graded: Graded) -> None:
    """The points are the same, and so is the check."""
    result = graded("{checks: {test_size: {}}}", None)
    assert [check.status for check in result.checks] == [Status.PASSED] * 3
    assert check_of(result).gpu is None
    assert result.device == "cpu"
    assert result.device_note == (
        "test_size ran on the CPU, not on a GPU, at the reduced size that the assignment has for this: "
        "it costs no points. Why: no GPU found (no NVIDIA driver)."
    )


def test_without_a_required_gpu_checks_are_not_run_and_nothing_is_lost(graded: Graded) -> None:
    """Provisional, never zero."""
    result = graded("{required: true, checks: {test_size: {}}}", None)
    size = check_of(result)
    assert (size.status, size.reason) == (Status.NOT_RUN, Reason.NO_GPU)
    assert "no NVIDIA driver" in size.message
    score = result.score()
    assert (score.provisional, score.low, score.high) == (True, 700, 1000)
    assert result.device_note == (
        "test_size was not run for want of a GPU; nothing is lost, it runs where there is one. "
        "Why: no GPU found (no NVIDIA driver)."
    )


@pytest.mark.parametrize(
    ("gpu", "why"),
    [
        (
            "{memory: 32GiB, checks: {test_size: {}}}",
            "1 GPU with 32.0 GiB are asked for; the largest here has 16.0 GiB",
        ),
        ("{devices: 2, checks: {test_size: {}}}", "2 GPUs are asked for, 1 are here"),
    ],
)
def test_a_budget_larger_than_the_machine_runs_on_the_cpu(graded: Graded, gpu: str, why: str) -> None:
    """Both figures are in the report."""
    result = graded(gpu, lambda t: IDLE)
    assert check_of(result).passed
    assert why in result.device_note


def test_a_busy_loop_is_stopped_at_its_budget(graded: Graded) -> None:
    """The verdict names GPU time and both figures."""
    size = check_of(
        graded("{seconds: 1, wall: 60, checks: {test_size: {}}}", lambda t: Sample(1.0, GIB), SPINS)
    )
    assert (size.status, size.reason) == (Status.TIMEOUT, Reason.GPU_SECONDS)
    assert size.measured.gpu_seconds > 1
    assert "of 1 GPU-seconds" in size.message
    assert size.points == 0


def test_an_idle_hang_is_stopped_at_its_wall_time(graded: Graded) -> None:
    """Its GPU-seconds are zero."""
    size = check_of(graded("{seconds: 1, wall: 1, checks: {test_size: {}}}", lambda t: IDLE, SLEEPS))
    assert (size.status, size.reason, size.measured.gpu_seconds) == (Status.TIMEOUT, Reason.WALL, 0.0)


def test_a_hog_is_stopped_at_its_memory(graded: Graded) -> None:
    """The device holds more than allowed as long as the check lives."""
    trace = lambda t: Sample(0.1, 9 * GIB) if t > 0.0 else IDLE  # noqa: E731
    result = graded("{memory: 4GiB, checks: {test_size: {}}}", _after_a_look(trace), SLEEPS)
    size = check_of(result)
    assert (size.status, size.reason) == (Status.MEMORY, Reason.GPU_MEMORY)
    assert "9.0 of 4.0 GiB" in size.message


def test_a_device_that_disappears_is_nobodys_zero(graded: Graded, tmp_path: Path) -> None:
    """grader_error, the lease is free again, the device set aside."""
    result = graded("{checks: {test_size: {}}}", _after_a_look(lambda t: None), SLEEPS)
    size = check_of(result)
    assert (size.status, size.reason) == (Status.GRADER_ERROR, Reason.DEVICE)
    assert result.score().provisional
    assert "Set aside: GPU-1: GPU is lost." in result.device_note
    acquire(Fake(lambda t: IDLE, [ONE]), [ONE], 1, tmp_path / "locks", sleep=_never).release()


def test_a_used_up_ration_says_when_it_goes_on(graded: Graded) -> None:
    """The check is not run, the score provisional; nothing is lost."""
    quota = Quota(600.0, 612.3, "2026-03-02 00:00 CET")
    result = graded("{quota: 600s/day, checks: {test_size: {}}}", lambda t: IDLE, quota=quota)
    size = check_of(result)
    assert (size.status, size.reason) == (Status.NOT_RUN, Reason.NO_GPU)
    assert "612.3 of today's 600 GPU-seconds" in size.message
    assert "2026-03-02 00:00 CET" in size.message
    assert result.score().provisional


def test_what_is_left_is_told_before_it_is_gone(graded: Graded) -> None:
    """In every report of an assignment with a ration."""
    quota = Quota(600.0, 100.0, "2026-03-02 00:00 CET")
    result = graded("{quota: 600s/day, checks: {test_size: {}}}", lambda t: IDLE, quota=quota)
    assert check_of(result).passed
    assert result.quota_note == "GPU-seconds left today: 500 of 600 (until 2026-03-02 00:00 CET)."


def test_what_this_run_used_is_told_in_tens(graded: Graded) -> None:
    """Beside what is left."""
    quota = Quota(600.0, 100.0, "midnight")
    result = graded("{quota: 600s/day, checks: {test_size: {}}}", lambda t: Sample(1.0, 0), quota=quota)
    assert 0 < result.measured.gpu_seconds <= 10
    assert result.quota_note == (
        "GPU-seconds left today: 490 of 600 (until midnight). This run used at most 10 of them."
    )


def test_without_a_sandbox_no_gpu_is_lent(
    course_with: Callable[..., Course],
    parts: SimpleNamespace,
    hand_in: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There is nothing that would hold a budget."""
    monkeypatch.setattr(accelerated, "find", lambda: Fake(lambda t: IDLE, [ONE]))
    course = course_with(spec=parts.SPEC + "gpu: {checks: {test_size: {}}}\n", hidden=HIDDEN)
    (result,) = grade_all(course, "tiny", [hand_in("tiny.py", WORKS)], sandboxed=False)
    assert result.device == "cpu"
    assert "no GPU is lent to code without a sandbox" in result.device_note


def test_a_pen_that_cannot_be_closed_costs_no_lease(tmp_path: Path) -> None:
    """The device is free for the next submission, of this worker or another."""

    def refuse() -> None:
        raise SandboxError("the pen does not end")

    devices = Fake(lambda t: IDLE, [ONE])
    turn = accelerated.Room(GpuSpec(), devices, (ONE,)).turn()
    pen: Any = SimpleNamespace(close=refuse)
    turn._held = accelerated._Held(acquire(devices, [ONE], 1, tmp_path), pen)
    with pytest.raises(SandboxError):
        turn._hand_back()
    acquire(devices, [ONE], 1, tmp_path, sleep=_never).release()


def test_an_unknown_check_is_named(
    course_with: Callable[..., Course], parts: SimpleNamespace, hand_in: Any
) -> None:
    """A slip of the pen in gpu.checks must not leave a check on the CPU unnoticed."""
    course = course_with(spec=parts.SPEC + "gpu: {checks: {test_sise: {}}}\n", hidden=HIDDEN)
    with pytest.raises(Exception, match=r"gpu.checks.test_sise: there is no such check"):
        grade_all(course, "tiny", [hand_in("tiny.py", WORKS)])


def _after_a_look(trace: Trace) -> Trace:
    """Idle while the lease begins: one look."""
    looks: list[float] = []

    def seen(t: float) -> Sample | None:
        looks.append(t)
        return IDLE if len(looks) == 1 else trace(t)

    return seen


def _never(seconds: float) -> None:
    raise AssertionError("the lease is not free")
