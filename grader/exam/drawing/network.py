"""A small fully connected network: circles in columns, lines between them, weights near the unit they come from."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from grader.exam.drawing import canvas

_WIDTH = 340.0  # pixels at most
_MOST, _MOST_WEIGHED = 9, 3  # units of a layer, without and with weights at the lines
_NEAR = (
    0.25  # of the way from unit to unit stands a weight: there those of 3 × 3 lines lie at equal distances
)
_NAMED, _PLAIN = (15.0, 66.0), (8.0, 24.0)  # radius of a unit, distance of two of a layer, in pixels
_TITLE = 18.0


class Network(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Layers of units from left to right, by their names (which may be empty).

    weights: a matrix for each two neighbouring layers, row i, column j for the line from unit i to unit j.
    titles: of the layers, below them.
    """

    layers: list[list[str]]
    weights: list[list[list[float]]] = []
    titles: list[str] = []


def wrong(net: Network) -> str:
    """What of this cannot be drawn; empty if all can."""
    sizes = [len(layer) for layer in net.layers]
    most = _MOST_WEIGHED if net.weights else _MOST
    if len(sizes) < 2 or not all(1 <= size <= most for size in sizes):
        return f"layers: expected at least 2, each of 1 to {most} units, got {sizes}"
    shapes = [(len(matrix), *{len(row) for row in matrix}) for matrix in net.weights]
    if net.weights and shapes != list(pairwise(sizes)):
        return f"weights: expected matrices of the shapes {list(pairwise(sizes))}, got {shapes}"
    if net.titles and len(net.titles) != len(sizes):
        return f"titles: expected {len(sizes)}, got {len(net.titles)}"
    return ""


def draw(net: Network, small: bool) -> str:
    """The SVG document; the same size for a figure and an option."""
    radius, apart = _NAMED if net.weights or any(map(any, net.layers)) else _PLAIN
    side = max([radius + 2, *(canvas.LETTER * len(title) / 2 for title in net.titles)])
    wide = min(130.0, (_WIDTH - 2 * side) / (len(net.layers) - 1))
    tallest = max(len(layer) for layer in net.layers)
    height = apart * (tallest - 1) + 2 * radius + 4
    places = [
        [(side + wide * depth, height / 2 + apart * (i - (len(layer) - 1) / 2)) for i in range(len(layer))]
        for depth, layer in enumerate(net.layers)
    ]
    parts = _lines(places) + _weights(net, places) + _units(net, places, radius)
    for depth, title in enumerate(net.titles):
        parts.append(canvas.text(side + wide * depth, height + 12, title))
    return canvas.document(
        2 * side + wide * (len(net.layers) - 1), height + (_TITLE if net.titles else 0), parts
    )


def tell(net: Network) -> str:
    """The layers' sizes, and every weight."""
    sizes = " – ".join(str(len(layer)) for layer in net.layers)
    told = [f"a fully connected network with {sizes} units, from left to right"]
    for (before, after), matrix in zip(pairwise(net.layers), net.weights, strict=False):
        told += [
            f"{canvas.written(weight)} from {start} to {end}"
            for start, row in zip(before, matrix, strict=True)
            for end, weight in zip(after, row, strict=True)
        ]
    return ", ".join(told)


_Places = list[list[tuple[float, float]]]


def _lines(places: _Places) -> list[str]:
    return [
        canvas.line(*start, *end, canvas.SOFT)
        for before, after in pairwise(places)
        for start in before
        for end in after
    ]


def _weights(net: Network, places: _Places) -> list[str]:
    parts = []
    for matrix, (before, after) in zip(net.weights, pairwise(places), strict=False):
        for row, (x1, y1) in zip(matrix, before, strict=True):
            for weight, (x2, y2) in zip(row, after, strict=True):
                words = canvas.written(weight)
                half = canvas.LETTER * len(words) / 2 + 1
                x, y = x1 + _NEAR * (x2 - x1), y1 + _NEAR * (y2 - y1)
                parts.append(
                    canvas.element("rect", x=x - half, y=y - 6.5, width=2 * half, height=13, fill="#ffffff")
                )
                parts.append(canvas.text(x, y + 4, words))
    return parts


def _units(net: Network, places: _Places, radius: float) -> list[str]:
    parts = []
    for layer, spots in zip(net.layers, places, strict=True):
        for name, (x, y) in zip(layer, spots, strict=True):
            parts.append(canvas.element("circle", cx=x, cy=y, r=radius, fill="#ffffff", stroke=canvas.INK))
            if name:
                parts.append(canvas.text(x, y + 4, name))
    return parts
