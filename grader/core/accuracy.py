"""Accuracy on hidden images: the confusion matrix, its interval, and what it earns. Pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import mean, stdev

Z95 = 1.959963984540054  # two-sided 95 %: the 97.5 % quantile of the normal distribution

# one-sided 99.9 % quantiles of Student's t by degrees of freedom (seeds − 1); scipy is the oracle in the tests
_T999 = {
    4: 7.1732, 5: 5.8934, 6: 5.2076, 7: 4.7853, 8: 4.5008, 9: 4.2968, 10: 4.1437, 11: 4.0247, 12: 3.9296,
    13: 3.8520, 14: 3.7874, 15: 3.7328, 16: 3.6862, 17: 3.6458, 18: 3.6105, 19: 3.5794,
}  # fmt: skip
FEWEST_SEEDS = 5


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What a model made of labelled images. matrix[true][predicted] counts images."""

    classes: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        return sum(map(sum, self.matrix))

    @property
    def correct(self) -> int:
        return sum(row[label] for label, row in enumerate(self.matrix))

    @property
    def rate(self) -> float:
        return self.correct / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the rate."""
        return wilson(self.correct, self.total)

    def confused(self, most: int = 3) -> list[tuple[str, str, int]]:
        """(true class, predicted class, images) of the most frequent mistakes."""
        pairs = [
            (-count, true, predicted)
            for true, row in enumerate(self.matrix)
            for predicted, count in enumerate(row)
            if true != predicted and count
        ]
        return [
            (self.classes[true], self.classes[other], -count) for count, true, other in sorted(pairs)[:most]
        ]


def count(labels: Sequence[int], predictions: Sequence[int], classes: Sequence[str]) -> Accuracy:
    """The confusion matrix of these predictions; all values lie in 0 … K−1 for K classes."""
    table = [[0] * len(classes) for _ in classes]
    for true, predicted in zip(labels, predictions, strict=True):
        table[true][predicted] += 1
    return Accuracy(tuple(classes), tuple(map(tuple, table)))


def wilson(correct: int, total: int, z: float = Z95) -> tuple[float, float]:
    """Score interval of a proportion. Source: Wilson 1927, JASA 22, 209–212. (0, 1) without images."""
    if total == 0:
        return 0.0, 1.0
    rate, spread = correct / total, z * z / total
    centre = (rate + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(rate * (1 - rate) / total + spread / (4 * total))
    return max(0.0, centre - half), min(1.0, centre + half)


def share(accuracy: Accuracy, threshold: float, steps: Mapping[float, Fraction]) -> Fraction:
    """The share of the points: 1 unless even the upper bound lies under the threshold, else the highest step reached.

    steps: accuracy → share, for accuracies under the threshold; a step, too, is judged by the upper bound.
    """
    upper = accuracy.interval[1]
    if upper >= threshold:
        return Fraction(1)
    return max((earned for level, earned in steps.items() if upper >= level), default=Fraction(0))


def proposed(rates: Sequence[float]) -> float:
    """The threshold from the reference's accuracies, one a seed: the one-sided 99.9 % prediction bound of one more.

    mean − t·s·√(1 + 1/n): mean − 7.9 s at 5 seeds, − 4.5 s at 10, rounded down to 0.001. Raises ValueError for
    fewer than 5 seeds. Source: Hahn and Meeker, Statistical Intervals, 1991, section 4.8.
    """
    seeds = len(rates)
    if seeds < FEWEST_SEEDS:
        raise ValueError(f"a threshold needs {FEWEST_SEEDS} seeds, got {seeds}")
    factor = _T999[min(seeds - 1, max(_T999))] * math.sqrt(1 + 1 / seeds)
    return math.floor((mean(rates) - factor * stdev(rates)) * 1000) / 1000
