"""What is kept of a hand-in that was refused: the reason, what lay there with its fingerprints, and the bytes.

Kept in place of the files that would be graded, so that the record needs no folder to say what was refused and why.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Literal

import msgspec

from grader.grading.collect.found import Found
from grader.sandbox.archive import IntakeLimits
from grader.sandbox.intake import Intake

REFUSED = ".refused.json"
"""Its name among the files on record; no hand-in that is accepted has a file whose name begins with a dot."""
KEPT = IntakeLimits().total
"""Bytes that are kept of one hand-in: what one that is accepted may have. Of the rest only the fingerprints are."""
_FILES = IntakeLimits().entries  # listed of one hand-in
_READ = 256 << 20  # bytes of a file, of which a fingerprint is taken
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A file that lay there. sha256: empty for what cannot be read, is no regular file or has more than 256 MiB."""

    name: str
    bytes: int
    sha256: str = ""
    kept: bool = False


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing of it was graded, and what it was. absent: see `Intake`."""

    schema: Literal["grader.refused/1"] = "grader.refused/1"
    reason: str
    absent: bool
    files: tuple[Item, ...]


def kept(found: Found, intake: Intake) -> dict[str, bytes]:
    """The files on record for a refused hand-in: `REFUSED`, and below ``refused/`` whatever there is room for."""
    room, items, files = KEPT, list[Item](), dict[str, bytes]()
    for name, path in islice(_lying(found), _FILES):
        shown = name.encode("utf-8", "backslashreplace").decode()
        item, data = _looked_at(shown, path, room)
        items.append(item)
        if item.kept:
            files[f"refused/{shown}"] = data
            room -= len(data)
    record = Refusal(reason=intake.refusal or "", absent=intake.absent, files=tuple(items))
    return {REFUSED: msgspec.json.format(msgspec.json.encode(record)) + b"\n", **files}


def refusal_of(files: Mapping[str, bytes]) -> Refusal | None:
    """What `kept` wrote; None for the files of a hand-in that was accepted."""
    try:
        return msgspec.json.decode(files[REFUSED], type=Refusal)
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _lying(found: Found) -> Iterator[tuple[str, Path]]:
    """Name → file, of all that lies at the place of this attempt, in order; no link is followed."""
    if found.parts:
        yield from found.parts
        return
    if not stat.S_ISDIR(found.path.lstat().st_mode):
        yield found.path.name, found.path
        return
    for folder, folders, names in os.walk(found.path):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            path = Path(folder) / name
            yield path.relative_to(found.path).as_posix(), path


def _looked_at(name: str, path: Path, room: int) -> tuple[Item, bytes]:
    """The file as it is listed, and its bytes if they are kept."""
    try:
        size = path.lstat().st_size
    except OSError:
        return Item(name=name, bytes=0), b""
    try:
        with os.fdopen(os.open(path, _OPEN), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode) or size > _READ:
                return Item(name=name, bytes=size), b""
            if size > room:
                return Item(
                    name=name, bytes=size, sha256=hashlib.file_digest(file, "sha256").hexdigest()
                ), b""
            data = file.read(room)
    except OSError:
        return Item(name=name, bytes=size), b""
    return Item(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), kept=True), data
