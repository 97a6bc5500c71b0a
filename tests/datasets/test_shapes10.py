"""shapes10: the same seed gives the same bytes; classes are balanced; every shape is what its name says."""

from __future__ import annotations

import hashlib
import time

import numpy as np
import pytest

from grader.datasets import shapes10

DIGEST = "13cf35faf14fd51050b365fb88455d67e11de498c94d2485b034e7f5a10b47fa"


def test_the_same_seed_gives_the_same_bytes() -> None:
    """On every machine and with every numpy: the digest of a small draw is fixed."""
    images, labels = shapes10.draw(250, 7)
    assert hashlib.sha256(images.tobytes() + labels.astype("<i8").tobytes()).hexdigest() == DIGEST


def test_another_seed_gives_other_images() -> None:
    """Seeds of any length count in full; the course secret's seeds are long."""
    first, second = shapes10.draw(250, 2**61 + 1), shapes10.draw(250, 2**61)
    assert not np.array_equal(first.images, second.images)
    assert not np.array_equal(first.labels, second.labels)


def test_a_short_draw_is_the_start_of_a_long_one() -> None:
    """The number of images does not change them."""
    short, long = shapes10.draw(3, 5), shapes10.draw(260, 5)
    assert np.array_equal(short.images, long.images[:3])
    assert np.array_equal(short.labels, long.labels[:3])


def test_types_and_shapes() -> None:
    """uint8 (N, 3, 32, 32) in C order and int64 (N,), also for none at all."""
    for count in (0, 1, 251):
        images, labels = shapes10.draw(count, 0)
        assert (images.shape, images.dtype, labels.shape, labels.dtype) == (
            (count, 3, 32, 32), np.uint8, (count,), np.int64,
        )  # fmt: skip
        assert images.flags.c_contiguous


def test_classes_are_balanced() -> None:
    """Each block of 250 holds 25 of every class, shuffled anew."""
    labels = shapes10.draw(500, 3).labels
    assert np.bincount(labels[:250]).tolist() == [25] * 10
    assert np.bincount(labels[250:]).tolist() == [25] * 10
    assert not np.array_equal(labels[:250], labels[250:])


@pytest.mark.parametrize(("count", "seed"), [(-1, 0), (1, -1)])
def test_negative_numbers_are_refused(count: int, seed: int) -> None:
    """count and seed are at least 0."""
    with pytest.raises(ValueError, match=r"expected 0 or more|non-negative"):
        shapes10.draw(count, seed)


def test_ten_thousand_images_take_seconds() -> None:
    """A tenth of them, measured in CPU time."""
    start = time.process_time()
    shapes10.draw(1000, 1)
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("disc", [(0, 0), (0.6, 0.6)], [(0.8, 0.8)]),
        ("ring", [(0.75, 0), (0, -0.75)], [(0, 0), (0.8, 0.8)]),
        ("square", [(0, 0), (0.8, 0.8)], [(1, 0)]),
        ("frame", [(0.68, 0), (0.7, 0.7)], [(0, 0), (0.95, 0)]),
        ("triangle", [(0, 0), (0, -0.9), (0.8, 0.5)], [(0.6, -0.6), (0, 0.7)]),
        ("plus", [(0, 0), (0.9, 0), (0, 0.9)], [(0.5, 0.5)]),
        ("star", [(0, 0), (0, 0.9), (0.55, -0.8)], [(0, -0.7), (0.6, 0.6)]),
        ("crescent", [(-0.7, 0), (-0.3, 0.8)], [(0, 0), (0.5, 0)]),
        ("hourglass", [(0, 0), (0.6, 0.8), (-0.6, -0.8)], [(0.6, 0), (0, 1)]),
        ("bars", [(0, 0), (0.8, 0.7), (0, -0.7)], [(0, 0.35), (0, 1)]),
    ],
)
def test_outlines(name: str, inside: list[tuple[float, float]], outside: list[tuple[float, float]]) -> None:
    """The distance to the outline is negative at points inside, positive outside."""
    outline = shapes10._OUTLINES[name]
    distances = [float(outline(np.array([[x]]), np.array([[y]]))[0, 0]) for x, y in inside + outside]
    assert [distance < 0 for distance in distances] == [True] * len(inside) + [False] * len(outside)
