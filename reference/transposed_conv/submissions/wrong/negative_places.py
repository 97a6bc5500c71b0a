# expect: failed transposed_conv.upsample_bilinear/extrapolates
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


def checkerboard_map(k, s, n):
    size = (n - 1) * s + k
    counts = np.zeros((size, size), dtype=int)
    for i in range(n):
        for j in range(n):
            counts[i * s:i * s + k, j * s:j * s + k] += 1
    return counts


def upsample_nearest(x, factor):
    return np.repeat(np.repeat(x, factor, axis=2), factor, axis=3)


def upsample_nearest_backward(dy, factor):
    n, c, h, w = dy.shape
    dx = np.zeros((n, c, h // factor, w // factor))
    for i in range(h):
        for j in range(w):
            dx[:, :, i // factor, j // factor] += dy[:, :, i, j]
    return dx


def upsample_bilinear(x, factor, align_corners=False):
    n, c, h, w = x.shape
    out = np.zeros((n, c, h * factor, w * factor))
    for i in range(h * factor):
        for j in range(w * factor):
            if align_corners:
                r = i * (h - 1) / (h * factor - 1) if h * factor > 1 else 0.0
                q = j * (w - 1) / (w * factor - 1) if w * factor > 1 else 0.0
            else:
                r = (i + 0.5) / factor - 0.5
                q = (j + 0.5) / factor - 0.5
            r0 = min(max(int(np.floor(r)), 0), max(h - 2, 0))
            q0 = min(max(int(np.floor(q)), 0), max(w - 2, 0))
            r1, q1 = min(r0 + 1, h - 1), min(q0 + 1, w - 1)
            a, b = r - r0, q - q0
            top = (1 - b) * x[:, :, r0, q0] + b * x[:, :, r0, q1]
            bottom = (1 - b) * x[:, :, r1, q0] + b * x[:, :, r1, q1]
            out[:, :, i, j] = (1 - a) * top + a * bottom
    return out


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
