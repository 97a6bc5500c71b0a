"""How many times as fast: a decision from paired times that assumes nothing about their noise. Pure arithmetic.

A pair is one time of the slow function and one of the fast, taken one after the other; r₁ … rₙ are their ratios,
sorted. Whatever the distribution, the median of it lies below the k-th smallest ratio with probability P(B < k), B
binomial (n, ½): each ratio is above the median or below it, as a fair coin falls. So r_k is a lower bound and
r_{n+1−k} an upper one. Source: David and Nagaraja, Order Statistics, 3rd edition (2003), section 7.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum, auto

LOOKS = (2, 5, 8, 13, 21)  # numbers of pairs after which it is decided
CLEAR = 4.0  # times what is asked in every pair: fast after the first look, since no CPU time is so far off
FAST_LEVEL = (
    0.05  # chance at each look to be called fast with a median just below what is asked: cheap for both
)
SLOW_LEVEL = 0.005  # and to be called slow with one just above: 2 % over all looks, at the very border alone
STEADY = 1.25  # a machine is steady if the bounds of the slow function's own median lie no further apart


class Speed(StrEnum):
    """What the pairs say about a function that shall be `asked` times as fast."""

    FAST = auto()
    SLOW = auto()
    OPEN = auto()  # more pairs may tell
    NOISY = auto()  # no more pairs to be had, and the machine was not steady


def rank(n: int, level: float) -> int:
    """The largest k with P(B < k) ≤ level, B binomial (n, ½); 0 if even k = 1 is too much for so few pairs."""
    k, below = 0, 0
    while (below + math.comb(n, k)) <= level * 2**n:
        below += math.comb(n, k)
        k += 1
    return k


def bounds(values: Sequence[float], level: float) -> tuple[float, float]:
    """A lower and an upper bound of the median, each wrong with probability at most `level`.

    Too few values bound nothing: (0, inf). The values are not negative.
    """
    k = rank(len(values), level)
    if k == 0:
        return 0.0, math.inf
    ordered = sorted(values)
    return ordered[k - 1], ordered[-k]


def decide(slow: Sequence[float], fast: Sequence[float], asked: float, last: bool = False) -> Speed:
    """Is the median of slow/fast at least `asked`? slow, fast: seconds, above 0, in pairs.

    last: no more pairs follow; what is undecided then was close to `asked`, and counts as fast, unless the slow
    function's own times say that the machine was unsteady.
    """
    ratios = [s / f for s, f in zip(slow, fast, strict=True)]
    clear = len(ratios) >= LOOKS[0] and min(ratios) >= CLEAR * asked
    if clear or bounds(ratios, FAST_LEVEL)[0] >= asked:
        return Speed.FAST
    if bounds(ratios, SLOW_LEVEL)[1] < asked:
        return Speed.SLOW
    if not last:
        return Speed.OPEN
    low, high = bounds(slow, SLOW_LEVEL)
    return Speed.FAST if high <= STEADY * low else Speed.NOISY


def in_words(ratio: float) -> str:
    """A ratio without the digits that change from run to run: "about 5 times as fast as"."""
    if ratio < 1.4:
        return "slower than" if ratio < 0.7 else "about as fast as"
    power = 10.0 ** math.floor(math.log10(ratio))
    nearest = min((1, 2, 3, 5, 7, 10), key=lambda digit: abs(math.log(ratio / (digit * power))))
    return f"about {nearest * power:g} times as fast as"
