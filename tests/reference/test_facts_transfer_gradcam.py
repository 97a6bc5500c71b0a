"""The moves that questions on augmentation show, pixel by pixel."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "reference" / "transfer_gradcam" / "facts.py"
SPEC = importlib.util.spec_from_file_location("transfer_gradcam_facts", PATH)
facts = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(facts)

N = 4
COMES_FROM = {  # pixel (i, j) of the moved image, as it stood before; None: it is new
    "mirrored": lambda i, j: (i, N - 1 - j),
    "upside-down": lambda i, j: (N - 1 - i, j),
    "half-turn": lambda i, j: (N - 1 - i, N - 1 - j),
    "turned-left": lambda i, j: (j, N - 1 - i),
    "turned-right": lambda i, j: (N - 1 - j, i),
    "transposed": lambda i, j: (j, i),
    "right": lambda i, j: (i, j - 2) if j >= 2 else None,
    "down": lambda i, j: (i - 2, j) if i >= 2 else None,
    "around": lambda i, j: (i, (j - 2) % N),
}


@pytest.mark.parametrize("how", COMES_FROM)
def test_each_pixel_comes_from_where_it_stood(how):
    """Turns, mirror images and shifts; what a shift brings in is zero."""
    x = np.arange(1.0, N * N + 1).reshape(N, N)
    origins = [[COMES_FROM[how](i, j) for j in range(N)] for i in range(N)]
    expected = [[0.0 if one is None else x[one] for one in row] for row in origins]
    np.testing.assert_array_equal(facts.moved(x, how), expected)


def test_unknown_moves():
    """A word that is none is refused."""
    with pytest.raises(KeyError, match="sideways"):
        facts.moved(np.eye(2), "sideways")
