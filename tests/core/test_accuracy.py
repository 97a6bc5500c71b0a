"""Accuracy: intervals and thresholds against scipy, shares of the points, confusion matrices."""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from grader.core.accuracy import Accuracy, count, proposed, share, wilson

CLASSES = ("cat", "dog", "owl")


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys(pair: tuple[int, int]) -> None:
    """The interval is that of scipy's binomtest, for any proportion."""
    correct, total = pair
    known = stats.binomtest(correct, total).proportion_ci(0.95, method="wilson")
    low, high = wilson(correct, total)
    assert math.isclose(low, known.low, abs_tol=1e-12)
    assert math.isclose(high, known.high, abs_tol=1e-12)


def test_without_images_nothing_is_known() -> None:
    """No images: the interval is everything, so no points can be lost."""
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.lists(st.floats(0.5, 0.99), min_size=5, max_size=20))
def test_thresholds_are_prediction_bounds(rates: list[float]) -> None:
    """mean − t·s·√(1 + 1/n) with the 99.9 % quantile of Student's t, rounded down to 0.001."""
    factor = stats.t.ppf(0.999, len(rates) - 1) * math.sqrt(1 + 1 / len(rates))
    exact = mean(rates) - factor * stdev(rates)
    assert exact - 0.00101 - 1e-4 * stdev(rates) <= proposed(rates) <= exact + 1e-3 * stdev(rates) + 1e-9


def test_the_factors_of_the_rule() -> None:
    """7.9 standard deviations at 5 seeds, 4.5 at 10; fewer than 5 seeds give none."""
    five = [0.9, 0.91, 0.92, 0.93, 0.94]
    assert (mean(five) - proposed(five)) / stdev(five) == pytest.approx(7.9, abs=0.1)
    ten = five * 2
    assert (mean(ten) - proposed(ten)) / stdev(ten) == pytest.approx(4.5, abs=0.1)
    with pytest.raises(ValueError, match="needs 5 seeds, got 4"):
        proposed(five[:4])


def test_the_matrix_counts() -> None:
    """Rows are the labels, columns the predictions; the diagonal is right."""
    found = count([0, 0, 1, 2, 2, 2], [0, 1, 1, 1, 1, 2], CLASSES)
    assert found.matrix == ((1, 1, 0), (0, 1, 0), (0, 2, 1))
    assert (found.correct, found.total, found.rate) == (3, 6, 0.5)
    assert found.confused() == [("owl", "dog", 2), ("cat", "dog", 1)]


def of(correct: int, total: int) -> Accuracy:
    return Accuracy(("yes", "no"), ((correct, total - correct), (0, 0)))


def test_only_a_clear_miss_loses_points() -> None:
    """As long as the upper end of the interval reaches the threshold, the share is 1."""
    steps = {0.8: Fraction(3, 4), 0.6: Fraction(1, 2)}
    assert share(of(890, 1000), 0.9, steps) == 1  # 0.870 to 0.908
    assert share(of(870, 1000), 0.9, steps) == Fraction(3, 4)
    assert share(of(780, 1000), 0.9, steps) == Fraction(3, 4)  # a step is judged by the upper end, too
    assert share(of(700, 1000), 0.9, steps) == Fraction(1, 2)
    assert share(of(300, 1000), 0.9, steps) == 0


@given(st.integers(0, 400), st.integers(0, 400))
def test_more_right_images_never_earn_less(a: int, b: int) -> None:
    """The share grows with the number of right predictions."""
    steps = {0.8: Fraction(3, 4), 0.6: Fraction(1, 2), 0.3: Fraction(1, 4)}
    low, high = sorted((a, b))
    assert share(of(low, 400), 0.9, steps) <= share(of(high, 400), 0.9, steps)
