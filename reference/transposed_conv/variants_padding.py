"""Wrong variants of pad and output_padding of the transposed convolution, most frequent first."""

import numpy as np

from . import solution as ref
from .cards import LIKELY, REAL, wrong


def margin(x, width):
    """x with `width` zeros around each plane."""
    return np.pad(x, ((0, 0), (0, 0), (width, width), (width, width)))


def guard(x, w, stride, pad, output_padding):
    """Raises what the reference raises for these sizes."""
    ref.conv_transpose2d(x[:1, :1, :, :], w[:1, :1], stride, pad, output_padding)


def _unguarded(x, w, stride, pad, output_padding):
    """The reference without its two refusals: an empty array where nothing is left."""
    full = ref.conv_transpose2d(x, w, stride)
    full = np.pad(full, ((0, 0), (0, 0), (0, output_padding), (0, output_padding)))
    return full[:, :, pad : max(full.shape[2] - pad, 0), pad : max(full.shape[3] - pad, 0)]


@wrong(
    "conv_transpose2d/output-padding-ignored",
    advice="output_padding makes the output that many rows and columns larger, at the bottom and "
    "at the right.",
    source="PyTorch documentation of ConvTranspose2d",
)
def conv_output_padding_ignored(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    return ref.conv_transpose2d(x, w, stride, pad, 0)


@wrong(
    "conv_transpose2d/output-padding-zeros",
    advice="output_padding does not append zeros to the finished output: enlarge the image first "
    "and cut pad off after. The extra rows then show what pad would have cut away.",
    source="course forum",
)
def conv_output_padding_zeros(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    y = ref.conv_transpose2d(x, w, stride, pad, 0)
    return np.pad(y, ((0, 0), (0, 0), (0, output_padding), (0, output_padding)))


@wrong(
    "conv_transpose2d/output-padding-in-front",
    advice="output_padding belongs at the bottom and at the right, where the convolution leaves a "
    "border over; here it is at the top and at the left.",
    source=LIKELY,
)
def conv_output_padding_in_front(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    full = ref.conv_transpose2d(x, w, stride)
    full = np.pad(full, ((0, 0), (0, 0), (output_padding, 0), (output_padding, 0)))
    return full[:, :, pad : full.shape[2] - pad, pad : full.shape[3] - pad]


@wrong(
    "conv_transpose2d/output-padding-both-sides",
    advice="output_padding is added once to each axis, at its end; unlike pad it has no second "
    "side.",
    source=LIKELY,
)
def conv_output_padding_both_sides(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    full = margin(ref.conv_transpose2d(x, w, stride), output_padding)
    return full[:, :, pad : full.shape[2] - pad, pad : full.shape[3] - pad]


@wrong(
    "conv_transpose2d/minus-zero",
    advice="x[pad:-pad] is empty for pad = 0, because -0 is 0. Count the end from the front: "
    "x[pad:pad + size].",
    source=REAL,
)
def conv_minus_zero(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    return ref.conv_transpose2d(x, w, stride, 0, output_padding)[:, :, pad:-pad, pad:-pad]


@wrong(
    "conv_transpose2d/padding-grows",
    advice="In a transposed convolution pad makes the output smaller: 2·pad is subtracted from its "
    "size.",
    source="PyTorch documentation of ConvTranspose2d",
)
def conv_padding_grows(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    return margin(ref.conv_transpose2d(x, w, stride, 0, output_padding), pad)


@wrong(
    "conv_transpose2d/padding-ignored",
    advice="Cut pad rows and columns off each side.",
    source=LIKELY,
)
def conv_padding_ignored(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    return ref.conv_transpose2d(x, w, stride, 0, output_padding)


@wrong(
    "conv_transpose2d/padding-once",
    advice="pad is cut off on both sides of each axis, not at the top and left only: the size has "
    "-2·pad.",
    source=LIKELY,
)
def conv_padding_once(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    return ref.conv_transpose2d(x, w, stride, 0, output_padding)[:, :, pad:, pad:]


@wrong(
    "conv_transpose2d/output-padding-unchecked",
    advice="An output_padding of stride or more is meaningless: raise ValueError.",
    source="PyTorch: output padding must be smaller than stride",
)
def conv_output_padding_unchecked(x, w, stride=1, pad=0, output_padding=0):
    y = _unguarded(x, w, stride, pad, output_padding)
    if y.size == 0:
        raise ValueError("nothing is left")
    return y


@wrong(
    "conv_transpose2d/output-padding-up-to-stride",
    advice="output_padding must stay below the stride: output_padding == stride is already a "
    "ValueError.",
    source=LIKELY,
)
def conv_output_padding_up_to_stride(x, w, stride=1, pad=0, output_padding=0):
    if output_padding > stride:
        raise ValueError("output_padding")
    return conv_output_padding_unchecked(x, w, stride, pad, output_padding)


@wrong(
    "conv_transpose2d/size-unchecked",
    advice="If pad cuts everything off, raise ValueError instead of returning an empty array.",
    source=LIKELY,
)
def conv_size_unchecked(x, w, stride=1, pad=0, output_padding=0):
    if output_padding >= stride:
        raise ValueError("output_padding")
    return _unguarded(x, w, stride, pad, output_padding)


@wrong(
    "conv_transpose2d/size-zero",
    advice="An output of size 0 is no output either: raise ValueError for it, too (numpy complains "
    "only below 0).",
    source=LIKELY,
)
def conv_size_zero(x, w, stride=1, pad=0, output_padding=0):
    rows = (x.shape[2] - 1) * stride + w.shape[2] + output_padding
    cols = (x.shape[3] - 1) * stride + w.shape[3] + output_padding
    if min(rows, cols) < 2 * pad:
        raise ValueError("negative dimensions are not allowed")
    return conv_size_unchecked(x, w, stride, pad, output_padding)
