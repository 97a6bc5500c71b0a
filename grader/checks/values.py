"""What can stand in a check: plain data, tensors, and handles, of which only the kind is known here."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Opaque:
    """A handle's place in a stored trace: something was there that never left the sandbox."""

    kind: str


def is_opaque(value: Any) -> bool:
    """True for a handle, living or stored: there is nothing to compare."""
    return isinstance(value, Opaque) or getattr(type(value), "is_handle", False)


def is_tensor(value: Any) -> bool:
    """True for a torch tensor, without importing torch."""
    return type(value).__module__.partition(".")[0] == "torch"


def coarse(description: str) -> str:
    """A description reduced to a closed vocabulary (``an array``): shapes, lengths, keys and type names of the
    student's making could carry a hidden input into a report."""
    return " ".join(description.split()[:2])


def describe(value: Any) -> str:
    """A value in the words of a message, without its contents: ``an array (8, 10) float64``. For public checks only."""
    if is_opaque(value):
        return f"an object of type `{value.kind}`"
    if isinstance(value, np.ndarray):
        return f"an array {value.shape} {value.dtype}"
    if is_tensor(value):
        return f"a tensor {tuple(value.shape)} {value.dtype}"
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, dict):
        return f"a dict with the keys {', '.join(map(str, list(value)[:8]))}"
    if value is None:
        return "None"
    article = "an" if type(value).__name__[0] in "aeiou" else "a"
    return f"{article} {type(value).__name__}"


BUILTIN_ERRORS = frozenset(
    name
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
)
