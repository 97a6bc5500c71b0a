"""Reading a zip or tar archive from a student without trusting a word of it.

Nothing is extracted to disk: entries become bytes, counted while they are read, because the sizes that an
archive declares are as untrusted as the rest of it. `Shelf` holds the rules that folders and archives share.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from grader.core.text import one_line, printable

IGNORED = frozenset({"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini"})
_PATIENCE = 10  # ignored entries are not counted as files, but the work they cause is bounded as well
_STREAMS = 100  # parallel compressors write several streams; each costs a copy of the rest
_SLACK = 1 << 20  # a small archive may expand to this whatever its ratio


class Refused(Exception):
    """The submission cannot be accepted; the text is for the student."""


class NotFound(Refused):
    """Nothing wrong with what there is, but the hand-in file is not among it."""


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """What a submission may be.

    Attributes:
        total: bytes of all files together, and of the archive itself.
        entries: files and folders, without ignored ones.
        depth: folders above a file, plus one.
        ratio: bytes after expansion per byte of the archive.
    """

    total: int = 20 << 20
    entries: int = 500
    depth: int = 12
    ratio: int = 200


@dataclass(slots=True)
class Shelf:
    """The files accepted so far; every rule about names, numbers and sizes is enforced here."""

    limits: IntakeLimits
    room: int  # bytes that may still come
    files: dict[str, bytes] = field(default_factory=dict)
    _spelled: dict[str, tuple[str, bool]] = field(default_factory=dict)
    _seen: int = 0
    _entries: int = 0

    def admit(self, raw: str, folder: bool) -> str | None:
        """The name under which to keep this entry, or None if it is ignored. Raises Refused."""
        self._seen += 1
        if self._seen > _PATIENCE * self.limits.entries:
            raise Refused(f"holds more than {_PATIENCE * self.limits.entries} entries")
        name = clean_name(raw, self.limits.depth)
        if not name or ignored(name):
            return None
        self._entries += 1
        if self._entries > self.limits.entries:
            raise Refused(f"holds more than {self.limits.entries} files and folders; hand in only your work")
        self._claim(name, folder)
        return name

    def keep(self, name: str, data: bytes) -> None:
        """Store one file. Raises Refused when the total is exceeded."""
        self.room -= len(data)
        if self.room < 0:
            raise Refused(f"holds more than {size(self.limits.total)}")
        self.files[name] = data

    def _claim(self, name: str, folder: bool) -> None:
        # two spellings of one name are one file on macOS and Windows: which of them is graded would be luck
        parts = name.split("/")
        for end in range(1, len(parts) + 1):
            path, is_folder = "/".join(parts[:end]), folder or end < len(parts)
            other, was_folder = self._spelled.setdefault(path.casefold(), (path, is_folder))
            repeated = end == len(parts) and not folder and name in self.files
            if other != path or was_folder != is_folder or repeated:
                raise Refused(f"holds {quoted(path)} twice (as {quoted(other)}); keep one")


def clean_name(raw: str, depth: int) -> str:
    """A relative POSIX path, NFC, without ``.`` and empty parts. Raises Refused for what could escape."""
    if printable(raw) != raw or "\n" in raw or "\t" in raw:
        raise Refused(f"holds a name with control characters ({quoted(raw)}); rename it")
    if "\\" in raw:
        raise Refused(f"holds a name with a backslash ({quoted(raw)}); rename it")
    if raw.startswith("/") or re.match(r"[A-Za-z]:", raw):
        raise Refused(f"holds an absolute path ({quoted(raw)}); pack the folder itself")
    parts = [part for part in unicodedata.normalize("NFC", raw).split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Refused(f"holds a path that leads out of the archive ({quoted(raw)})")
    if len(parts) > depth:
        raise Refused(f"holds folders more than {depth} deep ({quoted(raw)})")
    if any(len(part.encode()) > 255 for part in parts):
        raise Refused(f"holds a name of more than 255 bytes ({quoted(raw)})")
    return "/".join(parts)


def ignored(name: str) -> bool:
    """What systems and tools leave behind: hidden files, caches, resource forks."""
    return any(part.startswith(".") or part in IGNORED for part in name.split("/"))


def kind_of(data: bytes) -> str | None:
    """The archive format by its first bytes: zip, tar, gz, bz2, xz, rar, 7z, or None."""
    magics = {
        b"PK\3\4": "zip", b"PK\5\6": "zip", b"PK\7\x08": "zip", b"\x1f\x8b": "gz", b"BZh": "bz2",
        b"\xfd7zXZ\0": "xz", b"Rar!": "rar", b"7z\xbc\xaf\x27\x1c": "7z",
    }  # fmt: skip
    for magic, kind in magics.items():
        if data.startswith(magic):
            return kind
    return "tar" if data[257:262] == b"ustar" else None


def read_archive(data: bytes, kind: str, limits: IntakeLimits) -> dict[str, bytes]:
    """The files of an archive of this kind (see `kind_of`), by name. Raises Refused, nothing else."""
    shelf = Shelf(limits, min(limits.total, max(_SLACK, limits.ratio * len(data))))
    try:
        if kind == "zip":
            _read_zip(data, shelf)
        elif kind in ("rar", "7z"):
            raise Refused(f"is a {kind} archive; hand in a zip or tar.gz archive")
        else:
            _read_tar(_expand(data, kind, limits), shelf)
    except Refused:
        raise
    except Exception as error:  # the stdlib's parsers raise a dozen types on hostile bytes: all mean the same
        raise Refused(f"is damaged and cannot be read ({type(error).__name__}); pack it again") from error
    return shelf.files


def _read_zip(data: bytes, shelf: Shelf) -> None:
    # zipfile builds an object for every entry of the directory at once: count signatures before it does
    if data.count(b"PK\1\2") > _PATIENCE * shelf.limits.entries:
        raise Refused(f"holds more than {_PATIENCE * shelf.limits.entries} entries")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            name = shelf.admit(entry.orig_filename, entry.orig_filename.endswith("/"))
            if name is None:
                continue
            if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise Refused(f"holds {quoted(name)}, a link or special file; put the file itself in")
            if entry.flag_bits & 0x1:
                raise Refused("is encrypted; pack it again without a password")
            if entry.is_dir():
                continue
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Refused("uses an unusual compression; pack it again as a plain zip")
            with archive.open(entry) as file:
                shelf.keep(name, file.read(shelf.room + 1))


def _read_tar(data: bytes, shelf: Shelf) -> None:
    # a stream cannot seek backwards: a negative size cannot make tarfile loop for ever (CVE-2025-8194)
    with tarfile.open(fileobj=io.BytesIO(data), mode="r|") as archive:
        for entry in archive:
            name = shelf.admit(entry.name, entry.isdir())
            if name is None or entry.isdir():
                continue
            if not entry.isreg() or entry.issparse():
                raise Refused(f"holds {quoted(name)}, a link or special file; put the file itself in")
            file = archive.extractfile(entry)
            content = b"" if file is None else file.read(shelf.room + 1)
            if entry.size < 0 or len(content) < min(entry.size, shelf.room + 1):
                raise Refused("ends too early; pack and upload it again")
            shelf.keep(name, content)


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


_DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    "gz": lambda: zlib.decompressobj(31),
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=100 << 20),
}


def _expand(data: bytes, kind: str, limits: IntakeLimits) -> bytes:
    """The tar inside the compression, at most twice the total: ignored entries and headers count here."""
    if kind == "tar":
        return data
    cap = min(2 * limits.total, max(2 * _SLACK, limits.ratio * len(data)))
    out, rest = b"", data
    for _ in range(_STREAMS):
        decompressor = _DECOMPRESSORS[kind]()
        out += decompressor.decompress(rest, cap - len(out) + 1)
        if len(out) > cap:
            raise Refused(f"expands to more than {size(cap)}")
        if not decompressor.eof:
            raise Refused("ends too early; pack and upload it again")
        rest = decompressor.unused_data.lstrip(b"\0")
        if kind_of(rest) != kind:
            return out
    raise Refused("is compressed in an unusual way; pack it again")


def quoted(name: str) -> str:
    """A file name that is safe and short enough to show."""
    shown = one_line(name) or "?"
    return shown if len(shown) <= 80 else f"{shown[:60]}…{shown[-15:]}"


def size(count: int) -> str:
    """Bytes for a reader: ``2 GiB``, ``20 MiB``, ``512 KiB``."""
    if count >= 1000 << 20:
        return f"{count / (1 << 30):.3g} GiB"
    return f"{count / (1 << 20):.3g} MiB" if count >= 1 << 20 else f"{-(-count // 1024)} KiB"
