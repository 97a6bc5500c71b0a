"""The plain values in a pickle, read without unpickling: nothing is imported and nothing is called.

CIFAR-10 comes as pickles, and a pickle is a program for a small stack machine that may call anything. Here its
opcodes are walked (`pickletools.genops` decodes them and runs none); what would be a call becomes a `Call`, a
note of the name, the arguments and the state. `byte_array` knows what such a note means for numpy's arrays.
Source: the comments of Python's pickletools.py; `ndarray.__reduce__` of numpy.
"""

from __future__ import annotations

import io
import pickletools
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

_MARK = object()
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_LITERALS = frozenset(
    {"BININT", "BININT1", "BININT2", "LONG1"}
    | {"SHORT_BINUNICODE", "BINUNICODE", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8"}
)
_SILENT = frozenset({"PROTO", "FRAME", "STOP"})
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class Unreadable(ValueError):
    """Not a pickle of plain values; the text says why."""


@dataclass(slots=True)
class Call:
    """What the pickle would have called (``module name``), with which arguments, and the state set afterwards."""

    name: str
    args: Any = ()
    state: Any = None


def plain_values(data: bytes) -> object:
    """The dictionaries, lists, tuples, numbers, strings, bytes and Calls that a pickle holds.

    Python 2's strings are bytes. Memory is in proportion to `data`. Raises Unreadable for anything else.
    """
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    try:
        for opcode, found, _ in pickletools.genops(io.BytesIO(data)):
            name, argument = opcode.name, cast(Any, found)
            if name in ("BINPUT", "LONG_BINPUT", "MEMOIZE"):
                memo[len(memo) if argument is None else argument] = stack[-1]
            elif name in ("BINGET", "LONG_BINGET"):
                stack.append(memo[argument])
            elif name not in _SILENT:
                _step(stack, name, argument)
        (result,) = stack
    except Unreadable:
        raise
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"is damaged ({type(error).__name__})") from error
    return result


def byte_array(value: object) -> NDArray[np.uint8]:
    """The array of uint8 that this Call would have made. Raises Unreadable for another type, order or size."""
    problem = Unreadable("holds something else where an array of bytes was expected")
    if not isinstance(value, Call) or not value.name.endswith("multiarray _reconstruct"):
        raise problem
    try:
        _, shape, dtype, fortran, raw = value.state
        content = raw if isinstance(raw, bytes) else raw.args[0].encode("latin-1")  # protocol 2 by Python 3
        if dtype.name != "numpy dtype" or dtype.args[0] not in ("u1", b"u1") or fortran:
            raise problem
        return np.frombuffer(content, np.uint8).reshape(shape)
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise problem from error


def _step(stack: list[Any], name: str, argument: Any) -> None:
    """One opcode that is neither about the memo nor silent."""
    if name in _LITERALS:
        stack.append(argument)
    elif name in ("SHORT_BINSTRING", "BINSTRING"):
        stack.append(argument.encode("latin-1"))  # genops shows bytes as Latin-1
    elif name in _CONSTANTS:
        stack.append(_CONSTANTS[name])
    elif name == "MARK":
        stack.append(_MARK)
    elif name == "GLOBAL":
        stack.append(Call(argument))
    elif name == "STACK_GLOBAL":
        stack[-2:] = [Call(f"{stack[-2]} {stack[-1]}")]
    elif name == "REDUCE":
        stack[-2:] = [Call(stack[-2].name, stack[-1])]
    elif name == "BUILD":
        state = stack.pop()
        stack[-1].state = state
    else:
        _collect(stack, name)


def _collect(stack: list[Any], name: str) -> None:
    """Tuples, lists and dictionaries."""
    if name in _TUPLES:
        start = len(stack) - _TUPLES[name]
        stack[start:] = [tuple(stack[start:])]
    elif name == "TUPLE":
        stack.append(tuple(_to_mark(stack)))
    elif name == "EMPTY_LIST":
        stack.append([])
    elif name == "EMPTY_DICT":
        stack.append({})
    elif name in ("APPEND", "APPENDS"):
        items = _to_mark(stack) if name == "APPENDS" else [stack.pop()]
        stack[-1].extend(items)
    elif name in ("SETITEM", "SETITEMS"):
        items = _to_mark(stack) if name == "SETITEMS" else [stack.pop(-2), stack.pop()]
        stack[-1].update(zip(items[::2], items[1::2], strict=True))
    else:
        raise Unreadable(f"uses the pickle opcode {name}, which plain values do not need")


def _to_mark(stack: list[Any]) -> list[Any]:
    place = len(stack) - 1
    while stack[place] is not _MARK:
        place -= 1
    items = stack[place + 1 :]
    del stack[place:]
    return items
