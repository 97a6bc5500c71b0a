"""Runs of the reference on slow checks, kept on disk: a training of half a minute is not repeated by every judge.

Only a run that passed is kept, under a key over everything that it depends on: the course's files, the grader's own
code, seed, image set and versions. A file that cannot be read or written is as if it were not there.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

import grader
from grader.checks import trace as traces
from grader.checks.trace import Trace
from grader.pen.wire import WireError

_MOST = 200  # files in the folder


class _Kept(msgspec.Struct, frozen=True):
    """`Past` as it lies on disk."""

    trace: bytes
    touched: list[str]
    needed: int


@dataclass(frozen=True, slots=True)
class Past:
    """What the reference's run left: its trace, the names of the reference that it called, bytes that it needed."""

    trace: Trace
    touched: frozenset[str]
    needed: int = 0


@dataclass(frozen=True, slots=True)
class Remembered:
    """A folder of such runs. about: what all of them depend on."""

    folder: Path
    about: tuple[str, ...]

    def get(self, check: str, case: str, seed: int) -> Past | None:
        """The kept run, or None."""
        try:
            kept = msgspec.msgpack.decode(self._path(check, case, seed).read_bytes(), type=_Kept)
            return Past(traces.load(kept.trace), frozenset(kept.touched), kept.needed)
        except (OSError, msgspec.DecodeError, WireError, KeyError, TypeError, ValueError):
            return None

    def put(self, check: str, case: str, seed: int, past: Past) -> None:
        """Keep a run that passed; the oldest of too many goes."""
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._path(check, case, seed)
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            kept = _Kept(traces.dump(past.trace), sorted(past.touched), past.needed)
            draft.write_bytes(msgspec.msgpack.encode(kept))
            draft.replace(path)
            ages = sorted(self.folder.iterdir(), key=lambda file: file.stat().st_mtime)
            for old in ages[:-_MOST]:
                old.unlink()

    def _path(self, check: str, case: str, seed: int) -> Path:
        parts = (*self.about, _own_code(), check, case, str(seed))
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return self.folder / digest[:32]


@cache
def _own_code() -> str:
    """A hash over the grader's modules: its own change must not be hidden by what is kept."""
    digest = hashlib.sha256()
    for path in sorted(Path(grader.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
