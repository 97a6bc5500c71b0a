# Loops over the positions of the window, everything else at once; ties go to the last maximum.
import numpy as np


def xcorr2d(x, k):
    kh, kw = k.shape
    rows = x.shape[0] - kh + 1
    columns = x.shape[1] - kw + 1
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[i, j] = (x[i:i + kh, j:j + kw] * k).sum()
    return out


def conv2d_true(x, k):
    return xcorr2d(x, np.flip(k))


def full_conv(dout, k):
    kh, kw = k.shape
    out = np.zeros((dout.shape[0] + kh - 1, dout.shape[1] + kw - 1))
    for i in range(dout.shape[0]):
        for j in range(dout.shape[1]):
            out[i:i + kh, j:j + kw] += dout[i, j] * k
    return out


def conv_matrix(k, xshape):
    H, W = xshape
    kh, kw = k.shape
    rows = []
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            picture = np.zeros((H, W))
            picture[i:i + kh, j:j + kw] = k
            rows.append(picture.flatten())
    return np.array(rows)


def length(n, k, s, p, d):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def im2col(x, kh, kw, s=1, p=0, d=1):
    N, C, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    patches = []
    for n in range(N):
        for i in range(length(H, kh, s, p, d)):
            for j in range(length(W, kw, s, p, d)):
                patch = xp[n, :, i * s:i * s + d * (kh - 1) + 1:d, j * s:j * s + d * (kw - 1) + 1:d]
                patches.append(patch.reshape(-1))
    return np.stack(patches)


def col2im(cols, xshape, kh, kw, s=1, p=0, d=1):
    N, C, H, W = xshape
    xp = np.zeros((N, C, H + 2 * p, W + 2 * p), cols.dtype)
    row = 0
    for n in range(N):
        for i in range(length(H, kh, s, p, d)):
            for j in range(length(W, kw, s, p, d)):
                patch = cols[row].reshape(C, kh, kw)
                xp[n, :, i * s:i * s + d * (kh - 1) + 1:d, j * s:j * s + d * (kw - 1) + 1:d] += patch
                row += 1
    return xp[:, :, p:p + H, p:p + W]


def conv2d_forward(x, w, b, stride=1, pad=0, dilation=1):
    N, C, H, W = x.shape
    F, D, kh, kw = w.shape
    if D != C:
        raise ValueError("depth")
    span_h = dilation * (kh - 1) + 1
    span_w = dilation * (kw - 1) + 1
    if span_h > H + 2 * pad or span_w > W + 2 * pad:
        raise ValueError("kernel too large")
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    OH = length(H, kh, stride, pad, dilation)
    OW = length(W, kw, stride, pad, dilation)
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            top, left = i * stride, j * stride
            patch = xp[:, :, top:top + span_h:dilation, left:left + span_w:dilation]
            out[:, :, i, j] = patch.reshape(N, -1) @ w.reshape(F, -1).T + b
    cache = {"xp": xp, "w": w, "stride": stride, "pad": pad, "dilation": dilation, "size": (H, W)}
    return out, cache


def conv2d_backward(dout, cache):
    xp, w, stride, pad, dilation = (cache[name] for name in ("xp", "w", "stride", "pad", "dilation"))
    H, W = cache["size"]
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    db = dout.sum(axis=3).sum(axis=2).sum(axis=0)
    span_h = dilation * (w.shape[2] - 1) + 1
    span_w = dilation * (w.shape[3] - 1) + 1
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top, left = i * stride, j * stride
            delta = dout[:, :, i, j]
            patch = xp[:, :, top:top + span_h:dilation, left:left + span_w:dilation]
            dw += np.tensordot(delta, patch, axes=(0, 0))
            dxp[:, :, top:top + span_h:dilation, left:left + span_w:dilation] += np.tensordot(delta, w, axes=(1, 0))
    dx = dxp[:, :, pad:pad + H, pad:pad + W]
    return dx, dw, db


def both(v):
    if isinstance(v, int):
        return v, v
    return tuple(v)


def windows(x, k, s):
    kh, kw = both(k)
    sh, sw = both(s if s is not None else k)
    for i in range((x.shape[2] - kh) // sh + 1):
        for j in range((x.shape[3] - kw) // sw + 1):
            yield i, j, slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)


def pool(x, k, s, reduce):
    kh, kw = both(k)
    sh, sw = both(s if s is not None else k)
    out = np.zeros((x.shape[0], x.shape[1], (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1), x.dtype)
    for i, j, rows, columns in windows(x, k, s):
        out[:, :, i, j] = reduce(x[:, :, rows, columns])
    return out, [x, k, s, out]


def maxpool_forward(x, k, s=None):
    return pool(x, k, s, lambda window: window.max(axis=(2, 3)))


def maxpool_backward(dout, cache):
    x, k, s, out = cache
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, k, s):
        for n in range(x.shape[0]):
            for c in range(x.shape[1]):
                window = x[n, c, rows, columns]
                a, b = np.argwhere(window == out[n, c, i, j])[-1]
                dx[n, c, rows.start + a, columns.start + b] += dout[n, c, i, j]
    return dx


def avgpool_forward(x, k, s=None):
    return pool(x, k, s, lambda window: window.mean(axis=(2, 3)))


def avgpool_backward(dout, cache):
    x, k, s, out = cache
    dx = np.zeros_like(x)
    kh, kw = both(k)
    for i, j, rows, columns in windows(x, k, s):
        dx[:, :, rows, columns] += dout[:, :, i:i + 1, j:j + 1] / (kh * kw)
    return dx


def l2pool_forward(x, k, s=None):
    return pool(x, k, s, lambda window: np.sqrt((window ** 2).sum(axis=(2, 3))))


def l2pool_backward(dout, cache):
    x, k, s, out = cache
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, k, s):
        norm = out[:, :, i:i + 1, j:j + 1]
        safe = np.where(norm == 0, 1, norm)
        dx[:, :, rows, columns] += dout[:, :, i:i + 1, j:j + 1] * x[:, :, rows, columns] / safe
    return dx


def equivariance_gap(f, x, shift):
    def T(z):
        return np.roll(np.roll(z, shift[0], axis=-2), shift[1], axis=-1)
    return abs(f(T(x)) - T(f(x))).max()
