"""What exam questions show of augmentation, in NumPy: the solution itself needs torch."""

import numpy as np


def moved(x, how, by=2):
    """An image after a move. x: (n, n) → float64 of the same shape.

    how: "mirrored" left and right, "upside-down" top and bottom, "half-turn", "turned-left" and "turned-right" by a
    quarter, "transposed"; "right" and "down" shift by `by` pixels and fill with zeros, "around" shifts to the right
    and brings what leaves the image in on the left. Sources: numpy.flip, rot90, roll. Raises KeyError for another word.
    """
    x = np.asarray(x, dtype=np.float64)
    moves = {
        "mirrored": lambda: x[:, ::-1],
        "upside-down": lambda: x[::-1],
        "half-turn": lambda: x[::-1, ::-1],
        "turned-left": lambda: np.rot90(x),
        "turned-right": lambda: np.rot90(x, -1),
        "transposed": lambda: x.T,
        "right": lambda: np.pad(x, ((0, 0), (by, 0)))[:, : len(x)],
        "down": lambda: np.pad(x, ((by, 0), (0, 0)))[: len(x)],
        "around": lambda: np.roll(x, by, axis=1),
    }
    return np.ascontiguousarray(moves[how]())
