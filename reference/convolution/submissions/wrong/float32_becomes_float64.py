# expect: failed convolution.maxpool_forward/always-float64
# mistake: maxpool_forward: the result is a fresh np.zeros without dtype, so float32 images come out as float64
"""Convolution homework. Loops over the output positions as in the lecture, everything else in numpy."""
import numpy as np


class Cache:
    """just a bag for the backward pass"""
    pass


def get_pair(v):
    if isinstance(v, int):
        return v, v
    return v[0], v[1]


def zero_pad(x, p):
    N, C, H, W = x.shape
    padded = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=x.dtype)
    padded[:, :, p:p + H, p:p + W] = x
    return padded


# ====================== one image ======================

def xcorr2d(x, k):
    H, W = x.shape
    kh, kw = k.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            out[i, j] = np.sum(x[i:i + kh, j:j + kw] * k)
    return out


def conv2d_true(x, k):
    H, W = x.shape
    kh, kw = k.shape
    flipped = np.flip(np.flip(k, axis=0), axis=1)
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            out[i, j] = np.sum(x[i:i + kh, j:j + kw] * flipped)
    return out


def full_conv(dout, k):
    oh, ow = dout.shape
    kh, kw = k.shape
    out = np.zeros((oh + kh - 1, ow + kw - 1))
    for i in range(oh):
        for j in range(ow):
            # every output pixel paints the kernel once
            out[i:i + kh, j:j + kw] += dout[i, j] * k
    return out


def conv_matrix(k, xshape):
    H, W = xshape
    kh, kw = k.shape
    oh = H - kh + 1
    ow = W - kw + 1
    rows = []
    for i in range(oh):
        for j in range(ow):
            picture = np.zeros((H, W))
            picture[i:i + kh, j:j + kw] = k
            rows.append(picture.ravel())
    return np.array(rows)


# ====================== patches ======================

def im2col(x, kh, kw, s=1, p=0, d=1):
    N, C, H, W = x.shape
    oh = (H + 2 * p - d * (kh - 1) - 1) // s + 1
    ow = (W + 2 * p - d * (kw - 1) - 1) // s + 1
    xp = zero_pad(x, p)
    cols = np.zeros((N, oh, ow, C * kh * kw), dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            top, left = i * s, j * s
            patch = xp[:, :, top:top + d * (kh - 1) + 1:d, left:left + d * (kw - 1) + 1:d]
            cols[:, i, j, :] = patch.reshape(N, -1)
    return cols.reshape(N * oh * ow, C * kh * kw)


def col2im(cols, xshape, kh, kw, s=1, p=0, d=1):
    N, C, H, W = xshape
    oh = (H + 2 * p - d * (kh - 1) - 1) // s + 1
    ow = (W + 2 * p - d * (kw - 1) - 1) // s + 1
    cols = cols.reshape(N, oh, ow, C, kh, kw)
    xp = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=cols.dtype)
    for i in range(oh):
        for j in range(ow):
            top, left = i * s, j * s
            xp[:, :, top:top + d * (kh - 1) + 1:d, left:left + d * (kw - 1) + 1:d] += cols[:, i, j]
    return xp[:, :, p:p + H, p:p + W]


# ====================== the layer ======================

def conv2d_forward(x, w, b, stride=1, pad=0, dilation=1):
    N, C, H, W = x.shape
    F, C_w, kh, kw = w.shape
    if C_w != C:
        raise ValueError("number of channels does not match")
    if H + 2 * pad < dilation * (kh - 1) + 1:
        raise ValueError("kernel is too high")
    if W + 2 * pad < dilation * (kw - 1) + 1:
        raise ValueError("kernel is too wide")

    oh = (H + 2 * pad - dilation * (kh - 1) - 1) // stride + 1
    ow = (W + 2 * pad - dilation * (kw - 1) - 1) // stride + 1
    xp = zero_pad(x, pad)
    # one matrix product for each tap of the kernel
    out = np.zeros((N, oh, ow, F), dtype=x.dtype)
    for a in range(kh):
        for c in range(kw):
            ya, xa = a * dilation, c * dilation
            part = xp[:, :, ya:ya + stride * (oh - 1) + 1:stride, xa:xa + stride * (ow - 1) + 1:stride]
            out += np.tensordot(part, w[:, :, a, c], axes=([1], [1]))
    out += b

    cache = Cache()
    cache.xp, cache.w = xp, w
    cache.H, cache.W = H, W
    cache.stride, cache.pad, cache.dilation = stride, pad, dilation
    return out.transpose(0, 3, 1, 2), cache


def conv2d_backward(dout, cache):
    xp, w = cache.xp, cache.w
    s, p, d = cache.stride, cache.pad, cache.dilation
    F, C, kh, kw = w.shape
    N, _, oh, ow = dout.shape
    dxp = np.zeros(xp.shape, dtype=xp.dtype)
    dw = np.zeros(w.shape, dtype=w.dtype)
    db = dout.sum(axis=(0, 2, 3))
    for i in range(oh):
        for j in range(ow):
            rows = slice(i * s, i * s + d * (kh - 1) + 1, d)
            columns = slice(j * s, j * s + d * (kw - 1) + 1, d)
            g = dout[:, :, i, j]                                    # (N, F)
            dw += np.tensordot(g, xp[:, :, rows, columns], axes=([0], [0]))
            dxp[:, :, rows, columns] += np.tensordot(g, w, axes=([1], [0]))
    dx = dxp[:, :, p:p + cache.H, p:p + cache.W]
    return dx, dw, db


# ====================== pooling ======================

def pool_sizes(x, k, s):
    kh, kw = get_pair(k)
    if s is None:
        sh, sw = kh, kw
    else:
        sh, sw = get_pair(s)
    oh = (x.shape[2] - kh) // sh + 1
    ow = (x.shape[3] - kw) // sw + 1
    return kh, kw, sh, sw, oh, ow


def maxpool_forward(x, k, s=None):
    kh, kw, sh, sw, oh, ow = pool_sizes(x, k, s)
    N, C, H, W = x.shape
    out = np.zeros((N, C, oh, ow))
    for i in range(oh):
        for j in range(ow):
            window = x[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw]
            out[:, :, i, j] = np.max(window, axis=(2, 3))
    return out, (x, kh, kw, sh, sw)


def maxpool_backward(dout, cache):
    x, kh, kw, sh, sw = cache
    N, C, oh, ow = dout.shape
    dx = np.zeros(x.shape, dtype=x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(oh):
                for j in range(ow):
                    window = x[n, c, i * sh:i * sh + kh, j * sw:j * sw + kw]
                    a, b = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, i * sh + a, j * sw + b] += dout[n, c, i, j]
    return dx


def avgpool_forward(x, k, s=None):
    kh, kw, sh, sw, oh, ow = pool_sizes(x, k, s)
    N, C, H, W = x.shape
    out = np.zeros((N, C, oh, ow), dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            window = x[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw]
            out[:, :, i, j] = np.mean(window, axis=(2, 3))
    return out, (x.shape, kh, kw, sh, sw)


def avgpool_backward(dout, cache):
    xshape, kh, kw, sh, sw = cache
    N, C, oh, ow = dout.shape
    dx = np.zeros(xshape, dtype=dout.dtype)
    for i in range(oh):
        for j in range(ow):
            share = dout[:, :, i, j] / (kh * kw)
            dx[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw] += share[:, :, None, None]
    return dx


def l2pool_forward(x, k, s=None):
    kh, kw, sh, sw, oh, ow = pool_sizes(x, k, s)
    N, C, H, W = x.shape
    out = np.zeros((N, C, oh, ow), dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            window = x[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw]
            out[:, :, i, j] = np.sqrt(np.sum(window ** 2, axis=(2, 3)))
    return out, (x, out, kh, kw, sh, sw)


def l2pool_backward(dout, cache):
    x, out, kh, kw, sh, sw = cache
    N, C, oh, ow = dout.shape
    dx = np.zeros(x.shape, dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            window = x[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw]
            norm = out[:, :, i, j][:, :, None, None]
            safe = np.where(norm > 0, norm, np.ones_like(norm))
            dx[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw] += dout[:, :, i, j][:, :, None, None] * window / safe
    return dx


def equivariance_gap(f, x, shift):
    down, right = shift
    moved_input = np.roll(np.roll(x, down, axis=-2), right, axis=-1)
    y = f(x)
    moved_output = np.roll(np.roll(y, down, axis=-2), right, axis=-1)
    difference = np.abs(f(moved_input) - moved_output)
    return float(difference.max())
