"""Checks by measurement: centred differences, memory. For time see `grader.checks.speed`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from grader.checks.compare import Tolerance
from grader.checks.run import CheckFailed, current
from grader.checks.student import Function
from grader.checks.trace import Observation
from grader.checks.values import describe
from grader.core.limits import parse_size
from grader.sandbox.session import Stopped

Array = np.ndarray[Any, Any]
_SMOOTH, _KINKS = 1e-6, 1e-4  # ‖a − n‖ / (‖a‖ + ‖n‖) that a right gradient stays below
_FLOOR = 1e-9  # times max(1, |L|): round-off of the differences of a zero gradient


class LossOf:
    """L = Σ weights ⊙ f(args), or ⊙ f(args)[pick]: a loss whose gradient by the result is `weights`.

    `gradcheck` has it evaluated inside the sandbox, in one round trip. The arrays it differentiates by must be
    arguments, or stand inside an argument, as the very same objects.
    """

    def __init__(
        self, function: Function, *args: Any, weights: Array, pick: int | None = None, **kwargs: Any
    ) -> None:
        self._function, self._args, self._kwargs = function, args, kwargs
        self._how = (pick, weights)

    def around(self, targets: list[Array], h: float) -> Array:
        """The loss with each entry of each target moved by +h and by −h, in turn: (2 · total size,) float64."""
        student, name = self._function.student_, self._function.name
        values = student.request_(
            "nudge", name, self._args, self._kwargs, targets=targets, how=(*self._how, h)
        )
        count = 2 * sum(target.size for target in targets)
        if not isinstance(values, np.ndarray) or values.shape != (count,) or values.dtype != np.float64:
            raise Stopped("crashed", "protocol", "the losses around a point have another shape")
        return values


loss_of = LossOf


def gradcheck(
    losses: LossOf | Callable[[list[dict[str, Array]]], Sequence[float]],
    inputs: Mapping[str, Array],
    grads: Mapping[str, Array],
    kinks: bool = False,
    h: float = 1e-5,
) -> None:
    """The gradients agree with centred differences of the student's own forward, per array and in float64.

    inputs, grads: name → float64 array of the same shape; losses: `loss_of(...)`, or a function that takes a
    list of such dicts and gives the loss at each. The error is ‖a − n‖ / (‖a‖ + ‖n‖), at most 1e-6, or 1e-4
    with kinks. An element-wise bound would reject right gradients.
    """
    run = current.get()
    names = list(inputs)
    for name in names:
        run.trace.observations.append(
            Observation("gradient", grads[name], Tolerance(1e-5, 1e-7, any_float=True))
        )
        if run.strict and getattr(grads[name], "shape", None) != inputs[name].shape:
            text = f"the gradient of {name} must have the shape of {name}"
            raise CheckFailed(text, f"got {describe(grads[name])}, expected shape {inputs[name].shape}")
    # one call for all arrays: one round trip instead of one for each
    if isinstance(losses, LossOf):
        values = losses.around([inputs[name] for name in names], h)
    else:
        points = [point for name in names for point in _neighbours(inputs, name, h)]
        values = np.asarray(losses(points), dtype=np.float64)
    if not run.strict:
        return
    scale = float(np.max(np.abs(values), initial=1.0))
    for name in names:
        count = 2 * inputs[name].size
        ours, values = values[:count], values[count:]
        numeric = ((ours[0::2] - ours[1::2]) / (2 * h)).reshape(inputs[name].shape)
        _compare(name, np.asarray(grads[name], dtype=np.float64), numeric, scale, kinks)


def memory_below(size: str, function: Function, *args: Any, **kwargs: Any) -> None:
    """The peak memory of the call stays within `size` ("300MiB") above what the process had before."""
    run = current.get()
    allowed = parse_size(size)
    before, _ = run.channel.memory_bytes()
    function(*args, **kwargs)
    used = max(0, run.channel.memory_bytes()[1] - before)
    run.trace.observations.append(Observation(function.name, used <= allowed))
    if run.strict and used > allowed:
        text = f"`{function.name}` needs more memory than the {size} that are allowed"
        raise CheckFailed(text, of=function.name)


def _neighbours(inputs: Mapping[str, Array], name: str, h: float) -> list[dict[str, Array]]:
    points = []
    for index in np.ndindex(inputs[name].shape):
        for step in (h, -h):
            moved = inputs[name].astype(np.float64, copy=True)
            moved[index] += step
            points.append({**inputs, name: moved})
    return points


def _compare(name: str, grad: Array, numeric: Array, loss: float, kinks: bool) -> None:
    difference = float(np.linalg.norm(grad - numeric))
    scale = float(np.linalg.norm(grad) + np.linalg.norm(numeric))
    bound = _KINKS if kinks else _SMOOTH
    worst = float(np.max(np.abs(grad - numeric), initial=0.0))
    # <= and not >: a nan must fail
    if difference <= bound * scale or worst <= _FLOOR * loss:
        return
    relative = difference / scale if scale else math.nan
    index = [int(i) for i in np.unravel_index(int(np.argmax(np.abs(grad - numeric))), grad.shape)]
    if not np.isfinite(grad).all():
        raise CheckFailed(f"the gradient of {name} is not finite (nan or inf)")
    if not np.isfinite(numeric).all():
        raise CheckFailed(
            f"the loss is not finite near the input, so the gradient of {name} cannot be checked"
        )
    raise CheckFailed(
        f"the gradient of {name} does not fit the change of your own forward pass: relative error "
        f"{_power(relative)}, at most {bound:.0e} is allowed{f'; the worst entry is {index}' if index else ''}",
        f"relative error {relative:.3g}",
    )


def _power(relative: float) -> str:
    """As a power of ten: messages of hidden checks carry no more."""
    return f"about 1e{math.floor(math.log10(relative)):+03d}" if relative > 0 else "0"
