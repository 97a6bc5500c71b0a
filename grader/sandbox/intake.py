"""A path on the command line becomes files: names and bytes, checked, or a reason why not.

A student's fault is a text (`Intake.refusal`), never an exception; only a path that does not exist is the
caller's fault. Files are read once, without following links, and never written anywhere.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from grader.core.errors import UsageError
from grader.core.text import one_line
from grader.sandbox.archive import (
    IntakeLimits,
    NotFound,
    Refused,
    Shelf,
    kind_of,
    quoted,
    read_archive,
    size,
)

__all__ = ["Intake", "IntakeLimits", "read_submission", "submission_hash"]

_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".tbz2", ".xz", ".txz")
_SHOWN = 5  # names listed in a message
CHECKPOINT = "checkpoint.pt"  # weights that a student may add; too large ones must not cost the rest
# O_NONBLOCK: opening a FIFO that took the place of a file must not wait for a writer. Windows has neither
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Intake:
    """What was handed in.

    Attributes:
        name: the entry's name, safe to show; never a path.
        files: relative POSIX path → bytes; if refused, what is kept of it, never run: for its fingerprint alone.
        notes: what was renamed or left out, for the reports.
        refusal: why nothing of it is graded, for the student; None if accepted.
        absent: it is refused because the hand-in file is not there, not for what is there.
    """

    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    refusal: str | None = None
    absent: bool = False


def read_submission(path: Path, wanted: Sequence[str], limits: IntakeLimits = IntakeLimits()) -> Intake:  # noqa: B008  (frozen)
    """The files at path: a single file, a folder or an archive.

    wanted: the hand-in files of the assignment; the first must be there.
    Raises UsageError if path does not exist.
    """
    name = one_line(path.name if path.name not in ("", "..") else path.resolve().name) or "submission"
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise UsageError(f"no such file or folder: {one_line(str(path))}") from error
    except OSError as error:
        return Intake(name, refusal=_unreadable(name, error))
    notes: list[str] = []
    try:
        files = _read(path, name, status, wanted, limits, notes)
    except Refused as refusal:
        return Intake(name, refusal=f"{name}: {refusal}", absent=isinstance(refusal, NotFound))
    for other in wanted[1:]:
        if other not in files:
            notes.append(f"{other} is missing")
    return Intake(name, files, tuple(notes))


def submission_hash(files: Mapping[str, bytes]) -> str:
    """Fingerprint of names and contents: the first 16 hex digits of a SHA-256, whatever the order."""
    digest = hashlib.sha256()
    for name in sorted(files):
        encoded = name.encode()
        # lengths in front: no two different sets of files give the same stream
        digest.update(b"%d %d " % (len(encoded), len(files[name])) + encoded + files[name])
    return digest.hexdigest()[:16]


def _read(
    path: Path,
    name: str,
    status: os.stat_result,
    wanted: Sequence[str],
    limits: IntakeLimits,
    notes: list[str],
) -> dict[str, bytes]:
    if stat.S_ISDIR(status.st_mode):
        return _rooted(_read_folder(path, limits, notes), wanted, notes)
    data = _read_file(path, "", status, limits.total, limits)
    if path.name in wanted and not path.name.endswith(".py"):
        return {path.name: data}  # a weights file may well be a zip inside
    kind, suffix = kind_of(data), path.suffix.lower()
    if kind is None and suffix == ".tar":
        kind = "tar"  # the oldest tar format has no magic
    if kind is not None:
        if not suffix.startswith(_expected_suffix(kind)):
            notes.append(f"{name} is a {kind} archive by its content and was read as one")
        return _rooted(read_archive(data, kind, limits), wanted, notes)
    if suffix in _ARCHIVES:
        raise Refused(f"is not the archive that its name says; {_pack(wanted)}")
    return {_single_name(path.name, wanted, notes): data}


def _single_name(name: str, wanted: Sequence[str], notes: list[str]) -> str:
    if name in wanted:
        return name
    first = wanted[0]
    if PurePosixPath(name).suffix.lower() != PurePosixPath(first).suffix:
        advice = f"export the notebook as {first}" if name.endswith(".ipynb") else f"hand in {first}"
        raise NotFound(f"is not the file asked for, wanted {first}; {advice}")
    notes.append(f"{quoted(name)} was taken as {first}")
    return first


def _read_folder(root: Path, limits: IntakeLimits, notes: list[str]) -> dict[str, bytes]:
    shelf = Shelf(limits, limits.total)
    folders = [(root, "")]
    while folders:
        folder, prefix = folders.pop()
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
            if prefix and any(entry.name == "pyvenv.cfg" for entry in entries):
                continue  # a virtual environment is not somebody's work
            for entry in entries:
                name = shelf.admit(prefix + entry.name, entry.is_dir(follow_symlinks=False))
                if name is None:
                    continue
                status = entry.stat(follow_symlinks=False)
                if entry.name == CHECKPOINT and status.st_size > limits.total // 2:
                    notes.append(
                        f"{quoted(name)} has {size(status.st_size)} and was left out; at most {size(limits.total // 2)}"
                    )
                elif stat.S_ISDIR(status.st_mode):
                    folders.append((Path(entry.path), f"{name}/"))
                else:
                    shelf.keep(name, _read_file(Path(entry.path), name, status, shelf.room, limits))
        except OSError as error:
            raise Refused(f"{_place(prefix)}cannot be read: {error.strerror}") from error
    return shelf.files


def _read_file(path: Path, name: str, status: os.stat_result, room: int, limits: IntakeLimits) -> bytes:
    """The bytes of a regular file. Looks at its kind and size before it opens it, and again after."""
    place = _place(name)
    if stat.S_ISLNK(status.st_mode):
        raise Refused(f"{place}is a link; hand in the file itself")
    if not stat.S_ISREG(status.st_mode):
        raise Refused(f"{place}is not a regular file; hand in files only")
    if status.st_size > room:
        total = f"has {size(status.st_size)}; a submission may have {size(limits.total)} in all"
        raise Refused(f"{place}{total}. Leave data sets and weights out")
    try:
        descriptor = os.open(path, _READ)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Refused(f"{place}is not a regular file; hand in files only")
            data = file.read(room + 1)
    except OSError as error:
        raise Refused(f"{place}cannot be read: {error.strerror}") from error
    if len(data) > room:  # it grew since it was looked at
        raise Refused(f"{place}has more than {size(limits.total)}")
    return data


def _rooted(files: dict[str, bytes], wanted: Sequence[str], notes: list[str]) -> dict[str, bytes]:
    """The files below the shallowest folder that holds the first wanted file, named from there."""
    first = wanted[0]
    homes = [name[: -len(first)] for name in files if name == first or name.endswith(f"/{first}")]
    if not homes:
        raise NotFound(_not_found(files, first))
    shallow = min(home.count("/") for home in homes)
    roots = sorted(home for home in homes if home.count("/") == shallow)
    if len(roots) > 1:
        places = " and ".join(quoted(root + first) for root in roots[:_SHOWN])
        raise Refused(f"holds {first} more than once: {places}; keep one")
    inside = {name.removeprefix(roots[0]): data for name, data in files.items() if name.startswith(roots[0])}
    if roots[0]:
        notes.append(f"{first} was found in {quoted(roots[0])}")
    if len(inside) < len(files):
        outside = [name for name in files if not name.startswith(roots[0])]
        notes.append(f"left out, because outside of that folder: {_listing(outside)}")
    return inside


def _not_found(files: Mapping[str, bytes], first: str) -> str:
    if not files:
        return f"is empty, wanted {first}"
    own = [name for name in files if name.endswith(".py")]
    if own:
        advice = "rename it"
    elif any(kind_of(data) for data in files.values()):
        advice = "unpack the archive inside and hand in the file"
    elif any(name.endswith(".ipynb") for name in files):
        advice = f"export the notebook as {first}"
    else:
        advice = "add it"
    return f"found {_listing(files, own)}, wanted {first}; {advice}"


def _listing(names: Iterable[str], leading: Sequence[str] = ()) -> str:
    ordered = sorted(names, key=lambda name: (name not in leading, name.count("/"), name))
    shown = [quoted(name) for name in ordered[:_SHOWN]]
    if len(ordered) > _SHOWN:
        shown.append(f"{len(ordered) - _SHOWN} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _expected_suffix(kind: str) -> tuple[str, ...]:
    short = {"gz": (".gz", ".tgz"), "bz2": (".bz2", ".tbz"), "xz": (".xz", ".txz")}
    return short.get(kind, (f".{kind}",))


def _pack(wanted: Sequence[str]) -> str:
    return f"hand in {wanted[0]} or a zip or tar.gz archive that holds it"


def _place(name: str) -> str:
    return f"holds {quoted(name)}, which " if name else ""


def _unreadable(name: str, error: OSError) -> str:
    return f"{name}: cannot be read: {error.strerror}"
