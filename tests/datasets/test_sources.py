"""CIFAR-10 from files: every layout gives the same arrays, every kind of damage one sentence."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import struct
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from grader.core.errors import GraderError, UsageError
from grader.datasets.parts import Parts
from grader.datasets.sources import LIMITS, OFFICIAL_MD5, read_cifar10
from grader.sandbox.archive import IntakeLimits

Official = Callable[..., Path]


def unpack(files: dict[str, bytes], folder: Path) -> Path:
    """The files below the folder, for real."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def which(parts: Parts, part: str) -> list[tuple[int, int]]:
    """(label, number) of each tiny image, read from its pixels, after comparing the pixels with the labels."""
    images, labels = getattr(parts, part)
    assert (images.dtype, images.shape[1:], labels.dtype) == (np.uint8, (3, 32, 32), np.int64)
    assert np.array_equal(images[:, 0, 5, 9], 20 * labels)
    assert (images[:, 2] == 7).all()
    return [(int(label), int(number)) for label, number in zip(labels, images[:, 1, 0, 0], strict=True)]


def refusal(path: Path, *more: Path) -> str:
    """The one sentence that the import ends in; it names the file."""
    with pytest.raises(GraderError) as caught:
        read_cifar10([path, *more])
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return text


class TestOfficialArchive:
    """cifar-10-python.tar.gz and cifar-10-binary.tar.gz."""

    @pytest.mark.parametrize("protocol", [2, 3, 4])
    def test_batches(self, official: Official, tiny_files: SimpleNamespace, protocol: int) -> None:
        """Five batches to train, one to test, in their order; a row is the three planes in turn."""
        (train, test), origin = read_cifar10([official(protocol)])
        expected = tiny_files.batches()
        assert train.images.shape == (100, 3, 32, 32)
        assert np.array_equal(train.images[20:40], expected["data_batch_2"]["data"].reshape(-1, 3, 32, 32))
        assert train.labels[20:40].tolist() == expected["data_batch_2"]["labels"]
        assert np.array_equal(test.images, expected["test_batch"]["data"].reshape(-1, 3, 32, 32))
        assert (train.labels.dtype, test.labels.tolist()) == (np.int64, expected["test_batch"]["labels"])
        assert origin == "cifar-10-python.tar.gz"

    def test_written_by_python_2(self, official: Official) -> None:
        """Keys and rows as byte strings, as in the files of 2009."""
        rows = bytes(range(256)) * 24
        old = (
            b"\x80\x02}q\x01(U\x06labelsq\x02]q\x03(K\x03K\x09eU\x04dataq\x04cnumpy.core.multiarray\n_reconstruct\nq\x05"
            b"cnumpy\nndarray\nq\x06K\x00\x85U\x01b\x87Rq\x07(K\x01K\x02M\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
            b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T" + struct.pack("<i", 6144) + rows + b"tbu."
        )  # fmt: skip
        parts, _ = read_cifar10([official(test_batch=old)])
        assert parts.test.labels.tolist() == [3, 9]
        assert parts.test.images.tobytes() == rows

    def test_binary_version(self, tmp_path: Path, tiny_files: SimpleNamespace) -> None:
        """A record is the label and the row."""
        files = {}
        for name, one in tiny_files.batches().items():
            records = np.column_stack([np.array(one["labels"], np.uint8), one["data"]])
            files[f"cifar-10-batches-bin/{name}.bin"] = records.tobytes()
        parts, _ = read_cifar10([tiny_files.tar_gz(tmp_path / "b.tar.gz", files)])
        expected = tiny_files.batch(6)
        assert parts.test.labels.tolist() == expected["labels"]
        assert np.array_equal(parts.test.images.reshape(-1, 3072), expected["data"])

    def test_unpacked(self, tmp_path: Path, tiny_files: SimpleNamespace) -> None:
        """The folder that somebody has unpacked does as well."""
        files = {name: pickle.dumps(one, 2) for name, one in tiny_files.batches().items()}
        parts, _ = read_cifar10([unpack(files, tmp_path / "cifar-10-batches-py")])
        assert len(parts.train.labels) == 100

    def test_the_official_checksum_is_recognised(
        self, official: Official, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where the MD5 of the publisher's page agrees, the source says so."""
        path = official()
        monkeypatch.setitem(OFFICIAL_MD5, hashlib.md5(path.read_bytes()).hexdigest(), "the official one")
        assert read_cifar10([path])[1] == "the official one"

    def test_what_would_run_code_is_refused_and_not_run(self, official: Official, tmp_path: Path) -> None:
        """A batch that would touch a file when unpickled."""
        touched = tmp_path / "touched"
        code = (
            f"cpathlib\nPath.touch\n(cpathlib\nPath\n(X{chr(len(str(touched)))}\0\0\0{touched}tRtR.".encode()
        )
        assert "test_batch" in refusal(official(test_batch=b"\x80\x02" + code))
        assert not touched.exists()

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"test_batch": None}, "has no test_batch, expected six batches"),
            ({"data_batch_3": None, "data_batch_5": None}, "has no data_batch_3, data_batch_5"),
            ({"test_batch": b"no pickle"}, "test_batch"),
            ({"test_batch": pickle.dumps([1])}, "holds a list, expected a dictionary"),
            ({"test_batch": pickle.dumps({"data": 1}, 2)}, "holds no list of labels"),
            ({"test_batch": pickle.dumps({"labels": [1], "data": b"x"}, 2)}, "array of bytes"),
            (
                {"test_batch": pickle.dumps({"labels": [1], "data": np.zeros((1, 3000), np.uint8)}, 2)},
                "rows of another length than 3072 bytes",
            ),
            (
                {"test_batch": pickle.dumps({"labels": [1, 2], "data": np.zeros((1, 3072), np.uint8)}, 2)},
                "holds 1 images and 2 labels",
            ),
            (
                {"test_batch": pickle.dumps({"labels": [10], "data": np.zeros((1, 3072), np.uint8)}, 2)},
                "labels from 10 to 10, expected 0 to 9",
            ),
        ],
    )
    def test_damaged_batches(self, official: Official, changed: dict[str, bytes | None], words: str) -> None:
        """The sentence names the batch and what is wrong with it."""
        assert words in refusal(official(**changed))


class TestImages:
    """Folders and archives of images."""

    def test_train_and_test_folders(self, tmp_path: Path, tiny_files: SimpleNamespace) -> None:
        """Classes take turns in each part; other files are left alone."""
        files = tiny_files.images(3, "train/") | tiny_files.images(2, "test/") | {"README.md": b"x"}
        parts, origin = read_cifar10([unpack(files, tmp_path / "mine")])
        assert which(parts, "train") == [(label, number) for number in range(3) for label in range(10)]
        assert which(parts, "test") == [(label, number) for number in range(2) for label in range(10)]
        assert origin == "mine"

    @pytest.mark.parametrize("kind", ["zip", "tar.gz"])
    def test_archives(self, tmp_path: Path, tiny_files: SimpleNamespace, kind: str) -> None:
        """An archive of such a folder, with a folder around it, gives the same."""
        files = tiny_files.images(2, "cifar/train/") | tiny_files.images(1, "cifar/test/")
        pack = tiny_files.zipped if kind == "zip" else tiny_files.tar_gz
        parts, _ = read_cifar10([pack(tmp_path / f"a.{kind}", files)])
        assert (len(parts.train.labels), len(parts.test.labels)) == (20, 10)

    def test_without_train_and_test(self, tmp_path: Path, tiny_files: SimpleNamespace) -> None:
        """Every sixth image of a class, by name, is for testing."""
        parts, _ = read_cifar10([tiny_files.zipped(tmp_path / "a.zip", tiny_files.images(13))])
        assert {number for _, number in which(parts, "test")} == {5, 11}
        assert {number for _, number in which(parts, "train")} == {*range(13)} - {5, 11}

    def test_two_archives(self, tmp_path: Path, tiny_files: SimpleNamespace) -> None:
        """train.zip and test.zip, in any order, or the folder that holds them."""
        train = tiny_files.zipped(tmp_path / "train.zip", tiny_files.images(2))
        test = tiny_files.zipped(tmp_path / "test.zip", tiny_files.images(1))
        for paths in ([train, test], [test, train], [tmp_path]):
            parts, origin = read_cifar10(paths)
            assert (len(parts.train.labels), len(parts.test.labels)) == (20, 10)
            assert sorted(origin.split(", ")) == ["test.zip", "train.zip"]

    def test_one_part_alone(self, tmp_path: Path, tiny_files: SimpleNamespace) -> None:
        """The other one is asked for; the same one twice is refused."""
        train = tiny_files.zipped(tmp_path / "train.zip", tiny_files.images(1))
        assert "the test images are missing; give a test.zip" in refusal(train)
        assert "train images a second time" in refusal(train, train)

    @pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1"])
    def test_other_colour_modes_become_rgb(
        self, tmp_path: Path, tiny_files: SimpleNamespace, mode: str
    ) -> None:
        """Grey, palette and transparent images."""
        image = pytest.importorskip("PIL.Image")
        out = io.BytesIO()
        image.new("RGB", (32, 32), (255, 255, 255)).convert(mode).save(out, "PNG")
        files = (
            tiny_files.images(1, "train/")
            | tiny_files.images(1, "test/")
            | {"train/cat/0000.png": out.getvalue()}
        )
        parts, _ = read_cifar10([unpack(files, tmp_path / "a")])
        assert (parts.train.images[3] == 255).all()

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            (
                "train/cat/0000.png",
                b"\x89PNG\r\n\x1a\n",
                "train/cat/0000.png, which is cut off or no image",
            ),
            ("train/cat/9.jpg", b"GIF89a", "which is cut off or no image"),
            ("train/kitten/1.png", b"", "whose folder is no class; expected airplane, automobile"),
            ("1.png", b"", "whose folder is no class"),
            ("cat/1.png", b"", "has images outside its folders train and test"),
            ("train/cat/9.png", bytes(1 << 21), "of 2 MiB; an image has at most 1 MiB"),
        ],
    )
    def test_wrong_images(
        self, tmp_path: Path, tiny_files: SimpleNamespace, name: str, content: bytes, words: str
    ) -> None:
        """The sentence names the image."""
        files = tiny_files.images(1, "train/") | tiny_files.images(1, "test/") | {name: content}
        assert words in refusal(unpack(files, tmp_path / "a"))

    def test_a_truncated_image(self, tmp_path: Path, tiny_files: SimpleNamespace) -> None:
        """Half a PNG is no image, in a folder and in an archive."""
        files = tiny_files.images(1, "train/") | tiny_files.images(1, "test/")
        files["test/dog/0000.png"] = files["test/dog/0000.png"][:60]
        assert "test/dog/0000.png, which is cut off" in refusal(unpack(files, tmp_path / "a"))
        assert "test/dog/0000.png, which is cut off" in refusal(tiny_files.zipped(tmp_path / "a.zip", files))

    def test_another_size(self, tmp_path: Path, tiny_files: SimpleNamespace) -> None:
        """Nothing is scaled silently."""
        files = tiny_files.images(1, "train/") | {"train/cat/0001.png": tiny_files.image(3, 1, side=64)}
        assert "of 64×64 pixels, expected 32×32" in refusal(unpack(files, tmp_path / "a"))

    def test_a_class_without_images(self, tmp_path: Path, tiny_files: SimpleNamespace) -> None:
        """Every class is in both parts."""
        files = tiny_files.images(1, "train/") | tiny_files.images(1, "test/")
        del files["test/ship/0000.png"]
        assert "has no images to test of ship" in refusal(unpack(files, tmp_path / "a"))

    def test_pillow_is_missing(
        self, tmp_path: Path, tiny_files: SimpleNamespace, official: Official, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Said with both ways out; the official archive is read without it."""
        monkeypatch.setitem(sys.modules, "PIL", None)
        with pytest.raises(UsageError, match=r"pip install pillow.*cifar-10-python.tar.gz"):
            read_cifar10([tiny_files.zipped(tmp_path / "a.zip", tiny_files.images(6))])
        read_cifar10([official()])


class TestArchives:
    """What is wrong with the archive itself."""

    def test_nothing_there(self, tmp_path: Path) -> None:
        """A path that does not exist; an empty folder; an archive without images; no archive."""
        assert "no such file or folder" in refusal(tmp_path / "none.zip")
        (tmp_path / "empty").mkdir()
        assert "holds no images (.png, .jpg, .jpeg)" in refusal(tmp_path / "empty")
        (tmp_path / "text.zip").write_text("hello")
        assert "is no archive; expected cifar-10-python.tar.gz" in refusal(tmp_path / "text.zip")

    @pytest.mark.parametrize("end", [100, -100])
    def test_cut_off(self, official: Official, tmp_path: Path, tiny_files: SimpleNamespace, end: int) -> None:
        """An archive whose download stopped."""
        for path in (official(), tiny_files.zipped(tmp_path / "a.zip", tiny_files.images(6))):
            path.write_bytes(path.read_bytes()[:end])
            assert "ends too early" in (text := refusal(path)) or "is damaged" in text

    def test_a_flipped_bit(self, tmp_path: Path, tiny_files: SimpleNamespace) -> None:
        """The archive's own checksums are compared."""
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in tiny_files.images(6).items():
                archive.writestr(name, data)
        content = bytearray(path.read_bytes())
        content[content.index(b"IDAT") + 12] ^= 1
        path.write_bytes(content)
        assert "is damaged and cannot be read (BadZipFile)" in refusal(path)

    @pytest.mark.parametrize(
        "name", ["../cat/1.png", "train/cat/../../../1.png", "/etc/cat/1.png", "C:/cat/1.png"]
    )
    def test_names_that_lead_out(self, tmp_path: Path, tiny_files: SimpleNamespace, name: str) -> None:
        """Refused in zip and tar, though nothing is ever unpacked."""
        files = tiny_files.images(6) | {name: b""}
        for pack in (tiny_files.zipped, tiny_files.tar_gz):
            text = refusal(pack(tmp_path / "a.archive", files))
            assert "leads out of the archive" in text or "absolute path" in text

    def test_a_link_in_a_tar(self, tmp_path: Path) -> None:
        """Links and special files are refused."""
        with tarfile.open(tmp_path / "a.tar", "w") as archive:
            entry = tarfile.TarInfo("train/cat/1.png")
            entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(entry)
        assert "a link or special file" in refusal(tmp_path / "a.tar")

    def test_a_bomb(self, tmp_path: Path, tiny_files: SimpleNamespace) -> None:
        """50 MB of zeros in 50 KB: stopped at 200 times the archive, before they are all in memory."""
        bomb = {"cat/1.png": bytes(50_000_000)}
        for pack in (tiny_files.zipped, tiny_files.tar_gz):
            text = refusal(pack(tmp_path / "a.archive", bomb))
            assert "more than" in text or "ends too early" in text

    def test_caps(self, tmp_path: Path, tiny_files: SimpleNamespace) -> None:
        """Bytes and number of files are bounded in archives and folders."""
        files = tiny_files.images(6)
        few, small = IntakeLimits(entries=50), IntakeLimits(total=4000)
        for path in (tiny_files.zipped(tmp_path / "a.zip", files), unpack(files, tmp_path / "a")):
            for limits in (few, small):
                with pytest.raises(GraderError, match=r"more than|at most") as caught:
                    read_cifar10([path], limits)
                assert str(path) in str(caught.value)
        assert LIMITS.entries > 60_000
        assert LIMITS.total > 190 << 20


@pytest.mark.skipif(
    "CIFAR10_SUBSET" not in os.environ, reason="CIFAR10_SUBSET names no folder with train.zip and test.zip"
)
def test_a_real_subset() -> None:
    """A folder with train.zip and test.zip of JPEG images, balanced."""
    parts, _ = read_cifar10([Path(os.environ["CIFAR10_SUBSET"])])
    for images, labels in parts:
        assert images.shape[1:] == (3, 32, 32)
        assert len(set(np.bincount(labels))) == 1
        assert 100 < images.mean() < 140
