"""Secret small changes of hidden images, which a model that has learnt hardly notices and a table of images does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_GAIN = 0.1  # contrast changes by at most this share
_OFFSET = 10  # grey levels
_NOISE = 4  # grey levels to either side, of each pixel


def perturb(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Shift (by up to a sixteenth of the side, mirrored at the edge), flip left-right, change light, add noise.

    images: (N, C, H, W) uint8, 0 to 255. Each image gets changes of its own. Returns a new array of the same shape.
    """
    count, _, height, width = images.shape
    reach = height // 16
    rows = _mirrored(np.arange(height) + rng.integers(-reach, reach + 1, size=(count, 1)), height)
    columns = _mirrored(np.arange(width) + rng.integers(-reach, reach + 1, size=(count, 1)), width)
    columns = np.where(rng.random((count, 1)) < 0.5, columns[:, ::-1], columns)
    moved = images[np.arange(count)[:, None, None], :, rows[:, :, None], columns[:, None, :]]
    moved = np.moveaxis(moved, -1, 1)  # the slice between the indices put the channels last
    gain = rng.uniform(1 - _GAIN, 1 + _GAIN, size=(count, 1, 1, 1))
    offset = rng.integers(-_OFFSET, _OFFSET + 1, size=(count, 1, 1, 1))
    noise = rng.integers(-_NOISE, _NOISE + 1, size=images.shape)
    changed = np.rint(128 + gain * (moved.astype(np.float64) - 128)) + offset + noise
    clipped: NDArray[np.uint8] = np.clip(changed, 0, 255).astype(np.uint8, order="C")
    return clipped


def _mirrored(index: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Indices outside of 0..size-1 folded back, the edge itself not repeated."""
    folded = np.abs(index)
    return np.where(folded >= size, 2 * (size - 1) - folded, folded)
