# expect: failed convolution.l2pool_backward/zero-over-zero
# mistake: l2pool_backward: x is divided by out without looking whether out is 0, so a window of zeros gives nan
# A6 Faltung
import numpy as np


def ausgabe_groesse(n, k, s=1, p=0, d=1):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def paar(v):
    if isinstance(v, (tuple, list)):
        return int(v[0]), int(v[1])
    return int(v), int(v)


# --- ein Bild, ein Kern

def xcorr2d(x, k):
    kh, kw = k.shape
    oh, ow = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    out = np.zeros((oh, ow))
    for a in range(kh):
        for b in range(kw):
            out += k[a, b] * x[a:a + oh, b:b + ow]
    return out


def conv2d_true(x, k):
    return xcorr2d(x, k[::-1, ::-1])


def full_conv(dout, k):
    kh, kw = k.shape
    oh, ow = dout.shape
    out = np.zeros((oh + kh - 1, ow + kw - 1))
    for a in range(kh):
        for b in range(kw):
            out[a:a + oh, b:b + ow] += k[a, b] * dout
    return out


def conv_matrix(k, xshape):
    H, W = xshape
    kh, kw = k.shape
    oh, ow = H - kh + 1, W - kw + 1
    U = np.zeros((oh * ow, H * W))
    for i in range(oh):
        for j in range(ow):
            for a in range(kh):
                anfang = (i + a) * W + j
                U[i * ow + j, anfang:anfang + kw] = k[a]
    return U


# --- Patches

def im2col(x, kh, kw, s=1, p=0, d=1):
    N, C, H, W = x.shape
    oh = ausgabe_groesse(H, kh, s, p, d)
    ow = ausgabe_groesse(W, kw, s, p, d)
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    patches = np.zeros((N, oh, ow, C, kh, kw), dtype=x.dtype)
    for a in range(kh):
        for b in range(kw):
            teil = xp[:, :, a * d:a * d + s * oh:s, b * d:b * d + s * ow:s][:, :, :oh, :ow]
            patches[:, :, :, :, a, b] = teil.transpose(0, 2, 3, 1)
    return patches.reshape(N * oh * ow, C * kh * kw)


def col2im(cols, xshape, kh, kw, s=1, p=0, d=1):
    N, C, H, W = xshape
    oh = ausgabe_groesse(H, kh, s, p, d)
    ow = ausgabe_groesse(W, kw, s, p, d)
    patches = cols.reshape(N, oh, ow, C, kh, kw)
    xp = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=cols.dtype)
    for a in range(kh):
        for b in range(kw):
            xp[:, :, a * d:a * d + s * (oh - 1) + 1:s, b * d:b * d + s * (ow - 1) + 1:s] += \
                patches[:, :, :, :, a, b].transpose(0, 3, 1, 2)
    return xp[:, :, p:p + H, p:p + W]


# --- die Schicht

def conv2d_forward(x, w, b, stride=1, pad=0, dilation=1):
    N, C, H, W = x.shape
    F, C2, kh, kw = w.shape
    if C != C2:
        raise ValueError("x und w haben verschieden viele Kanaele")
    if dilation * (kh - 1) + 1 > H + 2 * pad or dilation * (kw - 1) + 1 > W + 2 * pad:
        raise ValueError("Kern groesser als Bild")
    oh = ausgabe_groesse(H, kh, stride, pad, dilation)
    ow = ausgabe_groesse(W, kw, stride, pad, dilation)
    cols = im2col(x, kh, kw, stride, pad, dilation)
    out = cols @ w.reshape(F, -1).T + b
    out = out.reshape(N, oh, ow, F).transpose(0, 3, 1, 2)
    return out, (cols, x.shape, w, stride, pad, dilation)


def conv2d_backward(dout, cache):
    cols, xform, w, s, p, d = cache
    F, C, kh, kw = w.shape
    delta = dout.transpose(0, 2, 3, 1).reshape(-1, F)
    dw = (delta.T @ cols).reshape(w.shape)
    db = delta.sum(axis=0)
    dcols = delta @ w.reshape(F, -1)
    dx = col2im(dcols, xform, kh, kw, s, p, d)
    return dx, dw, db


# --- Pooling: alle drei benutzen dieselben Fenster (N, C, oh, ow, kh*kw)

def fenster(x, k, s):
    kh, kw = paar(k)
    sh, sw = (kh, kw) if s is None else paar(s)
    N, C, H, W = x.shape
    oh, ow = ausgabe_groesse(H, kh, sh), ausgabe_groesse(W, kw, sw)
    alle = np.empty((N, C, oh, ow, kh * kw), dtype=x.dtype)
    for a in range(kh):
        for b in range(kw):
            alle[..., a * kw + b] = x[:, :, a:a + sh * (oh - 1) + 1:sh, b:b + sw * (ow - 1) + 1:sw]
    return alle, (x.shape, kh, kw, sh, sw)


def fenster_zurueck(dalle, info):
    xform, kh, kw, sh, sw = info
    oh, ow = dalle.shape[2:4]
    dx = np.zeros(xform, dtype=dalle.dtype)
    for a in range(kh):
        for b in range(kw):
            dx[:, :, a:a + sh * (oh - 1) + 1:sh, b:b + sw * (ow - 1) + 1:sw] += dalle[..., a * kw + b]
    return dx


def maxpool_forward(x, k, s=None):
    alle, info = fenster(x, k, s)
    sieger = alle.argmax(axis=-1)
    return alle.max(axis=-1), {"sieger": sieger, "info": info}


def maxpool_backward(dout, cache):
    info = cache["info"]
    anzahl = info[1] * info[2]
    maske = np.arange(anzahl) == cache["sieger"][..., None]
    return fenster_zurueck(maske * dout[..., None], info)


def avgpool_forward(x, k, s=None):
    alle, info = fenster(x, k, s)
    return alle.mean(axis=-1), {"info": info}


def avgpool_backward(dout, cache):
    info = cache["info"]
    anzahl = info[1] * info[2]
    return fenster_zurueck(np.repeat((dout / anzahl)[..., None], anzahl, axis=-1), info)


def l2pool_forward(x, k, s=None):
    alle, info = fenster(x, k, s)
    out = np.sqrt((alle ** 2).sum(axis=-1))
    return out, {"alle": alle, "out": out, "info": info}


def l2pool_backward(dout, cache):
    alle, out = cache["alle"], cache["out"]
    # d out / d x = x / out
    dalle = dout[..., None] * alle / out[..., None]
    return fenster_zurueck(dalle, cache["info"])


def equivariance_gap(f, x, shift):
    verschoben = np.roll(x, shift, axis=(-2, -1))
    return float(np.abs(f(verschoben) - np.roll(f(x), shift, axis=(-2, -1))).max())
