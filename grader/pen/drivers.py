"""Drivers: what the judge may have done to an object that stays in the sandbox: a torch module, a generator.

Each takes the object (a handle on the judge's side) and plain data. torch is imported only when a driver
needs it, so assignments without it never pay. What a driver returns is as untrusted as everything
else from here.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np


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


def rng(seed: int) -> np.random.Generator:
    """A numpy generator that lives in the sandbox: the same draws as `np.random.default_rng(seed)` anywhere."""
    return np.random.default_rng(seed)


def items(iterable: Any, most: int) -> list[Any]:
    """At most `most` items of an iterable, so that an endless one ends."""
    return list(islice(iterable, most))


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
}
