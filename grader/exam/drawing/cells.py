"""Grids of shaded cells beside each other: images, kernels, feature maps, masks, confusion matrices."""

from __future__ import annotations

from itertools import groupby

import msgspec

from grader.exam.drawing import canvas

_WIDTH = 340.0  # pixels at most
_CELL = 26.0  # pixels of a cell with a number of two digits in it
_PLAIN = ((14.0, 160.0, 26.0), (12.0, 132.0, 24.0))  # without, figure and option: least, of a whole row, most
_GAP = 18.0  # between two grids
_LINE = 16.0  # of a title
_GREYS = 8  # steps between white and the darkest: finer ones nobody tells apart
_DARKEST = 0x40
_READABLE = 0x78  # from this grey on numbers are black


class Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Matrices by their titles. Zero, or what lies lowest below it, is white; the largest value is dark.

    numbers: written into the cells. rows, columns: their names; row_name, column_name: what they all are.
    """

    grids: dict[str, list[list[float]]]
    numbers: bool = False
    rows: list[str] = []
    columns: list[str] = []
    row_name: str = ""
    column_name: str = ""


def wrong(data: Map) -> str:
    """What of this cannot be drawn; empty if all can."""
    for title, rows in data.grids.items():
        if not rows or not rows[0] or len({len(row) for row in rows}) > 1:
            return f"{title or 'grid'}: expected rows of one length"
        for names, count in ((data.rows, len(rows)), (data.columns, len(rows[0]))):
            if names and len(names) != count:
                return f"{title or 'grid'}: expected {count} names, got {len(names)}"
    if not data.grids:
        return "grids: expected at least one"
    if (width := _width(data, _side(data, small=False))) > _WIDTH:
        return f"{width:g} pixels wide, {_WIDTH:g} are allowed: fewer columns, or shorter numbers and names"
    return ""


def draw(data: Map, small: bool) -> str:
    """The SVG document."""
    left, cell = _left(data), _side(data, small)
    top = 1 + _LINE * (bool(data.columns) + bool(data.column_name) + any(data.grids))
    parts, x, bottom = [], left, top
    for title, rows in data.grids.items():
        wide, high = cell * len(rows[0]), cell * len(rows)
        parts += _grid(rows, x, top, cell, data.numbers)
        if title:
            parts.append(canvas.text(x + wide / 2, 12, title))
        x, bottom = x + wide + _GAP, max(bottom, top + high)
    right = x - _GAP
    parts += _names(data, left, top, right, bottom, cell)
    title, rows = list(data.grids.items())[-1]
    words = (title, cell * len(rows[0])), (data.column_name, right - left)  # what may stick out on the right
    overhang = max(0.0, *((canvas.LETTER * len(text) - room) / 2 for text, room in words))
    return canvas.document(right + 1 + overhang, bottom + 1, parts)


def tell(data: Map) -> str:
    """The numbers row by row, and what rows and columns are called."""
    told = [f"{title}{': ' if title else ''}{_rows(rows)}" for title, rows in data.grids.items()]
    if data.rows and data.columns:
        told.append(
            f"rows {data.row_name} {', '.join(data.rows)}; columns {data.column_name} {', '.join(data.columns)}"
        )
    return ". ".join(told)


def _rows(rows: list[list[float]]) -> str:
    """The numbers of each row, equal neighbours together: they are read aloud."""
    told = []
    for words, equal in groupby(" ".join(map(canvas.written, row)) for row in rows):
        count = len(list(equal))
        told.append(words if count == 1 else f"{words} ({count} times)")
    return f"rows from the top {'; '.join(told)}"


def _left(data: Map) -> float:
    """Pixels for the names of the rows, and what they are."""
    names = max((len(name) for name in data.rows), default=0) * canvas.LETTER + (6 if data.rows else 0)
    return 1 + names + (_LINE if data.row_name else 0)


def _width(data: Map, cell: float) -> float:
    columns = sum(len(rows[0]) for rows in data.grids.values())
    return _left(data) + columns * cell + _GAP * (len(data.grids) - 1) + 1


def _side(data: Map, small: bool) -> float:
    """Pixels of a cell: as many as its number and the name of its column need, else by the number of cells."""
    longest = max(len(canvas.written(value)) for rows in data.grids.values() for row in rows for value in row)
    least, whole, most = _PLAIN[small]
    widest = max(len(rows[0]) for rows in data.grids.values())
    wished = max(_CELL, 8 + 7 * longest) if data.numbers else min(most, max(least, whole // widest))
    return max([wished, *(canvas.LETTER * len(name) + 6 for name in data.columns)])


def _grid(rows: list[list[float]], x: float, y: float, cell: float, numbers: bool) -> list[str]:
    values = [value for row in rows for value in row]
    low, high = min(0.0, *values), max(0.0, *values)
    parts = []
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            grey = 255 - round((255 - _DARKEST) * _shade(value, low, high) / _GREYS)
            left, top = x + j * cell, y + i * cell
            fill = f"#{grey:02x}{grey:02x}{grey:02x}"
            parts.append(
                canvas.element("rect", x=left, y=top, width=cell, height=cell, fill=fill, stroke=canvas.SOFT)
            )
            if numbers:
                ink = canvas.INK if grey >= _READABLE else "#ffffff"
                parts.append(
                    canvas.text(left + cell / 2, top + cell / 2 + 4, canvas.written(value), fill=ink)
                )
    return parts


def _shade(value: float, low: float, high: float) -> int:
    return round(_GREYS * (value - low) / (high - low)) if high > low else 0


def _names(data: Map, left: float, top: float, right: float, bottom: float, cell: float) -> list[str]:
    parts = [
        canvas.text(left - 5, top + (i + 0.5) * cell + 4, name, text_anchor="end")
        for i, name in enumerate(data.rows)
    ]
    parts += [canvas.text(left + (j + 0.5) * cell, top - 5, name) for j, name in enumerate(data.columns)]
    if data.column_name:
        parts.append(canvas.text((left + right) / 2, top - 5 - _LINE * bool(data.columns), data.column_name))
    if data.row_name:
        y = (top + bottom) / 2
        turn = f"rotate(-90 12 {canvas.number(y)})"
        parts.append(canvas.text(12, y, data.row_name, transform=turn))
    return parts
