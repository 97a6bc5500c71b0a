"""Wrong variants of unpooling, most frequent first."""

import numpy as np

from . import solution as ref
from .cards import LIKELY, REAL, wrong


@wrong(
    "maxunpool/adds",
    advice="Overlapping windows may name a pixel twice, both times with its own value: write it "
    "with =, or it is doubled.",
    source=REAL,
)
def unpool_adds(y, idx, shape):
    planes = ref.maxunpool(y, idx, shape).reshape(*y.shape[:2], -1)
    planes[...] = 0.0
    for n, c, i, j in np.ndindex(y.shape):
        planes[n, c, idx[n, c, i, j]] += y[n, c, i, j]
    return planes.reshape(*y.shape[:2], *shape)


@wrong(
    "maxunpool/one-plane",
    advice="idx counts inside one plane (H, W). Every image and channel has its own plane; here "
    "all were written into the first.",
    source="PyTorch documentation of MaxUnpool2d",
)
def unpool_one_plane(y, idx, shape):
    ref.maxunpool(y, idx, shape)
    image = np.zeros((*y.shape[:2], *shape))
    image.reshape(-1)[idx.reshape(-1)] = y.reshape(-1)
    return image


@wrong(
    "maxunpool/fills-windows",
    advice="Only the place of the maximum gets the value; the rest of the window is zero.",
    source="S4 L2842",
)
def unpool_fills_windows(y, idx, shape):
    ref.maxunpool(y, idx, shape)
    rows = np.minimum(np.arange(shape[0]) * y.shape[2] // shape[0], y.shape[2] - 1)
    cols = np.minimum(np.arange(shape[1]) * y.shape[3] // shape[1], y.shape[3] - 1)
    return y[:, :, rows][:, :, :, cols]


@wrong(
    "maxunpool/top-left",
    advice="The value goes where idx says, not into the corner of its window.",
    source="S4 L2842",
)
def unpool_top_left(y, idx, shape):
    ref.maxunpool(y, idx, shape)
    image = np.zeros((*y.shape[:2], *shape))
    sh, sw = max(shape[0] // y.shape[2], 1), max(shape[1] // y.shape[3], 1)
    image[:, :, : y.shape[2] * sh : sh, : y.shape[3] * sw : sw] = y
    return image


@wrong(
    "maxunpool/negatives-lost",
    advice="A negative maximum is put back like any other; do not take the larger of it and the "
    "zero that is there.",
    source="S4 L2842",
)
def unpool_negatives_lost(y, idx, shape):
    return ref.maxunpool(np.maximum(y, 0.0), idx, shape)


@wrong(
    "maxunpool/columns-first",
    advice="Places are counted row by row: idx = r·W + c, not c·H + r.",
    source=LIKELY,
)
def unpool_columns_first(y, idx, shape):
    H, W = shape
    return ref.maxunpool(y, idx % H * W + idx // H, shape)


@wrong(
    "maxunpool/divides-by-height",
    advice="A row is W long: r = idx // W and c = idx % W. Square planes hide the difference.",
    source=LIKELY,
)
def unpool_divides_by_height(y, idx, shape):
    image = np.zeros((*y.shape[:2], *shape))
    ref.maxunpool(y, idx, shape)
    for n, c, i, j in np.ndindex(y.shape):
        row, column = divmod(idx[n, c, i, j], shape[0])
        image[n, c, row, column] = y[n, c, i, j]
    return image


@wrong(
    "maxunpool/shape-swapped",
    advice="shape is (H, W), rows first.",
    source=LIKELY,
)
def unpool_shape_swapped(y, idx, shape):
    return ref.maxunpool(y, idx, (shape[1], shape[0]))


@wrong(
    "maxunpool/always-doubles",
    advice="The output has the given shape; 2h × 2w is right only for windows 2 × 2 without a "
    "border left over.",
    source=REAL,
)
def unpool_always_doubles(y, idx, shape):
    ref.maxunpool(y, idx, shape)
    return ref.maxunpool(y, idx, (2 * y.shape[2], 2 * y.shape[3]))


@wrong(
    "maxunpool/minus-infinity",
    advice="The other pixels are 0. They are unknown, and -inf would poison every layer that "
    "follows.",
    source=LIKELY,
)
def unpool_minus_infinity(y, idx, shape):
    image = ref.maxunpool(y, idx, shape)
    return np.where(ref.maxunpool(np.ones_like(y), idx, shape) > 0, image, -np.inf)


@wrong(
    "maxunpool/smallest-value",
    advice="The other pixels are 0, although a pooling would then prefer them to a negative value.",
    source=LIKELY,
)
def unpool_smallest_value(y, idx, shape):
    image = ref.maxunpool(y, idx, shape)
    return np.where(ref.maxunpool(np.ones_like(y), idx, shape) > 0, image, y.min())


@wrong(
    "maxunpool/integers",
    advice="The canvas took the dtype of idx and cuts fractions off: make it float64, as y is.",
    source=REAL,
)
def unpool_integers(y, idx, shape):
    return ref.maxunpool(y, idx, shape).astype(idx.dtype)


@wrong(
    "maxunpool/unchecked",
    advice="Check idx yourself and raise ValueError outside 0 … H·W - 1: numpy raises IndexError, "
    "and takes -1 for the last.",
    source="PyTorch: found an invalid max index",
)
def unpool_unchecked(y, idx, shape):
    planes = np.zeros((*y.shape[:2], shape[0] * shape[1]))
    np.put_along_axis(planes, idx.reshape(*y.shape[:2], -1), y.reshape(*y.shape[:2], -1), axis=2)
    return planes.reshape(*y.shape[:2], *shape)


@wrong(
    "maxunpool/takes-minus-one",
    advice="A negative index is out of range as well: numpy would count it from the end without a "
    "word.",
    source=LIKELY,
)
def unpool_takes_minus_one(y, idx, shape):
    return ref.maxunpool(y, np.where(idx < 0, idx + shape[0] * shape[1], idx), shape)


@wrong(
    "maxunpool/clips",
    advice="Do not clip indices into the plane: a wrong index means a wrong shape, so raise "
    "ValueError.",
    source=LIKELY,
)
def unpool_clips(y, idx, shape):
    return ref.maxunpool(y, np.clip(idx, 0, shape[0] * shape[1] - 1), shape)
