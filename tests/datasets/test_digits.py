"""The digits: what the source says of them, and that nobody changes them by accident."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from grader.datasets import digits8x8


def test_the_digits_are_those_of_the_source() -> None:
    """1797 images of 8×8 pixels from 0 to 16, about 180 of each digit; the bytes are those that were shipped."""
    images, labels = digits8x8()
    assert (images.shape, images.dtype, labels.shape, labels.dtype) == (
        (1797, 8, 8),
        np.uint8,
        (1797,),
        np.int64,
    )
    assert (images.min(), images.max()) == (0, 16)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    whole = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    assert whole == "65e5b4619795efb40c1082f4c350c049e4ad552200d369b6ae99e21eef5e72c5"


def test_the_digits_are_read_only() -> None:
    """Every check sees the same data: an assignment to them raises."""
    images, labels = digits8x8()
    for array in (images, labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    assert digits8x8().images is images
