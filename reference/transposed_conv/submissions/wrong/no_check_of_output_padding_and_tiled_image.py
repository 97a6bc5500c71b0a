# expect: failed transposed_conv.conv_transpose2d/output-padding-unchecked
# mistake: conv_transpose2d: an output padding as large as the stride (or larger) is accepted, no ValueError is raised.
# second mistake: upsample_nearest: tiles the whole image instead of repeating every pixel.
import numpy as np



def _col2im(cols, N, F, H, W, kh, kw, stride, out_h, out_w):
    """cols: (N, F, kh, kw, H, W) -> image (N, F, out_h, out_w), overlaps are summed."""
    res = np.zeros((N, F, out_h, out_w))
    rows = (np.arange(H) * stride)[None, :] + np.arange(kh)[:, None]      # (kh, H)
    colz = (np.arange(W) * stride)[None, :] + np.arange(kw)[:, None]      # (kw, W)
    r = rows[:, None, :, None]
    c = colz[None, :, None, :]
    np.add.at(res, (slice(None), slice(None), r, c), cols)
    return res


def conv_transpose2d(x, w, stride=1, pad=0, output_padding=0):
    """backward pass of a convolution: cols = W^T x, then col2im, then crop"""
    N, C, H, W = x.shape
    _, F, kh, kw = w.shape
    full_h = (H - 1) * stride + kh + output_padding
    full_w = (W - 1) * stride + kw + output_padding
    if full_h - 2 * pad <= 0 or full_w - 2 * pad <= 0:
        raise ValueError("output size <= 0")

    Wm = w.reshape(C, F * kh * kw)
    Xm = x.reshape(N, C, H * W)
    cols = (Wm.T @ Xm).reshape(N, F, kh, kw, H, W)
    res = _col2im(cols, N, F, H, W, kh, kw, stride, full_h, full_w)
    return res[:, :, pad:full_h - pad, pad:full_w - pad]


def checkerboard_map(k, s, n):
    """number of (pixel, tap) pairs per output pixel"""
    L = (n - 1) * s + k
    m = np.zeros((L, L), dtype=np.int32)
    for i in range(n):
        for ki in range(k):
            for j in range(n):
                for kj in range(k):
                    m[i * s + ki, j * s + kj] += 1
    return m


def upsample_nearest(x, factor):
    """every pixel becomes a block"""
    return np.tile(x, (1, 1, factor, factor)).astype(float)


def upsample_nearest_backward(dy, factor):
    """gradient of upsample_nearest"""
    N, C, H, W = dy.shape
    blocks = dy.reshape(N, C, H // factor, factor, W // factor, factor)
    return blocks.sum(axis=5).sum(axis=3)


def _lerp_axis(x, axis, factor, align_corners):
    n = x.shape[axis]
    m = n * factor
    if align_corners:
        r = np.linspace(0.0, n - 1, m) if m > 1 else np.zeros(1)
    else:
        r = (np.arange(m) + 0.5) / factor - 0.5
        r[r < 0] = 0
        r[r > n - 1] = n - 1
    low = np.minimum(r.astype(int), n - 1)
    high = np.where(low + 1 < n, low + 1, low)
    t = r - low
    form = [1] * x.ndim
    form[axis] = m
    t = t.reshape(form)
    return np.take(x, low, axis=axis) * (1 - t) + np.take(x, high, axis=axis) * t


def upsample_bilinear(x, factor, align_corners=False):
    """first rows, then columns"""
    return _lerp_axis(_lerp_axis(x, 2, factor, align_corners), 3, factor, align_corners)


def maxunpool(y, idx, shape):
    """put the maxima back"""
    H, W = shape
    N, C, h, w = y.shape
    if np.any((idx < 0) | (idx > H * W - 1)):
        raise ValueError("index does not fit into the plane")
    flat = np.zeros(N * C * H * W)
    plane = np.arange(N * C).reshape(N, C, 1, 1) * (H * W)
    flat[(plane + idx).ravel()] = y.ravel()
    return flat.reshape(N, C, H, W)
