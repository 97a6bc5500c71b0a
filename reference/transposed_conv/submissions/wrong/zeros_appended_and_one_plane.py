# expect: failed transposed_conv.conv_transpose2d/output-padding-zeros
import numpy as np


def conv_transpose2d(x, w, stride=1, pad=0, output_padding=0):
    n, c, h, wd = x.shape
    f, kh, kw = w.shape[1:]
    if output_padding >= stride:
        raise ValueError("output_padding too big")
    H = (h - 1) * stride + kh
    W = (wd - 1) * stride + kw
    if H - 2 * pad + output_padding <= 0 or W - 2 * pad + output_padding <= 0:
        raise ValueError("output is empty")
    out = np.zeros((n, f, H, W))
    for i in range(h):
        for j in range(wd):
            out[:, :, i * stride:i * stride + kh, j * stride:j * stride + kw] += np.tensordot(x[:, :, i, j], w, axes=(1, 0))
    out = out[:, :, pad:H - pad, pad:W - pad]
    final = np.zeros((n, f, out.shape[2] + output_padding, out.shape[3] + output_padding))
    final[:, :, :out.shape[2], :out.shape[3]] = out
    return final


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
    out = np.zeros(y.shape[0] * y.shape[1] * H * W)
    out[idx.flatten()] = y.flatten()
    return out.reshape(y.shape[0], y.shape[1], H, W)
