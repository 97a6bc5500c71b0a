"""The reference functions that expressions may call: `conv_arithmetic.conv_out`; and the same under a misconception.

Public ones, without leading underscore, of ``reference/<slug>/solution.py`` or ``facts.py`` (functions that only exams
use). A solution that imports torch is not loaded: what exams need of it stands in its `facts.py`.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.checks import reference
from grader.checks.misconception import Misconception
from grader.checks.reference import Reference
from grader.core.errors import SpecError

_TORCH = re.compile(r"^\s*(import|from)\s+torch\b", re.MULTILINE)


class Namespace:
    """The public functions of one slug, as an expression sees them."""

    __slots__ = ("_functions",)

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._functions = dict(functions)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        try:
            return self._functions[name]
        except KeyError:
            raise AttributeError(name) from None

    def __dir__(self) -> list[str]:
        return sorted(self._functions)


@dataclass(slots=True)
class Functions:
    """All slugs of a course's `reference/` folder; each is loaded when it is first asked for."""

    folder: Path
    _loaded: dict[str, tuple[Reference | None, Namespace]] = field(default_factory=dict)
    _wrong: dict[str, Namespace] = field(default_factory=dict)

    def slugs(self) -> list[str]:
        """Those that have a reference, by name."""
        return sorted(path.parent.name for path in self.folder.glob("*/solution.py"))

    def namespace(self, slug: str) -> Namespace:
        """The right functions. Raises SpecError for a reference that cannot be loaded."""
        return self._load(slug)[1]

    def touched(self, slug: str, work: Callable[[], object]) -> frozenset[str]:
        """The public names of this reference that run while `work` does."""
        loaded = self._load(slug)[0]
        if loaded is None:
            return frozenset()
        codes, found = loaded.names_of_code(), set[str]()

        def see(frame: types.FrameType, event: str, argument: object) -> None:
            if event == "call" and frame.f_code in codes:
                found.add(codes[frame.f_code])

        sys.setprofile(see)
        try:
            work()
        finally:
            sys.setprofile(None)
        return frozenset(found)

    def misconceptions(self, slug: str) -> list[Misconception]:
        """Name cards of the slug's misconceptions, in the order of their declaration."""
        loaded = self._load(slug)[0]
        return [] if loaded is None else [card for card, _ in loaded.misconceptions if not card.accepted]

    def under(self, card: Misconception) -> Namespace:
        """The slug's functions with this one replaced by its misconception, for its callers, too."""
        if card.id not in self._wrong:
            loaded, right = self._load(card.id.partition(".")[0])
            assert loaded is not None
            wrong = next(code for other, code in loaded.misconceptions if other is card)
            module = loaded.variant(card, wrong)
            self._wrong[card.id] = Namespace(
                {name: getattr(module, name, None) or getattr(right, name) for name in dir(right)}
            )
        return self._wrong[card.id]

    def _load(self, slug: str) -> tuple[Reference | None, Namespace]:
        if slug not in self._loaded:
            folder, found, loaded = self.folder / slug, dict[str, Callable[..., Any]](), None
            if not _TORCH.search((folder / "solution.py").read_text(encoding="utf-8")):
                loaded = reference.load(folder)
                found |= _public(loaded.module)
            if (folder / "facts.py").is_file():
                found |= _public(_facts(slug, folder / "facts.py"))
            self._loaded[slug] = loaded, Namespace(found)
        return self._loaded[slug]


def _public(module: types.ModuleType) -> dict[str, Callable[..., Any]]:
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, types.FunctionType)
        and not name.startswith("_")
        and value.__module__ == module.__name__
    }


def _facts(slug: str, path: Path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(f"_facts_{slug}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a broken course file is the instructor's to mend
        raise SpecError(f"{path}: {type(error).__name__}: {error}") from error
    return module
