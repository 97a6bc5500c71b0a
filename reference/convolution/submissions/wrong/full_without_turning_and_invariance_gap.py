# expect: failed convolution.full_conv/turned-twice
# mistake: full_conv: the padded dout is correlated with the kernel as it is, the kernel is not turned
# second mistake: equivariance_gap: f(Tx) is compared with f(x) itself, which measures invariance
import numpy as np

# indices (c, i, j) facon CS231n, mais un patch par ligne
def indices(C, H, W, kh, kw, s, p, d):
    OH = (H + 2*p - d*(kh - 1) - 1)//s + 1
    OW = (W + 2*p - d*(kw - 1) - 1)//s + 1
    c = np.repeat(np.arange(C), kh*kw)
    a = np.tile(np.repeat(np.arange(kh), kw), C)*d
    b = np.tile(np.arange(kw), C*kh)*d
    i = np.repeat(np.arange(OH), OW)*s
    j = np.tile(np.arange(OW), OH)*s
    return c[None, :], i[:, None] + a[None, :], j[:, None] + b[None, :], OH, OW

def xcorr2d(x, k):
    kh, kw = k.shape
    H, W = x.shape
    out = np.empty((H - kh + 1, W - kw + 1))
    for i, j in np.ndindex(out.shape):
        out[i, j] = (x[i:i+kh, j:j+kw]*k).sum()
    return out

def conv2d_true(x, k):
    noyau = k[::-1, ::-1]    # 180 degres
    return xcorr2d(x, noyau)

def full_conv(dout, k):
    kh, kw = k.shape
    bord = np.pad(dout, [(kh - 1,), (kw - 1,)])
    return xcorr2d(bord, k)

def conv_matrix(k, xshape):
    kh, kw = k.shape
    H, W = xshape
    OH, OW = H - kh + 1, W - kw + 1
    U = np.zeros((OH, OW, H, W))
    for i, j in np.ndindex(OH, OW):
        U[i, j, i:i+kh, j:j+kw] = k
    return U.reshape(OH*OW, H*W)

def im2col(x, kh, kw, s=1, p=0, d=1):
    N, C, H, W = x.shape
    c, i, j, OH, OW = indices(C, H, W, kh, kw, s, p, d)
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    return xp[:, c, i, j].reshape(N*OH*OW, C*kh*kw)

def col2im(cols, xshape, kh, kw, s=1, p=0, d=1):
    N, C, H, W = xshape
    c, i, j, OH, OW = indices(C, H, W, kh, kw, s, p, d)
    xp = np.zeros((N, C, H + 2*p, W + 2*p), dtype=cols.dtype)
    np.add.at(xp, (slice(None), c, i, j), cols.reshape(N, OH*OW, C*kh*kw))
    return xp[:, :, p:H+p, p:W+p]

def conv2d_forward(x, w, b, stride=1, pad=0, dilation=1):
    N, C, H, W = x.shape
    F, Cw, kh, kw = w.shape
    if Cw != C:
        raise ValueError("canaux differents")
    if dilation*(kh - 1) + 1 > H + 2*pad or dilation*(kw - 1) + 1 > W + 2*pad:
        raise ValueError("noyau trop grand")
    OH = (H + 2*pad - dilation*(kh - 1) - 1)//stride + 1
    OW = (W + 2*pad - dilation*(kw - 1) - 1)//stride + 1
    cols = im2col(x, kh, kw, stride, pad, dilation)
    y = cols.dot(w.reshape(F, -1).T) + b[None, :]
    return y.reshape(N, OH*OW, F).transpose(0, 2, 1).reshape(N, F, OH, OW), (x.shape, cols, w, stride, pad, dilation)

def conv2d_backward(dout, cache):
    xs, cols, w, s, p, d = cache
    F, _, kh, kw = w.shape
    D = np.moveaxis(dout, 1, 3).reshape(-1, F)
    dw = D.T.dot(cols).reshape(w.shape)
    return col2im(D.dot(w.reshape(F, -1)), xs, kh, kw, s, p, d), dw, D.sum(axis=0)

# ---- pooling
def params(k, s):
    k = tuple(np.broadcast_to(k, 2))
    s = k if s is None else tuple(np.broadcast_to(s, 2))
    return int(k[0]), int(k[1]), int(s[0]), int(s[1])

def positions(x, k, s):
    # liste (i, j, tranche verticale, tranche horizontale)
    kh, kw, sh, sw = params(k, s)
    OH, OW = (x.shape[2] - kh)//sh + 1, (x.shape[3] - kw)//sw + 1
    pos = [(i, j, slice(i*sh, i*sh + kh), slice(j*sw, j*sw + kw)) for i in range(OH) for j in range(OW)]
    return pos, OH, OW

def maxpool_forward(x, k, s=None):
    pos, OH, OW = positions(x, k, s)
    out = np.empty(x.shape[:2] + (OH, OW), dtype=x.dtype)
    for i, j, v, h in pos:
        out[:, :, i, j] = x[:, :, v, h].max(axis=(2, 3))
    return out, (x, pos)

def maxpool_backward(dout, cache):
    x, pos = cache
    dx = np.zeros_like(x)
    for i, j, v, h in pos:
        fen = x[:, :, v, h]
        masque = (fen == fen.max(axis=(2, 3), keepdims=True)).astype(x.dtype)
        masque /= masque.sum(axis=(2, 3), keepdims=True)     # partager en cas d'egalite
        dx[:, :, v, h] += masque*dout[:, :, i, j][:, :, None, None]
    return dx

def avgpool_forward(x, k, s=None):
    pos, OH, OW = positions(x, k, s)
    out = np.empty(x.shape[:2] + (OH, OW), dtype=x.dtype)
    for i, j, v, h in pos:
        out[:, :, i, j] = x[:, :, v, h].mean(axis=(2, 3))
    return out, (x.shape, params(k, s), pos)

def avgpool_backward(dout, cache):
    xs, (kh, kw, sh, sw), pos = cache
    dx = np.zeros(xs, dtype=dout.dtype)
    for i, j, v, h in pos:
        dx[:, :, v, h] += (dout[:, :, i, j]/(kh*kw))[:, :, None, None]
    return dx

def l2pool_forward(x, k, s=None):
    pos, OH, OW = positions(x, k, s)
    out = np.empty(x.shape[:2] + (OH, OW), dtype=x.dtype)
    for i, j, v, h in pos:
        out[:, :, i, j] = np.sqrt((x[:, :, v, h]**2).sum(axis=(2, 3)))
    return out, (x, out, pos)

def l2pool_backward(dout, cache):
    x, out, pos = cache
    dx = np.zeros_like(x)
    q = np.zeros_like(out)
    q[out > 0] = dout[out > 0]/out[out > 0]
    for i, j, v, h in pos:
        dx[:, :, v, h] += q[:, :, i, j][:, :, None, None]*x[:, :, v, h]
    return dx

def equivariance_gap(f, x, shift):
    T = lambda u: np.roll(u, shift, axis=(-2, -1))
    return float(abs(f(T(x)) - f(x)).max())
