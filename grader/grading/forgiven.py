"""`reference/<slug>/audit.yaml`: what audit lets pass, each with a reason."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from grader.core.audit import Finding
from grader.core.errors import SpecError

NAME = "audit.yaml"


class Forgiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """unnamed: example or misconception that need not get its own name. kept: check that catches nothing alone."""

    unnamed: dict[str, str] = {}
    kept: dict[str, str] = {}

    def finding(self, subject: str, text: str) -> Finding:
        """The finding, with the reason if it is forgiven."""
        return Finding(subject, text, self.unnamed.get(subject, ""))

    def stale(self, subjects: set[str], checks: set[str]) -> list[Finding]:
        """Reasons for something that is not there."""
        found = [("unnamed", name) for name in self.unnamed if name not in subjects]
        found += [("kept", name) for name in self.kept if name not in checks]
        return [Finding(NAME, f"{key}: there is no {name}") for key, name in found]


def read_forgiven(folder: Path) -> Forgiven:
    """The file in this folder; nothing is forgiven where there is none. Raises SpecError."""
    path = folder / NAME
    if not path.is_file():
        return Forgiven()
    try:
        found = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")) or {}, Forgiven)
    except yaml.YAMLError as error:
        raise SpecError(f"{path}: not YAML: {error}") from None
    except msgspec.ValidationError as error:
        raise SpecError(f"{path}: {error}; expected `unnamed:` and `kept:`, a reason for each name") from None
    empty = [name for name, reason in {**found.unnamed, **found.kept}.items() if not reason.strip()]
    if empty:
        raise SpecError(f"{path}: {empty[0]}: expected a reason, got nothing")
    return found
