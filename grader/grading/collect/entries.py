"""A look into folders that others filled: names, kinds and times, without following a link or opening a device."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader.core.text import one_line
from grader.grading.collect.found import Leftover
from grader.sandbox.archive import IntakeLimits, Refused, ignored, kind_of, read_archive

ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".tbz2", ".xz", ".txz")
LEFT = "not graded"
_MOST = 5000  # entries looked at below one folder, for its time and whether anything is in it
_SMALL = 64 << 10  # bytes; an archive that holds nothing is not larger
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file or a folder. origin: its path below the searched folder, safe to show.

    changed, status_changed: seconds since the epoch of the last write, which the owner may set, and of the last change
    of anything about it, which nobody may. owner: the user's number.
    """

    name: str
    path: Path
    origin: str
    folder: bool
    size: int
    changed: float
    status_changed: float = 0.0
    owner: int = -1

    @property
    def time(self) -> datetime | None:
        """When the file, or the newest file of the folder, was written."""
        times = (status.st_mtime for status in _files(self.path)) if self.folder else (self.changed,)
        return utc(max(times, default=self.changed))

    @property
    def empty(self) -> bool:
        """Whether it is a folder or an archive that holds no file."""
        if self.folder:
            return next(_files(self.path), None) is None
        if not self.name.lower().endswith(ARCHIVES) or self.size > _SMALL:
            return False
        data = read(self.path, _SMALL)
        kind = kind_of(data) or ("tar" if self.name.lower().endswith(".tar") else "")
        try:
            return not data or (bool(kind) and not read_archive(data, kind, IntakeLimits()))
        except Refused:
            return False  # what is wrong with it is for its grading to say


def entries(folder: Path, prefix: str = "") -> tuple[list[Entry], list[Leftover]]:
    """The files and folders in `folder` by name, and what is neither. What systems leave behind is not listed.

    prefix: how the folder is called in `origin`, with a slash.
    """
    found: list[Entry] = []
    leftovers: list[Leftover] = []
    try:
        with os.scandir(folder) as scan:
            listed = sorted(scan, key=lambda entry: entry.name)
        for entry in listed:
            status = entry.stat(follow_symlinks=False)
            shown = prefix + (one_line(entry.name) or "?")
            if ignored(entry.name):
                continue
            if stat.S_ISLNK(status.st_mode):
                leftovers.append(Leftover(shown, "is a link", "not followed, not graded"))
            elif not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
                leftovers.append(Leftover(shown, "is neither a file nor a folder", "not opened, not graded"))
            else:
                is_folder = stat.S_ISDIR(status.st_mode)
                path = Path(entry.path)
                times = status.st_mtime, status.st_ctime
                found.append(Entry(entry.name, path, shown, is_folder, status.st_size, *times, status.st_uid))
    except OSError as error:
        leftovers.append(Leftover(prefix or ".", f"cannot be read: {error.strerror}", LEFT))
    return found, leftovers


def left(unused: Iterable[Entry], why: str, done: str = LEFT) -> list[Leftover]:
    """The entries as leftovers for one reason."""
    return [Leftover(entry.origin, why, done) for entry in unused]


def read(path: Path, most: int) -> bytes:
    """At most this many bytes of a regular file that is no link; empty if that cannot be."""
    try:
        with os.fdopen(os.open(path, _READ), "rb") as file:
            return file.read(most) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
    except OSError:
        return b""


def utc(seconds: float) -> datetime | None:
    """A time since the epoch, aware; None for one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _files(folder: Path) -> Iterator[os.stat_result]:
    """The status of each regular file below, hidden ones left out."""
    folders, seen = [folder], 0
    while folders and seen < _MOST:
        try:
            with os.scandir(folders.pop()) as scan:
                for entry in scan:
                    seen += 1
                    if ignored(entry.name) or seen > _MOST:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    elif entry.is_file(follow_symlinks=False):
                        yield entry.stat(follow_symlinks=False)
        except OSError:
            continue
