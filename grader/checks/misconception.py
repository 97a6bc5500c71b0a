"""Misconceptions: named, runnable wrong variants of reference functions, each with one sentence of advice."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from grader.core.errors import SpecError

T = TypeVar("T", bound="Variant")
_ID = re.compile(r"[a-z0-9_]+\.([A-Za-z_][A-Za-z0-9_]*)/[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Misconception:
    """A wrong variant's name card; the code stays with the variant.

    Attributes:
        id: ``<slug>.<function>/<name>``.
        advice: one teaching sentence for the student.
        source: where it was seen: slide, course, textbook, real code.
        accepted: a convention rather than a mistake; it keeps full marks.
        concept: joins it with exam questions; may be empty.
    """

    id: str
    advice: str
    source: str = ""
    accepted: bool = False
    concept: str = ""

    @property
    def function(self) -> str:
        """The name in the reference that the variant replaces."""
        return self.id.partition(".")[2].partition("/")[0]


def misconception(
    id: str, *, advice: str, source: str = "", accepted: bool = False, concept: str = ""
) -> Callable[[T], T]:
    """Declare the decorated function or class as a wrong variant. Raises SpecError for a malformed id."""
    if _ID.fullmatch(id) is None:
        raise SpecError(f'misconception "{id}": expected an id like "backprop.mlp_backward/no-transpose"')
    card = Misconception(id, advice, source, accepted, concept)

    def mark(variant: T) -> T:
        DECLARED.append((card, variant))
        return variant

    return mark


class Stateful:
    """A wrong variant that remembers something between calls: `make()` gives a new one for each check.

    Without it the variant would remember earlier checks and submissions, and two gradings could differ.
    """

    def __init__(self, make: Callable[[], Callable[..., Any]]) -> None:
        self.make = make


def stateful(make: Callable[[], Callable[..., Any]]) -> Stateful:
    """Decorate the function that makes the wrong one; put `@misconception(…)` above it."""
    return Stateful(make)


Variant = Callable[..., Any] | Stateful

DECLARED: list[tuple[Misconception, Variant]] = []
"""What the file being loaded has declared so far; `reference.load` empties it."""
