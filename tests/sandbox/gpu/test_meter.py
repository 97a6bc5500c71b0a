"""GPU-seconds and the budget: properties of the meter, on traces."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.gpu import GpuBudget
from grader.sandbox.gpu.devices import Sample
from grader.sandbox.gpu.fake import Fake
from grader.sandbox.gpu.meter import PERIOD, Meter, Metering
from grader.sandbox.session import Stopped

ONE = "GPU-fake-0"
GIB = 1 << 30
LOOKS = st.lists(st.tuples(st.floats(0, 2), st.floats(-1, 2), st.integers(0, 1 << 40)), max_size=60)


def played(
    busy: Callable[[float], float], budget: GpuBudget, used: int = GIB
) -> tuple[Meter, Stopped | None, float]:
    """The meter after a trace seen at 10 Hz, what it said, and when."""
    meter, steps = Meter(budget, {ONE: 0}, 0.0), 0
    while (said := meter.exceeded()) is None and steps < 10_000:
        steps += 1
        meter.take(steps * PERIOD, {ONE: Sample(busy(steps * PERIOD), used)})
    return meter, said, steps * PERIOD


@given(LOOKS)
def test_the_integral_only_grows_and_is_never_more_than_the_time(
    looks: list[tuple[float, float, int]],
) -> None:
    """Whatever a driver says, GPU-seconds lie between 0 and the time that has passed."""
    meter, now, before = Meter(GpuBudget(), {ONE: 0}, 0.0), 0.0, 0.0
    for passed, busy, used in looks:
        now += passed
        meter.take(now, {ONE: Sample(busy, used)})
        assert before <= meter.seconds <= now + 1e-9
        before = meter.seconds


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=60), st.floats(0, 1))
def test_a_constant_load_is_counted_exactly(steps: list[float], busy: float) -> None:
    """However unevenly it is looked at."""
    meter, now = Meter(GpuBudget(), {ONE: 0}, 0.0), 0.0
    for passed in steps:
        now += passed
        meter.take(now, {ONE: Sample(busy, 0)})
    assert math.isclose(meter.seconds, busy * now, rel_tol=1e-9, abs_tol=1e-12)


@given(st.floats(0.2, 50))
def test_a_busy_loop_ends_within_one_look_of_its_budget(seconds: float) -> None:
    """Never before the budget, never more than one look after it."""
    meter, said, _ = played(lambda t: 1.0, GpuBudget(seconds=seconds, wall=300))
    assert said is not None
    assert (said.status, said.reason) == ("timeout", "gpu_seconds")
    assert seconds < meter.seconds <= seconds + PERIOD + 1e-9


def test_the_figures_are_told() -> None:
    """The verdict says how much of how much was used."""
    _, said, _ = played(lambda t: 1.0, GpuBudget(seconds=5, wall=20))
    assert said is not None
    assert said.detail == "5.1 of 5 GPU-seconds"


def test_an_idle_hang_ends_at_its_wall_time() -> None:
    """What uses nothing is stopped by the clock."""
    meter, said, when = played(lambda t: 0.0, GpuBudget(seconds=5, wall=20))
    assert said is not None
    assert (said.status, said.reason, meter.seconds) == ("timeout", "wall", 0.0)
    assert 20 <= when <= 20 + 2 * PERIOD


def test_a_hog_ends_at_the_first_look() -> None:
    """Memory over the limit is found at once, before others suffer."""
    _, said, when = played(lambda t: 0.1, GpuBudget(memory=8 * GIB), used=90 * GIB)
    assert said is not None
    assert (said.status, said.reason, when) == ("memory", "gpu_memory", PERIOD)
    assert said.detail == "90.0 of 8.0 GiB"


def test_bursts_cost_what_they_last() -> None:
    """Half the time busy: the budget is used up after twice its seconds."""
    _, said, when = played(lambda t: float(int(t) % 2), GpuBudget(seconds=5, wall=60))
    assert said is not None
    assert said.reason == "gpu_seconds"
    assert when == pytest.approx(10.1, abs=1.0)


def test_what_was_there_before_is_not_ours() -> None:
    """Memory counts above what the device held when the lease began."""
    meter = Meter(GpuBudget(memory=GIB), {ONE: 4 * GIB}, 0.0)
    meter.take(0.1, {ONE: Sample(1.0, 4 * GIB + GIB // 2)})
    assert (meter.exceeded(), meter.peak) == (None, GIB // 2)


def test_devices_add_up() -> None:
    """Two busy devices use two GPU-seconds a second; memory is that of the fuller one."""
    meter = Meter(GpuBudget(devices=2), {"a": 0, "b": 0}, 0.0)
    meter.take(1.0, {"a": Sample(1.0, 5), "b": Sample(1.0, 7)})
    assert (meter.seconds, meter.peak) == (2.0, 7)


def test_a_silent_driver_is_the_graders_fault() -> None:
    """Without looks nothing may be held against a student."""
    now = [0.0]
    fake = Fake(lambda t: Sample(1.0, 0), clock=lambda: now[0])
    metering = Metering(Meter(GpuBudget(), {ONE: 0}, 0.0), fake, [ONE])
    now[0] = 11.0
    said = metering.exceeded()
    assert said is not None
    assert (said.status, said.reason) == ("grader_error", "device")
    assert "11 s" in said.detail


def test_a_device_that_disappears_is_the_graders_fault() -> None:
    """The thread that looks survives it and says so."""
    fake = Fake(lambda t: None)
    metering = Metering(Meter(GpuBudget(), {ONE: 0}, fake.now()), fake, [ONE], period=0.001)
    metering.begin()
    metering.end()
    said = metering.exceeded()
    assert said is not None
    assert (said.status, said.reason) == ("grader_error", "device")
    assert ONE in said.detail


def test_the_last_look_is_at_the_end() -> None:
    """A check that is shorter than the time between two looks is counted all the same."""
    now = [0.0]
    fake = Fake(lambda t: Sample(1.0, GIB), clock=lambda: now[0])
    meter = Meter(GpuBudget(), {ONE: 0}, 0.0)
    metering = Metering(meter, fake, [ONE], period=60.0)
    metering.begin()
    now[0] = 0.05
    metering.end()
    assert (meter.seconds, meter.peak) == (0.05, GIB)
