"""Everything linear is a matrix here, one per axis or one for all, and the way back is its transpose."""

from functools import lru_cache

import numpy as np


class Axis:
    """One axis of a layer: which output pixel takes how much from which input pixel."""

    def __init__(self, rows, columns):
        self.matrix = np.zeros((rows, columns))

    def add(self, row, column, amount):
        if 0 <= row < self.matrix.shape[0]:
            self.matrix[row, column] += amount
        return self


@lru_cache(maxsize=None)
def copies(n, factor):
    axis = Axis(n * factor, n)
    for i in range(n * factor):
        axis.add(i, i // factor, 1.0)
    return axis.matrix


def tents(n, factor, align_corners):
    axis = Axis(n * factor, n)
    for i in range(n * factor):
        if align_corners:
            place = 0.0 if n * factor == 1 else i * (n - 1) / (n * factor - 1)
        else:
            place = min(max((2 * i + 1 - factor) / (2 * factor), 0), n - 1)
        for column in range(n):
            axis.add(i, column, max(0.0, 1.0 - abs(place - column)))
    return axis.matrix


def conv_transpose2d(x, w, stride=1, pad=0, output_padding=0):
    N, C, H, W = x.shape
    C, F, kh, kw = w.shape
    Ho = (H - 1) * stride - 2 * pad + kh + output_padding
    Wo = (W - 1) * stride - 2 * pad + kw + output_padding
    if output_padding > stride - 1 or Ho < 1 or Wo < 1:
        raise ValueError("no such layer")
    U = np.zeros((C, H, W, F, Ho, Wo))          # of the convolution that goes the other way
    for a, b, i, j in np.ndindex(H, W, kh, kw):
        row, column = a * stride + i - pad, b * stride + j - pad
        if 0 <= row < Ho and 0 <= column < Wo:
            U[:, a, b, :, row, column] = w[:, :, i, j]
    U = U.reshape(C * H * W, F * Ho * Wo)
    return (U.T @ x.reshape(N, -1).T).T.reshape(N, F, Ho, Wo)


def checkerboard_map(k, s, n):
    size = (n - 1) * s + k
    return np.array([[sum(0 <= r - a * s < k for a in range(n)) * sum(0 <= c - b * s < k for b in range(n))
                      for c in range(size)] for r in range(size)])


def upsample_nearest(x, factor):
    return copies(x.shape[2], factor) @ x @ copies(x.shape[3], factor).T


def upsample_nearest_backward(dy, factor):
    A, B = copies(dy.shape[2] // factor, factor), copies(dy.shape[3] // factor, factor)
    return A.T @ dy @ B


def upsample_bilinear(x, factor, align_corners=False):
    A, B = tents(x.shape[2], factor, align_corners), tents(x.shape[3], factor, align_corners)
    return np.einsum("ih,nchw,jw->ncij", A, x, B)


def maxunpool(y, idx, shape):
    planes = shape[0] * shape[1]
    if idx.min() < 0 or idx.max() > planes - 1:
        raise ValueError("idx points outside")
    out = np.zeros((y.shape[0], y.shape[1], planes))
    n, c = np.indices(y.shape)[:2]
    out[n, c, idx] = y
    return out.reshape(y.shape[:2] + tuple(shape))
