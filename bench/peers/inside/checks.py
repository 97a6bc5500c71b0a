"""What the check files import instead of `grader.checks` when another grader runs them in a notebook's kernel.

The comparisons and tolerances are those of grader.checks (float64: rtol 1e-7, atol 1e-9); without sandbox, wire,
trace, messages for students or diagnosis. What the reference gives was recorded beforehand, in the order of the
comparisons, so that nobody pays for running it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

_RTOL, _ATOL = 1e-7, 1e-9


class Tape:
    """The reference's values of one check: recorded on the reference, replayed on a submission."""

    def __init__(self) -> None:
        self.recorded: list[Any] = []
        self.replayed: Iterator[Any] | None = None

    def meet(self, value: Any, rtol: float | None, atol: float | None) -> Any:
        if self.replayed is None:
            self.recorded.append(copy.deepcopy(value))
        else:
            _same(
                value, next(self.replayed), _RTOL if rtol is None else rtol, _ATOL if atol is None else atol
            )
        return value


tape = Tape()


class Function:
    """A function of the submission; the check's own arguments stay as they are, as if they had been sent."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.direct = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.direct(*_sent(args), **_sent(kwargs))

    def observed(self, *args: Any, **kwargs: Any) -> tuple[Any, tuple[Any, ...]]:
        """The result, and the arguments as the call left them."""
        sent = _sent(args)
        return self.direct(*sent, **_sent(kwargs)), sent


class Student:
    """The submission's names as attributes."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names

    def __getattr__(self, name: str) -> Function:
        ensure(callable(self._names.get(name)), f"{name} is not defined")
        return Function(self._names[name])


def _sent(value: Any) -> Any:
    """Copies of plain data; other objects, such as a cache, go back as they came."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(map(_sent, value))
    return {key: _sent(item) for key, item in value.items()} if type(value) is dict else value


def _same(got: Any, want: Any, rtol: float, atol: float) -> None:
    if isinstance(want, (list, tuple)):
        ensure(isinstance(got, (list, tuple)) and len(got) == len(want), "another number of items")
        for one, other in zip(got, want, strict=True):
            _same(one, other, rtol, atol)
    elif isinstance(want, dict):
        ensure(isinstance(got, dict) and got.keys() == want.keys(), "other keys")
        _same(list(got.values()), [want[key] for key in got], rtol, atol)
    elif want is None or isinstance(want, str):
        ensure(got == want, "another value than expected")
    else:
        _same_numbers(np.asarray(got), np.asarray(want), not isinstance(want, np.ndarray), rtol, atol)


def _same_numbers(got: Any, want: Any, scalar: bool, rtol: float, atol: float) -> None:
    ensure(got.shape == want.shape, f"got shape {got.shape}, expected {want.shape}")
    fits = got.dtype == want.dtype or (got.dtype.kind in "iu" and want.dtype.kind in "iu")
    harmless = scalar and want.dtype.kind == "f" and got.dtype.kind in "iu"
    ensure(fits or harmless, f"{got.dtype} where {want.dtype} is expected")
    ensure(np.allclose(got, want, rtol, atol, equal_nan=True), "other values than expected")


def ensure(condition: Any, sentence: str) -> None:
    if not condition:
        raise AssertionError(sentence)


def agree(
    function: Function, *args: Any, rtol: float | None = None, atol: float | None = None, **kwargs: Any
) -> Any:
    return tape.meet(function(*args, **kwargs), rtol, atol)


def as_reference(
    value: Any, of: Any = None, what: str = "", rtol: float | None = None, atol: float | None = None
) -> Any:
    return tape.meet(value, rtol, atol)


def close(
    actual: Any, expected: Any, rtol: float = _RTOL, atol: float = _ATOL, what: str = "", of: Any = None
) -> None:
    a, b = np.asarray(actual, dtype=float), np.asarray(expected, dtype=float)
    ensure(b.ndim == 0 or a.shape == b.shape, f"{what}: got shape {a.shape}, expected {b.shape}")
    ensure(np.allclose(a, b, rtol, atol), f"{what}: other values than expected")


def raises(kind: type[BaseException], function: Function, *args: Any, **kwargs: Any) -> None:
    try:
        function(*args, **kwargs)
    except kind:
        return
    raise AssertionError(f"{kind.__name__} must be raised")


def pure(function: Function, *args: Any, **kwargs: Any) -> None:
    first, after = function.observed(*args, **kwargs)
    _same(after, args, 0.0, 0.0)
    _same(function(*args, **kwargs), first, 0.0, 0.0)


def redraw(draw: Callable[[], Any], ok: Callable[[Any], Any], tries: int = 100) -> Any:
    return next(value for value in (draw() for _ in range(tries)) if ok(value))


def loss_of(function: Function, *args: Any, weights: Any, pick: int | None = None) -> Callable[[], float]:
    """Σ weights ⊙ f(args)[pick] for args as they are at the time: `gradcheck` moves their entries in place."""

    def loss() -> float:
        value = function.direct(*args)
        return float(np.sum(weights * (value if pick is None else value[pick])))

    return loss


def gradcheck(
    loss: Callable[[], float],
    inputs: Mapping[str, Any],
    grads: Mapping[str, Any],
    kinks: bool = False,
    h: float = 1e-5,
) -> None:
    """Centred differences: ‖a - n‖ / (‖a‖ + ‖n‖) is at most 1e-6, or 1e-4 with kinks; tiny differences pass."""
    largest = 1.0
    for name, x in inputs.items():
        ensure(np.shape(grads[name]) == x.shape, f"the gradient of {name} has another shape")
        numeric = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            kept, sides = x[index], []
            for moved in (kept + h, kept - h):
                x[index] = moved
                sides.append(loss())
            x[index] = kept
            largest = max(largest, *map(abs, sides))
            numeric[index] = (sides[0] - sides[1]) / (2 * h)
        gap = np.asarray(grads[name], dtype=float) - numeric
        near = np.linalg.norm(gap) <= (1e-4 if kinks else 1e-6) * (
            np.linalg.norm(grads[name]) + np.linalg.norm(numeric)
        )
        ensure(near or np.abs(gap).max() <= 1e-9 * largest, f"the gradient of {name} does not fit")


def points(n: float, **options: Any) -> Callable[[Any], Any]:
    def mark(check: Any) -> Any:
        check.points = n
        return check

    return mark


def _parametrize(names: tuple[str, ...], cases: list[tuple[Any, ...]]) -> Callable[[Any], Any]:
    def mark(check: Any) -> Any:
        check.cases = [dict(zip(names, case, strict=True)) for case in cases]
        return check

    return mark


pytest = SimpleNamespace(mark=SimpleNamespace(parametrize=_parametrize))
