"""Drivers: what the judge may have done to an object that stays in the sandbox: a torch module, a generator, a figure.

Each takes the object (a handle on the judge's side) and plain data. torch is imported only when a driver
needs it, so assignments without it never pay. What a driver returns is as untrusted as everything
else from here.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np

from . import seeds


def forward(module: Any, x: Any, train: bool = False) -> Any:
    """module(x) without gradients, in eval mode (or train mode).

    x: array or tensor. Returns what the module returns.
    """
    import torch

    module.train(train)
    with torch.no_grad():
        return module(_tensor(x))


def state_dict(module: Any) -> dict[str, Any]:
    """Name → tensor (a copy) of the parameters and buffers."""
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def load_state_dict(module: Any, state: dict[str, Any]) -> None:
    """Load name → array or tensor; raises as torch does if a name or shape does not fit."""
    module.load_state_dict({name: _tensor(value) for name, value in state.items()})


def gradients(module: Any, x: Any, y: Any, loss: str = "cross_entropy") -> dict[str, Any]:
    """Loss of one batch, and its gradients with respect to the input and to each parameter."""
    module.zero_grad()
    inputs = _tensor(x).clone().requires_grad_(True)
    value = _loss(loss)(module(inputs), _tensor(y))
    value.backward()
    parameters = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
    return {"loss": float(value.detach()), "inputs": inputs.grad, "parameters": parameters}


def train(
    module: Any,
    x: Any,
    y: Any,
    steps: int,
    lr: float,
    optimizer: str = "adam",
    loss: str = "cross_entropy",
    momentum: float = 0.0,
) -> list[float]:
    """`steps` full-batch steps on (x, y); returns the loss before each step. The module's weights are changed."""
    inputs, targets, criterion = _tensor(x), _tensor(y), _loss(loss)
    step = _optimizer(optimizer, module, lr, momentum)
    module.train()
    losses = []
    for _ in range(steps):
        step.zero_grad()
        value = criterion(module(inputs), targets)
        value.backward()
        step.step()
        losses.append(float(value.detach()))
    return losses


def training(module: Any) -> bool:
    """Whether the module is in train mode."""
    return bool(module.training)


def sequential(layers: list[tuple[Any, ...]]) -> Any:
    """An `nn.Sequential` of layers of torch.nn, each (name, arguments …)."""
    from torch import nn

    return nn.Sequential(*(getattr(nn, name)(*arguments) for name, *arguments in layers))


def optimizer(module: Any, name: str, lr: float, momentum: float = 0.0) -> Any:
    """A torch optimiser of the module's parameters: "sgd", "adam" or "adamw"."""
    return _optimizer(name, module, lr, momentum)


def loader(x: Any, y: Any, batch: int) -> Any:
    """A DataLoader of (inputs, labels) in the order given; the last batch may be smaller."""
    from torch.utils.data import DataLoader, TensorDataset

    return DataLoader(TensorDataset(_tensor(x), _tensor(y)), batch_size=batch)


def rng(seed: int) -> np.random.Generator:
    """A numpy generator that lives in the sandbox: the same draws as `np.random.default_rng(seed)` anywhere."""
    return np.random.default_rng(seed)


def items(iterable: Any, most: int) -> list[Any]:
    """At most `most` items of an iterable, so that an endless one ends."""
    return list(islice(iterable, most))


def seed(number: int) -> None:
    """Seed the generators of random, numpy and torch anew."""
    seeds.seed_generators(number)


def folder(**parts: tuple[Any, Any]) -> Root:
    """A folder with a file ``<part>.npz`` for each part: `images` and `labels`. Gone with the object."""
    root = Root.make()
    for part, (images, labels) in parts.items():
        with open(os.path.join(root, f"{part}.npz"), "wb") as file:
            np.savez(file, images=images, labels=labels)
    return root


class Root(str):
    """The path of a temporary folder, which lives as long as this object."""

    @classmethod
    def make(cls) -> Root:
        """A new folder."""
        root = cls(tempfile.mkdtemp(prefix="images-"))
        weakref.finalize(root, shutil.rmtree, str(root), ignore_errors=True)
        return root


def figure(drawn: Any) -> dict[str, Any]:
    """What a matplotlib figure shows: per axes title, labels, legend and lines."""
    return {"axes": [_axes(axes) for axes in drawn.axes]}


def _axes(axes: Any) -> dict[str, Any]:
    legend = axes.get_legend()
    lines = [
        {
            "label": str(line.get_label()),
            "x": [float(x) for x in line.get_xdata()],
            "y": [float(y) for y in line.get_ydata()],
        }
        for line in axes.get_lines()
    ]
    return {
        "title": str(axes.get_title()),
        "xlabel": str(axes.get_xlabel()),
        "ylabel": str(axes.get_ylabel()),
        "legend": [] if legend is None else [str(text.get_text()) for text in legend.get_texts()],
        "lines": lines,
    }


def load_checkpoint(module: Any, file: str) -> dict[str, Any]:
    """Load a handed-in file of weights into the module by torch's weights-only loader.

    Returns ``{"ok": True}``, or ``{"problem": word, …}``: "unreadable", "code" (it would run code), "keys" (missing and
    unexpected names), "shapes" (name, wanted, found), "values" (a name that holds no number). Weights of lower
    precision are cast to the module's own.
    """
    import pickle

    import torch

    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # torch says both with one exception: a global that is not on its list of harmless ones, or no pickle at all
        refused = any(word in str(error) for word in ("GLOBAL", "nsupported global", "unrecognized function"))
        return {"problem": "code" if refused else "unreadable"}
    except Exception:
        return {"problem": "unreadable"}
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]  # as many training scripts save it
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        return {"problem": "unreadable"}
    own = module.state_dict()
    missing, extra = sorted(own.keys() - state.keys()), sorted(map(str, state.keys() - own.keys()))
    if missing or extra:
        return {"problem": "keys", "missing": missing, "unexpected": extra}
    for name, value in state.items():
        if value.shape != own[name].shape:
            return {
                "problem": "shapes",
                "name": name,
                "wanted": list(own[name].shape),
                "found": list(value.shape),
            }
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            return {"problem": "values", "name": name}
    module.load_state_dict(state)
    return {"ok": True}


def _tensor(value: Any) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(value)) if isinstance(value, np.ndarray) else value


def _loss(name: str) -> Callable[..., Any]:
    from torch.nn import functional

    losses: dict[str, Callable[..., Any]] = {
        "cross_entropy": functional.cross_entropy,
        "mse": functional.mse_loss,
    }
    return losses[name]


def _optimizer(name: str, module: Any, lr: float, momentum: float) -> Any:
    from torch import optim

    if name == "sgd":
        return optim.SGD(module.parameters(), lr=lr, momentum=momentum)
    return {"adam": optim.Adam, "adamw": optim.AdamW}[name](module.parameters(), lr=lr)


DRIVERS: dict[str, Callable[..., Any]] = {
    "forward": forward,
    "state_dict": state_dict,
    "load_state_dict": load_state_dict,
    "gradients": gradients,
    "train": train,
    "rng": rng,
    "items": items,
    "training": training,
    "sequential": sequential,
    "optimizer": optimizer,
    "loader": loader,
    "seed": seed,
    "folder": folder,
    "figure": figure,
    "load_checkpoint": load_checkpoint,
}
