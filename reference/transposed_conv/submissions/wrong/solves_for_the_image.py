# expect: failed transposed_conv.conv_transpose2d/inverse
import numpy as np


def conv_transpose2d(x, w, stride=1, pad=0, output_padding=0):
    # "up-convolution": which image gives x when it is convolved with w?
    N, C, H, W = x.shape
    F, kh, kw = w.shape[1:]
    if output_padding >= stride:
        raise ValueError("output_padding")
    Ho = (H - 1) * stride - 2 * pad + kh + output_padding
    Wo = (W - 1) * stride - 2 * pad + kw + output_padding
    if Ho <= 0 or Wo <= 0:
        raise ValueError("size")
    A = np.zeros((C, H, W, F, Ho + 2 * pad, Wo + 2 * pad))
    for i in range(H):
        for j in range(W):
            A[:, i, j, :, i * stride:i * stride + kh, j * stride:j * stride + kw] = w
    A = A[:, :, :, :, pad:pad + Ho, pad:pad + Wo].reshape(C * H * W, F * Ho * Wo)
    images = []
    for n in range(N):
        image, *_ = np.linalg.lstsq(A, x[n].ravel(), rcond=1e-12)
        images.append(image.reshape(F, Ho, Wo))
    return np.array(images)


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
    n, c, h, w = y.shape
    out = np.zeros((n, c, H, W))
    for a in range(n):
        for b in range(c):
            for i in range(h):
                for j in range(w):
                    out[a, b, idx[a, b, i, j] // W, idx[a, b, i, j] % W] = y[a, b, i, j]
    return out
