"""Pictures of samples: the grid, and PNG files that others read."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.datasets.picture import png, samples


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3))
def test_png_is_what_pillow_reads(height: int, width: int, zoom: int) -> None:
    """Every pixel comes back, as zoom × zoom."""
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(height * 10 + width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    with image.open(io.BytesIO(png(pixels, zoom))) as picture:
        found = np.asarray(picture)
    assert np.array_equal(found, pixels.repeat(zoom, 0).repeat(zoom, 1))


def test_samples_are_columns_of_classes() -> None:
    """The first images of class 0 from above in the first column; white where a class has too few."""
    images = np.arange(5, dtype=np.uint8)[:, None, None, None].repeat(3, 1).repeat(2, 2).repeat(2, 3)
    grid = samples(images, np.array([1, 0, 0, 1, 0]), 2, 3)
    assert grid.shape == (8, 5, 3)
    assert grid[::3, ::3, 0].tolist() == [[1, 0], [2, 3], [4, 255]]
    assert (grid[2] == 255).all()
    assert (grid[:, 2] == 255).all()


def test_grey_images_become_grey_pixels() -> None:
    """One channel fills three."""
    grid = samples(np.full((1, 1, 2, 2), 9, np.uint8), np.array([0]), 1, 1)
    assert (grid == 9).all()
