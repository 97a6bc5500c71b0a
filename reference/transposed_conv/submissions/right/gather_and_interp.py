"""Gathers where others scatter: correlates the spread-out image, asks np.interp, and returns Fortran order."""

import numpy as np


def conv_transpose2d(x, w, stride=1, pad=0, output_padding=0):
    N, C, H, W = x.shape
    kh, kw = w.shape[-2:]
    if not output_padding < stride:
        raise ValueError("output_padding must be smaller than the stride")
    spread = np.zeros((N, C, (H - 1) * stride + 1, (W - 1) * stride + 1))
    spread[:, :, ::stride, ::stride] = x
    # k-1 zeros in front, k-1 and the output padding behind; then pad is cut off
    spread = np.pad(spread, [(0, 0), (0, 0), (kh - 1, kh - 1 + output_padding), (kw - 1, kw - 1 + output_padding)])
    size = spread.shape[2] - kh + 1 - 2 * pad, spread.shape[3] - kw + 1 - 2 * pad
    if size[0] < 1 or size[1] < 1:
        raise ValueError("empty output")
    windows = np.lib.stride_tricks.sliding_window_view(spread, (kh, kw), axis=(2, 3))
    windows = windows[:, :, pad:pad + size[0], pad:pad + size[1]]
    out = np.tensordot(windows, np.flip(w, (2, 3)), axes=([1, 4, 5], [0, 2, 3]))   # (N, Ho, Wo, F)
    return np.asfortranarray(np.moveaxis(out, 3, 1))


def checkerboard_map(k, s, n):
    places = np.add.outer(s * np.arange(n), np.arange(k)).ravel()
    line = np.bincount(places, minlength=(n - 1) * s + k).astype(np.int32)
    return line[:, None] * line


def upsample_nearest(x, factor):
    rows = np.arange(x.shape[2] * factor) // factor
    cols = np.arange(x.shape[3] * factor) // factor
    return x[:, :, rows[:, None], cols]


def upsample_nearest_backward(dy, factor):
    taller = np.add.reduceat(dy, np.arange(0, dy.shape[2], factor), axis=2)
    return np.add.reduceat(taller, np.arange(0, dy.shape[3], factor), axis=3)


def along(values, factor, align_corners):
    n = len(values)
    if align_corners:
        places = np.linspace(0, n - 1, n * factor)
    else:
        places = (np.arange(n * factor) + 0.5) / factor - 0.5
    return np.interp(places, np.arange(n), values)      # np.interp keeps the last value outside


def upsample_bilinear(x, factor, align_corners=False):
    x = np.apply_along_axis(along, 3, x, factor, align_corners)
    return np.apply_along_axis(along, 2, x, factor, align_corners)


def maxunpool(y, idx, shape):
    N, C, h, w = y.shape
    size = shape[0] * shape[1]
    if np.any((idx < 0) | (idx >= size)):
        raise ValueError("idx")
    first = (np.arange(N * C) * size).reshape(N, C, 1, 1)
    image = np.zeros((N, C, *shape))
    np.put(image, idx + first, y)
    return image
