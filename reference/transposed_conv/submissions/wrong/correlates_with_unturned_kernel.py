# expect: failed transposed_conv.conv_transpose2d/flipped-kernel
# mistake: conv_transpose2d: spreads the image with zeros and then slides the kernel over it as it is, without turning it by 180 degrees.
"""Upscaling. I do the transposed conv the "fractionally strided" way: spread, pad, correlate."""
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

    # 1. insert stride-1 zeros between the pixels
    spread = np.zeros((N, C, (H - 1) * stride + 1, (W - 1) * stride + 1))
    spread[:, :, ::stride, ::stride] = x
    # 2. "full" zero border (k-1 everywhere, op more at bottom/right), the crop comes at the end
    spread = np.pad(spread, ((0, 0), (0, 0), (kh - 1, kh - 1 + op), (kw - 1, kw - 1 + op)))
    # 3. ordinary stride-1 convolution
    win = sliding_window_view(spread, (kh, kw), axis=(2, 3))       # (N, C, Hf, Wf, kh, kw)
    full = np.einsum("ncabij,cfij->nfab", win, w)
    return np.ascontiguousarray(full[:, :, pad:pad + Ho, pad:pad + Wo])


def checkerboard_map(k, s, n):
    axis = np.zeros((n - 1) * s + k, dtype=int)
    for i in range(n):
        axis[i * s:i * s + k] += 1
    return np.outer(axis, axis)


def upsample_nearest(x, factor):
    return np.kron(x, np.ones((1, 1, factor, factor)))


def upsample_nearest_backward(dy, factor):
    win = sliding_window_view(dy, (factor, factor), axis=(2, 3))[:, :, ::factor, ::factor]
    return win.sum(axis=(-1, -2))


def _interp_matrix(n, factor, align_corners):
    # (factor*n, n) matrix whose rows hold the two weights
    m = factor * n
    i = np.arange(m)
    if align_corners:
        r = i * (n - 1) / (m - 1) if m > 1 else np.zeros(1)
    else:
        r = np.clip((i + 0.5) / factor - 0.5, 0, n - 1)
    lo = np.floor(r).astype(int)
    hi = np.minimum(lo + 1, n - 1)
    t = r - lo
    M = np.zeros((m, n))
    M[i, lo] += 1 - t
    M[i, hi] += t
    return M


def upsample_bilinear(x, factor, align_corners=False):
    A = _interp_matrix(x.shape[2], factor, align_corners)
    B = _interp_matrix(x.shape[3], factor, align_corners)
    return A @ x @ B.T


def maxunpool(y, idx, shape):
    H, W = shape
    if np.any(idx < 0) or np.any(idx >= H * W):
        raise ValueError("index outside of the plane")
    N, C = y.shape[:2]
    out = np.zeros((N, C, H * W))
    np.put_along_axis(out, idx.reshape(N, C, -1), y.reshape(N, C, -1), axis=2)
    return out.reshape(N, C, H, W)
