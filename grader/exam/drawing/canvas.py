"""SVG by hand: elements with attributes of their own, no ids and no style sheet, so that many share a page.

Printed at 3/4 pt a pixel (96 pixels an inch) its text is 9 pt high, in a figure of 340 pixels = 9 cm.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

INK, SOFT, PALE = "#000000", "#595959", "#d0d0d0"
LETTER = 6.6  # pixels that a letter is wide, on average
_SIZE = 12  # pixels
_FAMILY = "Arial, Helvetica, Libertinus Serif, sans-serif"  # the third is the one that Typst brings along


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{round(value, 1) + 0.0:g}"  # + 0.0: no minus zero


def written(value: float, digits: int = 2) -> str:
    """A number to read, with at most so many digits behind the point, and the minus sign of mathematics."""
    return f"{round(value, digits) + 0.0:.6g}".replace("-", "−")


def element(name: str, inside: str = "", **attributes: float | str) -> str:
    """An element; numbers are rounded, ``stroke_width`` becomes ``stroke-width``."""
    written = "".join(
        f" {key.replace('_', '-')}={quoteattr(value if isinstance(value, str) else number(value))}"
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def text(x: float, y: float, words: str, **attributes: float | str) -> str:
    """Words centred at x, on the base line y, unless `attributes` say otherwise."""
    return element(
        "text", escape(words), **{"x": x, "y": y, "text_anchor": "middle", "fill": INK, **attributes}
    )


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = INK) -> str:
    """A straight line, one pixel wide."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke)


def document(width: float, height: float, parts: Iterable[str]) -> str:
    """The whole SVG document, on white: it is read in dark pages, too."""
    size = {"width": number(width), "height": number(height)}
    paper = element("rect", width=width, height=height, fill="#ffffff")
    inside = element("g", "\n".join(parts), font_family=_FAMILY, font_size=_SIZE, font_weight="normal")
    view = f"0 0 {size['width']} {size['height']}"
    return (
        element("svg", f"{paper}\n{inside}", xmlns="http://www.w3.org/2000/svg", **size, viewBox=view) + "\n"
    )
