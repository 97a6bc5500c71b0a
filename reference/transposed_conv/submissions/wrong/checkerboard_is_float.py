# expect: failed transposed_conv.checkerboard_map/float
# mistake: checkerboard_map: sends an image of ones through the transposed convolution and returns its float64 counts instead of integers.
import numpy as np


def conv_transpose2d(x, w, stride=1, pad=0, output_padding=0):
    # Stempel-Variante: jedes Eingabepixel druckt seinen Kernel in das grosse Bild
    N, C, H, W = x.shape
    _, F, kh, kw = w.shape
    hoehe = (H - 1) * stride - 2 * pad + kh + output_padding
    breite = (W - 1) * stride - 2 * pad + kw + output_padding
    if output_padding >= stride:
        raise ValueError("output_padding muss kleiner als stride sein")
    if hoehe <= 0 or breite <= 0:
        raise ValueError("nichts uebrig vom Bild")

    gross = np.zeros((N, F, hoehe + 2 * pad, breite + 2 * pad))
    for a in range(H):
        for b in range(W):
            stempel = np.tensordot(x[:, :, a, b], w, axes=(1, 0))  # (N, F, kh, kw)
            oben, links = a * stride, b * stride
            gross[:, :, oben:oben + kh, links:links + kw] += stempel
    # Rand abschneiden
    return gross[:, :, pad:pad + hoehe, pad:pad + breite].copy()


def checkerboard_map(k, s, n):
    # Trick: lauter Einsen -> jeder Stempel zaehlt 1
    einsen = np.ones((1, 1, n, n))
    kern = np.ones((1, 1, k, k))
    return conv_transpose2d(einsen, kern, s)[0, 0]


def upsample_nearest(x, factor):
    N, C, H, W = x.shape
    gross = np.zeros((N, C, H * factor, W * factor))
    for i in range(H * factor):
        for j in range(W * factor):
            gross[:, :, i, j] = x[:, :, i // factor, j // factor]
    return gross


def upsample_nearest_backward(dy, factor):
    N, C, Hf, Wf = dy.shape
    H, W = Hf // factor, Wf // factor
    dx = np.zeros((N, C, H, W))
    for i in range(H):
        for j in range(W):
            block = dy[:, :, i * factor:(i + 1) * factor, j * factor:(j + 1) * factor]
            dx[:, :, i, j] = block.sum(axis=(2, 3))
    return dx


def _ort(i, n, factor, align_corners):
    """Stelle in der Eingabe, zu der Ausgabepixel i gehoert: (linker Nachbar, rechter Nachbar, t)"""
    if align_corners:
        r = 0.0 if n * factor == 1 else i * (n - 1) / (factor * n - 1)
    else:
        r = (i + 0.5) / factor - 0.5
        r = min(max(r, 0.0), n - 1.0)
    links = int(np.floor(r))
    rechts = min(links + 1, n - 1)
    return links, rechts, r - links


def upsample_bilinear(x, factor, align_corners=False):
    N, C, H, W = x.shape
    y = np.zeros((N, C, H * factor, W * factor))
    for i in range(H * factor):
        o, u, t = _ort(i, H, factor, align_corners)
        for j in range(W * factor):
            l, r, q = _ort(j, W, factor, align_corners)
            oben = (1 - q) * x[:, :, o, l] + q * x[:, :, o, r]
            unten = (1 - q) * x[:, :, u, l] + q * x[:, :, u, r]
            y[:, :, i, j] = (1 - t) * oben + t * unten
    return y


def maxunpool(y, idx, shape):
    H, W = shape
    if idx.size and (idx.min() < 0 or idx.max() >= H * W):
        raise ValueError("Index ausserhalb der Ebene")
    N, C, h, w = y.shape
    bild = np.zeros((N, C, H, W))
    for n in range(N):
        for c in range(C):
            for i in range(h):
                for j in range(w):
                    zeile, spalte = divmod(int(idx[n, c, i, j]), W)
                    bild[n, c, zeile, spalte] = y[n, c, i, j]
    return bild
