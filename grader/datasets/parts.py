"""What an import brings: labelled images in two parts, not yet in the store."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Damaged(Exception):
    """What was read cannot be used; the text follows the name of the file: ``a.zip: holds no images``."""


class Labelled(NamedTuple):
    """images: (N, C, H, W) uint8. labels: (N,) int64."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


class Parts(NamedTuple):
    """The images for training and those for testing."""

    train: Labelled
    test: Labelled
