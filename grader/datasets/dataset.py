"""What every image set is once it is loaded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Dataset:
    """Images for training and for testing, with labels; the arrays are read-only.

    Attributes:
        name: digits8x8, shapes10 or cifar10.
        classes: the name of each label, in order.
        train_images, test_images: (N, 3, 32, 32) uint8, 0 to 255; digits8x8: (N, 1, 8, 8) uint8, 0 to 16.
        train_labels, test_labels: (N,) int64, 0 to 9.
    """

    name: str
    classes: tuple[str, ...]
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        for array in (self.train_images, self.train_labels, self.test_images, self.test_labels):
            array.flags.writeable = False
