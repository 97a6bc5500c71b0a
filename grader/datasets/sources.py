"""From files on this machine to labelled images: folders, archives, and the official archives of CIFAR-10.

Archives are read as submissions are (`grader.sandbox.archive`): into memory, counted while they expand, names
that lead out refused. Nothing is unpacked to disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from grader.core.errors import GraderError, UsageError
from grader.datasets.imagefolder import SUFFIXES, read_folder
from grader.datasets.official import is_official, read_official
from grader.datasets.parts import Damaged, Labelled, Parts
from grader.sandbox.archive import IntakeLimits, Refused, clean_name, ignored, kind_of, read_archive, size

CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
LIMITS = IntakeLimits(total=512 << 20, entries=70_000, depth=12, ratio=200)
# Source: https://www.cs.toronto.edu/~kriz/cifar.html (the page gives MD5 sums, nothing stronger)
OFFICIAL_MD5 = {
    "c58f30108f718f92721af3b95e74349a": "the official cifar-10-python.tar.gz",
    "c32a1d4ab5d03f1284b67883e8d87530": "the official cifar-10-binary.tar.gz",
}
_SIDE = 32


def read_cifar10(paths: Sequence[Path], limits: IntakeLimits = LIMITS) -> tuple[Parts, str]:
    """Both parts, and in words where they come from.

    paths: the official archive; or a folder, or an archive of one, with images in folders named after their classes,
    below train/ and test/ or not; or two of these, named train and test (``train.zip``); or the folder that holds
    such two. Raises UsageError for what is not there, GraderError for what cannot be used.
    """
    chosen = _pair_in(paths[0]) or paths if len(paths) == 1 else paths
    found: dict[str, Labelled] = {}
    origins = []
    for path in chosen:
        try:
            parts, origin = _read(path, limits)
        except Damaged as error:
            raise GraderError(f"{path}: {error}") from error
        except Refused as error:  # its advice is for students
            why = str(error).partition("; ")[0]
            raise GraderError(f"{path}: {why}; download it again, or pack it again as a plain zip") from error
        twice = sorted(found.keys() & parts.keys())
        if twice:
            raise UsageError(f"{path}: brings the {twice[0]} images a second time")
        found |= parts
        origins.append(origin)
    for part in ("train", "test"):
        if part not in found:
            names = ", ".join(map(str, chosen))
            raise UsageError(
                f"{names}: the {part} images are missing; give a {part}.zip or folder {part} too"
            )
    return Parts(found["train"], found["test"]), ", ".join(origins)


def _pair_in(folder: Path) -> list[Path]:
    """The archives train and test in this folder, if both are there."""
    pair = [folder / "train.zip", folder / "test.zip"]
    return pair if all(path.is_file() for path in pair) else []


def _read(path: Path, limits: IntakeLimits) -> tuple[dict[str, Labelled], str]:
    origin = path.name
    if path.is_dir():
        files = _folder_files(path, limits)
    elif path.is_file():
        data = _content(path, limits)
        origin = OFFICIAL_MD5.get(hashlib.md5(data, usedforsecurity=False).hexdigest(), path.name)
        files = _archive_files(data, limits)
    else:
        raise UsageError(f"{path}: no such file or folder")
    if is_official(files):
        return read_official(files)._asdict(), origin
    stem = path.resolve().name.partition(".")[0]
    return read_folder(files, CIFAR10_CLASSES, _SIDE, stem if stem in ("train", "test") else None), origin


def _content(path: Path, limits: IntakeLimits) -> bytes:
    if path.stat().st_size > limits.total:
        raise Damaged(f"is {size(path.stat().st_size)}, expected at most {size(limits.total)}")
    return path.read_bytes()


def _archive_files(data: bytes, limits: IntakeLimits) -> dict[str, bytes]:
    kind = kind_of(data)
    if kind is None:
        raise Damaged("is no archive; expected cifar-10-python.tar.gz, or a zip or folder of images")
    return read_archive(data, kind, limits)


def _folder_files(folder: Path, limits: IntakeLimits) -> dict[str, bytes]:
    """Images and batches below the folder, by relative name."""
    files: dict[str, bytes] = {}
    room = limits.total
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            relative = path.relative_to(folder).as_posix()
            wanted = name.lower().endswith(SUFFIXES) or is_official({name: b""})
            if not wanted or ignored(relative) or not path.is_file():
                continue
            room -= path.stat().st_size
            if room < 0 or len(files) >= limits.entries:
                raise Damaged(f"holds more than {limits.entries} images or {size(limits.total)}")
            files[clean_name(relative, limits.depth)] = path.read_bytes()
    return files
