# expect: failed transposed_conv.upsample_bilinear/extrapolates-in-front
# mistake: upsample_bilinear: with align_corners=False the place is not clipped to the image, so the first rows and columns are extrapolated with a negative weight.
# second mistake: maxunpool: only indices that are too large raise ValueError, negative ones count from the end.
import numpy as np


def conv_transpose2d(x, w, stride=1, pad=0, output_padding=0):
    N, C, H, W = x.shape
    C2, F, kh, kw = w.shape
    s, p, op = stride, pad, output_padding

    if op >= s:
        raise ValueError("output_padding >= stride")
    Ho = (H - 1) * s - 2 * p + kh + op
    Wo = (W - 1) * s - 2 * p + kw + op
    if min(Ho, Wo) <= 0:
        raise ValueError("output would be empty")

    acc = np.zeros((N, F, (H - 1) * s + kh + op, (W - 1) * s + kw + op))
    for i in range(kh):
        for j in range(kw):
            acc[:, :, i:i + (H - 1) * s + 1:s, j:j + (W - 1) * s + 1:s] += np.einsum(
                'nchw,cf->nfhw', x, w[:, :, i, j])
    return acc[:, :, p:p + Ho, p:p + Wo]


def checkerboard_map(k, s, n):
    starts = s * np.arange(n)
    pos = (starts[:, None] + np.arange(k)).ravel()
    hits = np.bincount(pos, minlength=(n - 1) * s + k)
    return hits[:, None] * hits[None, :]


def upsample_nearest(x, factor):
    return x.repeat(factor, axis=2).repeat(factor, axis=3).astype(np.float64)


def upsample_nearest_backward(dy, factor):
    N, C, Hf, Wf = dy.shape
    return dy.reshape(N, C, Hf // factor, factor, Wf // factor, factor).sum(axis=(3, 5))


def upsample_bilinear(x, factor, align_corners=False):
    def places(n):
        i = np.arange(n * factor, dtype=float)
        if align_corners:
            r = i * ((n - 1) / max(n * factor - 1, 1))
        else:
            r = (i + 0.5) / factor - 0.5
        lo = np.clip(np.floor(r).astype(int), 0, n - 1)
        hi = np.minimum(lo + 1, n - 1)
        return lo, hi, r - lo

    y0, y1, ty = places(x.shape[2])
    x0, x1, tx = places(x.shape[3])
    ty = ty[:, None]
    rows = x[:, :, y0, :] * (1 - ty) + x[:, :, y1, :] * ty
    return rows[:, :, :, x0] * (1 - tx) + rows[:, :, :, x1] * tx


def maxunpool(y, idx, shape):
    H, W = shape
    if idx.max() >= H * W:
        raise ValueError("idx too large for this shape")
    N, C, h, w = y.shape
    out = np.zeros((N, C, H * W))
    for n in range(N):
        for c in range(C):
            out[n, c, idx[n, c].ravel()] = y[n, c].ravel()
    return out.reshape(N, C, H, W)
