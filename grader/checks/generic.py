"""Generic diagnoses: mistakes that show in the result alone, whatever the assignment.

Each speaks only if the altered expectation matches what the student gave, and the expectation itself does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.compare import Mismatch
from grader.checks.values import is_tensor

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A likely mistake: its id ``generic/<name>``, a sentence of advice, and what only public checks may add."""

    id: str
    advice: str
    detail: str = ""


def diagnose(found: Mismatch, inputs: Sequence[Any] = ()) -> Diagnosis | None:
    """The first generic mistake that turns the expected array into the student's. inputs: the arguments of the call."""
    got, want = _array(found.got), _array(found.want)
    if (
        got is None
        or want is None
        or got.size == 0
        or got.dtype.kind not in "iufc"
        or want.dtype.kind not in "iufc"
    ):
        return None
    if got.size > 1_000_000:
        return None
    with np.errstate(all="ignore"):  # a student's inf and 1e308 are no news
        for name, advice in _candidates(got, want, inputs):
            advice, _, detail = advice.partition("\n")
            return Diagnosis(f"generic/{name}", advice, detail)
    return None


def _candidates(got: Array, want: Array, inputs: Sequence[Any]) -> Iterator[tuple[str, str]]:
    if got.shape != want.shape:
        yield from _shapes(got, want, inputs)
        return
    if got.dtype != want.dtype and got.dtype.kind == "f" and want.dtype.kind == "f":
        yield "float32", f"computed in {got.dtype}; {want.dtype} is asked: do not convert the input"
        return
    if want.dtype == np.float64 and got.dtype == np.float64:
        error = float(np.max(np.abs(got - want) / (np.abs(want) + 1e-3)))
        if error < 2e-6:
            yield "float32", "right to about seven digits: somewhere the values pass through float32"
            return  # so near that every permutation of equal rows would fit, too
    if _near(got, -want):
        yield (
            "sign",
            "every value has the wrong sign: look for prediction − target against target − prediction",
        )
    if want.ndim >= 2 and want.shape[-1] == want.shape[-2] and _near(got, np.swapaxes(want, -1, -2)):
        yield "transposed", "this is the transpose of what is asked"
    yield from _scaled(got, want, inputs)
    yield from _rows(got, want)
    if want.dtype.kind in "iu" and got.dtype.kind in "iu" and want.size > 1:
        step = np.unique(got.astype(np.int64) - want.astype(np.int64))
        if step.size == 1 and abs(int(step[0])) == 1:
            yield "off-by-one", f"every value is {'one too large' if step[0] > 0 else 'one too small'}"


def _shapes(got: Array, want: Array, inputs: Sequence[Any]) -> Iterator[tuple[str, str]]:
    if got.squeeze().shape == want.squeeze().shape and _near(got.squeeze(), want.squeeze()):
        if got.ndim > want.ndim:
            yield (
                "extra-axis",
                "the values are right, but the shape has an axis of length 1 too many (keepdims?)",
            )
        elif got.ndim < want.ndim:
            yield "missing-axis", "the values are right, but an axis of length 1 is missing"
        else:
            yield "axis-order", "the values are right, but the axes of length 1 stand elsewhere"
        return
    if (
        got.ndim >= 2
        and got.shape == want.shape[:-2] + want.shape[:-3:-1]
        and _near(got, np.swapaxes(want, -1, -2))
    ):
        yield "transposed", "this is the transpose of what is asked"
        return
    for array in (item for item in map(_array, inputs) if item is not None and item.ndim >= 2):
        kept = [array.shape[:axis] + array.shape[axis + 1 :] for axis in range(array.ndim)]
        if want.shape in kept and got.shape in kept:
            yield "wrong-axis", "reduced over the wrong axis"
            return


def _scaled(got: Array, want: Array, inputs: Sequence[Any]) -> Iterator[tuple[str, str]]:
    norm = float(np.sum(np.abs(want) ** 2)) if np.isfinite(want).all() else 0.0
    if want.dtype.kind in "iu" or norm == 0.0 or np.count_nonzero(want) < 2 or not np.isfinite(got).all():
        return
    factor = float(np.real(np.sum(got * np.conj(want)))) / norm
    if factor <= 0 or abs(factor - 1) < 1e-6 or not _near(got, factor * want):
        return
    rows = {
        array.shape[0]: "the number of rows N"
        for array in map(_array, inputs)
        if array is not None and array.ndim
    }
    names = {2.0: "2", 0.5: "1/2"}
    names |= {float(n): f"{n}, {what}" for n, what in rows.items() if n > 1}
    names |= {1.0 / n: f"1/{n}, one over {what}" for n, what in rows.items() if n > 1}
    near = [name for value, name in names.items() if abs(factor / value - 1) < 1e-6]
    by = near[-1] if near else "the same factor"
    exact = "" if near else f"\nthe factor is {factor:.6g}"
    yield "scaled", f"every value is the right one times {by}: a mean for a sum, or a constant factor{exact}"


def _rows(got: Array, want: Array) -> Iterator[tuple[str, str]]:
    if _probabilities(want) and np.isfinite(got).all():
        if _sums_to_one(got, axis=0) and not _sums_to_one(got, axis=1):
            yield "wrong-axis", "the columns sum to 1, not the rows: normalised along the wrong axis"
        twice = np.exp(want - want.max(axis=1, keepdims=True))
        if _near(got, twice / twice.sum(axis=1, keepdims=True)):
            yield "softmax-twice", "softmax was applied twice"
    if want.ndim >= 1 and len(want) > 2 and want.dtype.kind == "f":
        flat_got, flat_want = got.reshape(len(got), -1), want.reshape(len(want), -1)
        if _near(flat_got[1:], flat_want[:-1]) or _near(flat_got[:-1], flat_want[1:]):
            yield "shifted", "the right values, one index too early or too late"
        elif _near(_sorted_rows(flat_got), _sorted_rows(flat_want)):
            yield "rows-permuted", "the right rows in another order"


def _probabilities(rows: Array) -> bool:
    """True for a table (rows, classes) of at least two classes whose rows are distributions."""
    if rows.ndim != 2 or rows.shape[1] < 2 or not np.isfinite(rows).all():
        return False
    return _sums_to_one(rows, axis=1) and bool((rows >= 0).all())


def _sums_to_one(table: Array, axis: int) -> bool:
    sums = table.sum(axis=axis)
    return _near(sums, np.ones(sums.shape))


def _sorted_rows(rows: Array) -> Array:
    return rows[np.lexsort(np.round(rows, 6).T[::-1])]


def _near(got: Array, want: Array) -> bool:
    if got.shape != want.shape:
        return False
    wide = np.complex128 if "c" in (got.dtype.kind, want.dtype.kind) else np.float64
    a, b = got.astype(wide), want.astype(wide)
    return bool(np.all(np.abs(a - b) <= 1e-8 + 1e-6 * np.abs(b)))


def _array(value: Any) -> Array | None:
    if is_tensor(value):
        return np.asarray(value.detach().numpy())
    return value if isinstance(value, np.ndarray) else None
