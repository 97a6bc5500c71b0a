"""A store of its own for each test, and tiny files in the shapes that CIFAR-10 comes in."""

from __future__ import annotations

import io
import pickle
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.datasets.picture import png
from grader.datasets.sources import CIFAR10_CLASSES

ROWS = 20  # images in each tiny batch


@pytest.fixture(autouse=True)
def store_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test looks into the user's own store."""
    monkeypatch.setenv("GRADER_DATA", str(tmp_path / "store"))
    return tmp_path / "store"


def batch(seed: int, rows: int = ROWS) -> dict[str, Any]:
    """One batch, as the official pickles hold it."""
    rng = np.random.default_rng(seed)
    return {
        "batch_label": f"batch {seed}",
        "labels": [(seed + row) % 10 for row in range(rows)],
        "data": rng.integers(0, 256, (rows, 3072), dtype=np.uint8),
        "filenames": [f"{row}.png" for row in range(rows)],
    }


def batches() -> dict[str, dict[str, Any]]:
    """The six of them, by file name."""
    return {f"data_batch_{n}": batch(n) for n in range(1, 6)} | {"test_batch": batch(6)}


def tar_gz(path: Path, files: Mapping[str, bytes]) -> Path:
    """An archive with these files."""
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    """A zip with these files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def image(label: int, number: int, side: int = 32) -> bytes:
    """A PNG of one colour that says which image it is: red 20·label, green the number, blue 7."""
    pixels = np.empty((side, side, 3), np.uint8)
    pixels[:] = (20 * label, number, 7)
    return png(pixels)


def images(count: int, under: str = "") -> dict[str, bytes]:
    """`count` PNGs of each class: ``<under>cat/0001.png``."""
    return {
        f"{under}{name}/{number:04}.png": image(label, number)
        for label, name in enumerate(CIFAR10_CLASSES)
        for number in range(count)
    }


@pytest.fixture
def official(tmp_path: Path) -> Callable[..., Path]:
    """official(protocol=2, **changed) is a tiny cifar-10-python.tar.gz; changed: its bytes, None: left out."""

    def make(protocol: int = 2, **changed: bytes | None) -> Path:
        files: dict[str, bytes | None] = {
            name: pickle.dumps(content, protocol) for name, content in batches().items()
        }
        files |= {"batches.meta": pickle.dumps({"label_names": list(CIFAR10_CLASSES)}, protocol), **changed}
        kept = {f"cifar-10-batches-py/{name}": data for name, data in files.items() if data is not None}
        return tar_gz(tmp_path / "cifar-10-python.tar.gz", kept)

    return make


@pytest.fixture(scope="session")
def tiny_files() -> SimpleNamespace:
    """The makers above: batch, batches, tar_gz, zipped, image, images; and ROWS."""
    return SimpleNamespace(
        ROWS=ROWS, batch=batch, batches=batches, tar_gz=tar_gz, zipped=zipped, image=image, images=images
    )
