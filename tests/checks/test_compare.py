"""What counts as the same value: structure, shape, dtype, entries, in this order."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.checks.compare import Tolerance, mismatch
from grader.checks.values import Opaque

FLOATS = st.floats(-1e6, 1e6)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=4),
    st.binary(max_size=4),
    hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=3), elements=st.floats()),
    hnp.arrays(np.int64, hnp.array_shapes(min_dims=0, max_dims=2, max_side=3)),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def kind(got: Any, want: Any, **tolerance: Any) -> str | None:
    found = mismatch(got, want, Tolerance(**tolerance))
    return found.kind if found else None


@given(VALUES)
def test_a_value_agrees_with_itself(value: Any) -> None:
    """Whatever a function returns, nan and inf included, agrees with an equal copy."""
    assert mismatch(copy.deepcopy(value), value) is None


@given(VALUES)
def test_a_list_for_a_tuple_agrees(value: Any) -> None:
    """list and tuple are interchangeable, on both sides."""
    assert mismatch([value], (value,)) is None
    assert mismatch((value,), [value]) is None


@given(
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=FLOATS),
    st.data(),
    st.floats(1.01, 1e6),
    st.sampled_from([-1.0, 1.0]),
)
def test_any_change_beyond_the_tolerance_is_found(
    want: Any, data: st.DataObject, times: float, sign: float
) -> None:
    """One entry that is more than atol + rtol·|want| away is a mismatch, and its place is named."""
    index = tuple(data.draw(st.integers(0, n - 1)) for n in want.shape)
    got = want.copy()
    got[index] += sign * times * (1e-9 + 1e-7 * abs(want[index]))
    assume(abs(got[index] - want[index]) > 1e-9 + 1e-7 * abs(want[index]))
    found = mismatch([got], [want])
    assert found is not None
    assert found.kind == "value"
    assert found.path == "[0]"
    if want.size > 1:
        assert str(list(index)) in found.text


@given(hnp.arrays(np.float64, (3, 2), elements=FLOATS), st.floats(-0.99, 0.99))
def test_a_change_within_the_tolerance_is_none(want: Any, share: float) -> None:
    """Entries may be anywhere within atol + rtol·|want|."""
    assert mismatch(want + share * (1e-9 + 1e-7 * np.abs(want)), want) is None


@given(st.integers(), st.integers(1, 10**6))
def test_integers_are_exact(number: int, step: int) -> None:
    """An integer of any size agrees with itself only; beyond 64 bits as well."""
    assert kind(number, number) is None
    assert kind(number + step, number) in ("value", "type")
    assert kind(2**200 + number + step, 2**200 + number) is not None


@pytest.mark.parametrize(
    ("got", "want", "found"),
    [
        (np.zeros((1, 3)), np.zeros(3), "shape"),
        (np.zeros((3, 1)), np.zeros(3), "shape"),
        (np.float64(0), np.zeros(1), "shape"),
        (np.zeros(1), 0.0, "shape"),
        ([1, 2, 3], [1, 2], "shape"),
        (np.zeros(3, np.float32), np.zeros(3), "dtype"),
        (np.zeros(3), np.zeros(3, np.float32), "dtype"),
        (np.zeros(3, int), np.zeros(3), "dtype"),
        (np.zeros(3), np.zeros(3, int), "dtype"),
        (np.zeros(3, bool), np.zeros(3, int), "dtype"),
        (np.zeros(3, int), np.zeros(3, bool), "dtype"),
        (28.0, 28, "dtype"),
        (True, 1, "dtype"),
        (1, True, "dtype"),
        (1.0, True, "dtype"),
        (np.float32(1), 1.0, "dtype"),
        (np.zeros((), np.float32), 1.0, "dtype"),
        (1j, 1.0, "dtype"),
        ([0.0, 0.0], np.zeros(2), "type"),
        (np.zeros(2), [0.0, 0.0], "type"),
        (None, 0.0, "type"),
        (None, np.zeros(2), "type"),
        (0.0, None, "type"),
        ("1", 1, "type"),
        (1, "1", "type"),
        (b"a", "a", "type"),
        ("b", "a", "value"),
        (np.zeros(2), "raises ValueError", "type"),
        ({"a": 1}, {"a": 1, "b": 2}, "type"),
        ({"a": 1, "b": 2}, {"a": 1}, "type"),
        ([("a", 1)], {"a": 1}, "type"),
        (Opaque("Net"), 1.0, "type"),
        (np.array([1.0, np.nan]), np.array([1.0, 2.0]), "nan"),
        (np.array([np.inf, 2.0]), np.array([1.0, 2.0]), "nan"),
        (math.nan, 1.0, "nan"),
        (1.0, math.nan, "value"),
        (math.inf, -math.inf, "value"),
        (2.0, 1.0, "value"),
        (2**63, 2**63 - 1, "value"),
    ],
)
def test_the_first_difference_has_its_kind(got: Any, want: Any, found: str) -> None:
    """Broadcasting, conversion and truthiness never rescue a wrong answer."""
    assert kind(got, want) == found
    assert kind([got], (want,)) == found
    assert kind({"k": got}, {"k": want}) == found


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (np.float64(1.0), 1.0),
        (np.array(1.0), 1.0),
        (1.0, np.float64(1.0)),
        (0, 0.0),
        (np.int64(28), 28),
        (28, np.int64(28)),
        (np.zeros(3, np.int32), np.zeros(3, np.int64)),
        (np.bool_(True), True),
        (1.0, 1.0 + 1e-8),
        (math.nan, math.nan),
        (np.array([np.inf, -np.inf]), np.array([np.inf, -np.inf])),
        (-0.0, 0.0),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (3, Opaque("int")),
        (None, None),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
    ],
)
def test_harmless_differences_agree(got: Any, want: Any) -> None:
    """0-d float64 for a float, another integer width, a numpy integer, another order of keys."""
    assert mismatch(got, want) is None


def test_shape_comes_before_dtype_and_dtype_before_values() -> None:
    """Everything wrong at once: the shape is reported; shape right: the dtype."""
    assert kind(np.ones((1, 3), np.float32), np.zeros(3)) == "shape"
    assert kind(np.ones(3, np.float32), np.zeros(3)) == "dtype"


def test_any_float_compares_as_float32() -> None:
    """float32 for float64 is accepted when asked for, with the tolerance of float32; integers still are
    not.
    """
    want = np.array([1.0, 2.0])
    assert kind(np.array([1.00005, 2.0], np.float32), want, any_float=True) is None
    assert kind(np.array([1.001, 2.0], np.float32), want, any_float=True) == "value"
    assert kind(np.array([1.00005, 2.0]), want, any_float=True) == "value"
    assert kind(np.array([1, 2]), want, any_float=True) == "dtype"


def test_float32_has_its_own_tolerance() -> None:
    """rtol 1e-4 where float32 is expected."""
    want = np.array([1.0, 2.0], np.float32)
    assert kind(want * np.float32(1.00005), want) is None
    assert kind(want * np.float32(1.001), want) == "value"


def test_given_tolerances_replace_the_defaults() -> None:
    """rtol and atol are honoured, for integers as well."""
    assert kind(1.5, 1.0, atol=0.6, rtol=0.0) is None
    assert kind(np.array([3]), np.array([4]), atol=1.0) is None
    assert kind(1.0 + 1e-12, 1.0, atol=0.0, rtol=0.0) == "value"


def test_complex_values_are_compared_as_numbers() -> None:
    """An error in the imaginary part is found."""
    assert kind(1 + 2j, 1 + 2j) is None
    assert kind(1 + 2.1j, 1 + 2j) == "value"


def test_tensor_and_array_are_not_the_same() -> None:
    """Where a tensor is expected an array is the wrong type, and the reverse."""
    torch = pytest.importorskip("torch")
    assert kind(torch.ones(2), torch.ones(2)) is None
    assert kind(np.ones(2, np.float32), torch.ones(2)) == "type"
    assert kind(torch.ones(2), np.ones(2, np.float32)) == "type"
    assert kind(torch.ones(2, requires_grad=True), torch.ones(2)) is None
    assert kind(torch.ones(2, dtype=torch.float64), torch.ones(2)) == "dtype"


def test_the_text_has_no_values_and_the_values_stand_apart() -> None:
    """Hidden checks show `text` alone: place and size of the error, never a number of either side."""
    found = mismatch({"W": np.array([[1.0, 2.0], [3.0, 777.0]])}, {"W": np.array([[1.0, 2.0], [3.0, 4.5]])})
    assert found is not None
    assert found.path == "['W']"
    assert "1 of 4 values differ" in found.text
    assert "[1, 1]" in found.text
    assert "777" not in found.text
    assert "4.5" not in found.text
    assert found.values == "got 777, expected 4.5 at [1, 1]"


def test_a_lying_structure_ends() -> None:
    """Nesting beyond the limit is a mismatch, not a recursion."""
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    assert kind(deep, copy.deepcopy(deep)) == "type"
