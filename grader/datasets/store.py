"""Where image sets lie on this machine: ``<root>/<name>/{train.npz,test.npz,manifest.json}``.

Each npz holds `images` uint8 (N, C, H, W) and `labels` int64 (N,), as assignments find them in the sandbox. The
manifest holds the SHA-256 of both. A set is written beside its place and renamed, so that it is there whole or not.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np

from grader.core.errors import GraderError
from grader.datasets.dataset import Dataset
from grader.datasets.parts import Labelled, Parts

FILES = ("train.npz", "test.npz")
_MANIFEST = "manifest.json"
_TRIES = 3


class StoredFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One npz: how many images, its size in bytes, its SHA-256 in hex."""

    images: int
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What lies in a set's folder. source: in words, where the images come from."""

    name: str
    source: str
    classes: tuple[str, ...]
    files: dict[str, StoredFile]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.bytes for file in self.files.values())

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex over the checksums: another set of images has another one."""
        listed = "".join(f"{name} {self.files[name].sha256}\n" for name in sorted(self.files))
        return hashlib.sha256(listed.encode()).hexdigest()


def root() -> Path:
    """$GRADER_DATA, or ~/.cache/grader/data."""
    chosen = os.environ.get("GRADER_DATA")
    return Path(chosen) if chosen else Path.home() / ".cache" / "grader" / "data"


def folder_of(name: str) -> Path:
    """The folder of this set, there or not."""
    return root() / name


def manifest_of(name: str) -> Manifest | None:
    """What is stored of this set; None: nothing. Raises GraderError for a manifest that cannot be read."""
    path = folder_of(name) / _MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except msgspec.DecodeError as error:  # ValidationError as well
        raise GraderError(f"{path}: is damaged ({error}); fetch or import {name} again") from error
    if manifest.name != name or set(manifest.files) != set(FILES):
        raise GraderError(f"{path}: describes another set; fetch or import {name} again")
    return manifest


def write(name: str, parts: Parts, classes: tuple[str, ...], source: str) -> Path:
    """Store a set, in place of what was there under its name. Gives its folder."""
    root().mkdir(parents=True, exist_ok=True)
    target = folder_of(name)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=root()) as scratch:
        fresh = Path(scratch) / "new"
        fresh.mkdir()
        files = {}
        for file, part in zip(FILES, parts, strict=True):
            with (fresh / file).open("wb") as out:
                np.savez(out, images=part.images, labels=part.labels)
            files[file] = _described(fresh / file, len(part.labels))
        manifest = Manifest(name=name, source=source, classes=classes, files=files)
        text = json.dumps(msgspec.to_builtins(manifest), indent=2) + "\n"
        (fresh / _MANIFEST).write_text(text, encoding="utf-8")
        if not _there(name, manifest):
            _swap(fresh, target, Path(scratch))
    return target


def read(name: str, manifest: Manifest) -> Dataset:
    """The stored set. Raises GraderError if a file is missing, cut off, or not what was stored."""
    train, test = (_part(name, file, manifest.files[file]) for file in FILES)
    return Dataset(name, manifest.classes, train.images, train.labels, test.images, test.labels)


def differences(name: str, manifest: Manifest) -> list[str]:
    """What does not agree with the checksums, a sentence each."""
    found = []
    for file, stored in manifest.files.items():
        path = folder_of(name) / file
        if not path.is_file():
            found.append(f"{path}: is missing")
        elif path.stat().st_size != stored.bytes:
            found.append(f"{path}: is {path.stat().st_size} bytes, expected {stored.bytes}")
        elif _sha256(path) != stored.sha256:
            found.append(f"{path}: its SHA-256 is not the one in {_MANIFEST}")
    return found


def _there(name: str, manifest: Manifest) -> bool:
    """Just this set is stored already, undamaged: whoever reads it must not be disturbed."""
    try:
        return manifest_of(name) == manifest and not differences(name, manifest)
    except GraderError:
        return False


def _swap(fresh: Path, target: Path, scratch: Path) -> None:
    for attempt in range(_TRIES):
        with suppress(FileNotFoundError):
            target.rename(scratch / f"old-{attempt}")
        try:
            fresh.rename(target)
            return
        except OSError:  # not empty: another process wrote its own in between
            if attempt == _TRIES - 1:
                raise


def _part(name: str, file: str, stored: StoredFile) -> Labelled:
    path = folder_of(name) / file
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:  # compares CRCs
            part = Labelled(arrays["images"], arrays["labels"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise GraderError(f"{path}: is missing or damaged; fetch or import {name} again") from error
    images, labels = part
    fits = images.dtype == np.uint8 and images.ndim == 4 and labels.dtype == np.int64
    if not fits or len(images) != stored.images or labels.shape != (stored.images,):
        raise GraderError(f"{path}: is not what was stored; fetch or import {name} again")
    return part


def _described(path: Path, images: int) -> StoredFile:
    return StoredFile(images=images, bytes=path.stat().st_size, sha256=_sha256(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
