"""Load a reference folder as a package of its own, and build variants of it: the module with one name replaced."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import types
from dataclasses import dataclass
from pathlib import Path

from grader.checks.misconception import DECLARED, Misconception, Stateful, Variant
from grader.core.errors import SpecError


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference of one assignment.

    Attributes:
        module: `solution.py`, executed.
        folder: where it lies.
        misconceptions: name cards and wrong variants, in the order of their declaration.
    """

    module: types.ModuleType
    folder: Path
    misconceptions: tuple[tuple[Misconception, Variant], ...]

    def variant(self, card: Misconception, wrong: Variant) -> types.ModuleType:
        """A fresh copy of the reference in which `card.function` is the wrong one, for its callers, too."""
        module = types.ModuleType(self.module.__name__)
        module.__file__, module.__package__ = self.module.__file__, self.module.__package__
        exec(_code(self.folder / "solution.py"), module.__dict__)
        setattr(module, card.function, wrong.make() if isinstance(wrong, Stateful) else wrong)
        return module

    def names_of_code(self) -> dict[types.CodeType, str]:
        """Code object → the top-level name of the reference that it belongs to."""
        names: dict[types.CodeType, str] = {}
        for name, value in vars(self.module).items():
            if isinstance(value, types.FunctionType):
                names[value.__code__] = name
            elif isinstance(value, type) and value.__module__ == self.module.__name__:
                methods = (item for item in vars(value).values() if isinstance(item, types.FunctionType))
                names.update({method.__code__: name for method in methods})
        return names


def load(folder: Path) -> Reference:
    """Load `solution.py` and `misconceptions.py` of a reference folder. Raises SpecError with file and line."""
    package, module = load_solution(folder)
    DECLARED.clear()
    path = folder / "misconceptions.py"
    if path.exists():
        _load_file(path, package, "misconceptions")
    declared = tuple(DECLARED)
    seen: set[str] = set()
    for card, _ in declared:
        if not hasattr(module, card.function):
            raise SpecError(f'{path}: misconception "{card.id}": solution.py has no `{card.function}`')
        if card.id in seen:
            raise SpecError(f'{path}: misconception "{card.id}" is declared twice')
        seen.add(card.id)
    return Reference(module, folder, declared)


def load_solution(folder: Path) -> tuple[str, types.ModuleType]:
    """The name of a new package for this folder, and its `solution.py`. Raises SpecError with file and line."""
    package = _package(folder)
    return package, _load_file(folder / "solution.py", package, "solution")


def _package(folder: Path) -> str:
    """A package name for relative imports (`from . import solution`); one per folder, so courses do not mix."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]
    name = f"_reference_{folder.name}_{digest}"
    for loaded in [other for other in sys.modules if other.startswith(f"{name}.")]:
        del sys.modules[loaded]  # files that misconceptions.py imports declare theirs when they are executed
    package = types.ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    return name


def _load_file(path: Path, package: str, stem: str) -> types.ModuleType:
    name = f"{package}.{stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SpecError(f"{path}: expected this file of the reference, it does not exist")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    setattr(sys.modules[package], stem, module)
    try:
        exec(_code(path), module.__dict__)
    except SpecError:
        raise
    except Exception as error:  # a broken course file is the instructor's to mend: name the place
        trace, line = error.__traceback__, 0
        while trace is not None:
            line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == str(path) else line
            trace = trace.tb_next
        raise SpecError(f"{path}:{line}: {type(error).__name__}: {error}") from error
    return module


def _code(path: Path) -> types.CodeType:
    try:
        return compile(path.read_bytes(), str(path), "exec")
    except SyntaxError as error:
        raise SpecError(f"{path}:{error.lineno}: {error.msg}") from error
