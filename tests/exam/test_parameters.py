"""Parameters: what is drawn lies in what was written, all of it can come, and the rest is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.errors import SpecError
from grader.exam.parameters import parse


@given(st.integers(-50, 50), st.integers(0, 60), st.integers(0, 2**32))
def test_ranges_include_both_ends(low: int, width: int, seed: int) -> None:
    """lo..hi gives integers from lo to hi, as many as it says."""
    parameter = parse(f"{low}..{low + width}")
    value = parameter.draw(np.random.default_rng(seed))
    assert type(value) is int
    assert low <= value <= low + width
    assert parameter.count == width + 1


def test_every_number_of_a_range_comes() -> None:
    """No end is left out; decimals are the ones that are written, not their float neighbours."""
    rng = np.random.default_rng(0)
    assert {parse("3..5").draw(rng) for _ in range(100)} == {3, 4, 5}
    assert {parse("4..10 step 3").draw(rng) for _ in range(100)} == {4, 7, 10}
    decimals = {parse("0.1..0.9 step 0.2").draw(rng) for _ in range(200)}
    assert decimals == {0.1, 0.3, 0.5, 0.7, 0.9}
    assert all(type(value) is float for value in decimals | {parse("1.0..1.0 step 0.5").draw(rng)})


def test_choices_matrices_and_subsets() -> None:
    """Lists inside choices become tuples; arrays are float64; subsets keep their order."""
    rng = np.random.default_rng(1)
    assert parse([[1, 2], [3, 4]]).draw(rng) in {(1, 2), (3, 4)}
    matrix = parse("matrix(2, 3, -3..4)").draw(rng)
    assert (matrix.shape, matrix.dtype) == ((2, 3), np.float64)
    assert set(matrix.flat) <= set(range(-3, 5))
    assert parse("vector(4, 1..9)").draw(rng).shape == (4,)
    subset = parse({"subset": 2, "of": ["a", "b", "c"]})
    assert subset.count == 3
    assert {subset.draw(rng) for _ in range(50)} == {("a", "b"), ("a", "c"), ("b", "c")}


@pytest.mark.parametrize(
    "written",
    [
        "5", 5, None, "9..3", "1..2..3", "0.1..0.9", "1..9 step 0", [], {}, "matrix(2, 1..3)", "vector(0, 1..3)",
        "matrix(2, 2, x)", {"subset": 3, "of": [1, 2]}, {"subset": "a", "of": [1]}, "__import__('os')",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_what_is_allowed(written: Any) -> None:
    """The message names what was written and what may be."""
    with pytest.raises(SpecError, match="expected"):
        parse(written)
