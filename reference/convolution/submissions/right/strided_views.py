# as_strided views and tensordot; the cache is a function that already knows the way back
import numpy as np
from numpy.lib.stride_tricks import as_strided


def view(x, kh, kw, sh, sw, d=1):
    H, W = x.shape[-2:]
    if (kh - 1) * d + 1 > H or (kw - 1) * d + 1 > W:
        raise ValueError("window larger than image")
    oh = (H - (kh - 1) * d - 1) // sh + 1
    ow = (W - (kw - 1) * d - 1) // sw + 1
    up, right = x.strides[-2:]
    return as_strided(x, x.shape[:-2] + (oh, ow, kh, kw), x.strides[:-2] + (sh * up, sw * right, d * up, d * right))


def xcorr2d(x, k):
    return np.tensordot(view(x, *k.shape, 1, 1), k, 2)


def conv2d_true(x, k):
    return xcorr2d(x, np.rot90(k, 2))


def full_conv(dout, k):
    U = conv_matrix(k, (dout.shape[0] + k.shape[0] - 1, dout.shape[1] + k.shape[1] - 1))
    return (dout.ravel() @ U).reshape(dout.shape[0] + k.shape[0] - 1, -1)


def conv_matrix(k, xshape):
    index = np.arange(xshape[0] * xshape[1]).reshape(xshape)
    seen = view(index, *k.shape, 1, 1).reshape(-1, k.size)
    U = np.zeros((len(seen), index.size))
    np.put_along_axis(U, seen, np.broadcast_to(k.ravel(), seen.shape), 1)
    return U


def im2col(x, kh, kw, s=1, p=0, d=1):
    v = view(np.pad(x, ((0, 0), (0, 0), (p, p), (p, p))), kh, kw, s, s, d)
    return np.asfortranarray(v.transpose(0, 2, 3, 1, 4, 5).reshape(-1, x.shape[1] * kh * kw))


def col2im(cols, xshape, kh, kw, s=1, p=0, d=1):
    N, C, H, W = xshape
    index = np.pad(np.arange(1, N * C * H * W + 1).reshape(xshape), ((0, 0), (0, 0), (p, p), (p, p)))
    where = im2col(index, kh, kw, s, 0, d)          # 0 where the padding is
    sums = np.bincount(where.ravel(), cols.ravel(), N * C * H * W + 1)[1:]
    return sums.reshape(xshape).astype(cols.dtype)


def conv2d_forward(x, w, b, stride=1, pad=0, dilation=1):
    if x.shape[1] != w.shape[1]:
        raise ValueError(f"{x.shape[1]} channels against {w.shape[1]}")
    kh, kw = w.shape[2:]
    patches = view(np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))), kh, kw, stride, stride, dilation)
    out = np.tensordot(patches, w, ((1, 4, 5), (1, 2, 3))) + b     # (N, OH, OW, F)

    def back(dout):
        dw = np.tensordot(dout, patches, ((0, 2, 3), (0, 2, 3)))
        dcols = np.tensordot(dout, w, (1, 0)).reshape(-1, w[0].size)
        return col2im(dcols, x.shape, kh, kw, stride, pad, dilation), dw, dout.sum((0, 2, 3))

    return np.rollaxis(out, 3, 1), back


def conv2d_backward(dout, cache):
    return cache(dout)


def pairs(k, s):
    k = (k, k) if isinstance(k, int) else k
    if s is None:
        s = k
    return k + ((s, s) if isinstance(s, int) else s)


def put_back(values, x, kh, kw, sh, sw):
    numbers = view(np.arange(x.size).reshape(x.shape), kh, kw, sh, sw)
    return np.bincount(numbers.ravel(), values.ravel(), x.size).reshape(x.shape).astype(x.dtype)


def maxpool_forward(x, k, s=None):
    how = pairs(k, s)
    v = view(x, *how)
    return v.max((4, 5)), (lambda dout: put_back(first_largest(v) * dout[..., None, None], x, *how))


def first_largest(v):
    flat = v.reshape(v.shape[:4] + (-1,))
    mask = flat == flat.max(-1, keepdims=True)
    return (mask & (mask.cumsum(-1) == 1)).reshape(v.shape)


def avgpool_forward(x, k, s=None):
    how = pairs(k, s)
    v = view(x, *how)
    return v.mean((4, 5)), (lambda dout: put_back(np.ones(v.shape) * dout[..., None, None] / (how[0] * how[1]), x, *how))


def l2pool_forward(x, k, s=None):
    how = pairs(k, s)
    v = view(x, *how)
    norm = np.sqrt((v * v).sum((4, 5)))
    unit = v / np.maximum(norm, np.finfo(x.dtype).tiny)[..., None, None]
    return norm, (lambda dout: put_back(unit * dout[..., None, None], x, *how))


maxpool_backward = avgpool_backward = l2pool_backward = conv2d_backward


def equivariance_gap(f, x, shift):
    roll = lambda z: np.roll(z, shift, (-2, -1))
    return np.max(np.abs(f(roll(x)) - roll(f(x))))
