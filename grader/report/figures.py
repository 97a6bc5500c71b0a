"""Loss curves and confusion matrices as figures: where each stroke and number goes. The templates draw them as SVG."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.core.evidence import Confusion, Curves, Evidence

WIDTH, HEIGHT = 440, 220  # of the plot of curves, in pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 96, 12, 38  # around its area; lines are named at their right end
CELL = 30  # pixels of one cell of a confusion matrix
MARGIN = 84  # pixels for the names of the classes
_NAME_GAP = 14  # pixels between the names of two lines
_STROKES = ("accent", "bad", "good", "none")


@dataclass(frozen=True, slots=True)
class Line:
    """A line in pieces (a missing value parts it); each piece is the `points` of an SVG polyline."""

    name: str
    stroke: str
    pieces: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    name_x: float
    name_y: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves with axes; ticks are (pixel, text)."""

    kind: str
    title: str
    x_label: str
    y_label: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    lines: tuple[Line, ...]
    box: tuple[float, float, float, float]  # left, top, right, bottom of the area


@dataclass(frozen=True, slots=True)
class Matrix:
    """A confusion matrix; cells are (x, y, shade 0 to 1, count, on the diagonal)."""

    kind: str
    title: str
    summary: str
    pairs: tuple[str, ...]
    classes: tuple[str, ...]
    cells: tuple[tuple[float, float, float, int, bool], ...]


def figure(evidence: Evidence) -> Plot | Matrix:
    """The figure of one piece of evidence."""
    return _matrix(evidence) if isinstance(evidence, Confusion) else _plot(evidence)


def summary(evidence: Evidence) -> str:
    """The same in one line, for a terminal and for those who cannot see the picture."""
    if isinstance(evidence, Confusion):
        low, high = evidence.accuracy.interval
        asked = "" if evidence.threshold is None else f", asked for {evidence.threshold:.3f}"
        return (
            f"accuracy {evidence.accuracy.rate:.3f} on {evidence.accuracy.total} images "
            f"(95 % interval {low:.3f} to {high:.3f}){asked}"
        )
    ends = [
        f"{name} {known[0]:.3f} to {known[-1]:.3f}"
        for name, values in evidence.lines.items()
        if (known := [value for value in values if value is not None])
    ]
    epochs = max((len(values) for values in evidence.lines.values()), default=0)
    return f"{', '.join(ends) or 'no number was reported'} over {epochs} {evidence.x_label}{'s' if epochs != 1 else ''}"


def _plot(curves: Curves) -> Plot:
    known = [value for values in curves.lines.values() for value in values if value is not None]
    count = max((len(values) for values in curves.lines.values()), default=0)
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    steps = ticks(min(low, 0.0) if low < high / 2 else low, high)
    left, top, right, bottom = _LEFT, _TOP, WIDTH - _RIGHT, HEIGHT - _BOTTOM

    def across(number: float) -> float:
        return round(left + (right - left) * ((number - 1) / (count - 1) if count > 1 else 0.5), 1)

    def up(value: float) -> float:
        span = steps[-1] - steps[0]
        return round(bottom - (bottom - top) * (value - steps[0]) / span, 1)

    every = max(1, math.ceil(count / 8))
    lines = [
        _line(name, stroke, [None if v is None else (across(i), up(v)) for i, v in enumerate(values, 1)])
        for (name, values), stroke in zip(curves.lines.items(), itertools.cycle(_STROKES), strict=False)
        if any(value is not None for value in values)
    ]
    return Plot(
        "curves",
        curves.title,
        curves.x_label,
        curves.y_label,
        tuple((across(i), str(i)) for i in range(1, count + 1, every)),
        tuple((up(step), f"{round(step, 12):.5g}") for step in steps),
        tuple(_apart(lines)),
        (left, top, right, bottom),
    )


def _line(name: str, stroke: str, points: Sequence[tuple[float, float] | None]) -> Line:
    dots = tuple(point for point in points if point is not None)
    return Line(name, stroke, _pieces(points), dots, dots[-1][0] + 8, dots[-1][1] + 4)


def _apart(lines: Sequence[Line]) -> list[Line]:
    """The lines from top to bottom by their ends, no name over another."""
    placed: list[Line] = []
    for line in sorted(lines, key=lambda line: line.name_y):
        lowest = placed[-1].name_y + _NAME_GAP if placed else line.name_y
        placed.append(replace(line, name_y=max(line.name_y, lowest)))
    return placed


def _pieces(points: Sequence[tuple[float, float] | None]) -> tuple[str, ...]:
    pieces: list[list[str]] = [[]]
    for point in points:
        if point is None:
            pieces.append([])
        else:
            pieces[-1].append(f"{point[0]:g},{point[1]:g}")
    return tuple(" ".join(piece) for piece in pieces if len(piece) > 1)


def ticks(low: float, high: float) -> list[float]:
    """Four to seven round values from at most `low` to at least `high`; a flat line gets room around it."""
    size = max(abs(low), abs(high))
    if high - low <= 1e-3 * size:
        low, high = low - size / 2, high + size / 2
    if high - low < 1e-12:
        low, high = low, low + 1.0
    power = 10.0 ** math.floor(math.log10(high - low))
    step = next(power * part for part in (0.2, 0.25, 0.5, 1.0, 2.0) if (high - low) / (power * part) <= 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _matrix(confusion: Confusion) -> Matrix:
    accuracy = confusion.accuracy
    cells = [
        (
            MARGIN + column * CELL,
            row * CELL,
            round(number / max(1, sum(numbers)), 3),
            number,
            row == column,
        )
        for row, numbers in enumerate(accuracy.matrix)
        for column, number in enumerate(numbers)
    ]
    pairs = tuple(f"{true} taken for {other}: {many}" for true, other, many in accuracy.confused())
    return Matrix("confusion", confusion.title, summary(confusion), pairs, accuracy.classes, tuple(cells))
