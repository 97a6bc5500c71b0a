"""The bank: every question file below `question_bank/`, and what is wrong with those that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from grader.core.errors import SpecError, UsageError
from grader.exam.template import SUFFIX, Template, read

FOLDER = "question_bank"


MISCONCEPTIONS = "misconceptions.yaml"


def misconceptions(root: Path) -> dict[str, str]:
    """Ids of mistakes that only questions in words have → a sentence each. Raises SpecError for a damaged file."""
    path = root / FOLDER / MISCONCEPTIONS
    shown = f"{FOLDER}/{MISCONCEPTIONS}"
    if not path.is_file():
        return {}
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise SpecError(f"{shown}: not YAML: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise SpecError(f"{shown}: expected ids, each with a sentence")
    return {str(name): str(text) for name, text in found.items()}


@dataclass(frozen=True, slots=True)
class Bank:
    """Templates by topic and id. broken: file → why it is none."""

    templates: tuple[Template, ...]
    broken: tuple[tuple[str, str], ...] = ()

    def topics(self) -> list[str]:
        """The folders, by name."""
        return sorted({template.file.topic for template in self.templates})

    def get(self, name: str) -> Template:
        """The template of this id. Raises UsageError."""
        for template in self.templates:
            if template.id == name:
                return template
        raise UsageError(f'there is no question "{name}"; see: grader exam list')

    def only(self, topic: str | None = None, ids: Sequence[str] = ()) -> Bank:
        """Those of a topic, or those named. Raises UsageError for unknown ones."""
        if topic is not None and topic not in self.topics():
            raise UsageError(f'there is no topic "{topic}"; known are {", ".join(self.topics())}')
        chosen = [self.get(name) for name in ids] if ids else list(self.templates)
        return Bank(tuple(one for one in chosen if topic in (None, one.file.topic)), self.broken)


def open_bank(root: Path, eager: bool = True) -> Bank:
    """The bank of the course at `root`. Raises UsageError if it has none. A file that repeats an id is a broken one.

    eager: compile all of it now, so that `broken` holds every file that has a mistake.
    """
    folder = root / FOLDER
    if not folder.is_dir():
        raise UsageError(f"{folder}: the course has no question bank")
    templates: list[Template] = []
    broken: list[tuple[str, str]] = []
    places: dict[str, str] = {}
    for path in sorted(folder.glob(f"*/*{SUFFIX}")):
        shown = path.relative_to(root).as_posix()
        try:
            template = read(path, shown, eager)
        except SpecError as error:
            broken.append((shown, str(error)))
            continue
        if template.id in places:
            broken.append((shown, f'{shown}: id: "{template.id}" is used in {places[template.id]}, too'))
            continue
        places[template.id] = shown
        templates.append(template)
    return Bank(tuple(templates), tuple(broken))
