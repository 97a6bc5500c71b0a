"""`grader data` as a process: what it prints, its exit codes, and what it says about bad input."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.cli.data import data_command
from grader.datasets.picture import png
from grader.datasets.sources import CIFAR10_CLASSES

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data(tmp_path: Path) -> Callable[..., Any]:
    """data("list") runs `grader data list` with a store of its own; gives the finished process."""

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "grader", "data", *map(str, words)],
            cwd=ROOT,
            env={**os.environ, "GRADER_DATA": str(tmp_path / "store"), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        return done

    return run


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder train/<class>/1.png and test/<class>/1.png, each of one colour."""
    for part in ("train", "test"):
        for label, name in enumerate(CIFAR10_CLASSES):
            path = tmp_path / "mine" / part / name / "1.png"
            path.parent.mkdir(parents=True)
            path.write_bytes(png(np.full((32, 32, 3), 20 * label, np.uint8)))
    return tmp_path / "mine"


@pytest.mark.parametrize("name", data_command.commands)
def test_every_command_has_help_with_an_example(name: str, data: Callable[..., Any]) -> None:
    """--help exits 0 and shows how it is called."""
    done = data(name, "--help")
    assert done.returncode == 0
    assert f"grader data {name}" in done.stdout.partition("Example")[2]


def test_every_command_is_documented() -> None:
    """docs/data.md names each of them."""
    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    assert [name for name in data_command.commands if f"grader data {name}" not in text] == []


def test_from_missing_to_verified(data: Callable[..., Any], images: Path, tmp_path: Path) -> None:
    """list says how to get cifar10; after the import it says where it lies; verify and show agree."""
    pytest.importorskip("PIL")
    assert re.search(
        r"cifar10 +missing: .*grader data fetch cifar10.*grader data import cifar10", data("list").stdout
    )
    done = data("import", "cifar10", images)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"cifar10: 10 images in train.npz and 10 images in test.npz, 0.1 MB in {tmp_path / 'store' / 'cifar10'} "
        "(from mine)\n"
    )
    assert re.search(rf"cifar10 +mine · {tmp_path / 'store' / 'cifar10'}, 0.1 MB\n", data("list").stdout)
    assert data("verify", "cifar10").stdout == "cifar10: agrees with its checksums\n"
    assert data("show", "cifar10").stdout == (
        "train  10 images 3×32×32 uint8, 1 of each class, values 0 to 180, mean 90.0\n"
        "test   10 images 3×32×32 uint8, 1 of each class, values 0 to 180, mean 90.0\n"
        "classes: 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship, 9 truck\n"
    )


def test_verify_of_damaged_files(data: Callable[..., Any], images: Path, tmp_path: Path) -> None:
    """Exit 1, the file on stderr."""
    pytest.importorskip("PIL")
    data("import", "cifar10", images)
    (tmp_path / "store" / "cifar10" / "test.npz").write_bytes(b"x")
    done = data("verify", "cifar10")
    assert (done.returncode, done.stdout) == (1, "")
    assert "test.npz: is 1 bytes, expected" in done.stderr


def test_list_with_a_damaged_manifest(data: Callable[..., Any], tmp_path: Path) -> None:
    """The line of that set says so; the other lines stay."""
    (tmp_path / "store" / "cifar10").mkdir(parents=True)
    (tmp_path / "store" / "cifar10" / "manifest.json").write_text("{")
    done = data("list")
    assert done.returncode == 0
    assert re.search(
        r"cifar10 +\S+manifest.json: is damaged .*; fetch or import cifar10 again\n", done.stdout
    )
    assert "shapes10   built in" in done.stdout


@pytest.mark.parametrize("name", ["digits8x8", "shapes10"])
def test_a_picture_of_samples(name: str, data: Callable[..., Any], tmp_path: Path) -> None:
    """--png writes one, a column a class, that Pillow can read."""
    image = pytest.importorskip("PIL.Image")
    done = data("show", name, "--png", tmp_path / "a.png", "--rows", 3)
    assert done.returncode == 0
    assert f"wrote {tmp_path / 'a.png'}: columns from the left are the classes in this order" in done.stdout
    with image.open(tmp_path / "a.png") as picture:
        width, height = picture.size
        assert np.asarray(picture).std() > 20
    assert width > 3 * height


@pytest.mark.parametrize("name", ["digits8x8", "shapes10"])
def test_fetch_of_a_built_in_set_needs_no_network(
    name: str, data: Callable[..., Any], tmp_path: Path
) -> None:
    """It writes the files; verify compares them as well."""
    done = data("fetch", name)
    assert done.returncode == 0
    assert f"in {tmp_path / 'store' / name} (from built in" in done.stdout
    assert data("verify", name).returncode == 0


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["show", "mnist"], "mnist: no such image set; there are digits8x8, shapes10, cifar10"),
        (["verify", "cifar10"], "without one `grader data import cifar10 PATH`"),
        (["show", "cifar10"], "with a network run `grader data fetch cifar10`"),
        (["import", "shapes10", "README.md"], "shapes10 is built in; there is nothing to import"),
        (["import", "cifar10", "nowhere.zip"], "nowhere.zip: no such file or folder"),
        (["import", "cifar10", "README.md"], "README.md: is no archive"),
        (["show", "digits8x8", "--png", "/nowhere/a.png"], "/nowhere/a.png: No such file"),
    ],
)
def test_bad_input_is_one_line(words: list[str], error: str, data: Callable[..., Any]) -> None:
    """Exit 2 and one sentence on stderr."""
    done = data(*words)
    assert done.returncode == 2
    assert error in done.stderr
    assert done.stderr.startswith("grader: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words", [[], ["frobnicate"], ["import", "cifar10"], ["show"], ["show", "x", "--rows", 0]]
)
def test_wrong_usage_exits_2(words: list[str], data: Callable[..., Any]) -> None:
    """The usage is shown."""
    done = data(*words)
    assert done.returncode == 2
    assert "Usage:" in done.stderr
