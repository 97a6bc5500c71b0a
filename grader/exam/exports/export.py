"""What an export gives: files, and what its format cannot carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Export:
    """files: relative path → bytes; notes: what the instructor must know of this format, a plain sentence each."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...]
