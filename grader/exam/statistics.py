"""The one significance test that the lint of the bank needs."""

from __future__ import annotations

import math
from collections.abc import Sequence


def uniform_p(counts: Sequence[int]) -> float:
    """The p-value of Pearson's χ² test that all cells are equally likely. 1 for fewer than two cells or no counts.

    The tail of χ² with k degrees of freedom by its recurrence in steps of two. Source: Abramowitz and Stegun 26.4.4–5.
    """
    total, cells = sum(counts), len(counts)
    if cells < 2 or total == 0:
        return 1.0
    expected = total / cells
    return chi2_tail(sum((count - expected) ** 2 for count in counts) / expected, cells - 1)


def chi2_tail(x: float, degrees: int) -> float:
    """P(χ² ≥ x) with this many degrees of freedom (1 or more)."""
    half = x / 2
    if degrees % 2:
        tail, term, start = math.erfc(math.sqrt(half)), math.exp(-half) * math.sqrt(half / math.pi) * 2, 3
    else:
        tail, term, start = math.exp(-half), math.exp(-half) * half, 4
    for number in range(start, degrees + 1, 2):
        tail += term
        term *= x / number
    return min(1.0, tail)
