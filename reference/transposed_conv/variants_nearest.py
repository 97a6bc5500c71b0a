"""Wrong variants of nearest-neighbour upsampling and its gradient, most frequent first."""

import numpy as np

from . import solution as ref
from .cards import LIKELY, REAL, wrong


@wrong(
    "upsample_nearest/tiled",
    advice="np.tile repeats the whole image; here each pixel is repeated, as np.repeat does along "
    "an axis.",
    source="NumPy documentation of tile and repeat",
)
def nearest_tiled(x, factor):
    return np.tile(x, (1, 1, factor, factor))


@wrong(
    "upsample_nearest/zeros-between",
    advice="Fill the whole block with the pixel. One pixel and zeros around it is unpooling (a bed "
    "of nails).",
    source="S4 L2820 against L2842",
)
def nearest_zeros_between(x, factor):
    N, C, H, W = x.shape
    big = np.zeros((N, C, factor * H, factor * W))
    big[:, :, ::factor, ::factor] = x
    return big


@wrong(
    "upsample_nearest/always-two",
    advice="The factor is an argument: 2 is only the lecture's example.",
    source=REAL,
)
def nearest_always_two(x, factor):
    return ref.upsample_nearest(x, 2)


@wrong(
    "upsample_nearest/one-axis",
    advice="Rows and columns are both repeated: axes 2 and 3.",
    source=LIKELY,
)
def nearest_one_axis(x, factor):
    return x.repeat(factor, axis=2)


@wrong(
    "upsample_nearest/channels",
    advice="x is (N, C, H, W): rows and columns are axes 2 and 3. Axis 1 are the channels, and "
    "they stay as many.",
    source=LIKELY,
)
def nearest_channels(x, factor):
    return x.repeat(factor, axis=1).repeat(factor, axis=2)


@wrong(
    "upsample_nearest/float32",
    advice="Stay in float64, the dtype of x.",
    source=LIKELY,
)
def nearest_in_float32(x, factor):
    return ref.upsample_nearest(x, factor).astype(np.float32)


@wrong(
    "upsample_nearest_backward/mean",
    advice="A pixel that was copied factor² times collects the sum of the gradients of its copies, "
    "not their mean.",
    source="course forum",
)
def blocks_mean(dy, factor):
    return ref.upsample_nearest_backward(dy, factor) / factor**2


@wrong(
    "upsample_nearest_backward/first-entry",
    advice="All factor² copies carry a gradient, not only the one in the corner of the block: sum "
    "the block.",
    source=LIKELY,
)
def blocks_first_entry(dy, factor):
    return dy[:, :, ::factor, ::factor]


@wrong(
    "upsample_nearest_backward/max",
    advice="This pools the gradient. Copying is linear, so its gradient is the sum over the "
    "copies.",
    source=LIKELY,
)
def blocks_max(dy, factor):
    N, C, H, W = dy.shape
    return dy.reshape(N, C, H // factor, factor, W // factor, factor).max(axis=(3, 5))


@wrong(
    "upsample_nearest_backward/of-a-tiling",
    advice="The copies of a pixel lie side by side: split each axis into (H, factor), not into "
    "(factor, H).",
    source=LIKELY,
)
def blocks_of_a_tiling(dy, factor):
    N, C, H, W = dy.shape
    return dy.reshape(N, C, factor, H // factor, factor, W // factor).sum(axis=(2, 4))


@wrong(
    "upsample_nearest_backward/always-two",
    advice="The factor is an argument: 2 is only the lecture's example.",
    source=REAL,
)
def blocks_always_two(dy, factor):
    return ref.upsample_nearest_backward(dy, 2)


@wrong(
    "upsample_nearest_backward/one-axis",
    advice="Sum over both axes of the block, rows and columns.",
    source=LIKELY,
)
def blocks_one_axis(dy, factor):
    N, C, H, W = dy.shape
    return dy.reshape(N, C, H // factor, factor, W).sum(axis=3)


@wrong(
    "upsample_nearest_backward/in-place",
    advice="The sums are collected inside dy, which is the caller's: write into a new array.",
    source=REAL,
)
def blocks_in_place(dy, factor):
    for i in range(1, factor):
        dy[:, :, ::factor] += dy[:, :, i::factor]
    for j in range(1, factor):
        dy[:, :, :, ::factor] += dy[:, :, :, j::factor]
    return dy[:, :, ::factor, ::factor]
