"""Rows of the results: a figure, its target, whether it is met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line. figure is in `unit`; at_most tells on which side of `limit` it should lie, if there is one."""

    what: str
    figure: float
    unit: str
    limit: float | None
    at_most: bool
    detail: str = ""

    @property
    def met(self) -> bool:
        """The figure lies on the right side of its limit."""
        if self.limit is None:
            return True
        return self.figure <= self.limit if self.at_most else self.figure >= self.limit

    @property
    def value(self) -> str:
        """The figure with its unit."""
        return f"{self.figure:.3g}{self.unit}"

    @property
    def target(self) -> str:
        """The limit with its unit."""
        if self.limit is None:
            return "–"
        return f"{'≤' if self.at_most else '≥'} {self.limit:.3g}{self.unit}"

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "what": self.what,
            "figure": round(self.figure, 4),
            "unit": self.unit.strip(),
            "target": self.target,
            "met": self.met,
            "detail": self.detail,
        }


def markdown(rows: Sequence[Row], machine: str, day: str) -> str:
    """The table of bench/RESULTS.md."""
    lines = [
        "# Measurements",
        "",
        f"`make bench` on {day}: {machine}. CPU seconds of all processes; ratios from this one run.",
        "",
        "| what | measured | target | |",
        "|---|---|---|---|",
    ]
    lines += [f"| {row.what} | {row.value} | {row.target} | {'' if row.met else 'not met'} |" for row in rows]
    details = [f"- {row.what}: {row.detail}" for row in rows if row.detail]
    return "\n".join([*lines, "", *details]) + "\n"
