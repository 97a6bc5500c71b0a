"""A question drawn from its template: what a student sees, the key, and which mistake each other option is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A drawing. svg: a whole SVG document, with its width and height in pixels; alt: the same in words."""

    svg: str
    alt: str


@dataclass(frozen=True, slots=True)
class Option:
    """One option. text: Markdown; value: plain data, if computed; misconception: None for the key; says: advice.

    figure: the option is this picture; text then is what its `alt` says.
    """

    text: str
    value: Any
    misconception: str | None
    says: str
    figure: Figure | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One drawn question.

    Attributes:
        template, topic, family, stratum: where it comes from. seed: that it was drawn with.
        params: the drawn parameters, as plain data. stem, explain: Markdown. key: index of the right option.
        figure: drawn between stem and options.
        redraws: draws that were thrown away because their options were not distinct.
    """

    template: str
    topic: str
    family: str
    stratum: str
    difficulty: int
    minutes: float
    points: float
    seed: int
    params: Mapping[str, Any]
    stem: str
    options: tuple[Option, ...]
    key: int
    explain: str
    redraws: int
    figure: Figure | None = None

    @property
    def rank(self) -> int | None:
        """The key's rank among the values, where they have an order."""
        values = [option.value for option in self.options]
        if not all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
            return None
        return sorted(values).index(values[self.key])
