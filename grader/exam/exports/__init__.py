"""Frozen forms → the files of learning platforms, word processors and browsers. A format is a function, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Protocol, cast

from grader.exam.exports.export import Export
from grader.exam.form import Form

__all__ = ["EXPORTS", "Export", "Exporter"]

_FORMATS = ("html", "moodle", "qti21", "canvas", "gift", "docx")


class Exporter(Protocol):
    """Writes forms, in any order, with this many processes. Same forms, same bytes."""

    def __call__(self, forms: Sequence[Form], jobs: int) -> Export: ...


def _lazy(name: str) -> Exporter:
    """`export` of the module of this name, imported when it is called."""

    def export(forms: Sequence[Form], jobs: int) -> Export:
        return cast(Exporter, import_module(f"{__name__}.{name}").export)(forms, jobs)

    return export


EXPORTS: Mapping[str, Exporter] = MappingProxyType({name: _lazy(name) for name in _FORMATS})
