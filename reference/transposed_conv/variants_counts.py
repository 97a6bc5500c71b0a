"""Wrong variants of the checkerboard counts, most frequent first."""

import numpy as np

from . import solution as ref
from .cards import LIKELY, REAL, wrong


def _line(k, s, n):
    """Counts along one axis, ((n-1)·s + k,)."""
    return ref.checkerboard_map(k, s, n)[0] // ref.checkerboard_map(k, s, n)[0, 0]


@wrong(
    "checkerboard_map/line-only",
    advice="The map has two axes, (L, L): the counts along rows and along columns multiply.",
    source="Odena et al. 2016, in two dimensions",
)
def board_line_only(k, s, n):
    return _line(k, s, n)


@wrong(
    "checkerboard_map/touched-or-not",
    advice="Count how often a pixel is written to, with +=; whether it is written to at all is "
    "another question.",
    source=REAL,
)
def board_touched_or_not(k, s, n):
    return (ref.checkerboard_map(k, s, n) > 0).astype(np.int64)


@wrong(
    "checkerboard_map/adds-the-axes",
    advice="Every vertical tap meets every horizontal one: multiply the counts of the two axes, do "
    "not add them.",
    source="Odena et al. 2016, in two dimensions",
)
def board_adds_the_axes(k, s, n):
    return np.add.outer(_line(k, s, n), _line(k, s, n))


@wrong(
    "checkerboard_map/n-times-s",
    advice="The output is (n-1)·s + k long: after the last step of the stride comes a whole "
    "kernel, not s pixels.",
    source=LIKELY,
)
def board_n_times_s(k, s, n):
    return ref.checkerboard_map(k, s, n)[: n * s, : n * s]


@wrong(
    "checkerboard_map/swapped",
    advice="k is the kernel and s the stride: patches are k wide and s apart.",
    source=LIKELY,
)
def board_swapped(k, s, n):
    return ref.checkerboard_map(s, k, n)


@wrong(
    "checkerboard_map/inside-only",
    advice="Return the whole output, border included.",
    source=LIKELY,
)
def board_inside_only(k, s, n):
    inside = slice(k - 1, (n - 1) * s + 1)
    return ref.checkerboard_map(k, s, n)[inside, inside]


@wrong(
    "checkerboard_map/even",
    advice="(k/s)² holds inside only, and only if s divides k: count what is really written.",
    source="S4 L2782",
)
def board_even(k, s, n):
    size = (n - 1) * s + k
    return np.full((size, size), (k // s) ** 2, dtype=np.int64)


@wrong(
    "checkerboard_map/of-the-convolution",
    advice="This counts how often an ordinary convolution reads each of n pixels. Asked is how "
    "often the transposed one writes to each of its (n-1)·s + k pixels.",
    source=LIKELY,
)
def board_of_the_convolution(k, s, n):
    line = np.zeros(n, dtype=np.int64)
    for start in range(0, n - k + 1, s):
        line[start : start + k] += 1
    return np.outer(line, line)


@wrong(
    "checkerboard_map/share",
    advice="Return the counts themselves, integers, not divided by the largest.",
    source=LIKELY,
)
def board_share(k, s, n):
    counts = ref.checkerboard_map(k, s, n)
    return counts / counts.max()


@wrong(
    "checkerboard_map/float",
    advice="Counts are integers: start from np.zeros(…, dtype=int), for np.zeros alone is float64.",
    source=REAL,
)
def board_float(k, s, n):
    return ref.checkerboard_map(k, s, n).astype(np.float64)
