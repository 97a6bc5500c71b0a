"""Compare one value with another: structure, then shape, then dtype, then entries; and say where it parts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.values import coarse, describe, is_opaque, is_tensor

MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Entries agree if |got − want| <= atol + rtol·|want|; None means the default of the expected dtype."""

    rtol: float | None = None
    atol: float | None = None
    any_float: bool = False

    def of(self, dtype: np.dtype[Any]) -> tuple[float, float]:
        """(rtol, atol) for values of this dtype."""
        rtol, atol = _DEFAULTS.get(dtype.name, (0.0, 0.0))
        return (rtol if self.rtol is None else self.rtol), (atol if self.atol is None else self.atol)


FLOAT_TOLERANCE = Tolerance()
_DEFAULTS = {
    "float64": (1e-7, 1e-9),
    "complex128": (1e-7, 1e-9),
    "float32": (1e-4, 1e-6),
    "complex64": (1e-4, 1e-6),
    "float16": (1e-2, 1e-3),
}


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where and how two values part.

    Attributes:
        kind: "type", "shape", "dtype", "nan" or "value".
        path: where inside the result, e.g. ``[1]['W']``; empty for the result itself.
        text: a sentence for hidden checks, too: nothing in it can spell out a value of the student's choice.
        values: "got …, expected …" with shapes and the worst entry, for public checks.
        got, want: the two leaves, for the generic diagnosis.
    """

    kind: str
    path: str
    text: str
    values: str = ""
    got: Any = None
    want: Any = None


def mismatch(
    got: Any, want: Any, tolerance: Tolerance = FLOAT_TOLERANCE, path: str = "", depth: int = 0
) -> Mismatch | None:
    """The first place where `got` is not `want`, or None. `want` may hold handles: anything agrees with them."""
    if is_opaque(want):
        return None
    if is_opaque(got) or depth > MAX_DEPTH:
        return _typed(got, want, path)
    if isinstance(want, (list, tuple)):
        return _sequence(got, want, tolerance, path, depth)
    if isinstance(want, dict):
        return _mapping(got, want, tolerance, path, depth)
    if want is None or isinstance(want, (str, bytes)):
        return None if type(got) is type(want) and got == want else _plain(got, want, path)
    if is_tensor(want) != is_tensor(got):
        return _typed(got, want, path)
    return _numbers(got, want, tolerance, path)


def _sequence(got: Any, want: Any, tolerance: Tolerance, path: str, depth: int) -> Mismatch | None:
    if not isinstance(got, (list, tuple)):
        return _typed(got, want, path)
    if len(got) != len(want):
        text = "fewer items than expected" if len(got) < len(want) else "more items than expected"
        return Mismatch("shape", path, text, f"got {len(got)} items, expected {len(want)}", got, want)
    if _plain_numbers(want) and list(map(type, got)) == list(map(type, want)) and list(got) == list(want):
        return None  # thousands of exact integers: no need to look at each
    for index, (a, b) in enumerate(zip(got, want, strict=True)):
        found = mismatch(a, b, tolerance, f"{path}[{index}]", depth + 1)
        if found is not None:
            return found
    return None


def _mapping(got: Any, want: dict[str, Any], tolerance: Tolerance, path: str, depth: int) -> Mismatch | None:
    if not isinstance(got, dict):
        return _typed(got, want, path)
    if got.keys() != want.keys():
        lacks, extra = sorted(want.keys() - got.keys()), sorted(got.keys() - want.keys())
        text = (
            f"the dict lacks {', '.join(lacks[:6])}" if lacks else "the dict has keys that are not expected"
        )
        values = f"got the keys {', '.join(sorted(got)[:12])}" + (
            f"; too many: {', '.join(extra[:6])}" if extra else ""
        )
        return Mismatch("type", path, text, values, got, want)
    for key in want:
        found = mismatch(got[key], want[key], tolerance, f"{path}[{key!r}]", depth + 1)
        if found is not None:
            return found
    return None


def _numbers(got: Any, want: Any, tolerance: Tolerance, path: str) -> Mismatch | None:
    if isinstance(got, (list, tuple, dict, str, bytes)) or got is None:
        return _typed(got, want, path)
    a, b = _array(got), _array(want)
    if a is None or b is None:
        return _integers(got, want, path)
    if a.shape != b.shape:
        return Mismatch(
            "shape", path, _shape_text(a.shape, b.shape), f"got shape {a.shape}, expected {b.shape}", a, b
        )
    scalar = not isinstance(want, np.ndarray) and not is_tensor(want)
    if not _dtype_fits(a.dtype, b.dtype, scalar, tolerance.any_float):
        expected = {"b": "a truth value", "i": "an integer", "u": "an integer", "f": "a float"}.get(
            b.dtype.kind
        )
        wanted = expected if scalar and expected else b.dtype.name
        return Mismatch("dtype", path, f"{a.dtype} where {wanted} is expected", got=a, want=b)
    return _entries(a, b, tolerance, path)


def _shape_text(got: tuple[int, ...], want: tuple[int, ...]) -> str:
    if len(got) != len(want):
        return f"wrong shape: {_axes(len(got))} where {_axes(len(want))} expected"
    axis = next(axis for axis, (a, b) in enumerate(zip(got, want, strict=True)) if a != b)
    return f"wrong shape: axis {axis} is {'shorter' if got[axis] < want[axis] else 'longer'} than expected"


def _axes(count: int) -> str:
    return "no axes" if count == 0 else "1 axis" if count == 1 else f"{count} axes"


def _integers(got: Any, want: Any, path: str) -> Mismatch | None:
    """Python integers beyond 64 bits."""
    if type(got) is int and type(want) is int:
        return (
            None
            if got == want
            else Mismatch("value", path, "another integer than expected", got=got, want=want)
        )
    return _typed(got, want, path)


def _dtype_fits(got: np.dtype[Any], want: np.dtype[Any], scalar: bool, any_float: bool) -> bool:
    if got == want:
        return True
    if scalar and want.kind in "iu":
        return got.kind in "iu"
    if scalar and want.kind == "f" and got.kind in "iu":
        return True  # `return 0` where a float is meant is harmless
    if got.kind == want.kind and got.kind in "iu":
        return True  # an index array of another width is harmless
    return any_float and got.kind == want.kind == "f"


def _entries(
    got: np.ndarray[Any, Any], want: np.ndarray[Any, Any], tolerance: Tolerance, path: str
) -> Mismatch | None:
    if want.size == 0 or bool((got == want).all()):  # to the bit, as right submissions mostly are
        return None
    narrow = got.dtype if got.dtype.kind == "f" and got.dtype.itemsize < want.dtype.itemsize else want.dtype
    rtol, atol = tolerance.of(narrow)
    if want.dtype.kind in "iub" and rtol == atol == 0:
        bad = got != want
        if not bad.any():
            return None
        units = bad.astype(float)
    else:
        wide = np.complex128 if "c" in (got.dtype.kind, want.dtype.kind) else np.float64
        a, b = got.astype(wide), want.astype(wide)
        with np.errstate(all="ignore"):
            units = np.abs(a - b) / (atol + rtol * np.abs(b) + np.finfo(float).tiny)
            equal = (a == b) | (np.isnan(a) & np.isnan(b))
            bad = ~((units <= 1) | equal)  # not (units > 1): a NaN must count as wrong
        if not bad.any():
            return None
        if not np.isfinite(a[bad]).all() and np.isfinite(b).all():
            return _not_finite(got, want, path)
        units = np.where(bad, units, 0)
    return _worst(got, want, bad, units, path)


def _not_finite(got: np.ndarray[Any, Any], want: np.ndarray[Any, Any], path: str) -> Mismatch:
    where = ~np.isfinite(got)
    first = tuple(int(i) for i in np.argwhere(where)[0])
    place = f", the first at {list(first)}" if got.ndim else ""
    return Mismatch(
        "nan",
        path,
        f"{int(where.sum())} of {got.size} values are not finite (nan or inf){place}",
        got=got,
        want=want,
    )


def _worst(got: Any, want: Any, bad: Any, units: Any, path: str) -> Mismatch:
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(units)), units.shape))
    exact = want.dtype.kind in "iub"
    place = f" at {list(index)}" if got.ndim else ""
    values = "got {}, expected {}".format(*_numbers_apart(got[index], want[index]))
    if got.size == 1:
        text = "it is another value than expected" if exact else f"it is off by {_units(units[index])}"
    else:
        off = "" if exact else f", off by {_units(units[index])}"
        text = f"{int(bad.sum())} of {got.size} values differ; the {'first' if exact else 'worst'} is{place}{off}"
    return Mismatch("value", path, text, f"{values}{place}" if got.size > 1 else values, got, want)


def _units(units: float) -> str:
    """In powers of ten: more digits of an error of the student's making could spell out a hidden input."""
    if not math.isfinite(units):
        return "more than can be measured"
    power = math.floor(math.log10(units))
    return (
        "a few times the tolerance"
        if power == 0
        else f"about 10{str(power).translate(_RAISED)} times the tolerance"
    )


def _numbers_apart(got: Any, want: Any) -> tuple[str, str]:
    """Both numbers with as many digits as tell them apart, six at least."""
    for digits in (6, 9, 12):
        if _number(got, digits) != _number(want, digits):
            return _number(got, digits), _number(want, digits)
    return _number(got, 17), _number(want, 17)


def _number(value: Any, digits: int) -> str:
    return f"{value.item():.{digits}g}" if value.dtype.kind in "fc" else str(value.item())


def _typed(got: Any, want: Any, path: str) -> Mismatch:
    a, b = describe(got), describe(want)
    return Mismatch(
        "type", path, f"{coarse(a)} where {coarse(b)} is expected", f"got {a}, expected {b}", got, want
    )


def _plain(got: Any, want: Any, path: str) -> Mismatch:
    if type(got) is not type(want):
        return _typed(got, want, path)
    values = f"got {_quoted(got)}, expected {_quoted(want)}"
    return Mismatch(
        "value", path, f"another {_WORDS.get(type(want), 'value')} than expected", values, got, want
    )


_WORDS: dict[type, str] = {str: "text", bytes: "sequence of bytes"}


def _quoted(value: str | bytes) -> str:
    return repr(value if len(value) <= 60 else value[:60]) + ("" if len(value) <= 60 else "…")


def _array(value: Any) -> np.ndarray[Any, Any] | None:
    if is_tensor(value):
        return np.asarray(value.detach().numpy())
    if isinstance(value, (np.ndarray, np.generic, bool, float, complex)):
        return np.asarray(value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return np.asarray(value)
    return None


def has_nan(value: Any) -> bool:
    """True if there is a nan in a number, an array, or a list, tuple or dict of them."""
    if isinstance(value, dict):
        return any(has_nan(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(has_nan(item) for item in value)
    array = _array(value)
    return array is not None and array.dtype.kind in "fc" and bool(np.isnan(array).any())


def _plain_numbers(values: Any) -> bool:
    return set(map(type, values)) <= {int, bool, str, type(None)}
