# expect: failed convolution.conv_matrix/no-jump
# mistake: conv_matrix: row r starts at column r, so the window does not jump to the next line of the image at the end of an output row
# second mistake: conv2d_backward: the padding is cut off with p:-p, which is empty for pad = 0
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


# ---------- helpers ----------

def to_pair(v):
    return (v, v) if np.isscalar(v) else tuple(v)


def out_size(n, k, s, p, d):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def tap(a, b, OH, OW, sh, sw, d=1):
    """index of the pixels that tap (a, b) of the kernel sees"""
    return (slice(None), slice(None),
            slice(a * d, a * d + sh * (OH - 1) + 1, sh),
            slice(b * d, b * d + sw * (OW - 1) + 1, sw))


# ---------- section 1 ----------

def xcorr2d(x, k):
    windows = sliding_window_view(x, k.shape)
    return np.einsum("ijab,ab->ij", windows, k)


def conv2d_true(x, k):
    return xcorr2d(x, np.rot90(k, 2))


def full_conv(dout, k):
    kh, kw = k.shape
    padded = np.pad(dout, ((kh - 1, kh - 1), (kw - 1, kw - 1)))
    return conv2d_true(padded, k)


def conv_matrix(k, xshape):
    H, W = xshape
    kh, kw = k.shape
    OH, OW = H - kh + 1, W - kw + 1
    U = np.zeros((OH * OW, H * W))
    for r in range(OH * OW):
        for a in range(kh):
            for b in range(kw):
                U[r, r + a * W + b] = k[a, b]
    return U


# ---------- section 2 ----------

def im2col(x, kh, kw, s=1, p=0, d=1):
    N, C, H, W = x.shape
    OH, OW = out_size(H, kh, s, p, d), out_size(W, kw, s, p, d)
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
    span = (d * (kh - 1) + 1, d * (kw - 1) + 1)
    win = sliding_window_view(xp, span, axis=(2, 3))      # N C . . span
    win = win[:, :, ::s, ::s, ::d, ::d]                   # N C OH OW kh kw
    return win.transpose(0, 2, 3, 1, 4, 5).reshape(N * OH * OW, C * kh * kw)


def col2im(cols, xshape, kh, kw, s=1, p=0, d=1):
    N, C, H, W = xshape
    OH, OW = out_size(H, kh, s, p, d), out_size(W, kw, s, p, d)
    blocks = cols.reshape(N, OH, OW, C, kh, kw).transpose(0, 3, 4, 5, 1, 2)   # N C kh kw OH OW
    xp = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=cols.dtype)
    for a in range(kh):
        for b in range(kw):
            xp[tap(a, b, OH, OW, s, s, d)] += blocks[:, :, a, b]
    return xp[:, :, p:p + H, p:p + W]


# ---------- section 3 ----------

def conv2d_forward(x, w, b, stride=1, pad=0, dilation=1):
    N, C, H, W = x.shape
    F, Cw, kh, kw = w.shape
    if C != Cw:
        raise ValueError(f"x has {C} channels but w has {Cw}")
    if dilation * (kh - 1) + 1 > H + 2 * pad or dilation * (kw - 1) + 1 > W + 2 * pad:
        raise ValueError("kernel does not fit into the padded image")
    OH, OW = out_size(H, kh, stride, pad, dilation), out_size(W, kw, stride, pad, dilation)
    cols = im2col(x, kh, kw, stride, pad, dilation)
    out = (cols @ w.reshape(F, -1).T + b).reshape(N, OH, OW, F).transpose(0, 3, 1, 2)
    return out, {"x": x, "w": w, "stride": stride, "pad": pad, "dilation": dilation}


def conv2d_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    s, p, d = cache["stride"], cache["pad"], cache["dilation"]
    N, C, H, W = x.shape
    F, _, kh, kw = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    for a in range(kh):
        for b in range(kw):
            here = tap(a, b, OH, OW, s, s, d)
            dw[:, :, a, b] = np.einsum("nfij,ncij->fc", dout, xp[here])
            dxp[here] += np.einsum("nfij,fc->ncij", dout, w[:, :, a, b])
    # cut the padding off again
    dx = dxp[:, :, p:-p, p:-p]
    return dx, dw, db


# ---------- section 4 ----------

def pool_windows(x, k, s):
    kh, kw = to_pair(k)
    sh, sw = (kh, kw) if s is None else to_pair(s)
    win = sliding_window_view(x, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    return win, (kh, kw, sh, sw)


def maxpool_forward(x, k, s=None):
    win, geometry = pool_windows(x, k, s)
    out = win.max(axis=(4, 5))
    return out, {"x": x, "out": out, "geometry": geometry}


def maxpool_backward(dout, cache):
    x, out = cache["x"], cache["out"]
    kh, kw, sh, sw = cache["geometry"]
    OH, OW = out.shape[2:]
    dx = np.zeros_like(x)
    taken = np.zeros(out.shape, dtype=bool)     # the first maximum gets everything
    for a in range(kh):
        for b in range(kw):
            here = tap(a, b, OH, OW, sh, sw)
            mask = (x[here] == out) & ~taken
            taken |= mask
            dx[here] += dout * mask
    return dx


def avgpool_forward(x, k, s=None):
    win, geometry = pool_windows(x, k, s)
    return win.mean(axis=(4, 5)), {"shape": x.shape, "geometry": geometry}


def avgpool_backward(dout, cache):
    kh, kw, sh, sw = cache["geometry"]
    OH, OW = dout.shape[2:]
    dx = np.zeros(cache["shape"], dtype=dout.dtype)
    share = dout / (kh * kw)
    for a in range(kh):
        for b in range(kw):
            dx[tap(a, b, OH, OW, sh, sw)] += share
    return dx


def l2pool_forward(x, k, s=None):
    win, geometry = pool_windows(x, k, s)
    out = np.sqrt(np.sum(win * win, axis=(4, 5)))
    return out, {"x": x, "out": out, "geometry": geometry}


def l2pool_backward(dout, cache):
    x, out = cache["x"], cache["out"]
    kh, kw, sh, sw = cache["geometry"]
    OH, OW = out.shape[2:]
    ratio = np.divide(dout, out, out=np.zeros_like(out), where=out != 0)
    dx = np.zeros_like(x)
    for a in range(kh):
        for b in range(kw):
            here = tap(a, b, OH, OW, sh, sw)
            dx[here] += ratio * x[here]
    return dx


def equivariance_gap(f, x, shift):
    def T(image):
        return np.roll(image, shift, axis=(-2, -1))

    return float(np.max(np.abs(f(T(x)) - T(f(x)))))
