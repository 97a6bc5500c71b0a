"""Image sets by name: what load gives, what the store keeps, how damage and absence are reported."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import grader.datasets
from grader.core.errors import GraderError, UsageError
from grader.datasets import Dataset, folder, load, sets, shapes10, store
from grader.datasets.digits import digits8x8
from grader.datasets.sources import CIFAR10_CLASSES

Official = Callable[..., Path]


def test_all_names_what_is_exported() -> None:
    """What check files may import from grader.datasets."""
    assert grader.datasets.__all__ == ["NAMES", "Dataset", "digits8x8", "folder", "load"]
    assert all(hasattr(grader.datasets, name) for name in grader.datasets.__all__)


@pytest.mark.parametrize(
    ("name", "shape", "counts"),
    [("digits8x8", (1, 8, 8), (1437, 360)), ("shapes10", (3, 32, 32), (8000, 2000))],
)
def test_built_in_sets(name: str, shape: tuple[int, ...], counts: tuple[int, int]) -> None:
    """Types, shapes, ten classes, all labels in both parts; read-only."""
    data = load(name)
    assert isinstance(data, Dataset)
    assert (data.name, len(data.classes)) == (name, 10)
    for images, labels, count in (
        (data.train_images, data.train_labels, counts[0]),
        (data.test_images, data.test_labels, counts[1]),
    ):
        assert (images.shape, images.dtype) == ((count, *shape), np.uint8)
        assert (labels.shape, labels.dtype, set(labels.tolist())) == ((count,), np.int64, set(range(10)))
        with pytest.raises(ValueError, match="read-only"):
            images[0] = 0


def test_digits_are_those_of_digits8x8() -> None:
    """The same images in the same order, divided."""
    data, digits = load("digits8x8"), digits8x8()
    assert np.array_equal(np.concatenate([data.train_images, data.test_images])[:, 0], digits.images)
    assert np.array_equal(np.concatenate([data.train_labels, data.test_labels]), digits.labels)


def test_training_and_test_images_of_shapes10_differ() -> None:
    """They are draws of two seeds."""
    data = load("shapes10")
    assert np.array_equal(data.test_images[:250], shapes10.draw(250, shapes10.TEST[1]).images)
    seen = {image.tobytes() for image in data.train_images}
    assert not any(image.tobytes() in seen for image in data.test_images)


@pytest.mark.parametrize("name", ["digits8x8", "shapes10"])
def test_built_in_bytes_are_those_of_every_machine(name: str) -> None:
    """verify finds no problem, though no file of the user's is there."""
    assert sets.problems(name) == []


def test_a_built_in_set_as_files(store_folder: Path) -> None:
    """folder writes train.npz and test.npz once; damaged or older files are written anew."""
    place = folder("digits8x8")
    assert place == store_folder / "digits8x8"
    with np.load(place / "train.npz", allow_pickle=False) as file:
        assert file["images"].shape == (1437, 1, 8, 8)
        assert file["labels"].dtype == np.int64
    written = (place / "train.npz").stat().st_mtime_ns
    assert folder("digits8x8") == place
    assert (place / "train.npz").stat().st_mtime_ns == written
    (place / "train.npz").write_bytes(b"x")
    folder("digits8x8")
    assert sets.problems("digits8x8") == []
    manifest = place / "manifest.json"
    manifest.write_text(manifest.read_text().replace("UCI", "older"))
    folder("digits8x8")
    assert "UCI" in manifest.read_text()


def test_an_unknown_name() -> None:
    """The names that exist are listed, whatever is asked."""
    for ask in (load, folder, sets.fetch, sets.problems, lambda name: sets.import_files(name, [])):
        with pytest.raises(UsageError, match="no such image set; there are digits8x8, shapes10, cifar10"):
            ask("mnist")


def test_a_built_in_set_is_not_imported(tmp_path: Path) -> None:
    """There is nothing to import."""
    with pytest.raises(UsageError, match="shapes10 is built in"):
        sets.import_files("shapes10", [tmp_path])


class TestCifar10:
    """The set that is not built in."""

    def test_missing(self, store_folder: Path) -> None:
        """Both ways to get it, and where it would lie."""
        for ask in (load, folder, sets.problems):
            with pytest.raises(UsageError) as caught:
                ask("cifar10")
            for words in (str(store_folder), "grader data fetch cifar10", "grader data import cifar10 PATH"):
                assert words in str(caught.value)

    def test_import_and_load(
        self, official: Official, store_folder: Path, tiny_files: SimpleNamespace
    ) -> None:
        """What was imported is what load gives; nothing else is left in the store."""
        assert sets.import_files("cifar10", [official()]) == store_folder / "cifar10" == folder("cifar10")
        data = load("cifar10")
        assert data.classes == CIFAR10_CLASSES
        assert data.train_images.shape == (100, 3, 32, 32)
        assert data.test_labels.tolist() == tiny_files.batch(6)["labels"]
        assert not data.train_images.flags.writeable
        assert [path.name for path in store_folder.iterdir()] == ["cifar10"]
        assert sorted(path.name for path in folder("cifar10").iterdir()) == [
            "manifest.json", "test.npz", "train.npz",
        ]  # fmt: skip
        assert sets.problems("cifar10") == []

    def test_importing_twice_gives_the_same_bytes(self, official: Official) -> None:
        """The manifest holds nothing that changes from run to run."""
        archive = official()
        first = (sets.import_files("cifar10", [archive]) / "manifest.json").read_text()
        assert (sets.import_files("cifar10", [archive]) / "manifest.json").read_text() == first
        assert json.loads(first)["files"]["train.npz"]["images"] == 100

    def test_a_failed_import_keeps_what_was_there(self, official: Official, store_folder: Path) -> None:
        """And leaves nothing half-written."""
        sets.import_files("cifar10", [official()])
        with pytest.raises(GraderError):
            sets.import_files("cifar10", [official(test_batch=None)])
        assert [path.name for path in store_folder.iterdir()] == ["cifar10"]
        assert sets.problems("cifar10") == []

    def test_the_same_set_again_leaves_its_files_alone(self, official: Official) -> None:
        """Who reads them meanwhile, such as another judge process, is not disturbed."""
        archive = official()
        path = sets.import_files("cifar10", [archive]) / "train.npz"
        first = path.stat().st_ino
        sets.import_files("cifar10", [archive])
        assert path.stat().st_ino == first

    @pytest.mark.parametrize("file", ["train.npz", "test.npz"])
    def test_damaged_files(self, official: Official, file: str) -> None:
        """Flipped, cut off, replaced or absent: verify and load say so in a sentence each."""
        place = sets.import_files("cifar10", [official()])
        path = place / file
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[5000] ^= 1
        for content, words in (
            (bytes(flipped), "its SHA-256 is not the one"),
            (whole[:-1000], "bytes, expected"),
            (b"", "is 0 bytes, expected"),
            (None, "is missing"),
        ):
            path.unlink() if content is None else path.write_bytes(content)
            (problem,) = sets.problems("cifar10")
            assert str(path) in problem
            assert words in problem
            with pytest.raises(GraderError, match="fetch or import cifar10 again"):
                load("cifar10")

    def test_another_array_under_the_same_name(self, official: Official) -> None:
        """Objects are never unpickled, other shapes are not taken."""
        path = sets.import_files("cifar10", [official()]) / "test.npz"
        for images, labels in (
            (np.array([{}]), np.zeros(1, np.int64)),
            (np.zeros((20, 3, 32, 32)), np.zeros(20, np.int64)),
            (np.zeros((19, 3, 32, 32), np.uint8), np.zeros(19, np.int64)),
        ):
            np.savez(path, images=images, labels=labels)
            with pytest.raises(GraderError, match="fetch or import cifar10 again"):
                load("cifar10")

    @pytest.mark.parametrize("text", ["", "{}", "[1]", '{"name": "cifar10", "more": 1}', "\xff"])
    def test_a_damaged_manifest(self, official: Official, text: str) -> None:
        """Named as what is damaged."""
        manifest = sets.import_files("cifar10", [official()]) / "manifest.json"
        manifest.write_bytes(text.encode("latin-1"))
        with pytest.raises(GraderError, match=r"manifest.json: is damaged .*again"):
            load("cifar10")

    def test_a_manifest_cannot_lead_elsewhere(self, official: Official) -> None:
        """File names in it are not trusted."""
        manifest = sets.import_files("cifar10", [official()]) / "manifest.json"
        manifest.write_text(manifest.read_text().replace("test.npz", "../../x.npz"))
        with pytest.raises(GraderError, match="describes another set"):
            load("cifar10")


class TestFetch:
    """torchvision brings the archive; the rest is the import."""

    @pytest.fixture
    def torchvision(self, official: Official, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
        """A stand-in for the two modules; `fails` is raised instead of downloading."""
        archive, state = official(), SimpleNamespace(fails=None)

        def download_url(url: str, root: str, filename: str, md5: str) -> None:
            if state.fails is not None:
                raise state.fails
            assert (url, md5) == ("https://example.org/c.tar.gz", "0" * 32)
            shutil.copy(archive, Path(root) / filename)

        datasets, tools = ModuleType("torchvision.datasets"), ModuleType("torchvision.datasets.utils")
        names = {"url": "https://example.org/c.tar.gz", "filename": "c.tar.gz", "tgz_md5": "0" * 32}
        datasets.CIFAR10, tools.download_url = SimpleNamespace(**names), download_url  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "torchvision", ModuleType("torchvision"))
        monkeypatch.setitem(sys.modules, "torchvision.datasets", datasets)
        monkeypatch.setitem(sys.modules, "torchvision.datasets.utils", tools)
        return state

    def test_the_archive_is_stored(self, torchvision: SimpleNamespace, store_folder: Path) -> None:
        """And the download is deleted."""
        assert sets.fetch("cifar10") == store_folder / "cifar10"
        assert len(load("cifar10").train_labels) == 100
        assert [path.name for path in store_folder.iterdir()] == ["cifar10"]

    @pytest.mark.parametrize(
        "error", [OSError("no route to host"), RuntimeError("File not found or corrupted.")]
    )
    def test_no_network(self, torchvision: SimpleNamespace, error: Exception, store_folder: Path) -> None:
        """The other way is said."""
        torchvision.fails = error
        with pytest.raises(GraderError) as caught:
            sets.fetch("cifar10")
        assert str(error) in str(caught.value)
        assert "grader data import cifar10 cifar-10-python.tar.gz" in str(caught.value)
        assert list(store_folder.iterdir()) == []

    @pytest.mark.parametrize(
        "error", [ImportError("none here"), RuntimeError("operator nms does not exist\nmore")]
    )
    def test_no_torchvision(self, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        """Absent, or built for another torch: the other way is said."""

        def fail(name: str) -> None:
            raise error

        monkeypatch.setattr(importlib, "import_module", fail)
        with pytest.raises(GraderError, match=r"fetching needs torchvision.*grader data import") as caught:
            sets.fetch("cifar10")
        assert "\n" not in str(caught.value)

    def test_a_built_in_set_is_written(self, store_folder: Path) -> None:
        """fetch gives every set files, without a network."""
        assert sets.fetch("digits8x8") == store_folder / "digits8x8"
        assert (store_folder / "digits8x8" / "test.npz").is_file()


def test_loading_imports_neither_torch_nor_torchvision_nor_pillow() -> None:
    """In a fresh process."""
    code = (
        "import sys; from grader.datasets import load; load('digits8x8'); "
        "print([name for name in ('torch', 'torchvision', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_store_is_in_the_cache_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """~/.cache/grader/data, unless GRADER_DATA says otherwise."""
    monkeypatch.delenv("GRADER_DATA")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store.root() == tmp_path / ".cache" / "grader" / "data"
