"""Hold images out: what a submission may read of a set, and the hidden images that it is judged by.

shapes10 draws hidden images under the course's secret, so nobody has seen them. Of a set that is published whole, the
secret chooses images of the test part, which are then absent from the submission's `test.npz`; their labels stay
public, so all of them are perturbed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np

from grader.core.images import ImageSet, Labelled
from grader.datasets import sets, shapes10, store
from grader.datasets.dataset import Dataset
from grader.datasets.perturb import perturb

_HELD_SHARE = 0.4  # of the test images of a published set
_DRAWN = 1 << 62  # seeds of hidden shapes lie above this, far from those of the published ones


def hold_out(name: str, secret: bytes) -> ImageSet:
    """The set as an assignment uses it. Raises UsageError for an unknown or missing set, GraderError for damage."""
    return _held(name, secret, store.root())


@cache
def _held(name: str, secret: bytes, root: Path) -> ImageSet:
    folder, data = sets.folder(name), sets.load(name)
    train = data.train_images, data.train_labels
    if name == "shapes10":
        return ImageSet(
            name, data.classes, folder, train, (data.test_images, data.test_labels), _drawn, published=False
        )
    kept, held = _split(data, secret)
    place = _derived(name, folder, kept, secret)

    def hidden(count: int, rng: np.random.Generator) -> Labelled:
        """At most all that are held out."""
        chosen = rng.permutation(len(held[1]))[:count]
        return perturb(held[0][chosen], rng), held[1][chosen]

    return ImageSet(name, data.classes, place, train, kept, hidden, published=True)


def _drawn(count: int, rng: np.random.Generator) -> Labelled:
    images, labels = shapes10.draw(count, _DRAWN + int(rng.integers(_DRAWN)))
    return perturb(images, rng), labels


def _split(data: Dataset, secret: bytes) -> tuple[Labelled, Labelled]:
    """The test images that may be read, and those held out, both in the order of the set."""
    seed = hashlib.sha256(b"held out\0" + data.name.encode() + b"\0" + secret).digest()
    order = np.random.default_rng(int.from_bytes(seed, "big")).permutation(len(data.test_labels))
    cut = round(_HELD_SHARE * len(order))
    held, kept = np.sort(order[:cut]), np.sort(order[cut:])
    images, labels = data.test_images, data.test_labels
    return (images[kept], labels[kept]), (images[held], labels[held])


def _derived(name: str, folder: Path, kept: Labelled, secret: bytes) -> Path:
    """A folder beside the set's own: the same train.npz, and test.npz without what is held out."""
    manifest = (folder / "manifest.json").read_bytes()
    mark = hashlib.sha256(b"folder\0" + manifest + b"\0" + secret).hexdigest()[:16]
    place = store.root() / f"{name}-{mark}"
    if place.is_dir():
        return place
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=store.root()) as scratch:
        fresh = Path(scratch) / "new"
        fresh.mkdir()
        try:
            os.link(folder / "train.npz", fresh / "train.npz")
        except OSError:  # a file system without hard links
            shutil.copyfile(folder / "train.npz", fresh / "train.npz")
        with (fresh / "test.npz").open("wb") as out:
            np.savez(out, images=kept[0], labels=kept[1])
        with suppress(OSError):  # another process has just made the same
            fresh.rename(place)
    return place
