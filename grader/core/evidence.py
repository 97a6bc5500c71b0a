"""What a check leaves for the report besides its verdict: curves and confusion matrices, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.core.accuracy import Accuracy


@dataclass(frozen=True, slots=True)
class Curves:
    """Lines over the same x = 1, 2, … n (epochs): name → finite values or None, at most n of them."""

    title: str
    x_label: str
    y_label: str
    lines: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        lines = [{"name": name, "values": list(values)} for name, values in self.lines.items()]
        return {
            "kind": "curves",
            "title": self.title,
            "x_label": self.x_label,
            "y_label": self.y_label,
            "lines": lines,
        }


@dataclass(frozen=True, slots=True)
class Confusion:
    """Predictions against labels. threshold: the accuracy asked for, None where none is."""

    title: str
    accuracy: Accuracy
    threshold: float | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        low, high = self.accuracy.interval
        return {
            "kind": "confusion",
            "title": self.title,
            "classes": list(self.accuracy.classes),
            "matrix": [list(row) for row in self.accuracy.matrix],
            "accuracy": self.accuracy.rate,
            "low": low,
            "high": high,
            "threshold": self.threshold,
        }


Evidence = Curves | Confusion
