"""Hidden images: disjoint from what the submission may read, secret, perturbed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from grader.core.errors import UsageError
from grader.datasets import shapes10, store
from grader.datasets.held import hold_out
from grader.datasets.parts import Labelled, Parts
from grader.datasets.perturb import perturb
from grader.datasets.sources import CIFAR10_CLASSES


def images(seed: int, count: int = 40) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)


def keys(array: NDArray[np.uint8]) -> set[bytes]:
    return {image.tobytes() for image in array}


@pytest.fixture
def cifar10() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """A small set under the name of the published one; gives its test part."""
    labels = np.arange(40, dtype=np.int64) % 10
    train, test = Labelled(images(1), labels), Labelled(images(2), labels)
    store.write("cifar10", Parts(train, test), CIFAR10_CLASSES, "the tests")
    return test


def test_a_published_set_is_split(cifar10: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    """Four tenths of the test images are held out: `test.npz` has the others, train.npz is as it was."""
    held = hold_out("cifar10", b"a secret")
    with np.load(held.folder / "test.npz") as file:
        readable, labels = file["images"], file["labels"]
    assert readable.shape == (24, 3, 32, 32)
    assert keys(readable) < keys(cifar10[0])
    assert np.array_equal(labels, held.test[1])
    with np.load(held.folder / "train.npz") as file:
        assert np.array_equal(file["images"], held.train[0])
    assert held.published


def test_hidden_images_are_perturbed_ones_of_the_rest(
    cifar10: tuple[NDArray[np.uint8], NDArray[np.int64]],
) -> None:
    """Each hidden image is near one that is held out (in its mean, here), and equal to none of the set."""
    held = hold_out("cifar10", b"a secret")
    found, labels = held.hidden(100, np.random.default_rng(0))
    assert found.shape == (16, 3, 32, 32)  # all there are
    assert not keys(found) & keys(cifar10[0])
    kept_out = [k for k in range(40) if cifar10[0][k].tobytes() not in keys(held.test[0])]
    assert sorted(labels) == sorted(cifar10[1][kept_out])


def test_another_secret_holds_out_others(cifar10: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    """The split follows from the secret, and the folder of one course is not that of another."""
    one, same, other = (hold_out("cifar10", secret) for secret in (b"a", b"a", b"b"))
    assert one.folder == same.folder != other.folder
    assert keys(one.test[0]) != keys(other.test[0])


def test_shapes_are_drawn_anew() -> None:
    """shapes10 has no fixed hidden images: another generator, others; the same, the same; none that can be read."""
    held = hold_out("shapes10", b"a secret")
    first, labels = held.hidden(250, np.random.default_rng(5))
    again, _ = held.hidden(250, np.random.default_rng(5))
    other, _ = held.hidden(250, np.random.default_rng(6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.bincount(labels).tolist() == [25] * 10
    assert not keys(first) & (keys(held.train[0]) | keys(held.test[0]))
    assert not held.published
    assert sorted(path.name for path in held.folder.iterdir()) == ["manifest.json", "test.npz", "train.npz"]


def test_a_missing_set_is_named_with_both_ways_to_get_it() -> None:
    """No network is tried: the message says the two commands."""
    with pytest.raises(UsageError, match=r"grader data fetch cifar10.*grader data import cifar10 PATH"):
        hold_out("cifar10", b"a secret")


@given(st.integers(0, 2**32))
def test_perturbing_keeps_the_picture(seed: int) -> None:
    """Shape, dtype and the original stay; a plain image stays plain within light and noise: 0.9·g − 14 … 1.1·g + 14."""
    grey = np.full((3, 3, 32, 32), 100, np.uint8)
    changed = perturb(grey, np.random.default_rng(seed))
    assert changed.shape == grey.shape
    assert changed.dtype == np.uint8
    assert (grey == 100).all()
    centred = changed.astype(int) - 128
    assert centred.min() >= 1.1 * (100 - 128) - 15
    assert centred.max() <= 0.9 * (100 - 128) + 15


def test_perturbing_shifts_and_flips() -> None:
    """A white column wanders by at most two pixels, from its place or from its mirror image's; both occur."""
    line = np.zeros((400, 3, 32, 32), np.uint8)
    line[:, :, :, 8] = 255
    brightest = perturb(line, np.random.default_rng(0)).mean(axis=(1, 2)).argmax(axis=1)
    assert set(brightest) == {6, 7, 8, 9, 10, 21, 22, 23, 24, 25}


def test_hidden_seeds_are_far_from_the_published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No generator can lead to the seeds of the training and test images."""
    drawn: list[int] = []
    real = shapes10.draw
    monkeypatch.setattr(shapes10, "draw", lambda count, seed: (drawn.append(seed), real(count, seed))[1])
    held = hold_out("shapes10", b"another")
    for seed in range(5):
        held.hidden(1, np.random.default_rng(seed))
    assert len(set(drawn[-5:])) == 5
    assert min(drawn[-5:]) >= 1 << 62
