"""Drivers, seen from a check.

Each call runs a function of `grader.pen.drivers` inside the sandbox, most of them on a handle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.checks.run import CheckFailed
from grader.checks.student import Handle, Student

_NAMES = 3  # names of weights listed in a message


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


def training(net: Handle) -> Any:
    """Whether the module is in train mode."""
    return _drive("training", net)


def optimizer(net: Handle, name: str, lr: float, momentum: float = 0.0) -> Any:
    """A torch optimiser of the module's parameters, as a handle: "sgd", "adam" or "adamw"."""
    return _drive("optimizer", net, name, lr=lr, momentum=momentum)


def load_checkpoint(net: Handle, file: str) -> None:
    """Load a handed-in file of weights by torch's weights-only loader. Raises CheckFailed, which says what is wrong."""
    found = _drive("load_checkpoint", net, file)
    problem = checkpoint_problem(found)
    if problem:
        advice = "mend it, or leave it out: then `fit` is trained here"
        raise CheckFailed(f"`{file}` cannot be used: {problem}; {advice}", of=net.of_)


def sequential(student: Student, layers: Sequence[tuple[Any, ...]]) -> Handle:
    """An `nn.Sequential` made in the sandbox, not by the student's code: ``[("Linear", 4, 3), ("ReLU",)]``."""
    return _handle(student, "sequential", [tuple(layer) for layer in layers])


def loader(student: Student, x: Any, y: Any, batch: int) -> Handle:
    """A DataLoader of inputs and labels (arrays or tensors), in this order; the last batch may be smaller."""
    return _handle(student, "loader", x, y, batch)


def folder(student: Student, **parts: tuple[Any, Any]) -> Handle:
    """The path of a folder in the sandbox with ``train.npz`` and so on: ``folder(student, train=(images, labels))``."""
    handle: Handle = student.request_("drive", "folder", (), parts, keep=True)
    return handle


def figure(figure: Handle) -> Any:
    """What a matplotlib figure shows: ``{"axes": [{"title", "xlabel", "ylabel", "legend", "lines"}]}``.

    Each line is ``{"label", "x": [floats], "y": [floats]}``.
    """
    if not isinstance(figure, Handle):
        raise TypeError("a matplotlib Figure is expected")
    return figure.student_.request_("drive", "figure", (figure,), about=figure.of_)


def seed(student: Student, number: int) -> None:
    """Seed the generators of the student's process (random, numpy, torch) anew."""
    student.request_("drive", "seed", (int(number),))


def rng(student: Student, seed: int) -> Handle:
    """A numpy Generator inside the sandbox, to pass to functions that draw: `np.random.default_rng(seed)`."""
    return _handle(student, "rng", int(seed))


def items(iterable: Any, most: int) -> Any:
    """The items of a generator or another iterable as a list, `most` at the utmost; a list or tuple as it is."""
    if not isinstance(iterable, Handle):
        return iterable
    # a generator's errors are those of the function that made it
    return iterable.student_.request_("drive", "items", (iterable, most), about=iterable.of_)


def checkpoint_problem(found: Any) -> str:
    """What the loader of checkpoints found, in words; empty if nothing is wrong. `found` comes from the sandbox."""
    if type(found) is not dict or found.get("ok") is True:
        return "" if type(found) is dict else "it could not be loaded"
    problem = found.get("problem")
    if problem == "code":
        return "it holds objects that run code when they are loaded; save net.state_dict() alone"
    if problem == "keys":
        parts = [
            f"{word} {', '.join(f'`{name}`' for name in names[:_NAMES])}{' …' if len(names) > _NAMES else ''}"
            for word, names in (
                ("missing", _texts(found, "missing")),
                ("unknown", _texts(found, "unexpected")),
            )
            if names
        ]
        return f"its names are not those of your network ({'; '.join(parts)})"
    if problem == "shapes":
        return f"`{_texts(found, 'name')[0]}` has another shape than in your network: {found.get('found')}"[
            :200
        ]
    if problem == "values":
        return f"`{_texts(found, 'name')[0]}` holds values that are not finite"
    return "it is not a file that torch.save wrote from a state_dict"


def _texts(found: dict[str, Any], key: str) -> list[str]:
    value = found.get(key)
    return [str(name)[:60] for name in (value if isinstance(value, list) else [value])]


def _handle(student: Student, name: str, *args: Any) -> Handle:
    handle: Handle = student.request_("drive", name, args)
    return handle


def _drive(name: str, net: Handle, *args: Any, **kwargs: Any) -> Any:
    if not isinstance(net, Handle):  # the student's constructor gave something that is no object of a class
        raise TypeError("a module is expected")
    return net.student_.request_("drive", name, (net, *args), kwargs)
