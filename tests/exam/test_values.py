"""Options: each kind is printed one way, and what cannot be an option is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from grader.core.errors import SpecError
from grader.exam.values import Answer, kind_of, near, plain, printed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (28, "$28$"),
        (-3, "$-3$"),
        (9999, "$9999$"),
        (62006, r"$62\,006$"),
        (np.int64(1234567), r"$1\,234\,567$"),
        (0.5, "$0.500$"),
        (-0.0625, "$-0.062$"),
        (Fraction(3, 4), r"$\frac{3}{4}$"),
        (Fraction(-3, 4), r"$-\frac{3}{4}$"),
        (Fraction(8, 4), "$2$"),
        ((8, 28, 28), "$(8, 28, 28)$"),
        ((10,), "$(10,)$"),
        (np.array([[1.0, -2.0], [0.5, 4.0]]), r"$\begin{pmatrix} 1 & -2 \\ 0.500 & 4 \end{pmatrix}$"),
        (np.array([1.0, 2.0]), r"$\begin{pmatrix} 1 & 2 \end{pmatrix}$"),
        ("It stays.", "It stays."),
        (True, "`True`"),
    ],
)
def test_each_kind_is_printed_one_way(value: Any, text: str) -> None:
    """By the type of the key, without saying so in the question."""
    assert printed(value, Answer(), kind_of(value)) == text


def test_kind_digits_and_unit_can_be_said() -> None:
    """A float as an integer, a string as a formula or code, two digits, a unit behind."""
    assert printed(28.0, Answer("integer"), "integer") == "$28$"
    assert printed(r"\frac{1}{n}", Answer("formula"), "formula") == r"$\frac{1}{n}$"
    assert printed("x.T", Answer("code"), "code") == "`x.T`"
    assert printed(2 / 3, Answer(digits=2, unit="s"), "decimal") == "$0.67$ s"


@pytest.mark.parametrize(
    ("value", "kind"),
    [(13.5, "integer"), (float("nan"), "decimal"), (float("inf"), "decimal"), ("3", "integer"), (3, "shape"),
     (np.array([[np.inf]]), "matrix")],
)  # fmt: skip
def test_what_is_not_of_the_kind_is_refused(value: Any, kind: Any) -> None:
    """A mistake that gives half a pixel, or no number, is no option."""
    with pytest.raises(SpecError):
        printed(value, Answer(kind), kind)


@pytest.mark.parametrize("value", [None, {"a": 1}, object(), np.zeros((1, 1, 1)), [1.5]])
def test_no_option_can_be_anything(value: Any) -> None:
    """The key's type must be one that can be printed."""
    with pytest.raises(SpecError, match="an option cannot be of type"):
        kind_of(value)


def test_nearness() -> None:
    """Equal values of two types are the same option; decimals within the tolerance, too."""
    assert near(2, 2.0, Answer(), "integer")
    assert not near(2.0, 2.01, Answer(), "decimal")
    assert near(2.0, 2.01, Answer(tolerance=0.02), "decimal")
    assert near((1, 2), [1, 2], Answer(), "shape")
    assert near(Fraction(1, 2), Fraction(2, 4), Answer(), "fraction")
    assert plain(np.array([[1, 2]])) == [[1, 2]]
