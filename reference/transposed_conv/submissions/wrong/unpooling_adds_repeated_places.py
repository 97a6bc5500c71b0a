# expect: failed transposed_conv.maxunpool/adds
# mistake: maxunpool: a place that several windows name collects the sum of their values instead of the value once.
import numpy as np


def conv_transpose2d(x, w, stride=1, pad=0, output_padding=0):
    N, C, H, W = x.shape
    _, F, kh, kw = w.shape
    Ho = (H - 1) * stride - 2 * pad + kh + output_padding
    Wo = (W - 1) * stride - 2 * pad + kw + output_padding
    if output_padding >= stride:
        raise ValueError("output_padding must be < stride")
    if Ho <= 0 or Wo <= 0:
        raise ValueError("empty output")

    canvas = np.zeros((N, F, Ho + 2 * pad, Wo + 2 * pad))
    for a in range(H):
        for b in range(W):
            stamp = np.tensordot(x[:, :, a, b], w, axes=(1, 0))  # (N, F, kh, kw)
            top, left = a * stride, b * stride
            canvas[:, :, top:top + kh, left:left + kw] += stamp
    return canvas[:, :, pad:pad + Ho, pad:pad + Wo].copy()


def checkerboard_map(k, s, n):
    L = (n - 1) * s + k
    counts = np.zeros((L, L), dtype=np.int64)
    for a in range(n):
        for b in range(n):
            counts[a * s:a * s + k, b * s:b * s + k] += 1
    return counts


def upsample_nearest(x, factor):
    N, C, H, W = x.shape
    canvas = np.zeros((N, C, H * factor, W * factor))
    for i in range(H * factor):
        for j in range(W * factor):
            canvas[:, :, i, j] = x[:, :, i // factor, j // factor]
    return canvas


def upsample_nearest_backward(dy, factor):
    N, C, Hf, Wf = dy.shape
    H, W = Hf // factor, Wf // factor
    dx = np.zeros((N, C, H, W))
    for i in range(H):
        for j in range(W):
            block = dy[:, :, i * factor:(i + 1) * factor, j * factor:(j + 1) * factor]
            dx[:, :, i, j] = block.sum(axis=(2, 3))
    return dx


def _source_position(i, n, factor, align_corners):
    if align_corners:
        r = 0.0 if n * factor == 1 else i * (n - 1) / (factor * n - 1)
    else:
        r = (i + 0.5) / factor - 0.5
        r = min(max(r, 0.0), n - 1.0)
    left = int(np.floor(r))
    right = min(left + 1, n - 1)
    return left, right, r - left


def upsample_bilinear(x, factor, align_corners=False):
    N, C, H, W = x.shape
    y = np.zeros((N, C, H * factor, W * factor))
    for i in range(H * factor):
        o, u, t = _source_position(i, H, factor, align_corners)
        for j in range(W * factor):
            l, r, q = _source_position(j, W, factor, align_corners)
            top = (1 - q) * x[:, :, o, l] + q * x[:, :, o, r]
            bottom = (1 - q) * x[:, :, u, l] + q * x[:, :, u, r]
            y[:, :, i, j] = (1 - t) * top + t * bottom
    return y


def maxunpool(y, idx, shape):
    H, W = shape
    if idx.size and (idx.min() < 0 or idx.max() >= H * W):
        raise ValueError("index out of range")
    N, C, h, w = y.shape
    image = np.zeros((N, C, H, W))
    for n in range(N):
        for c in range(C):
            for i in range(h):
                for j in range(w):
                    row, col = divmod(int(idx[n, c, i, j]), W)
                    image[n, c, row, col] += y[n, c, i, j]
    return image
