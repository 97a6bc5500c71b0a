"""Expressions and stems of question files: Jinja in its sandbox, with reference functions and a little mathematics.

`<< … >>` prints a value, `<% … %>` is a statement, `<# … #>` a comment: braces are left to LaTeX.
"""

from __future__ import annotations

import math
import mmap
import warnings
from collections.abc import Callable, Mapping
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
_GLOBALS = dict(_ENVIRONMENT.globals)
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


class Expression:
    """An expression, compiled when it is first needed. place: ``file:line: what``, for errors."""

    __slots__ = ("_call", "_names", "place", "text")

    def __init__(self, text: Any, place: str) -> None:  # YAML gives numbers, too
        self.text, self.place = str(text), place
        self._call: Callable[..., Any] | None = None
        self._names = frozenset[str]()

    @property
    def names(self) -> frozenset[str]:
        """What it refers to. Raises SpecError for what is no expression."""
        self.compile()
        return self._names

    def compile(self) -> Callable[..., Any]:
        """Raises SpecError with the place."""
        if self._call is None:
            try:
                with warnings.catch_warnings(
                    action="ignore"
                ):  # of LaTeX in strings: \\s is no escape of Python's
                    names = meta.find_undeclared_variables(_ENVIRONMENT.parse(f"<< ({self.text}) >>"))
                    call = _ENVIRONMENT.compile_expression(self.text, undefined_to_none=False)
            except (
                TemplateSyntaxError,
                SyntaxError,
                TypeError,
                ValueError,
            ) as error:  # some only Python finds
                told = (
                    error.message
                    if isinstance(error, TemplateSyntaxError)
                    else f"{type(error).__name__}: {error}"
                )
                raise SpecError(f"{self.place}: {told} in `{self.text}`") from error
            call._template.globals = (
                _GLOBALS  # a plain dict: Jinja's own chain of maps takes half of every draw
            )
            self._call, self._names = call, frozenset(names) - _MATHS.keys()
        return self._call

    def __call__(self, context: Mapping[str, Any]) -> Any:
        """The value. Raises SpecError with the place for whatever goes wrong."""
        call = self.compile()
        _note(self.place)
        try:
            value = call(**context)
        except Exception as error:
            raise SpecError(f"{self.place}: {_told(error)} in `{self.text}`") from error
        if isinstance(value, Undefined):
            raise SpecError(f"{self.place}: `{self.text}` is not known here")
        return value


class Prose:
    """A piece of Markdown with expressions inside, compiled when first needed. line: where it begins in its file."""

    __slots__ = ("_line", "_names", "_render", "_start", "text")

    def __init__(self, text: str, place: str, line: int = 0) -> None:
        self.text, self._start, self._line = text, place, line
        self._render: Callable[..., str] | None = None
        self._names = frozenset[str]()

    @property
    def place(self) -> str:
        """``file:line``, or the place of the key that holds it."""
        return f"{self._start}:{self._line}" if self._line else self._start

    @property
    def names(self) -> frozenset[str]:
        """What it refers to. Raises SpecError for what is no template."""
        self.compile()
        return self._names

    def compile(self) -> Callable[..., str]:
        """Raises SpecError with the place."""
        if self._render is None:
            try:
                with warnings.catch_warnings(action="ignore"):
                    names = meta.find_undeclared_variables(_ENVIRONMENT.parse(self.text))
                    template = _ENVIRONMENT.from_string(self.text)
            except TemplateSyntaxError as error:
                at = self._line + error.lineno - 1 if self._line else error.lineno
                raise SpecError(f"{self._start}:{at}: {error.message}") from error
            template.globals = _GLOBALS
            self._render, self._names = template.render, frozenset(names) - _MATHS.keys()
        return self._render

    def __call__(self, context: Mapping[str, Any]) -> str:
        """The rendered text. Raises SpecError if it fails or is empty."""
        render = self.compile()
        _note(self.place)
        try:
            text = render(**context).strip()
        except Exception as error:
            raise SpecError(f"{self.place}: {_told(error)}") from error
        if not text:
            raise SpecError(f"{self.place}: renders to nothing")
        return text


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
