# expect: failed convolution.maxpool_forward/stride-is-k
import numpy as np


class Saved:
    def __init__(self, **what):
        self.__dict__.update(what)


def taps(n_out, k, s, d):
    """For each tap the slice of the padded axis that it meets."""
    return [slice(t * d, t * d + s * (n_out - 1) + 1, s) for t in range(k)]


def size(n, k, s, p, d):
    room = n + 2 * p - (k - 1) * d - 1
    if room < 0:
        raise ValueError("the kernel does not fit")
    return room // s + 1


def xcorr2d(x, k):
    oh, ow = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    return sum(k[a, b] * x[a:a + oh, b:b + ow] for a in range(k.shape[0]) for b in range(k.shape[1]))


def conv2d_true(x, k):
    return xcorr2d(x[::-1, ::-1], k)[::-1, ::-1]


def full_conv(dout, k):
    total = np.zeros((dout.shape[0] + k.shape[0] - 1, dout.shape[1] + k.shape[1] - 1))
    for (a, b), value in np.ndenumerate(k):
        total[a:a + dout.shape[0], b:b + dout.shape[1]] += value * dout
    return total


def conv_matrix(k, xshape):
    H, W = xshape
    columns = [xcorr2d(e.reshape(H, W), k).ravel() for e in np.eye(H * W)]
    return np.array(columns).T


def im2col(x, kh, kw, s=1, p=0, d=1):
    N, C, H, W = x.shape
    oh, ow = size(H, kh, s, p, d), size(W, kw, s, p, d)
    z = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=x.dtype)
    z[:, :, p:p + H, p:p + W] = x
    rows = np.arange(oh)[:, None] * s + np.arange(kh) * d            # (oh, kh)
    cols = np.arange(ow)[:, None] * s + np.arange(kw) * d            # (ow, kw)
    picked = z[:, :, rows[:, None, :, None], cols[None, :, None, :]]   # (N, C, oh, ow, kh, kw)
    return np.moveaxis(picked, 1, 3).reshape(N * oh * ow, C * kh * kw)


def col2im(cols, xshape, kh, kw, s=1, p=0, d=1):
    N, C, H, W = xshape
    oh, ow = size(H, kh, s, p, d), size(W, kw, s, p, d)
    z = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=cols.dtype)
    rows = np.arange(oh)[:, None] * s + np.arange(kh) * d
    columns = np.arange(ow)[:, None] * s + np.arange(kw) * d
    values = np.moveaxis(cols.reshape(N, oh, ow, C, kh, kw), 3, 1)
    np.add.at(z, (slice(None), slice(None), rows[:, None, :, None], columns[None, :, None, :]), values)
    return z[:, :, p:H + p, p:W + p]


def conv2d_forward(x, w, b, stride=1, pad=0, dilation=1):
    if x.shape[1] != w.shape[1]:
        raise ValueError("channels")
    oh = size(x.shape[2], w.shape[2], stride, pad, dilation)
    ow = size(x.shape[3], w.shape[3], stride, pad, dilation)
    z = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)]).transpose(0, 2, 3, 1)     # (N, H, W, C)
    out = np.empty((x.shape[0], oh, ow, w.shape[0]), dtype=x.dtype)
    out[...] = b
    for a, rows in enumerate(taps(oh, w.shape[2], stride, dilation)):
        for c, columns in enumerate(taps(ow, w.shape[3], stride, dilation)):
            out += z[:, rows, columns] @ w[:, :, a, c].T
    saved = Saved(z=z, w=w, stride=stride, pad=pad, dilation=dilation)
    return np.moveaxis(out, 3, 1), saved


def conv2d_backward(dout, saved):
    w, z = saved.w, saved.z
    dz, dw = np.zeros_like(z), np.zeros_like(w)
    for a, rows in enumerate(taps(dout.shape[2], w.shape[2], saved.stride, saved.dilation)):
        for c, columns in enumerate(taps(dout.shape[3], w.shape[3], saved.stride, saved.dilation)):
            dw[:, :, a, c] = np.einsum("nfij,nijc->fc", dout, z[:, rows, columns])
            dz[:, rows, columns] += np.einsum("nfij,fc->nijc", dout, w[:, :, a, c])
    p = saved.pad
    dx = dz[:, p:dz.shape[1] - p, p:dz.shape[2] - p].transpose(0, 3, 1, 2)
    return [dx, dw, np.einsum("nfij->f", dout)]


def geometry(x, k, s):
    kh, kw = (k, k) if np.ndim(k) == 0 else k
    sh, sw = kh, kw
    oh, ow = (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1
    return [(r, c) for r in taps(oh, kh, sh, 1) for c in taps(ow, kw, sw, 1)]


def maxpool_forward(x, k, s=None):
    places = geometry(x, k, s)
    best = None
    for r, c in places:
        best = x[:, :, r, c] if best is None else np.maximum(best, x[:, :, r, c])
    ties = sum((x[:, :, r, c] == best).astype(x.dtype) for r, c in places)
    return best, Saved(x=x, best=best, ties=ties, places=places)


def maxpool_backward(dout, saved):
    dx = np.zeros_like(saved.x)
    for r, c in saved.places:
        dx[:, :, r, c] += (saved.x[:, :, r, c] == saved.best) * dout / saved.ties
    return dx


def avgpool_forward(x, k, s=None):
    places = geometry(x, k, s)
    return sum(x[:, :, r, c] for r, c in places) / len(places), Saved(x=x, places=places)


def avgpool_backward(dout, saved):
    dx = np.zeros_like(saved.x)
    for r, c in saved.places:
        dx[:, :, r, c] += dout / len(saved.places)
    return dx


def l2pool_forward(x, k, s=None):
    places = geometry(x, k, s)
    out = np.sqrt(sum(np.square(x[:, :, r, c]) for r, c in places))
    return out, Saved(x=x, places=places, out=out)


def l2pool_backward(dout, saved):
    dx = np.zeros_like(saved.x)
    for r, c in saved.places:
        part = x_over(saved.x[:, :, r, c], saved.out)
        dx[:, :, r, c] += dout * part
    return dx


def x_over(x, norm):
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(x / norm)


def equivariance_gap(f, x, shift):
    moved_first = f(np.roll(x, tuple(shift), (x.ndim - 2, x.ndim - 1)))
    moved_last = f(x)
    moved_last = np.roll(moved_last, tuple(shift), (moved_last.ndim - 2, moved_last.ndim - 1))
    return np.abs(moved_first - moved_last).max()
