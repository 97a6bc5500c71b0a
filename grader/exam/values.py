"""Typed values of options: how each kind is printed, and when two of them are the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from jinja2 import Undefined

from grader.core.errors import SpecError
from grader.exam.drawing import picture

Kind = Literal["integer", "decimal", "fraction", "shape", "matrix", "text", "formula", "code", "picture"]
_GROUPED = 10_000  # integers from here on are printed in groups of three digits


@dataclass(frozen=True, slots=True)
class Answer:
    """How the options of a template are read and printed.

    Attributes:
        kind: None: by the key's type. digits: behind the point of a decimal. tolerance: two decimals nearer than
        that are the same. unit: printed behind every option, as in "parameters". draw: the kind of a picture.
    """

    kind: Kind | None = None
    digits: int = 3
    tolerance: float = 0.0
    unit: str = ""
    draw: str = ""


def kind_of(value: Any) -> Kind:
    """The kind of a key. Raises SpecError for what no option can be."""
    if isinstance(value, (bool, np.bool_)):
        return "code"
    if isinstance(value, (int, np.integer)):
        return "integer"
    if isinstance(value, Fraction):
        return "fraction"
    if isinstance(value, (float, np.floating)):
        return "decimal"
    if isinstance(value, str):
        return "text"
    if isinstance(value, np.ndarray) and value.ndim in (1, 2):
        return "matrix"
    if isinstance(value, (tuple, list)) and all(isinstance(part, (int, np.integer)) for part in value):
        return "shape"
    raise SpecError(f"an option cannot be of type {type(value).__name__}")


def plain(value: Any) -> Any:
    """The value without numpy types, for comparing and for JSON: a fraction becomes ``"3/4"``.

    Raises SpecError for a name inside of it that nothing gives.
    """
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Undefined):
        raise SpecError(f"`{value._undefined_name}` is not known here")
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return str(value) if isinstance(value, Fraction) else value


def printed(value: Any, answer: Answer, kind: Kind) -> str:
    """The option as Markdown, a picture in words. Raises SpecError if it is not of this kind, or not finite."""
    body = _body(value, answer, kind)
    return f"{body} {answer.unit}" if answer.unit else body


def _body(value: Any, answer: Answer, kind: Kind) -> str:
    if kind in ("text", "formula", "code"):
        text = str(value)
        return {"text": text, "formula": f"${text}$", "code": f"`{text}`"}[kind]
    if kind == "picture":
        return picture(answer.draw, plain(value), small=True).alt
    if kind == "matrix":
        rows = np.atleast_2d(np.asarray(value, dtype=np.float64))
        lines = (r" & ".join(_number(entry, answer.digits) for entry in row) for row in rows)
        return r"$\begin{pmatrix} " + r" \\ ".join(lines) + r" \end{pmatrix}$"
    if kind == "shape":
        if isinstance(value, (tuple, list)):
            return f"${tuple(int(part) for part in value)}$"
    elif kind == "fraction":
        part = Fraction(value)
        sign = "-" if part < 0 else ""
        if part.denominator == 1:
            return f"${part.numerator}$"
        return rf"${sign}\frac{{{abs(part.numerator)}}}{{{part.denominator}}}$"
    elif isinstance(value, (int, float, np.number)) and math.isfinite(value):
        return f"${_integer(value)}$" if kind == "integer" else f"${float(value):.{answer.digits}f}$"
    raise SpecError(f"expected a {kind}, got {plain(value)!r}")


def _integer(value: Any) -> str:
    if value != int(value):
        raise SpecError(f"expected an integer, got {plain(value)!r}")
    whole = int(value)
    return f"{whole:,}".replace(",", r"\,") if abs(whole) >= _GROUPED else str(whole)


def _number(value: float, digits: int) -> str:
    if not math.isfinite(value):
        raise SpecError("a matrix holds a number that is not finite")
    return str(int(value)) if value == int(value) else f"{value:.{digits}f}"


def near(one: Any, other: Any, answer: Answer, kind: Kind) -> bool:
    """Equal by value or as drawn, or decimals within the tolerance; that they are printed alike the texts show."""
    if kind in ("integer", "decimal"):
        return abs(float(one) - float(other)) <= answer.tolerance
    if kind == "picture":
        one, other = (picture(answer.draw, plain(data), small=True).svg for data in (one, other))
    return bool(plain(one) == plain(other))
