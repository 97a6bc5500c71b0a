"""What exams ask of cross-entropy beside the assignment's functions: targets that are distributions.

Natural logarithms; y, yhat: probabilities of the K classes, two sequences of equal length. Source: Kullback and
Leibler 1951; Cover and Thomas 2006, chapter 2.
"""

import math
from collections.abc import Sequence


def entropy(y: Sequence[float]) -> float:
    """H(y) = -Σ y_k ln y_k, with 0 ln 0 = 0."""
    return -math.fsum(p * math.log(p) for p in y if p > 0)


def soft_cross_entropy(y: Sequence[float], yhat: Sequence[float]) -> float:
    """CE(y, ŷ) = -Σ y_k ln ŷ_k; classes with y_k = 0 do not count. Raises ValueError for ŷ_k = 0 where y_k > 0."""
    return -math.fsum(p * math.log(q) for p, q in zip(y, yhat, strict=True) if p > 0)


def kl_divergence(y: Sequence[float], yhat: Sequence[float]) -> float:
    """KL(y ‖ ŷ) = Σ y_k ln(y_k / ŷ_k) = CE(y, ŷ) - H(y), never negative. Raises ValueError where CE does."""
    return math.fsum(p * (math.log(p) - math.log(q)) for p, q in zip(y, yhat, strict=True) if p > 0)
