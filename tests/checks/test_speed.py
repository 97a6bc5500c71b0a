"""`faster_than`: pairs of calls on new inputs, right results only, and what a busy machine leads to.

Ratios are far from what is asked, so that no machine's load decides.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.checks import faster_than
from grader.checks.run import CheckFailed, Unsettled, current
from grader.checks.speed import _problem, _Times
from grader.checks.student import StudentMissing
from grader.checks.trace import Observation
from grader.core.speedup import Speed

DOT = "def f(x):\n    return float((x * x).sum())"  # by one thread, which `x @ x` need not be
LOOP = """
def f(x):
    total = 0.0
    for _ in range(4):
        total = 0.0
        for value in x.tolist():
            total += value * value
    return total
"""
KEPT = """
kept = []
def f(x):
    kept.append(kept[0] if kept else float((x * x).sum()))
    return kept[-1]
"""


def loop(x: Any) -> float:
    total = 0.0
    for value in x.tolist():
        total += value * value
    return total


def draw(rng: Any) -> tuple[Any]:
    return (rng.normal(size=100_000),)


def race(student: Any, rng: Any) -> None:
    faster_than(loop, 2, student.f, draw)


def test_a_vectorised_function_passes(trial: Any) -> None:
    """A product in compiled code against a loop, over a hundred times as fast where twice is asked."""
    run, error = trial.run(race, DOT)
    assert error is None
    assert run.trace.observations == [Observation("f", True)]


def test_a_slow_function_fails_and_is_told_about_how_slow(trial: Any) -> None:
    """Four loops instead of one: the words have no digits that change from run to run."""
    run, error = trial.run(race, LOOP)
    assert isinstance(error, CheckFailed)
    assert error.text.startswith("`f` is not 2 times as fast as a plain Python loop, but slower than it")
    assert (error.of, error.values) == ("f", "")
    assert run.trace.observations == [Observation("f", False)]


def test_a_near_miss_is_called_one() -> None:
    """Not "not 20 times, but about 20 times"."""
    times = _Times([1.0] * 8, [1 / 19] * 8, [1 / 19] * 8)
    assert "not 20 times as fast as a plain Python loop, but nearly" in str(
        _problem("f", 20, times, Speed.SLOW)
    )
    times = _Times([1.0] * 8, [1 / 5] * 8, [1 / 5] * 8)
    assert "but about 5 times as fast as it" in str(_problem("f", 20, times, Speed.SLOW))


def test_every_timed_call_has_inputs_of_its_own(trial: Any) -> None:
    """No array comes twice, the warm-up's included, and both sides get the same."""
    drawn, looped = [], []

    def drawing(rng: Any) -> tuple[Any]:
        drawn.append(rng.normal(size=100))
        return (drawn[-1],)

    def looping(x: Any) -> float:
        looped.append(x)
        return loop(np.repeat(x, 1000)) / 1000

    def body(student: Any, rng: Any) -> None:
        faster_than(looping, 2, student.f, drawing, rtol=1e-6)

    assert trial.run(body, DOT)[1] is None
    assert len({x.tobytes() for x in drawn}) == len(drawn) == len(looped) + 1
    assert all(mine is yours for mine, yours in zip(drawn[1:], looped, strict=True))


def test_what_is_drawn_later_does_not_depend_on_the_number_of_pairs(trial: Any) -> None:
    """The check's own generator is left alone, and the record of calls has one line for the race."""

    def body(student: Any, rng: Any) -> None:
        race(student, rng)
        assert rng.normal() == np.random.default_rng(trial.seed).normal()

    run, error = trial.run(body, DOT)
    assert error is None
    assert [name for name, _ in run.trace.calls] == ["f"]
    slow, _ = trial.run(race, LOOP, strict=False)
    assert [name for name, _ in slow.trace.calls] == ["f"]


def test_two_races_of_one_check_have_different_inputs(trial: Any) -> None:
    """Each has a stream of its own from the check's seed."""
    drawn: list[bytes] = []

    def drawing(rng: Any) -> tuple[Any]:
        drawn.append(rng.normal(size=100_000).tobytes())
        return (np.frombuffer(drawn[-1]),)

    def body(student: Any, rng: Any) -> None:
        for _ in range(2):
            faster_than(loop, 2, student.f, drawing)

    assert trial.run(body, DOT)[1] is None
    assert len(set(drawn)) == len(drawn)


def test_only_right_results_are_fast(trial: Any) -> None:
    """An answer that was kept from the first call is wrong for the next inputs."""
    error = trial.run(race, KEPT)[1]
    assert isinstance(error, CheckFailed)
    assert error.text.startswith("a timed result of `f` is wrong, and speed counts for right ones only")


def test_the_result_may_be_one_item_and_the_loops_lists(trial: Any) -> None:
    """`pick` chooses what the loop gives; nested lists of plain Python count as arrays, item by item."""

    def lists(x: Any) -> Any:
        return [value * 2 for value in x.tolist()], loop(x)

    def body(student: Any, rng: Any) -> None:
        faster_than(lists, 2, student.f, draw, pick=0)

    assert trial.run(body, "def f(x):\n    return (x * 2, float((x * x).sum())), 'cache'")[1] is None
    error = trial.run(body, "def f(x):\n    return (x * 3, float((x * x).sum())), 'cache'")[1]
    assert isinstance(error, CheckFailed)
    assert "is wrong" in error.text


def test_half_the_digits_are_not_enough(trial: Any) -> None:
    """float32 is faster, and is seen by its values and by its type."""
    for source in (
        "import numpy as np\ndef f(x):\n    y = x.astype(np.float32)\n    return float(y @ y)",
        "import numpy as np\ndef f(x):\n    return np.float32((x * x).sum())",
    ):
        error = trial.run(race, source)[1]
        assert isinstance(error, CheckFailed)
        assert "is wrong" in error.text


def test_a_missing_function_is_missing(trial: Any) -> None:
    """What the call raises comes through as from any other call."""
    assert isinstance(trial.run(race, "")[1], StudentMissing)


def test_a_loop_that_this_machine_has_no_patience_for_settles_nothing(trial: Any) -> None:
    """Fewer pairs than can decide: nobody is slow, nobody fast."""

    def body(student: Any, rng: Any) -> None:
        current.get().patience = 0.0
        race(student, rng)

    error = trial.run(body, LOOP)[1]
    assert isinstance(error, Unsettled)
    assert str(error) == "This machine was too busy to measure how fast `f` is: nothing is lost."


@pytest.mark.parametrize(("alone", "kind"), [(False, Unsettled), (True, CheckFailed)])
def test_waiting_counts_once_nobody_else_is_at_work(
    trial: Any, monkeypatch: pytest.MonkeyPatch, alone: bool, kind: type[Exception]
) -> None:
    """Little CPU time and much of the clock: others may be to blame until the check is run alone."""

    def body(student: Any, rng: Any) -> None:
        current.get().alone = alone
        race(student, rng)

    monkeypatch.setattr("grader.checks.loopback.Loopback.excused_seconds", lambda self: 0.0)
    monkeypatch.setattr("grader.checks.loopback.Loopback.cpu_seconds", lambda self: 0.0)
    error = trial.run(body, LOOP)[1]
    assert isinstance(error, kind)
    if alone:
        assert "takes longer than its processor time tells" in str(error)


def test_a_variant_only_records(trial: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither slow nor unsettled ends the run of a misconception."""
    for speed in (Speed.SLOW, Speed.NOISY):
        monkeypatch.setattr("grader.checks.speed.decide", lambda *args, speed=speed, **more: speed)
        run, error = trial.run(race, KEPT, strict=False)
        assert error is None
        assert run.trace.observations == [Observation("f", False)]
