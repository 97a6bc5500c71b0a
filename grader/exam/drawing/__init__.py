"""Figures of questions, drawn from data: curves, grids of cells, small networks. The same data give the same bytes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from grader.core.errors import SpecError
from grader.exam.drawing import cells, curves, network
from grader.exam.item import Figure


@dataclass(frozen=True, slots=True)
class _Kind:
    """How data of this kind are read, what is wrong with them, how they are drawn and told."""

    data: type[msgspec.Struct]
    whole: Callable[[Any], Any]
    wrong: Callable[[Any], str]
    draw: Callable[[Any, bool], str]
    tell: Callable[[Any], str]


def _lines(data: Any) -> Any:
    return data if isinstance(data, Mapping) and "lines" in data else {"lines": data}


def _grids(data: Any) -> Any:
    if isinstance(data, Mapping):
        return data if "grids" in data else {"grids": data}
    return {"grids": {"": data}}


def _layers(data: Any) -> Any:
    """Sizes stand for layers of units without names."""
    whole = dict(data) if isinstance(data, Mapping) else {"layers": data}
    if isinstance(whole.get("layers"), list):
        whole["layers"] = [[""] * one if isinstance(one, int) else one for one in whole["layers"]]
    return whole


KINDS = {
    "curves": _Kind(curves.Curves, _lines, curves.wrong, curves.draw, curves.tell),
    "map": _Kind(cells.Map, _grids, cells.wrong, cells.draw, cells.tell),
    "network": _Kind(network.Network, _layers, network.wrong, network.draw, network.tell),
}


def picture(kind: str, data: Any, small: bool = False) -> Figure:
    """The drawing of plain data, with their description; small: an option. Raises SpecError for what cannot be drawn.

    data: fields of `Curves`, `Map` or `Network`; or in short {name: numbers}, a matrix or {title: matrix}, sizes.
    """
    if not _finite(data):
        raise SpecError(f"{kind}: holds a number that is not finite")
    try:
        return _picture(kind, msgspec.json.encode(data), small)
    except (TypeError, msgspec.MsgspecError) as error:
        raise SpecError(f"{kind}: {error}") from None


@lru_cache(maxsize=4096)
def _picture(kind: str, encoded: bytes, small: bool) -> Figure:
    drawn = KINDS[kind]
    data = msgspec.convert(drawn.whole(msgspec.json.decode(encoded)), drawn.data)
    if wrong := drawn.wrong(data):
        raise SpecError(f"{kind}: {wrong}")
    return Figure(svg=drawn.draw(data, small), alt=drawn.tell(data))


def _finite(data: Any) -> bool:
    if isinstance(data, Mapping):
        return all(map(_finite, data.values()))
    if isinstance(data, (list, tuple)):
        return all(map(_finite, data))
    return not isinstance(data, float) or math.isfinite(data)
