"""What one check of a submission may use, and the units in which an instructor writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from grader.core.errors import SpecError

_SIZES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_TIMES = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Limits:
    """The budget of one check.

    Attributes:
        cpu: CPU seconds of all its processes together.
        wall: seconds on the judge's clock, import of the submission not included (it gets the same again).
        memory: bytes above what the fork server had, all its processes together.
        processes: processes and threads at one time.
        files: bytes that may be written to the temporary folders.
        output: bytes that may be printed.
    """

    cpu: float = 10.0
    wall: float = 20.0
    memory: int = 1 << 30
    processes: int = 32
    files: int = 64 << 20
    output: int = 16 << 20


def parse_size(text: object) -> int:
    """Bytes from ``"2GiB"``; a bare integer is bytes. Raises SpecError for anything else."""
    if type(text) is int and 0 < text < 2**62:
        return text
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([kKMG]i?B|B)", text) if isinstance(text, str) else None
    size = float(match[1]) * _SIZES.get(match[2], 0) if match else 0.0
    if not 1 <= size < 2**62:
        raise SpecError(f'expected a size like "2GiB", got {_quoted(text)}')
    return int(size)


def parse_seconds(text: object) -> float:
    """Seconds from ``"10s"``, ``"500ms"`` or ``"2min"``. Raises SpecError for anything else."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?(ms|s|min|h)", text) if isinstance(text, str) else None
    seconds = float(match[1]) * _TIMES[match[2]] if match else 0.0
    if not 0 < seconds < 1e9:
        raise SpecError(f'expected a time like "10s", got {_quoted(text)}')
    return seconds


def parse_limit(name: str, value: object) -> float | int:
    """The value of one limit in its unit (seconds, bytes or a count). Raises SpecError."""
    if name in ("cpu", "wall"):
        return parse_seconds(value)
    if name in ("memory", "files", "output"):
        return parse_size(value)
    if name == "processes":
        if type(value) is not int or not 1 <= value <= 4096:
            raise SpecError(f"expected a whole number from 1 to 4096, got {_quoted(value)}")
        return value
    allowed = ", ".join(field.name for field in fields(Limits))
    raise SpecError(f"unknown limit; allowed are {allowed}")


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
