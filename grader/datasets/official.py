"""CIFAR-10 as its authors publish it: cifar-10-python.tar.gz (pickled batches) or cifar-10-binary.tar.gz.

Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009, and the format's description at
https://www.cs.toronto.edu/~kriz/cifar.html: a row is 3072 bytes, red, green and blue planes of 32×32 in turn.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from grader.datasets.parts import Damaged, Labelled, Parts
from grader.datasets.pickled import Unreadable, byte_array, plain_values

_BATCHES = {"train": tuple(f"data_batch_{number}" for number in range(1, 6)), "test": ("test_batch",)}
_ROW = 3 * 32 * 32


def is_official(files: Mapping[str, bytes]) -> bool:
    """Some file is named as a batch."""
    return any(_batch(name) in (*_BATCHES["train"], *_BATCHES["test"]) for name in files)


def read_official(files: Mapping[str, bytes]) -> Parts:
    """All batches, in their order. Raises Damaged."""
    found = {_batch(name): name for name in files}
    parts = {}
    for part, batches in _BATCHES.items():
        missing = [batch for batch in batches if batch not in found]
        if missing:
            raise Damaged(f"has no {', '.join(missing)}, expected six batches")
        pieces = [_read(found[batch], files[found[batch]]) for batch in batches]
        images, labels = (np.concatenate(column) for column in zip(*pieces, strict=True))
        parts[part] = Labelled(images, labels)
    return Parts(parts["train"], parts["test"])


def _batch(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".bin")


def _read(name: str, data: bytes) -> Labelled:
    try:
        rows, labels = _binary(data) if name.endswith(".bin") else _pickled(data)
        images = rows.reshape(-1, 3, 32, 32)
    except ValueError as error:  # Unreadable as well
        why = str(error) if isinstance(error, Unreadable) else "has rows of another length than 3072 bytes"
        raise Damaged(f"{name} {why}") from error
    if len(images) != len(labels):
        raise Damaged(f"{name} holds {len(images)} images and {len(labels)} labels")
    if len(labels) and not 0 <= labels.min() <= labels.max() <= 9:
        raise Damaged(f"{name} holds labels from {labels.min()} to {labels.max()}, expected 0 to 9")
    return Labelled(images, labels)


def _binary(data: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    rows = np.frombuffer(data, np.uint8).reshape(-1, 1 + _ROW)
    return rows[:, 1:], rows[:, 0].astype(np.int64)


def _pickled(data: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    batch = plain_values(data)
    if not isinstance(batch, dict):
        raise Unreadable(f"holds a {type(batch).__name__}, expected a dictionary")
    labels = batch.get(b"labels", batch.get("labels"))
    rows = batch.get(b"data", batch.get("data"))
    if not isinstance(labels, list) or not all(type(label) is int and abs(label) < 256 for label in labels):
        raise Unreadable("holds no list of labels")
    return byte_array(rows).reshape(-1, _ROW), np.array(labels, np.int64)
