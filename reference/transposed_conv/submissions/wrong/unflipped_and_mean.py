# expect: failed transposed_conv.conv_transpose2d/flipped-kernel
import numpy as np


def conv_transpose2d(x, w, stride=1, pad=0, output_padding=0):
    n, c, h, wd = x.shape
    _, f, kh, kw = w.shape
    if output_padding >= stride:
        raise ValueError("output_padding too big")
    # insert zeros between the pixels, pad, and then it is an ordinary convolution
    top, left = kh - 1, kw - 1
    big = np.zeros((n, c, (h - 1) * stride + 1 + 2 * top + output_padding, (wd - 1) * stride + 1 + 2 * left + output_padding))
    big[:, :, top:top + (h - 1) * stride + 1:stride, left:left + (wd - 1) * stride + 1:stride] = x
    out_h = big.shape[2] - kh + 1
    out_w = big.shape[3] - kw + 1
    if out_h - 2 * pad <= 0 or out_w - 2 * pad <= 0:
        raise ValueError("output is empty")
    out = np.zeros((n, f, out_h, out_w))
    for i in range(out_h):
        for j in range(out_w):
            window = big[:, :, i:i + kh, j:j + kw]
            out[:, :, i, j] = np.einsum("ncab,cfab->nf", window, w)
    return out[:, :, pad:out_h - pad, pad:out_w - pad]


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
    for i in range(h // factor):
        for j in range(w // factor):
            block = dy[:, :, i * factor:(i + 1) * factor, j * factor:(j + 1) * factor]
            dx[:, :, i, j] = block.mean(axis=(2, 3))
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
                r = min(max((i + 0.5) / factor - 0.5, 0.0), h - 1)
                q = min(max((j + 0.5) / factor - 0.5, 0.0), w - 1)
            r0, q0 = int(r), int(q)
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
