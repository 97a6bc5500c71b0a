"""When HEAD of a clone was committed, read from the files of ``.git`` alone.

Git itself is not run: what a repository's configuration may make it start is not ours to judge. Branches are read
from loose and packed refs, commits from loose objects and packs (version 2 index, also as deltas). Sources:
git-scm.com/docs/gitrepository-layout, gitformat-pack.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_left
from datetime import datetime
from pathlib import Path

from grader.grading.collect.entries import entries, read, utc

_SHA = re.compile(rb"[0-9a-f]{40}")
_REF = re.compile(r"refs/[\w./@+-]+")
_COMMITTER = re.compile(rb"^committer [^\n]*> (\d{1,12}) [+-]\d{4}$", re.MULTILINE)
_COMMIT, _OFFSET_DELTA, _NAMED_DELTA = 1, 6, 7  # types of an entry in a pack
_LARGEST = 1 << 20  # bytes of a commit
_LARGEST_PACK = 256 << 20
_DEEPEST = 60  # deltas upon deltas; git makes 50


def committed(clone: Path) -> datetime | None:
    """The committer's time of HEAD, in UTC; None if it cannot be read. The committer's machine has set it."""
    git = clone / ".git"
    try:
        name = _head(git)
        commit = (_loose(git, name) or _packed(git, name)) if name else b""
        header = commit.partition(b"\n\n")[0]
        found = _COMMITTER.search(header)
        return utc(int(found[1])) if found else None
    except (OSError, ValueError, IndexError, zlib.error):
        return None  # damaged, or made to damage us


def _head(git: Path) -> str:
    """The name of the commit that HEAD stands for, in hexadecimal, or nothing."""
    head = read(git / "HEAD", 1024).strip()
    if _SHA.fullmatch(head):
        return head.decode()
    ref = head.removeprefix(b"ref: ").decode("utf-8", "replace")
    if not _REF.fullmatch(ref) or ".." in ref:
        return ""
    loose = read(git / ref, 64).strip()
    if _SHA.fullmatch(loose):
        return loose.decode()
    for line in read(git / "packed-refs", _LARGEST).splitlines():
        name, _, branch = line.partition(b" ")
        if branch == ref.encode() and _SHA.fullmatch(name):
            return name.decode()
    return ""


def _loose(git: Path, name: str) -> bytes:
    data = read(git / "objects" / name[:2] / name[2:], _LARGEST)
    return _inflated(data).partition(b"\0")[2] if data else b""


def _packed(git: Path, name: str) -> bytes:
    for entry in entries(git / "objects" / "pack")[0]:
        if entry.name.endswith(".idx") and not entry.folder:
            index = read(entry.path, _LARGEST_PACK)
            offset = _offset(index, bytes.fromhex(name))
            if offset is not None:
                return _object(read(entry.path.with_suffix(".pack"), _LARGEST_PACK), index, offset, _DEEPEST)
    return b""


def _offset(index: bytes, name: bytes) -> int | None:
    """Where in the pack the object lies: 256 counts, sorted names, checksums, offsets of four bytes."""
    if index[:8] != b"\xfftOc\0\0\0\2":
        return None
    count = int.from_bytes(index[8 + 4 * 255 : 8 + 4 * 256], "big")
    names = range(8 + 1024, 8 + 1024 + 20 * count, 20)
    place = bisect_left(names, name, key=lambda start: index[start : start + 20])
    if place == len(names) or index[names[place] : names[place] + 20] != name:
        return None
    offset = names.stop + 4 * count + 4 * place
    return int.from_bytes(index[offset : offset + 4], "big") & 0x7FFFFFFF


def _object(pack: bytes, index: bytes, offset: int, depth: int) -> bytes:
    """The content of the commit at this offset; empty if it is anything else."""
    if depth == 0:
        return b""
    place, kind = offset, pack[offset] >> 4 & 7
    while pack[place] & 0x80:  # the size, in groups of seven bits, is not needed
        place += 1
    place += 1
    if kind == _COMMIT:
        return _inflated(pack[place : place + _LARGEST])
    if kind == _OFFSET_DELTA:
        back = pack[place] & 0x7F
        while pack[place] & 0x80:
            place += 1
            back = (back + 1 << 7) | pack[place] & 0x7F
        base, place = offset - back, place + 1
    elif kind == _NAMED_DELTA:
        named = _offset(index, pack[place : place + 20])
        base, place = -1 if named is None else named, place + 20
    else:
        return b""
    if not 0 <= base < len(pack):
        return b""
    return _patched(_object(pack, index, base, depth - 1), _inflated(pack[place : place + _LARGEST]))


def _patched(base: bytes, delta: bytes) -> bytes:
    """The delta applied: copies from the base and insertions, after the sizes of both."""
    place = 0
    for _ in range(2):
        while delta[place] & 0x80:
            place += 1
        place += 1
    out = bytearray()
    while place < len(delta) and len(out) <= _LARGEST:
        order, place = delta[place], place + 1
        if not order & 0x80:
            out += delta[place : place + order]
            place += order
            continue
        numbers = [0, 0]
        for bit in range(7):
            if order & 1 << bit:
                which, shift = (0, bit) if bit < 4 else (1, bit - 4)
                numbers[which] |= delta[place] << 8 * shift
                place += 1
        out += base[numbers[0] : numbers[0] + (numbers[1] or 0x10000)]
    return bytes(out)


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, _LARGEST)
