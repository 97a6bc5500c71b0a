"""The figures of docs/gpu.md: each a function of a stand, which measures and says whether what is promised holds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.gpu import programs
from bench.gpu.stand import Stand, ready, stand
from grader.core.gpu import GpuBudget
from grader.grading.batch import grade_all
from grader.grading.course import Course
from grader.sandbox.gpu.choice import VISIBLE
from grader.sandbox.gpu.lease import SLACK
from grader.sandbox.gpu.meter import PERIOD

ROOT = Path(__file__).parents[2]
GIB = 1 << 30
_LATE = 2 * PERIOD + 1.0  # seconds: a look, the judge's tick, and the second over which a driver averages


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. Attributes: holds: whether what is promised does."""

    what: str
    value: str
    holds: bool


def measure(name: str) -> list[Figure]:
    """The figures of this name. Raises NoDevices where nothing can be measured."""
    if name == HONEST:  # grading leases by itself
        ready()
        return honest_training()
    with stand() as one:
        return ALONE[name](one)


def honest_training() -> list[Figure]:
    """The reference of cifar10 through `grade_all`, with a GPU and without."""
    accuracy, wall, seconds, on_gpu = _graded(hidden=False)
    _, cpu_wall, _, on_cpu = _graded(hidden=True)
    used = f"{accuracy}; {seconds:.1f} GPU-seconds, {wall:.1f} s"
    told = f"{used}; {cpu_wall:.1f} s on the CPU, ratio {cpu_wall / wall:.1f}"
    return [Figure("honest training of cifar10", told, on_gpu and on_cpu and seconds > 0)]


def busy_loop(on: Stand) -> list[Figure]:
    """Stopped at its budget; by how much over."""
    ran = on.run(programs.SPIN, "busy", budget=GpuBudget(seconds=5.0, wall=60.0, memory=1 << 40))
    stopped = ran.stopped is not None and ran.stopped.reason == "gpu_seconds"
    told = f"{ran.gpu_seconds:.2f} of 5 GPU-seconds after {ran.wall:.1f} s"
    return [Figure("a busy loop", told, stopped and ran.gpu_seconds <= 5.0 + 2 * PERIOD)]


def idle_hang(on: Stand) -> list[Figure]:
    """Stopped at its wall time."""
    ran = on.run(programs.SLEEP, "idle", budget=GpuBudget(seconds=5.0, wall=10.0, memory=1 << 40))
    stopped = ran.stopped is not None and ran.stopped.reason == "wall"
    told = f"{ran.wall:.2f} of 10 s, {ran.gpu_seconds:.2f} GPU-seconds"
    return [Figure("an idle hang", told, stopped and ran.wall < 10 + _LATE)]


def memory_hog(on: Stand) -> list[Figure]:
    """Stopped at its memory; how far it came."""
    ran = on.run(programs.HOG, "hog", budget=GpuBudget(memory=4 * GIB))
    stopped = ran.stopped is not None and ran.stopped.reason == "gpu_memory"
    return [Figure("a memory hog", f"{ran.peak / GIB:.1f} GiB at a limit of 4 GiB", stopped)]


def bursts(on: Stand) -> list[Figure]:
    """The meter against the device's own events."""
    found = []
    for busy, pause, times in ((2.0, 2.0, 5), (1.0, 1.0, 10), (0.1, 0.4, 20), (0.01, 0.09, 100)):
        ran = on.run(programs.BURSTS, "bursts", busy, pause, times)
        ratio = ran.gpu_seconds / ran.value
        holds = ratio >= 0.9 and (ratio <= 1.1 or busy < 1.0)
        found.append(Figure(f"bursts of {busy:g} s", f"{ratio:.3f} of the events' {ran.value:.2f} s", holds))
    return found


def side_stream(on: Stand) -> list[Figure]:
    """A result that a side stream is still computing when the call returns is waited for: all of it is there."""
    ran = on.run(programs.SIDE_STREAM, "late")
    rounds = float(ran.value.min()), float(ran.value.max())
    told = f"{rounds[0]:.0f} to {rounds[1]:.0f} of 400 rounds after {ran.wall:.2f} s"
    return [Figure("work on a side stream", told, rounds == (400.0, 400.0))]


def patched_clocks(on: Stand) -> list[Figure]:
    """Stopped clocks and events in the submission's process change neither GPU-seconds nor time."""
    ran = on.run(programs.PATCHED_CLOCKS, "busy")
    told = f"2 s of kernels counted as {ran.gpu_seconds:.2f} GPU-seconds, {ran.wall:.2f} s"
    return [Figure("stopped clocks and events", told, ran.wall >= 2.0 and ran.gpu_seconds >= 1.8)]


def left_over_memory(on: Stand) -> list[Figure]:
    """A pattern that one submission leaves is looked for by the next."""
    filled = on.run(programs.PATTERN, "fill")
    left = on.lease.settle(on.devices)
    looked = on.run(programs.PATTERN, "look")
    told = f"{looked.value} words of the pattern in {looked.peak / GIB:.1f} GiB"
    return [Figure("memory of the job before", told, filled.value == 1024 and not left and looked.value == 0)]


def only_the_leased(on: Stand) -> list[Figure]:
    """What a pen sees of the devices."""
    count, uuid, names = on.run(programs.VISIBLE, "seen").value
    own = [os.path.basename(node) for node in on.devices.nodes(on.device.uuid)]
    alone = count == 1 and uuid in on.device.uuid and set(names) <= set(own)
    return [
        Figure("devices in the pen", f"{count}: {', '.join(names)}; {len(on.devices.listed())} here", alone)
    ]


def fork_bomb(on: Stand) -> list[Figure]:
    """Forks that try for a CUDA context each, until the budget ends them."""
    ran = on.run(programs.BOMB, "bomb", budget=GpuBudget(seconds=20.0, wall=30.0, memory=1 << 40))
    began = time.monotonic()
    left = on.lease.settle(on.devices)
    gone = f"{'; '.join(left.values()) or 'all gone'} after {time.monotonic() - began:.1f} s"
    told = f"{ran.peak / GIB:.1f} GiB at most; {gone}"
    return [Figure("a fork bomb with contexts", told, ran.stopped is not None and not left)]


def starts(on: Stand) -> list[Figure]:
    """What a pen and a context cost in time and memory."""
    first, second = on.run(programs.START, "start"), on.run(programs.START, "start")
    return [
        Figure("a pen with torch (cold start)", f"{on.started:.2f} s", True),
        Figure("the first context in it", f"{first.value:.2f} s, {first.peak / 2**20:.0f} MiB", True),
        Figure("the context of the next submission (warm start)", f"{second.value:.2f} s", True),
    ]


def ten_in_a_row(on: Stand) -> list[Figure]:
    """Memory is back at its base after each of ten submissions."""
    waits, over = [], 0
    for _ in range(10):
        on.run(programs.START, "start")
        began = time.monotonic()
        left = on.lease.settle(on.devices)
        waits.append(time.monotonic() - began)
        used = on.devices.sample(on.device.uuid).used - on.lease.base[on.device.uuid]
        over = max(over, used)
        if left:
            return [Figure("ten submissions in a row", "; ".join(left.values()), False)]
    told = f"at most {over / 2**20:.0f} MiB above the base, after {max(waits):.2f} s at most"
    return [Figure("ten submissions in a row", told, over <= SLACK)]


def numerics(on: Stand) -> list[Figure]:
    """Errors against float64, differences between runs, and what the judge's deterministic settings cost."""
    found = []
    for kind in ("matmul", "conv", "scatter"):
        plain = on.run(programs.NUMERICS, "errors", kind, False, False, False).value
        for name, tf32, benchmark in (("TF32", True, False), ("autotuned", False, True)):
            error, spread, _ = on.run(programs.NUMERICS, "errors", kind, tf32, benchmark, False).value
            found.append(Figure(f"{kind}, {name}", f"error {error:.1e}, between runs {spread:.1e}", True))
        error, spread, seconds = on.run(programs.NUMERICS, "errors", kind, False, False, True).value
        told = f"error {error:.1e}, between runs {spread:.1e}, {seconds / plain[2]:.2f} × the time"
        found.append(Figure(f"{kind}, deterministic", told, spread == 0 and error < 1e-4))
        found.append(
            Figure(f"{kind}, float32", f"error {plain[0]:.1e}, between runs {plain[1]:.1e}", plain[0] < 1e-4)
        )
    return found


HONEST = "honest_training"
ALONE: dict[str, Callable[[Stand], list[Figure]]] = {
    one.__name__: one
    for one in (
        busy_loop,
        idle_hang,
        memory_hog,
        bursts,
        side_stream,
        patched_clocks,
        left_over_memory,
        only_the_leased,
        fork_bomb,
        starts,
        ten_in_a_row,
        numerics,
    )
}
ALL = (*ALONE, HONEST)


def _graded(hidden: bool) -> tuple[str, float, float, bool]:
    """(accuracy, seconds of the check, GPU-seconds, did it run where it should and pass) of cifar10's reference."""
    before = os.environ.get(VISIBLE)
    if hidden:
        os.environ[VISIBLE] = ""
    try:
        path = ROOT / "reference" / "cifar10" / "solution.py"
        (result,) = grade_all(Course(ROOT), "cifar10", [path], only="test_accuracy_on_hidden_images")
    finally:
        os.environ.pop(VISIBLE, None)
        if before is not None:
            os.environ[VISIBLE] = before
    (check,) = result.checks
    rates = [f"accuracy {one.accuracy.rate:.4f}" for one in check.evidence if hasattr(one, "accuracy")]
    right = check.passed and (check.gpu is None) == hidden
    return " ".join(rates), check.measured.wall_seconds, check.measured.gpu_seconds, right
