"""What check authors compare with: `agree`, `close` and their sisters. See docs/writing-checks.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from grader.checks.compare import Mismatch, Tolerance, has_nan, mismatch
from grader.checks.run import CheckFailed, Run, current
from grader.checks.student import Batch, Function, Handle, Outcome, StudentMissing, StudentRaised
from grader.checks.trace import Observation
from grader.checks.values import BUILTIN_ERRORS, describe

T = TypeVar("T")


def agree(
    function: Function | Batch | Callable[..., Any],
    *args: Any,
    rtol: float | None = None,
    atol: float | None = None,
    any_float: bool = False,
    **kwargs: Any,
) -> Any:
    """Call the student's function; its result must be the reference's: structure, shape, dtype, values.

    Returns the student's value. Raises CheckFailed with the first place where the two part.
    """
    current.get().inputs = args
    value = function(*args, **kwargs)
    tolerance = Tolerance(rtol, atol, any_float)
    name = _name(function)
    if isinstance(function, Batch):
        return _agree_batch(value, args[0], name, tolerance)
    return _observe(value, name, tolerance, "")


def as_reference(
    value: Any,
    of: Function | str,
    what: str = "",
    rtol: float | None = None,
    atol: float | None = None,
    any_float: bool = False,
) -> Any:
    """`value`, computed by the check, must be what the same lines give on the reference. Returns it."""
    return _observe(value, _name(of), Tolerance(rtol, atol, any_float), what)


def close(
    actual: Any, expected: Any, rtol: float = 1e-7, atol: float = 1e-9, what: str = "", of: Any = None
) -> None:
    """A property: `actual` has the shape and, within tolerance, the values of `expected`.

    A scalar `expected` stands for every entry. Raises CheckFailed where the two part.
    """
    run = current.get()
    tolerance = Tolerance(rtol, atol, any_float=True)
    name = _name(of) if of is not None else _last_call(run)
    run.trace.observations.append(Observation(name, actual, tolerance))
    if not run.strict:
        return
    found = mismatch(*_comparable(actual, expected), tolerance)
    if found is None and has_nan(actual):  # both sides may come from the student: nan must not equal nan here
        found = Mismatch("nan", "", "some values are not a number (nan)", got=actual, want=expected)
    if found is not None:
        _fail(found, what or f"`{name}`", name)


def _comparable(actual: Any, expected: Any) -> tuple[Any, Any]:
    """Both sides as float arrays where the student's is an array; a scalar expectation stands for every entry."""
    if not isinstance(actual, np.ndarray) or actual.dtype.kind not in "iubf":
        return actual, expected
    want = np.asarray(expected, dtype=np.float64)
    return actual.astype(np.float64), np.full(actual.shape, want) if want.ndim == 0 else want


def ensure(condition: Any, sentence: str) -> None:
    """Any other property; `sentence` says what was expected, without the values."""
    run = current.get()
    holds = bool(condition)
    run.trace.observations.append(Observation(_last_call(run), holds))
    if run.strict and not holds:
        raise CheckFailed(sentence, of=_last_call(run))


def raises(kind: type[BaseException] | str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """The call must raise this exception, matched by name along the type chain of what it raises."""
    run = current.get()
    wanted, name, got = kind if isinstance(kind, str) else kind.__name__, _name(function), "a value"
    try:
        function(*args, **kwargs)
    except StudentRaised as error:
        got = wanted if wanted in error.chain else f"a {error.type}"
    run.trace.observations.append(Observation(name, got))
    if run.strict and got != wanted:
        instead, private = (
            ("it returned a value", "")
            if got == "a value"
            else ("it raised another error", f"it raised {got[2:]}")
        )
        raise CheckFailed(f"`{name}` must raise {wanted} here; {instead}", private, of=name)


def pure(function: Function, *args: Any, **kwargs: Any) -> None:
    """The arguments are unchanged, bit for bit, and a second call with the same arguments gives the same answer."""
    run = current.get()
    before = [_frozen(arg) for arg in args]
    first, after = function.observed(*args, **kwargs)
    changed = [index for index, arg in enumerate(after) if not _identical(_frozen(arg), before[index])]
    run.trace.observations.append(Observation(function.name, len(changed)))
    if run.strict and changed:
        place = f"argument {changed[0] + 1}"
        raise CheckFailed(f"`{function.name}` changes {place} in place; work on a copy", of=function.name)
    second = function(*args, **kwargs)
    again = mismatch(second, first, Tolerance(0.0, 0.0)) is None
    run.trace.observations.append(Observation(function.name, again))
    if run.strict and not again:
        text = f"`{function.name}` gives another answer when it is called again: it keeps state between calls"
        raise CheckFailed(text, of=function.name)


def redraw(draw: Callable[[], T], ok: Callable[[T], Any], tries: int = 100) -> T:
    """The first `draw()` for which `ok` holds. Raises RuntimeError after `tries` draws."""
    for _ in range(tries):
        value = draw()
        if ok(value):
            return value
    raise RuntimeError(f"no draw was accepted in {tries} tries")


def _observe(value: Any, name: str, tolerance: Tolerance, what: str) -> Any:
    run = current.get()
    place = len(run.trace.observations)
    run.trace.observations.append(Observation(name, value, tolerance))
    if run.expected is None:
        return value
    if place >= len(run.expected.observations):
        raise RuntimeError("the check compares more values than it does with the reference")
    want = run.expected.observations[place].value
    found = mismatch(value, want, tolerance)
    if found is not None:
        _fail(found, what or f"`{name}`", name)
    return value


def _agree_batch(outcomes: list[Outcome], cases: Any, name: str, tolerance: Tolerance) -> list[Outcome]:
    """Outcomes as plain values: an exception counts as its type's name, so it must be the reference's, too."""
    run = current.get()
    plain = [f"raises {_error_name(o.error)}" if o.error is not None else o.value for o in outcomes]
    place = len(run.trace.observations)
    run.trace.observations.append(Observation(name, plain, tolerance))
    if run.expected is None:
        return outcomes
    want = run.expected.observations[place].value
    if isinstance(plain, list) and len(plain) == len(want):
        for index, (a, b) in enumerate(zip(plain, want, strict=True)):
            equal = (
                type(a) is type(b) and type(a) in (int, str, bool) and a == b
            )  # quick for thousands of them
            found = None if equal else mismatch(a, b, tolerance)
            if found is not None:
                _fail_case(outcomes[index], found, b, cases[index], name)
    return outcomes


def _fail_case(outcome: Outcome, found: Mismatch, want: Any, case: Any, name: str) -> None:
    if outcome.error is not None and not isinstance(outcome.error, StudentRaised):
        raise outcome.error
    call = f"{name}({', '.join(map(_short, case))})"
    expected = str(want)[7:] if isinstance(want, str) and want.startswith("raises ") else ""
    if outcome.error is not None and not expected:
        raise outcome.error
    if expected and outcome.error is None:
        raise CheckFailed(
            f"`{name}` must raise {expected} for some inputs; it returned a value",
            f"the first: `{call}`",
            of=name,
        )
    if expected:
        raise CheckFailed(
            f"`{name}` must raise {expected} for some inputs; it raised another error",
            f"the first: `{call}`",
            of=name,
        )
    _fail(found, f"`{name}`", name, f"for `{call}`: ")


def _fail(found: Mismatch, what: str, of: str, before: str = "") -> None:
    where = f"{what}, item {found.path}" if found.path else what
    raise CheckFailed(
        f"{where}: {found.text}", f"{before}{found.values}" if found.values else before[:-2], found, of
    )


def _name(function: Any) -> str:
    return function if isinstance(function, str) else getattr(function, "name", None) or "the module"


def _last_call(run: Run) -> str:
    return run.trace.calls[-1][0] if run.trace.calls else ""


def _error_name(error: Any) -> str:
    if isinstance(error, StudentRaised):
        # the built-in that the caller would catch; a student's own subclass of ValueError is a ValueError
        return next((name for name in error.chain if name in BUILTIN_ERRORS), error.type)
    return "NotImplementedError" if isinstance(error, StudentMissing) else "stopped"


def _short(value: Any) -> str:
    return repr(value) if isinstance(value, (int, float, str, bool)) else describe(value)


def _frozen(value: Any) -> Any:
    """A copy of the plain data in an argument, for comparing bit for bit."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, (list, tuple)):
        return [_frozen(item) for item in value]
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    if type(value).__module__.startswith("torch"):
        return _frozen(value.detach().numpy())
    return None if isinstance(value, Handle) or callable(value) else repr(value)


def _identical(a: Any, b: Any) -> bool:
    return bool(a == b)
