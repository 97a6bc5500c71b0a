"""Named lines over epochs, steps or inputs, with axes; told apart by their dashes, and named at their ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from grader.exam.drawing import canvas
from grader.report.figures import ticks

_DASHES = ("none", "6 4", "2 3", "10 3 2 3")
_LARGE, _SMALL = (340.0, 200.0), (224.0, 150.0)  # pixels: a figure, an option
_FINE = 10  # digits behind the point of a tick, at most: 0.1 · 3 is 0.3
_STATIONS = 9  # values of a line that are told in words
_LONGEST = 16  # letters of a name
_LEFT, _RIGHT, _TOP, _BOTTOM, _NAME_GAP = 40.0, 16.0, 22.0, 36.0, 14.0


class Curves(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Lines of numbers; point i stands at start + i·step. x, y: what the axes are called."""

    lines: dict[str, list[float]]
    x: str = "epoch"
    y: str = "loss"
    start: float = 1.0
    step: float = 1.0


def wrong(curves: Curves) -> str:
    """What of this cannot be drawn; empty if all can."""
    if not 1 <= len(curves.lines) <= len(_DASHES):
        return f"lines: expected 1 to {len(_DASHES)}, got {len(curves.lines)}"
    for name, values in curves.lines.items():
        if len(values) < 2:
            return f"lines: {name}: expected at least 2 numbers"
        if len(name) > _LONGEST:
            return f"lines: {name}: expected at most {_LONGEST} letters"
    return "" if curves.step > 0 else f"step: expected above 0, got {curves.step:g}"


def draw(curves: Curves, small: bool) -> str:
    """The SVG document."""
    width, height = _SMALL if small else _LARGE
    left, top, bottom = _LEFT, _TOP, height - _BOTTOM
    right = width - max(_RIGHT, 10.0 + canvas.LETTER * max(len(name) for name in curves.lines))
    longest = max(len(values) for values in curves.lines.values())
    end = curves.start + curves.step * (longest - 1)
    steps = _heights([value for values in curves.lines.values() for value in values])

    def across(value: float) -> float:
        return left + (right - left) * (value - curves.start) / (end - curves.start)

    def up(value: float) -> float:
        return bottom - (bottom - top) * (value - steps[0]) / (steps[-1] - steps[0])

    parts = []
    for step in steps:
        parts.append(canvas.line(left, up(step), right, up(step), canvas.PALE))
        parts.append(canvas.text(left - 5, up(step) + 4, canvas.written(step, _FINE), text_anchor="end"))
    for step in ticks(curves.start, end):
        if curves.start <= step <= end:
            parts.append(canvas.line(across(step), bottom, across(step), bottom + 4))
            parts.append(canvas.text(across(step), bottom + 16, canvas.written(step, _FINE)))
    parts.append(canvas.line(left, bottom, right, bottom))
    parts.append(canvas.text((left + right) / 2, height - 5, curves.x))
    parts.append(canvas.text(3, 12, curves.y, text_anchor="start"))
    for (_, values), dash in zip(curves.lines.items(), _DASHES, strict=False):
        points = [(across(curves.start + i * curves.step), up(value)) for i, value in enumerate(values)]
        parts.append(_polyline(points, dash))
    ends = {name: up(values[-1]) for name, values in curves.lines.items()}
    for name, y in _apart(ends, bottom).items():
        parts.append(canvas.text(right + 6, y + 4, name, text_anchor="start"))
    return canvas.document(width, height, parts)


def tell(curves: Curves) -> str:
    """Some values of each line, at equal distances."""
    told = "; ".join(f"{name} {_course(values)}".strip() for name, values in curves.lines.items())
    count = max(len(values) for values in curves.lines.values())
    span = f"{canvas.written(curves.start, _FINE)} to {canvas.written(curves.start + curves.step * (count - 1), _FINE)}"
    return f"{curves.y or 'values'} from {curves.x} {span} at equal distances: {told}"


def _heights(values: Sequence[float]) -> list[float]:
    """Ticks of the vertical axis. It has the zero: a high loss must look high, and pictures are compared."""
    return ticks(min(0.0, *values), max(0.0, *values))


def _polyline(points: Sequence[tuple[float, float]], dash: str) -> str:
    written = " ".join(f"{canvas.number(x)},{canvas.number(y)}" for x, y in points)
    return canvas.element(
        "polyline",
        points=written,
        fill="none",
        stroke=canvas.INK,
        stroke_width=1.8,
        stroke_linejoin="round",
        stroke_dasharray=dash,
    )


def _apart(ends: dict[str, float], lowest: float) -> dict[str, float]:
    """Heights of the names at the ends of the lines, none over another or below the axis."""
    placed: dict[str, float] = {}
    for name, y in sorted(ends.items(), key=lambda one: one[1]):
        placed[name] = max(y, *(other + _NAME_GAP for other in placed.values())) if placed else y
    room = lowest
    for name in reversed(placed):
        placed[name] = min(placed[name], room)
        room = placed[name] - _NAME_GAP
    return placed


def _course(values: Sequence[float]) -> str:
    last, stations = len(values) - 1, min(_STATIONS, len(values))
    places = [round(last * i / (stations - 1)) for i in range(stations)]
    slopes = [b > a for a, b in pairwise(values) if b != a]
    jumping = sum(a != b for a, b in pairwise(slopes)) > len(values) / 4
    largest = max(map(abs, values))
    digits = 2 - math.floor(math.log10(largest)) if largest else 0
    told = ", ".join(canvas.written(values[place], digits) for place in places)
    return f"{told} (jumping up and down)" if jumping else told
