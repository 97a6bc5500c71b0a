"""Generic diagnoses: each names its own mistake, and none speaks about a right or an unrelated answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.checks.compare import Mismatch, mismatch
from grader.checks.generic import diagnose

SEEDS = st.integers(0, 2**32 - 1)


def name(got: Any, want: Any, *inputs: Any) -> str | None:
    """The diagnosis for what a comparison of the two finds."""
    found = mismatch(got, want)
    assert found is not None, "the two are equal"
    said = diagnose(found, inputs)
    return said.id if said else None


def softmax(logits: Any) -> Any:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def draw(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


MISTAKES: list[tuple[str, Callable[[Any], Any]]] = [
    ("sign", lambda w: -w),
    ("scaled", lambda w: w * 2),
    ("scaled", lambda w: w / 7),
    ("transposed", lambda w: w.T),
    ("extra-axis", lambda w: w[None]),
    ("extra-axis", lambda w: w[..., None]),
    ("float32", lambda w: w.astype(np.float32)),
    ("float32", lambda w: (np.sign(w) * np.exp(np.log(np.abs(w).astype(np.float32)))).astype(float)),
    ("shifted", lambda w: np.roll(w, 1, axis=0)),
    ("shifted", lambda w: np.roll(w, -1, axis=0)),
    ("rows-permuted", lambda w: w[::-1]),
]


@pytest.mark.parametrize(("expected", "mistake"), MISTAKES)
@given(seed=SEEDS)
@settings(max_examples=20)
def test_each_mistake_is_named(expected: str, mistake: Callable[[Any], Any], seed: int) -> None:
    """A 7×5 array with one mistake gets the name of that mistake."""
    want = draw(seed, 7, 5)
    assume(mismatch(mistake(want), want) is not None)
    assert name(mistake(want), want) == f"generic/{expected}"


@given(seed=SEEDS)
@settings(max_examples=20)
def test_a_square_transpose_is_named(seed: int) -> None:
    """Where the shapes give no hint."""
    want = draw(seed, 4, 4)
    assert name(want.T, want) == "generic/transposed"


def test_axes_of_length_one() -> None:
    """A lost axis and swapped axes of length 1 are told apart."""
    column = draw(1, 5, 1)
    assert name(column[:, 0], column) == "generic/missing-axis"
    assert name(column.T, column) == "generic/axis-order"
    row = draw(1, 5)
    assert name(row[None], row) == "generic/extra-axis"
    assert name(row[:, None], row) == "generic/extra-axis"


def test_wrong_axis_by_the_shape_of_the_input() -> None:
    """The sum over axis 0 where axis 1 was meant, seen from the argument's shape."""
    X = draw(2, 6, 4)
    assert name(X.sum(axis=0), X.sum(axis=1), X) == "generic/wrong-axis"
    assert name(X.sum(axis=0), X.sum(axis=1)) is None


@given(seed=SEEDS)
@settings(max_examples=20)
def test_softmax_mistakes(seed: int) -> None:
    """Applied twice, and along the wrong axis."""
    logits = draw(seed, 6, 4)
    want = softmax(logits)
    assert name(softmax(want), want) == "generic/softmax-twice"
    assert name(softmax(logits.T).T, want) == "generic/wrong-axis"


def test_off_by_one_of_integers() -> None:
    """Every integer one too large or one too small; not two."""
    want = np.array([3, 1, 4, 1])
    assert name(want + 1, want) == "generic/off-by-one"
    assert name(want - 1, want) == "generic/off-by-one"
    assert name(want + 2, want) is None


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (2.0, "times 2:"),
        (0.5, "times 1/2:"),
        (6.0, "6, the number of rows N"),
        (1 / 6, "1/6, one over the number"),
        (3.7, "factor is 3.7"),
    ],
)
def test_the_factor_is_named(factor: float, words: str) -> None:
    """2, 1/2, N and 1/N of the argument; any other number, which tells of the values, stands apart from
    the advice.
    """
    X, want = draw(3, 6, 2), draw(4, 3, 5)
    found = mismatch(factor * want, want)
    assert found is not None
    said = diagnose(found, (X,))
    assert said is not None
    assert words in f"{said.advice} {said.detail}"


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=5), elements=st.floats(-1e3, 1e3)))
def test_nothing_speaks_about_equal_arrays(want: Any) -> None:
    """Even if asked about a right answer, no diagnosis claims a mistake, unless the array is its own
    mirror image.
    """
    said = diagnose(Mismatch("value", "", "", got=want.copy(), want=want), (want,))
    symmetric = said is not None and said.id in _own_image(want)
    assert said is None or symmetric


def _own_image(want: Any) -> set[str]:
    """Mistakes that leave this array as it is."""
    images = {"generic/float32"} if want.size else set()
    if np.allclose(want, -want):
        images.add("generic/sign")
    if want.ndim >= 2 and want.shape[-1] == want.shape[-2] and np.allclose(want, np.swapaxes(want, -1, -2)):
        images.add("generic/transposed")
    return images | {"generic/shifted", "generic/rows-permuted", "generic/softmax-twice"}


@given(SEEDS, SEEDS)
def test_unrelated_arrays_get_no_name(first: int, second: int) -> None:
    """Random answers are not explained by anything."""
    if first != second:
        assert name(draw(first, 5, 3), draw(second, 5, 3)) is None


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (None, np.ones(3)),
        ("text", np.ones(3)),
        ([1.0], np.ones(1)),
        (np.full((2, 3), np.nan), np.ones((2, 3))),
        (np.ones((2, 3)), np.full((2, 3), np.nan)),
        (np.ones((0, 3)), np.ones((2, 3))),
        (np.ones((2, 0)), np.ones((0, 2))),
        (np.array([True, False]), np.array([1.0, 0.0])),
        (np.array(3.0), np.array(4.0)),
        (np.full((3, 3), np.inf), np.ones((3, 3))),
        (np.full((3, 3), 1e308), np.full((3, 3), -1e308)),
        (np.array([2**63 - 1, 0]), np.array([-(2**63), 0])),
        (np.ones((2, 3), complex) * 1j, np.ones((2, 3), complex)),
    ],
)
def test_strange_values_are_no_trouble(got: Any, want: Any) -> None:
    """Diagnosis never raises and never warns, whatever a student returned."""
    found = mismatch(got, want)
    assert found is not None
    diagnose(found, (got, want, None, "x"))


def test_a_huge_array_is_not_diagnosed() -> None:
    """Diagnosis stays cheap."""
    want = np.ones(1_000_001)
    assert name(-want, want) is None


def test_tensors_are_diagnosed_as_arrays() -> None:
    """The sign of a tensor is named, too."""
    torch = pytest.importorskip("torch")
    want = torch.arange(1.0, 7.0).reshape(2, 3)
    assert name(-want, want) == "generic/sign"
