"""The answer sheet's geometry, as data: printed from it, and read by camera with it. All lengths in millimetres.

Origin: the paper's upper left corner, x to the right, y down. Three corners carry a black square, the lower right one a
hollow one, so that a sheet upside down is known; the QR code names exam, form and page.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from grader.core.errors import GraderError
from grader.exam.form import LETTERS

PAPER = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
CODE_DIGITS = 6
APART = 2.0  # between the edges of any two marks
EDGE = 5.0  # of the paper, where printers do not print
_CORNER = 6.0
_INSET = 8.0  # of the corner squares
_HEAD = 116.0  # where the answers begin on the first page


class Box(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rectangle by its upper left corner. hollow: only its frame is black."""

    x: float
    y: float
    width: float
    height: float
    hollow: bool = False


class Bubble(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A circle by its centre. field: "answer" or "code"; row: question number, or place of the digit from 1."""

    field: Literal["answer", "code"]
    row: int
    value: str
    x: float
    y: float


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One page of the sheet. radius: of every bubble."""

    number: int
    pages: int
    width: float
    height: float
    radius: float
    corners: tuple[Box, ...]
    qr: Box
    bubbles: tuple[Bubble, ...]


class _Sizes(msgspec.Struct, frozen=True):
    """Of one edition: radius, distance of letters, of rows, width of a question's number."""

    radius: float
    across: float
    down: float
    number: float


EDITIONS = {"standard": _Sizes(2.5, 7.6, 7.2, 10.0), "large": _Sizes(3.6, 10.6, 10.4, 14.0)}


def lay_out(paper: str, edition: str, options: Sequence[int]) -> tuple[Page, ...]:
    """The pages for questions with this many options each.

    paper: "a4" or "letter"; edition: "standard" or "large" (print). Raises GraderError if a mark would lie off the
    page or too near to another one: a sheet that no camera could read is never printed.
    """
    width, height = PAPER[paper]
    sizes = EDITIONS[edition]
    column = sizes.number + max(options) * sizes.across + 5.0
    columns = int((width - 2 * 14.0) // column)
    pages: list[list[Bubble]] = []
    left = list(enumerate(options, 1))
    while left:
        top = _HEAD if not pages else 56.0
        rows = int((height - 22.0 - top) // sizes.down)
        taken, left = left[: rows * columns], left[rows * columns :]
        per_column = rows if left else math.ceil(len(taken) / columns)
        pages.append(list(_answers(taken, max(per_column, min(rows, 10)), top, column, sizes)))
    made = tuple(
        Page(
            number=number,
            pages=len(pages),
            width=width,
            height=height,
            radius=sizes.radius,
            corners=_corners(width, height),
            qr=Box(x=width - 50.0, y=18.0, width=30.0, height=30.0),
            bubbles=tuple(([*_code(width, sizes)] if number == 1 else []) + bubbles),
        )
        for number, bubbles in enumerate(pages, 1)
    )
    for page in made:
        check(page)
    return made


def check(page: Page) -> None:
    """Raises GraderError if a mark lies outside of the page, or nearer than 2 mm to another one."""
    circles = sorted((one.y, one.x, page.radius) for one in page.bubbles)
    boxes = [*page.corners, page.qr]
    for y, x, radius in circles:
        across, down = (
            (x - radius >= EDGE, x + radius <= page.width - EDGE),
            (y - radius >= EDGE, y + radius <= page.height - EDGE),
        )
        if not all(across + down):
            raise GraderError(f"answer sheet: a bubble at ({x:g}, {y:g}) mm lies outside of the page")
        for box in boxes:
            beside = max(box.x - x, 0.0, x - box.x - box.width)
            above = max(box.y - y, 0.0, y - box.y - box.height)
            if math.hypot(beside, above) - radius < APART:
                raise GraderError(
                    f"answer sheet: a bubble at ({x:g}, {y:g}) mm is too near to a corner or the QR code"
                )
    for index, (y, x, radius) in enumerate(circles):
        for lower, other, _ in circles[index + 1 :]:
            if lower - y > 2 * radius + APART:
                break
            if math.hypot(lower - y, other - x) - 2 * radius < APART - 1e-9:
                raise GraderError(
                    f"answer sheet: bubbles at ({x:g}, {y:g}) and ({other:g}, {lower:g}) mm are too near"
                )


def payload(exam: str, code: str, page: int) -> str:
    """What a QR code says: exam, form, page of the sheet (0: the question booklet), and four digits that check them."""
    text = f"{exam}:{code}:{page}"
    return f"{text}:{zlib.crc32(text.encode()) & 0xFFFF:04x}"


def geometry(pages: dict[str, tuple[Page, ...]]) -> bytes:
    """`sheet.json`: edition → pages."""
    content = {
        "format": 1,
        "unit": "mm",
        "origin": "upper left",
        "qr": "exam:form code:page:CRC-32 of what stands before, its last four hexadecimal digits",
        "editions": pages,
    }
    return msgspec.json.format(msgspec.json.encode(content, order="deterministic"), indent=1) + b"\n"


def _corners(width: float, height: float) -> tuple[Box, ...]:
    right, bottom = width - _INSET - _CORNER, height - _INSET - _CORNER
    return tuple(
        Box(x=x, y=y, width=_CORNER, height=_CORNER, hollow=(x, y) == (right, bottom))
        for y in (_INSET, bottom)
        for x in (_INSET, right)
    )


def _code(width: float, sizes: _Sizes) -> Iterator[Bubble]:
    """Ten digits across, a row for each place of the form code."""
    apart = max(7.6, 2 * sizes.radius + APART + 0.2)
    for place in range(1, CODE_DIGITS + 1):
        for digit in range(10):
            x, y = width - 14.0 - (9.5 - digit) * apart, 57.0 + (place - 1) * apart
            yield Bubble(field="code", row=place, value=str(digit), x=round(x, 2), y=round(y, 2))


def _answers(
    questions: Sequence[tuple[int, int]], rows: int, top: float, column: float, sizes: _Sizes
) -> Iterator[Bubble]:
    """A row of letters for each (number, options), column after column."""
    for index, (number, options) in enumerate(questions):
        x = 14.0 + (index // rows) * column + sizes.number
        for option in range(options):
            yield Bubble(
                field="answer",
                row=number,
                value=LETTERS[option],
                x=round(x + (option + 0.5) * sizes.across, 2),
                y=round(top + (index % rows + 0.5) * sizes.down, 2),
            )
