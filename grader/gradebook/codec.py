"""A `SubmissionResult` as stored: JSON from which the equal value is built again, private details included.

The form follows the fields of the dataclasses, so a field that is added later with a default still reads what was
stored before. Fractions are "3/4"; ASCII only, so that no character that a student printed can be refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from grader.core.errors import GraderError
from grader.core.result import SubmissionResult

FORM = "grader.stored/1"
_ALREADY = {str, int, float, bool, type(None)}


def encoded(result: SubmissionResult) -> str:
    """The JSON text."""
    plain = {"form": FORM, "result": _plain(result)}
    return json.dumps(plain, ensure_ascii=True, separators=(",", ":"), sort_keys=True)


def decoded(text: str) -> SubmissionResult:
    """The result. Raises GraderError for text that is not what `encoded` gives."""
    try:
        document = json.loads(text)
        if document["form"] != FORM:
            raise GraderError(f"a stored result has the form {document['form']!r}; this program reads {FORM}")
        result: SubmissionResult = _reader(SubmissionResult)(document["result"])
        return result
    except (ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError, RecursionError) as error:
        raise GraderError(f"a stored result cannot be read: {type(error).__name__}: {error}") from None


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _ALREADY:
        return value
    if kind is tuple:
        return [_plain(one) for one in value]
    if kind is Fraction:
        return str(value)
    if is_dataclass(kind):
        return {"is": kind.__name__} | {name: _plain(getattr(value, name)) for name in _readers(kind)}
    if isinstance(value, Mapping):
        # pairs, not an object: the order is part of the value, for curves it is the order of the lines
        return [[key, _plain(one)] for key, one in value.items()]
    return float(value) if isinstance(value, float) else value.value  # NumPy's float64, or an enumeration


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What builds a value of this annotated type from its JSON value."""
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _record([kind])
    if origin in (Union, UnionType):
        rest = [one for one in inner if one is not type(None)]
        read = _record(rest) if all(map(is_dataclass, rest)) else _reader(rest[0])
        return (lambda value: None if value is None else read(value)) if len(rest) < len(inner) else read
    if origin is tuple and inner[1:] == (...,):
        one = _reader(inner[0])
        return lambda value: tuple(one(part) for part in _list(value))
    if origin is tuple:
        parts = [_reader(part) for part in inner]
        return lambda value: tuple(read(part) for read, part in zip(parts, _list(value), strict=True))
    if origin is not None and origin is not Literal and issubclass(origin, Mapping):
        one = _reader(inner[1])
        return lambda value: {str(key): one(part) for key, part in _list(value)}
    if kind is Fraction or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return lambda value: kind(_typed(value, str))
    if kind is float:
        return lambda value: float(_typed(value, (int, float)))
    return lambda value: _typed(value, str if origin is Literal else kind)


def _record(kinds: Sequence[Any]) -> Callable[[Any], Any]:
    named = {kind.__name__: kind for kind in kinds}

    def read(value: Any) -> Any:
        kind = named[value["is"]]
        readers = _readers(kind)
        return kind(**{name: readers[name](part) for name, part in value.items() if name != "is"})

    return read


@cache
def _readers(kind: Any) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(kind)
    return {one.name: _reader(hints[one.name]) for one in fields(kind)}


def _list(value: Any) -> list[Any]:
    return list(_typed(value, list))


def _typed(value: Any, kind: Any) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"expected {kind}, got {value!r}")
    return value
