"""Expressions and stems of question files: Jinja in its sandbox, with reference functions and a little mathematics.

`<< … >>` prints a value, `<% … %>` is a statement, `<# … #>` a comment: braces are left to LaTeX.
"""

from __future__ import annotations

import math
import mmap
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, UndefinedError, meta
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment, safe_range

from grader.core.errors import SpecError
from grader.exam.values import Answer, kind_of, printed

_ARRAY_ATTRIBUTES = {"T", "shape", "size", "ndim", "sum", "mean", "max", "min", "reshape", "round", "tolist"}
_MATHS: dict[str, Any] = {
    **{
        name: getattr(math, name)
        for name in ("sqrt", "exp", "log", "log2", "log10", "floor", "ceil", "prod", "comb")
    },
    **{name: getattr(math, name) for name in ("pi", "e", "inf", "sin", "cos", "tanh", "isclose", "gcd")},
    **{one.__name__: one for one in (abs, min, max, sum, len, round, int, float, list, tuple, sorted, str)},
    "range": safe_range,
    "Fraction": Fraction,
    "array": lambda values: np.array(values, dtype=np.float64),
}


class _Environment(SandboxedEnvironment):
    """Jinja's sandbox, with a short list of what may be asked of an array."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, (np.ndarray, np.generic)):
            return attr in _ARRAY_ATTRIBUTES
        return super().is_safe_attribute(obj, attr, value)


def _environment() -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined,
        autoescape=False,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        keep_trailing_newline=False,
    )
    environment.globals.clear()
    environment.globals.update(_MATHS)
    environment.filters["tex"] = tex
    environment.filters["num"] = lambda value, digits=3: f"{float(value):.{digits}f}"
    return environment


def tex(value: Any, digits: int = 3) -> str:
    """A number, tuple or array as LaTeX without dollars, printed as an option of its kind would be."""
    kind = kind_of(value)
    text = printed(value, Answer(kind, digits), kind)
    return text.strip("$`")


_ENVIRONMENT = _environment()
_running = [""]  # the place of the expression that is being evaluated, for the limits of the worker
_boards: list[mmap.mmap] = []  # where it is written as well, for the parent of a process that is killed


def running() -> str:
    """Where the evaluation is, as ``file:line: key``."""
    return _running[0]


def show_on(board: mmap.mmap) -> None:
    """From now on write the place on this shared memory, too."""
    _boards[:] = [board]


def shown_on(board: mmap.mmap) -> str:
    """The place that the process wrote last; empty if it evaluated nothing."""
    return board[:].partition(b"\0")[0].decode(errors="replace")


def _note(place: str) -> None:
    _running[0] = place
    for board in _boards:
        text = place.encode()[: len(board) - 1] + b"\0"
        board[: len(text)] = text


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. place: ``file:line: what``, for errors; names: what it refers to."""

    text: str
    place: str
    names: frozenset[str]
    _call: Callable[..., Any]

    def __call__(self, context: Mapping[str, Any]) -> Any:
        """The value. Raises SpecError with the place for whatever goes wrong."""
        _note(self.place)
        try:
            value = self._call(**context)
        except Exception as error:
            raise SpecError(f"{self.place}: {_told(error)} in `{self.text}`") from error
        if isinstance(value, Undefined):
            raise SpecError(f"{self.place}: `{self.text}` is not known here")
        return value


@dataclass(frozen=True, slots=True)
class Prose:
    """A piece of Markdown with expressions inside."""

    place: str
    names: frozenset[str]
    _render: Callable[..., str]

    def __call__(self, context: Mapping[str, Any]) -> str:
        """The rendered text. Raises SpecError if it fails or is empty."""
        _note(self.place)
        try:
            text = self._render(**context).strip()
        except Exception as error:
            raise SpecError(f"{self.place}: {_told(error)}") from error
        if not text:
            raise SpecError(f"{self.place}: renders to nothing")
        return text


def expression(text: Any, place: str) -> Expression:
    """Compile. Raises SpecError with the place."""
    written = str(text)
    try:
        with warnings.catch_warnings(action="ignore"):  # of LaTeX in strings: \\s is no escape of Python's
            names = meta.find_undeclared_variables(_ENVIRONMENT.parse(f"<< ({written}) >>"))
            call = _ENVIRONMENT.compile_expression(written, undefined_to_none=False)
    except (
        TemplateSyntaxError,
        SyntaxError,
        TypeError,
        ValueError,
    ) as error:  # some only Python's compiler finds
        told = error.message if isinstance(error, TemplateSyntaxError) else f"{type(error).__name__}: {error}"
        raise SpecError(f"{place}: {told} in `{written}`") from error
    return Expression(written, place, frozenset(names) - _MATHS.keys(), call)


def prose(text: str, place: str, line: int = 0) -> Prose:
    """Compile a stem or an explanation. place: the file; line: where the text begins in it. Raises SpecError."""
    at = f"{place}:{line}" if line else place
    try:
        with warnings.catch_warnings(action="ignore"):
            names = meta.find_undeclared_variables(_ENVIRONMENT.parse(text))
            template = _ENVIRONMENT.from_string(text)
    except TemplateSyntaxError as error:
        raise SpecError(
            f"{place}:{line + error.lineno - 1 if line else error.lineno}: {error.message}"
        ) from error
    return Prose(at, frozenset(names) - _MATHS.keys(), template.render)


def _told(error: Exception) -> str:
    if isinstance(error, (UndefinedError, SecurityError)):
        return str(error)
    return f"{type(error).__name__}: {error}"


def unbalanced(text: str) -> str:
    """What is wrong with the mathematics of a Markdown text; empty if nothing is."""
    outside = "".join(text.replace(r"\$", "").split("`")[::2])  # code has no mathematics in it
    if outside.replace("$$", "").count("$") % 2:
        return "a $ without its partner"
    depth = 0
    for part in outside.split("$")[1::2]:
        for char in part.replace(r"\{", "").replace(r"\}", ""):
            depth += (char == "{") - (char == "}")
            if depth < 0:
                return "a } without its {"
        if depth:
            return "a { without its }"
    return ""
