# expect: failed transposed_conv.upsample_bilinear/no-half-pixel
# mistake: upsample_bilinear: with align_corners=False the place is i/f, without the shift by half a pixel.
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def conv_transpose2d(x, w, stride=1, pad=0, output_padding=0):
    N, C, H, W = x.shape
    kh, kw = w.shape[2:]
    op = output_padding
    Ho = (H - 1) * stride - 2 * pad + kh + op
    Wo = (W - 1) * stride - 2 * pad + kw + op
    if op >= stride:
        raise ValueError("output_padding must be smaller than stride")
    if Ho < 1 or Wo < 1:
        raise ValueError(f"empty output: {Ho} x {Wo}")

    z = np.zeros((N, C, (H - 1) * stride + 1, (W - 1) * stride + 1))
    z[:, :, ::stride, ::stride] = x
    z = np.pad(z, ((0, 0), (0, 0), (kh - 1, kh - 1 + op), (kw - 1, kw - 1 + op)))
    patches = sliding_window_view(z, (kh, kw), axis=(2, 3))       # (N, C, Hf, Wf, kh, kw)
    full = np.einsum("ncabij,cfij->nfab", patches, w[:, :, ::-1, ::-1])
    return np.ascontiguousarray(full[:, :, pad:pad + Ho, pad:pad + Wo])


def checkerboard_map(k, s, n):
    axis = np.zeros((n - 1) * s + k, dtype=int)
    for i in range(n):
        axis[i * s:i * s + k] += 1
    return np.outer(axis, axis)


def upsample_nearest(x, factor):
    return x[:, :, np.arange(x.shape[2] * factor) // factor][..., np.arange(x.shape[3] * factor) // factor] * 1.0


def upsample_nearest_backward(dy, factor):
    patches = sliding_window_view(dy, (factor, factor), axis=(2, 3))[:, :, ::factor, ::factor]
    return patches.sum(axis=(-1, -2))


def _interp_matrix(n, factor, align_corners):
    # (factor*n, n) matrix whose rows hold the two weights
    m = factor * n
    i = np.arange(m)
    if align_corners:
        r = i * (n - 1) / (m - 1) if m > 1 else np.zeros(1)
    else:
        r = np.clip(i / factor, 0, n - 1)
    lo = np.floor(r).astype(int)
    hi = np.minimum(lo + 1, n - 1)
    t = r - lo
    M = np.zeros((m, n))
    M[i, lo] += 1 - t
    M[i, hi] += t
    return M


def upsample_bilinear(x, factor, align_corners=False):
    R = _interp_matrix(x.shape[2], factor, align_corners)
    S = _interp_matrix(x.shape[3], factor, align_corners)
    return R @ x @ S.T


def maxunpool(y, idx, shape):
    H, W = shape
    if np.any(idx < 0) or np.any(idx >= H * W):
        raise ValueError("index outside of the plane")
    N, C = y.shape[:2]
    out = np.zeros((N, C, H * W))
    np.put_along_axis(out, idx.reshape(N, C, -1), y.reshape(N, C, -1), axis=2)
    return out.reshape(N, C, H, W)
