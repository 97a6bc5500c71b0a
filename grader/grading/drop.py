"""Delivering a hand-in: as a file for the LMS, or into a drop folder on a disk that the class shares.

A drop folder holds ``<slug>/<id>/<n>.zip``. An attempt is written beside its place and linked there: it is whole or it
is not there, and two at once both stay. Who may read it follows from the permissions of the drop folder itself: in one
of the graders' group with `chmod 3773`, the graders read everything, and a student nothing of another's.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
import zipfile
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.roster import Student
from grader.grading.handin import RECEIPT

_ATTEMPT = re.compile(r"([1-9]\d{0,5})\.zip")


def drop_folder(place: Path) -> Path:
    """The place, if it is one to drop into. Raises UsageError."""
    if not place.is_dir():
        raise UsageError(f"{place}: expected the drop folder of your course, but there is no such folder")
    return place


def drop(data: bytes, place: Path, slug: str, student: Student) -> Path:
    """Lay an attempt into the drop folder under the next number; returns its path. Raises UsageError."""
    status = drop_folder(place).stat()
    rights = stat.S_IMODE(status.st_mode)
    if not (place / slug).is_dir() and status.st_uid != os.geteuid():
        # in a folder that everybody may write to, its owner may rename what is another's
        raise UsageError(
            f"{place}: there is no folder {slug} in it yet, and only its owner may make it, with: "
            f"mkdir -m 3773 {place / slug}; nothing was handed in"
        )
    try:
        shared = _folder(place / slug, rights)  # every student makes a folder in this one
        home = _folder(shared / _spelled(shared, student.file_name), 0o700 | (rights & 0o055))
        descriptor, draft = tempfile.mkstemp(prefix=".", suffix=".part", dir=home)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            os.chmod(draft, 0o600 | (rights & 0o044))
            return _placed(Path(draft), home)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft)
    except OSError as error:
        wanted = place / slug / student.file_name
        raise UsageError(f"{wanted}: cannot be written: {error.strerror}; nothing was handed in") from None


def _folder(path: Path, mode: int) -> Path:
    """The folder, made with these permissions whatever the umask."""
    if not path.is_dir():
        before = os.umask(0)  # a chmod would take away the set-group-ID bit of a group that one is not in
        try:
            path.mkdir(mode, exist_ok=True)
        finally:
            os.umask(before)
    return path


def _spelled(shared: Path, name: str) -> str:
    """The student's folder as it was written first: ``S01`` and ``s01`` are one student."""
    with contextlib.suppress(PermissionError):  # a class may not be allowed to list its names
        return next((have for have in sorted(os.listdir(shared)) if have.casefold() == name.casefold()), name)
    return name


def _placed(draft: Path, home: Path) -> Path:
    number = 1 + max(
        (int(match[1]) for name in os.listdir(home) if (match := _ATTEMPT.fullmatch(name))), default=0
    )
    while True:
        target = home / f"{number}.zip"
        try:
            _claim(draft, target)
        except FileExistsError:  # another submit was faster
            number += 1
        else:
            return target


def _claim(draft: Path, target: Path) -> None:
    """Give the draft its name unless there is such a file. Raises FileExistsError."""
    try:
        os.link(draft, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: an empty file takes the name first
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        os.replace(draft, target)


def zip_file(path: Path) -> Path:
    """The path, if an archive for the LMS may be written there. Raises UsageError."""
    if path.suffix.lower() != ".zip":
        raise UsageError(f"{path}: expected a name that ends in .zip")
    if os.path.lexists(path) and not _is_hand_in(path):
        raise UsageError(f"{path}: exists and is no hand-in of this command; name another file with --out")
    return path


def save(data: bytes, path: Path) -> Path:
    """Write the archive for the LMS, over nothing but an earlier one. Raises UsageError."""
    draft = zip_file(path).with_name(f".{path.name}.part")
    try:
        draft.write_bytes(data)
        os.replace(draft, path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    return path


def _is_hand_in(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as package:
            return RECEIPT in package.namelist()
    except (OSError, zipfile.BadZipFile):
        return False
