"""`faster_than`: is a student's function so many times as fast as a slow loop? See docs/writing-checks.md.

The student's process is asked for nothing but results; what they cost is read from the kernel, outside of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.checks.compare import Tolerance, mismatch
from grader.checks.run import CheckFailed, Run, Unsettled, current
from grader.checks.student import Function
from grader.checks.trace import Observation
from grader.core.speedup import LOOKS, Speed, decide, in_words
from grader.pen import wire

Draw = Callable[[np.random.Generator], Sequence[Any]]
_LEAST = 0.1  # share of a call's time that is the function's own, however much its arguments cost to read


def faster_than(
    loop: Callable[..., Any],
    ratio: float,
    function: Function,
    draw: Draw,
    pick: int | None = None,
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """The function is at least `ratio` times as fast as the judge's loop, and its timed results are the loop's.

    Both get the same arguments, `draw(rng)`, new for each pair of calls; the median over the pairs counts, with bounds
    (`grader.core.speedup`). pick: the item of the function's result that the loop gives; rtol, atol: as for `agree`.
    Raises Unsettled where the machine is too busy to tell.
    """
    run = current.get()
    run.timed = True
    place, race = len(run.trace.calls), _Race(run, loop, function, draw, pick, Tolerance(rtol, atol))
    race.call(race.fresh())  # the first call pays for imports
    speed = race.run_to_the_end(ratio)
    # as many calls and observations as in any other run, however many pairs it took
    del run.trace.calls[place + 1 :]
    run.trace.observations.append(Observation(function.name, speed is Speed.FAST))
    if run.strict and speed is not Speed.FAST:
        raise _problem(function.name, ratio, race.times, speed)


def _problem(name: str, ratio: float, times: _Times, speed: Speed) -> Exception:
    """Why the function did not pass, in words that two runs of it share."""
    if speed is not Speed.SLOW:
        return Unsettled(f"This machine was too busy to measure how fast `{name}` is: nothing is lost.")
    if decide(times.slow, times.cpu, ratio, last=True) is not Speed.SLOW:
        text = f"`{name}` takes longer than its processor time tells: it waits, or has others compute"
        return CheckFailed(text, of=name)
    words = in_words(float(np.median(np.divide(times.slow, times.taken))))
    how = "but nearly" if words == in_words(ratio) else f"but {words} it"
    text = f"`{name}` is not {ratio:g} times as fast as a plain Python loop, {how}: let numpy loop"
    return CheckFailed(text, of=name)


@dataclass(slots=True)
class _Times:
    """Seconds of each pair: the loop's CPU time, the student's, and the student's with what CPU time cannot see."""

    slow: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)


class _Race:
    """Pairs of calls, one of the student's function and one of the loop in turn, until they tell."""

    def __init__(
        self,
        run: Run,
        loop: Callable[..., Any],
        function: Function,
        draw: Draw,
        pick: int | None,
        tolerance: Tolerance,
    ) -> None:
        self.run, self.loop, self.function, self.draw = run, loop, function, draw
        self.pick, self.tolerance, self.times = pick, tolerance, _Times()
        # a stream of its own: the number of pairs, which noise decides, must not change what is drawn later
        self._rng = np.random.default_rng((run.seed, len(run.trace.observations)))
        self._looped = 0.0

    def fresh(self) -> tuple[Any, ...]:
        """New arguments."""
        return tuple(self.draw(self._rng))

    def run_to_the_end(self, ratio: float) -> Speed:
        """Pairs up to the next look, then what they say; the machine's patience ends it early.

        A variant, which is only to be told from a fast function, has two looks.
        """
        looks = LOOKS if self.run.strict else LOOKS[:2]
        for pairs in looks:
            while len(self.times.slow) < pairs and self._looped < self.run.patience:
                self.pair()
            last = pairs == looks[-1] or self._looped >= self.run.patience
            speed = self._decide(ratio, last)
            if speed is not Speed.OPEN:
                return speed
        raise AssertionError("the last look decides")

    def _decide(self, ratio: float, last: bool) -> Speed:
        times = self.times
        speed = decide(times.slow, times.taken, ratio, last)
        if (
            speed is Speed.SLOW
            and not self.run.alone
            and decide(times.slow, times.cpu, ratio) is not Speed.SLOW
        ):
            return Speed.NOISY  # only its waiting is slow, which others may have caused
        return speed

    def call(self, args: tuple[Any, ...]) -> Any:
        """The student's result, back here as plain data."""
        (outcome,) = self.function.batch([args], self.pick)
        return outcome.get()

    def pair(self) -> None:
        """One call of each; raises CheckFailed for a wrong result, or for work that goes on after the answer."""
        channel, args = self.run.channel, self.fresh()
        excused, cpu, wall = channel.excused_seconds(), channel.cpu_seconds(), time.monotonic()
        value = self.call(args)
        wall, answered, after = time.monotonic() - wall, channel.cpu_seconds(), channel.excused_seconds()
        started, slow = time.monotonic(), time.process_time()
        expected = self.loop(*args)
        slow = time.process_time() - slow
        self._looped += time.monotonic() - started
        known = excused is not None and after is not None
        late = channel.cpu_seconds() - answered if known else 0.0
        if self.run.strict:
            self._right(value, expected)
            if late > slow / 2:
                text = f"`{self.function.name}` goes on computing after it has answered"
                raise CheckFailed(text, of=self.function.name)
        used = answered - cpu + late
        waited = wall - (after - excused) + late if excused is not None and after is not None else 0.0
        wired = _wire_seconds(args, value)
        self.times.slow.append(slow)
        self.times.cpu.append(_without(used, wired))
        self.times.taken.append(_without(max(used, waited), wired))

    def _right(self, value: Any, expected: Any) -> None:
        found = mismatch(value, _arrays(expected), self.tolerance)
        if found is not None:
            name = self.function.name
            text = f"a timed result of `{name}` is wrong, and speed counts for right ones only: {found.text}"
            raise CheckFailed(text, found.values, found, name)


def _wire_seconds(args: tuple[Any, ...], value: Any) -> float:
    """CPU seconds of reading these arguments and writing this result, which the student's process had to do as well.

    Measured here, where nobody can stretch it.
    """
    body = wire.encode(list(args))
    started = time.process_time()
    wire.decode(body)
    wire.encode(value)
    return time.process_time() - started


def _without(seconds: float, wired: float) -> float:
    return max(seconds - wired, _LEAST * seconds, 1e-9)


def _arrays(expected: Any) -> Any:
    """What the loop gave, nested lists as arrays: plain Python has no other."""
    if isinstance(expected, tuple):
        return tuple(map(_arrays, expected))
    return np.asarray(expected) if isinstance(expected, list) else expected
