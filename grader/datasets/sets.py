"""The image sets by name: load, fetch, import, verify, and what the command line says about each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from grader.core.errors import GraderError, UsageError
from grader.datasets import shapes10, store
from grader.datasets.dataset import Dataset
from grader.datasets.digits import digits8x8
from grader.datasets.parts import Labelled, Parts
from grader.datasets.sources import CIFAR10_CLASSES, read_cifar10

_DIGITS_TRAIN = 1437  # of 1797, as four to one; the source's order


def _digits() -> Dataset:
    images, labels = digits8x8()
    images = images[:, None]
    cut = _DIGITS_TRAIN
    classes = tuple(map(str, range(10)))
    return Dataset("digits8x8", classes, images[:cut], labels[:cut], images[cut:], labels[cut:])


def _shapes() -> Dataset:
    train, test = (shapes10.draw(*part) for part in (shapes10.TRAIN, shapes10.TEST))
    return Dataset("shapes10", shapes10.CLASSES, *train, *test)


@dataclass(frozen=True, slots=True)
class _BuiltIn:
    """make: the set, without any file of the user's. digest: see `digest`. source: in words."""

    make: Callable[[], Dataset]
    digest: str
    source: str


_BUILT_IN = {
    "digits8x8": _BuiltIn(
        cache(_digits),
        "31dcedcb6e14491373b0b8542e96c9e1d8550166025cf3014c2bc02df5028e1a",
        "built in: 1797 handwritten digits (UCI)",
    ),
    "shapes10": _BuiltIn(
        cache(_shapes),
        "c30e6678e33131ebf2eda34b65c622ab695125cf1308365e872a38b03e540d11",
        "built in: drawn from a seed",
    ),
}
NAMES = (*_BUILT_IN, "cifar10")


@dataclass(frozen=True, slots=True)
class Status:
    """One line of `grader data list`.

    source: where it comes from, or what is wrong with it; empty: it is not here. folder, bytes: of its files; None
    and 0 if there are none.
    """

    name: str
    source: str
    folder: Path | None
    bytes: int


def load(name: str) -> Dataset:
    """The image set of this name; needs no network and no torchvision.

    Raises UsageError for an unknown name and for a set that is not on this machine (the text says both ways to get
    it), GraderError for damaged files.
    """
    if name in _BUILT_IN:
        return _BUILT_IN[name].make()
    return store.read(name, _stored(name))


def folder(name: str) -> Path:
    """The folder with the set's train.npz and test.npz; files of a built-in set are written when first asked for.

    Raises as `load`.
    """
    if name not in _BUILT_IN:
        _stored(name)
        return store.folder_of(name)
    built_in = _BUILT_IN[name]
    source = f"{built_in.source}, {built_in.digest[:12]}"  # another version of the grader may draw otherwise
    manifest = store.manifest_of(name)
    if manifest is not None and manifest.source == source and not store.differences(name, manifest):
        return store.folder_of(name)
    data = built_in.make()
    parts = Parts(
        Labelled(data.train_images, data.train_labels), Labelled(data.test_images, data.test_labels)
    )
    return store.write(name, parts, data.classes, source)


def import_files(name: str, paths: Sequence[Path]) -> Path:
    """Store cifar10 from files on this machine (see `read_cifar10`); gives its folder."""
    if _known(name) in _BUILT_IN:
        raise UsageError(f"{name} is built in; there is nothing to import")
    parts, source = read_cifar10(paths)
    return store.write(name, parts, CIFAR10_CLASSES, source)


def fetch(name: str) -> Path:
    """Get a set that needs a network, or write the files of one that needs none; gives its folder.

    Raises GraderError if torchvision or the network is missing.
    """
    if _known(name) in _BUILT_IN:
        return folder(name)
    from grader.datasets.download import downloaded_cifar10

    with downloaded_cifar10(store.root()) as archive:
        return import_files(name, [archive])


def problems(name: str) -> list[str]:
    """What is wrong with the set on this machine, a sentence each; none: it is what it should be.

    Raises UsageError if it is not there.
    """
    found = []
    if name in _BUILT_IN and digest(load(name)) != _BUILT_IN[name].digest:
        found.append(f"{name}: its bytes are not those that every machine should have; please report this")
    manifest = store.manifest_of(name) if name in _BUILT_IN else _stored(name)
    return found + (store.differences(name, manifest) if manifest is not None else [])


def digest(data: Dataset) -> str:
    """SHA-256 over the arrays, training before testing, images before labels (little-endian)."""
    total = hashlib.sha256()
    for images, labels in (
        (data.train_images, data.train_labels),
        (data.test_images, data.test_labels),
    ):
        total.update(np.ascontiguousarray(images).tobytes())
        total.update(labels.astype("<i8").tobytes())
    return total.hexdigest()


def statuses() -> list[Status]:
    """Every name, with what is on this machine."""
    found = []
    for name in NAMES:
        source = _BUILT_IN[name].source if name in _BUILT_IN else ""
        try:
            manifest = store.manifest_of(name)
        except GraderError as error:
            found.append(Status(name, str(error), None, 0))
        else:
            place, size = (store.folder_of(name), manifest.size) if manifest is not None else (None, 0)
            found.append(Status(name, source or (manifest.source if manifest else ""), place, size))
    return found


def how_to_get(name: str) -> str:
    """Both ways, as commands."""
    return (
        f"with a network run `grader data fetch {name}` (170 MB), without one `grader data import {name} PATH`, "
        "where PATH is cifar-10-python.tar.gz or a folder or zip of images"
    )


def _known(name: str) -> str:
    if name not in NAMES:
        raise UsageError(f"{name}: no such image set; there are {', '.join(NAMES)}")
    return name


def _stored(name: str) -> store.Manifest:
    manifest = store.manifest_of(_known(name))
    if manifest is None:
        raise UsageError(f"{name} is not in {store.root()}: {how_to_get(name)}")
    return manifest
