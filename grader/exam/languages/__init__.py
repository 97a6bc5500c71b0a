"""The words of covers, pages and answer sheets, a YAML file for each language; a blueprint may replace any of them."""

from __future__ import annotations

from pathlib import Path

import yaml

_FOLDER = Path(__file__).parent


def languages() -> list[str]:
    """Codes of the languages that there are words for."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def words(language: str) -> dict[str, str]:
    """Id → words of one of `languages()`."""
    found: dict[str, str] = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return found
