"""What one check could leave behind for the next: seen from outside, in /proc and in the temporary folders.

Checks of a submission are forks of one process and share its two temporary folders. If anything here
differs, they get namespaces of their own instead; an honest submission rarely pays for that.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass

from grader.sandbox import watch

_FOLDERS = ("tmp", "dev/shm")
_SHARED = re.compile(rb"^\S+ ...s ", re.MULTILINE)  # a line of maps: 7f00-7f01 rw-s …
_MAX_ENTRIES = 2000
_MAX_DEPTH = 20
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Rest:
    """State of a process that its forks would share or lose: threads, descriptors, shared mappings."""

    threads: int
    descriptors: int
    shared: int

    @classmethod
    def of(cls, pid: int) -> Rest:
        """Read it now; all -1 if the process is gone or hidden from us."""
        numbers = watch.status(pid)
        try:
            descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        except OSError:
            descriptors = -1
        return cls(numbers.get("Threads", -1), descriptors, _shared(pid))


def _shared(pid: int) -> int:
    """Shared mappings, touched or not: a page that the first check writes is seen by the second."""
    try:
        with open(f"/proc/{pid}/maps", "rb") as maps:
            return len(_SHARED.findall(maps.read()))
    except OSError:
        return -1


@dataclass(frozen=True, slots=True)
class Kept:
    """Temporary files as (path, inode, size, change time: nobody can set it), and process limits."""

    files: frozenset[tuple[str, int, int, int]]
    limits: str


def kept(pid: int) -> Kept | None:
    """Read it now. None if it cannot be read; too many files, or too deep, always differ."""
    files: set[tuple[str, int, int, int]] = set()
    try:
        with open(f"/proc/{pid}/limits") as text:
            limits = text.read()
        for folder in _FOLDERS:
            top = os.open(f"/proc/{pid}/root/{folder}", _OPEN)
            try:
                _collect(top, folder, files)
            finally:
                os.close(top)
    except _TooMuchError:
        return Kept(frozenset(), os.urandom(8).hex())
    except OSError:
        return None
    return Kept(frozenset(files), limits)


def _collect(folder: int, path: str, files: set[tuple[str, int, int, int]]) -> None:
    """Add everything below an open folder; the tree is the student's, so links are not followed."""
    for name in os.listdir(folder):
        entry = os.stat(name, dir_fd=folder, follow_symlinks=False)
        files.add((f"{path}/{name}", entry.st_ino, entry.st_size, entry.st_ctime_ns))
        if len(files) > _MAX_ENTRIES or path.count("/") > _MAX_DEPTH:
            raise _TooMuchError
        if stat.S_ISDIR(entry.st_mode):
            below = os.open(name, _OPEN, dir_fd=folder)
            try:
                _collect(below, f"{path}/{name}", files)
            finally:
                os.close(below)


class _TooMuchError(Exception):
    pass
