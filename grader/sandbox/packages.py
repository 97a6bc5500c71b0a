"""What an assignment's packages need on disk: an allow-list of top-level files and folders.

A package that is not listed is not mounted, so inside the pen it does not exist. The closure follows each
distribution's own requirements without extras. Source: the core metadata specification (Requires-Dist) and
PEP 427 (RECORD).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from grader.core.errors import SandboxError

ALWAYS = "numpy"  # the wire needs it
_IGNORED = ("..", "__pycache__", "bin")


@dataclass(frozen=True, slots=True)
class Packages:
    """Attributes: places: files and folders to mount; modules: import names of the listed packages."""

    places: tuple[Path, ...]
    modules: tuple[str, ...]


def allow_list(names: Sequence[str]) -> Packages:
    """Places and import names of these distributions and of numpy. Raises SandboxError if one is absent."""
    return _allow_list(tuple(sorted({canonicalize_name(name) for name in (*names, ALWAYS)})))


@functools.cache
def _allow_list(names: tuple[str, ...]) -> Packages:
    places: dict[str, Path] = {}
    modules: list[str] = []
    waiting, seen = list(names), set(names)
    while waiting:
        name = waiting.pop(0)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            if name in names:
                raise SandboxError(
                    f"package {name} of the assignment is not installed; install it here"
                ) from None
            continue  # not needed here, or a broken installation: the import will say so
        tops = _top_levels(distribution)
        places.update(
            (top, path) for top in tops if (path := Path(str(distribution.locate_file(top)))).exists()
        )
        if name in names:
            modules += _importable(name, tops)
        for required in _requirements(distribution):
            if required not in seen:
                seen.add(required)
                waiting.append(required)
    return Packages(tuple(places[top].resolve() for top in sorted(places)), tuple(modules))


def _top_levels(distribution: metadata.Distribution) -> list[str]:
    """First path components of the installed files, in sorted order."""
    record = distribution.read_text("RECORD")
    if record is not None:
        paths = [line.lstrip('"').split(",", 1)[0] for line in record.splitlines()]
    else:  # installed by a system package manager
        paths = (distribution.read_text("top_level.txt") or str(distribution.metadata["Name"])).split()
    tops = {path.split("/", 1)[0] for path in paths if path}
    return sorted(
        top for top in tops if top not in _IGNORED and not top.endswith(".pth") and not top.startswith("/")
    )


def _importable(name: str, tops: list[str]) -> list[str]:
    """The module to import beforehand: the one named like the distribution, else its first."""
    modules = [top.removesuffix(".py") for top in tops if top.removesuffix(".py").isidentifier()]
    like = [module for module in modules if canonicalize_name(module) == name]
    return like[:1] or [module for module in modules if not module.startswith("_")][:1]


def _requirements(distribution: metadata.Distribution) -> list[str]:
    found: list[str] = []
    for text in distribution.requires or []:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            found.append(canonicalize_name(requirement.name))
    return found
