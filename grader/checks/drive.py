"""Drivers, seen from a check.

Each call runs a function of `grader.pen.drivers` inside the sandbox, most of them on a handle.
"""

from __future__ import annotations

from typing import Any

from grader.checks.student import Handle, Student


def forward(net: Handle, x: Any, train: bool = False) -> Any:
    """Output under `no_grad`, in eval (or train) mode."""
    return _drive("forward", net, x, train=train)


def state_dict(net: Handle) -> Any:
    """Name → tensor of the parameters and buffers."""
    return _drive("state_dict", net)


def load_state_dict(net: Handle, state: dict[str, Any]) -> None:
    """Load name → tensor; raises as torch does if a name or shape does not fit."""
    _drive("load_state_dict", net, state)


def gradients(net: Handle, x: Any, y: Any, loss: str = "cross_entropy") -> Any:
    """``{"loss": float, "inputs": tensor, "parameters": {name: tensor}}`` of one batch."""
    return _drive("gradients", net, x, y, loss=loss)


def train(net: Handle, x: Any, y: Any, steps: int, lr: float, **options: Any) -> Any:
    """Losses of `steps` full-batch steps; options: optimizer ("adam", "adamw", "sgd"), loss, momentum."""
    return _drive("train", net, x, y, steps=steps, lr=lr, **options)


def rng(student: Student, seed: int) -> Handle:
    """A numpy Generator inside the sandbox, to pass to functions that draw: `np.random.default_rng(seed)`."""
    handle: Handle = student.request_("drive", "rng", (int(seed),))
    return handle


def items(iterable: Any, most: int) -> Any:
    """The items of a generator or another iterable as a list, `most` at the utmost; a list or tuple as it is."""
    if not isinstance(iterable, Handle):
        return iterable
    # a generator's errors are those of the function that made it
    return iterable.student_.request_("drive", "items", (iterable, most), about=iterable.of_)


def _drive(name: str, net: Handle, *args: Any, **kwargs: Any) -> Any:
    if not isinstance(net, Handle):  # the student's constructor gave something that is no object of a class
        raise TypeError("a module is expected")
    return net.student_.request_("drive", name, (net, *args), kwargs)
