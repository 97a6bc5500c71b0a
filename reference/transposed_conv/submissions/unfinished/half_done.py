# expect: missing
import numpy as np


def conv_transpose2d(x, w, stride=1, pad=0, output_padding=0):
    n, c, h, wd = x.shape
    f, kh, kw = w.shape[1], w.shape[2], w.shape[3]
    if output_padding >= stride:
        raise ValueError("output_padding too big")
    out_h = (h - 1) * stride - 2 * pad + kh + output_padding
    out_w = (wd - 1) * stride - 2 * pad + kw + output_padding
    if out_h <= 0 or out_w <= 0:
        raise ValueError("output is empty")
    big = np.zeros((n, f, out_h + 2 * pad, out_w + 2 * pad))
    for i in range(h):
        for j in range(wd):
            patch = np.tensordot(x[:, :, i, j], w, axes=(1, 0))
            big[:, :, i * stride:i * stride + kh, j * stride:j * stride + kw] += patch
    return big[:, :, pad:pad + out_h, pad:pad + out_w]


def upsample_nearest(x, factor):
    return np.repeat(np.repeat(x, factor, axis=2), factor, axis=3)


def upsample_bilinear(x, factor, align_corners=False):
    # TODO
    raise NotImplementedError


def maxunpool(y, idx, shape):
    H, W = shape
    if (idx < 0).any() or (idx >= H * W).any():
        raise ValueError("index outside of the plane")
    n, c, h, w = y.shape
    out = np.zeros((n, c, H, W))
    for a in range(n):
        for b in range(c):
            for i in range(h):
                for j in range(w):
                    out[a, b, idx[a, b, i, j] // W, idx[a, b, i, j] % W] = y[a, b, i, j]
    return out
