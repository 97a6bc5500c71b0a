"""Paired times: the bounds of the median ratio, their laws, and what is decided from them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom

from grader.core.speedup import FAST_LEVEL, LOOKS, SLOW_LEVEL, Speed, bounds, decide, in_words, rank

times = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=30)
levels = st.sampled_from([FAST_LEVEL, SLOW_LEVEL, 0.2])


@given(st.integers(1, 60), levels)
def test_the_rank_is_the_largest_that_the_level_allows(n: int, level: float) -> None:
    """P(B < k) ≤ level < P(B < k + 1), by scipy's binomial distribution."""
    k = rank(n, level)
    assert binom.cdf(k - 1, n, 0.5) <= level * (1 + 1e-9)
    assert binom.cdf(k, n, 0.5) > level * (1 - 1e-9)


@pytest.mark.parametrize("level", [FAST_LEVEL, SLOW_LEVEL])
def test_the_bounds_are_wrong_as_rarely_as_they_say(level: float) -> None:
    """In 4000 samples of 21 skewed values each bound misses the median in about `level` of them at most."""
    rng = np.random.default_rng(1)
    found = [bounds(list(row), level) for row in rng.exponential(size=(4000, 21))]
    for missed in (
        np.mean([low > math.log(2) for low, _ in found]),
        np.mean([high < math.log(2) for _, high in found]),
    ):
        assert level / 10 < missed < level + 3 * math.sqrt(level / 4000)


@given(times, levels)
def test_swapping_slow_and_fast_inverts_the_bounds(values: list[float], level: float) -> None:
    """low(1/r) = 1/high(r): the question may be put either way."""
    low, high = bounds(values, level)
    other_low, other_high = bounds([1 / value for value in values], level)
    if high == math.inf:
        assert (other_low, other_high) == (0.0, math.inf)
    else:
        assert (1 / other_high, 1 / other_low) == pytest.approx((low, high))


@given(times, levels)
def test_the_same_pairs_once_more_never_widen_the_bounds(values: list[float], level: float) -> None:
    """Twice the pairs with the same ratios: the new bounds lie within the old ones."""
    low, high = bounds(values, level)
    low_of_more, high_of_more = bounds(values * 2, level)
    assert low <= low_of_more
    assert high_of_more <= high


@given(times, levels, st.floats(0.01, 100))
def test_bounds_follow_the_unit_and_enclose_the_middle(
    values: list[float], level: float, unit: float
) -> None:
    """Seconds or milliseconds, the bounds scale along; the median of the sample lies between them."""
    low, high = bounds(values, level)
    assert low <= float(np.median(values)) * (1 + 1e-12)
    assert high >= float(np.median(values)) * (1 - 1e-12)
    assert bounds([value * unit for value in values], level) == pytest.approx((low * unit, high * unit))


@given(times, st.floats(0.1, 1000))
def test_it_is_never_fast_and_slow(values: list[float], asked: float) -> None:
    """Asking less of a fast function, or more of a slow one, changes nothing."""
    ones = [1.0] * len(values)
    found = decide(values, ones, asked)
    if found is Speed.FAST:
        assert decide(values, ones, asked / 2) is Speed.FAST
    elif found is Speed.SLOW:
        assert decide(values, ones, asked * 2) is Speed.SLOW


@given(st.lists(st.tuples(st.floats(1e-3, 1), st.floats(1e-3, 1)), min_size=1, max_size=7))
def test_seven_pairs_cost_nobody_a_mark(pairs: list[tuple[float, float]]) -> None:
    """Whatever they say, a coin falls like that seven times."""
    slow, fast = zip(*pairs, strict=True)
    assert decide(slow, fast, 20) is not Speed.SLOW


def test_a_clear_case_needs_two_pairs_and_no_more() -> None:
    """Four times what is asked, twice; below that, or once, five pairs are the fewest."""
    ones = [1.0] * 5
    assert decide([80.0, 81.0], ones[:2], 20) is Speed.FAST
    assert decide([80.0], ones[:1], 20) is Speed.OPEN
    assert decide([80.0, 79.0, 80.0, 80.0], ones[:4], 20) is Speed.OPEN
    assert decide([80.0, 20.0, 80.0, 80.0, 80.0], ones, 20) is Speed.FAST


@given(st.integers(9, 30), st.floats(1.05, 10))
def test_the_last_look_on_a_steady_machine_is_for_the_student(count: int, spread: float) -> None:
    """Ratios on both sides of what is asked: fast, if the loop always took as long; noisy, if it did not."""
    fast = [spread if index % 2 else 1 / spread for index in range(count)]
    assume(decide([20.0] * count, fast, 20) is Speed.OPEN)
    assert decide([20.0] * count, fast, 20, last=True) is Speed.FAST
    slow = [20 * value * 10 ** (index % 5) for index, value in enumerate(fast)]
    unsteady = [value * 10 ** (index % 5) for index, value in enumerate(fast)]
    swapped = [value * (1.02 if index % 2 else 0.98) for index, value in enumerate(unsteady)]
    assert decide(slow, swapped, 20, last=True) is Speed.NOISY


def _race(rng: np.random.Generator, ratio: float, noise: float) -> Speed:
    """The looks of one measurement: both times log-normal, a function that is `ratio` times as fast."""
    slow, fast = np.exp(rng.normal(0, noise, size=(2, LOOKS[-1])))
    for pairs in LOOKS:
        found = decide(list(slow[:pairs] * ratio), list(fast[:pairs]), 20, pairs == LOOKS[-1])
        if found is not Speed.OPEN:
            return found
    raise AssertionError("the last look decides")


def _shares(ratio: float, noise: float, seed: int = 3) -> dict[Speed, float]:
    rng = np.random.default_rng(seed)
    found = [_race(rng, ratio, noise) for _ in range(1000)]
    return {speed: found.count(speed) / 1000 for speed in Speed}


def test_a_clear_case_is_clear() -> None:
    """±30 % of noise on either time: ten times what is asked passes, a tenth fails, in at least 99 of 100."""
    assert _shares(200, 0.3)[Speed.FAST] >= 0.99
    assert _shares(2, 0.3)[Speed.SLOW] >= 0.99


def test_no_mark_is_lost_to_noise() -> None:
    """A function just as fast as asked is called slow in at most 2 %, a slightly faster one hardly ever."""
    assert _shares(20, 0.3)[Speed.SLOW] <= 0.02
    assert _shares(20, 2.0)[Speed.SLOW] <= 0.02
    assert _shares(30, 0.3)[Speed.SLOW] <= 0.001


def test_a_wild_machine_says_so() -> None:
    """Times that scatter over powers of ten: mostly inconclusive, though the function is three times too slow."""
    found = _shares(7, 3.0)
    assert found[Speed.NOISY] > 0.5
    assert found[Speed.SLOW] < 0.25


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (0.3, "slower than"),
        (1.1, "about as fast as"),
        (3.3, "about 3 times as fast as"),
        (3.1, "about 3 times as fast as"),
        (23.0, "about 20 times as fast as"),
        (96.0, "about 100 times as fast as"),
    ],
)
def test_words_do_not_follow_the_last_digit(ratio: float, words: str) -> None:
    """Two runs of one submission are told the same, but at the borders."""
    assert in_words(ratio) == words
