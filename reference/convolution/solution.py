"""Convolution and pooling, forwards and backwards, in NumPy alone.

Images are batch first, channels second: x (N, C, H, W); kernels w (F, C, kh, kw); outputs (N, F, OH, OW).
A layer's "convolution" is the cross-correlation, as in torch: the kernel is not turned. Along one axis

    OH = ⌊(H + 2·pad - dilation·(kh - 1) - 1) / stride⌋ + 1                      (PyTorch, docs of Conv2d).

Functions leave their arguments as they found them. Results have the dtype of x.
"""

import numpy as np

# --- one image, one kernel

def xcorr2d(x, k):
    """Valid cross-correlation: out[i, j] = Σ_ab x[i + a, j + b] k[a, b].

    x: (H, W), k: (kh, kw) float64 → (H - kh + 1, W - kw + 1) float64. The kernel fits into the image.
    """
    # BEGIN SOLUTION
    patches = np.lib.stride_tricks.sliding_window_view(x, k.shape)       # (OH, OW, kh, kw)
    return np.einsum("ijab,ab->ij", patches, k)                          # (OH, OW)
    # END SOLUTION


def conv2d_true(x, k):
    """Valid convolution in the sense of mathematics: correlation with the kernel turned by 180°.

    out[i, j] = Σ_ab x[i + kh - 1 - a, j + kw - 1 - b] k[a, b]. Shapes as in xcorr2d.
    """
    # BEGIN SOLUTION
    return xcorr2d(x, k[::-1, ::-1])
    # END SOLUTION


def full_conv(dout, k):
    """Full (true) convolution: out[i, j] = Σ_ab dout[i - a, j - b] k[a, b], with dout zero outside.

    dout: (OH, OW), k: (kh, kw) float64 → (OH + kh - 1, OW + kw - 1) float64.
    """
    # BEGIN SOLUTION
    kh, kw = k.shape
    return conv2d_true(np.pad(dout, [(kh - 1, kh - 1), (kw - 1, kw - 1)]), k)
    # END SOLUTION


def conv_matrix(k, xshape):
    """The matrix U with U v(x) = v(xcorr2d(x, k)), v = row-major flattening.

    k: (kh, kw), xshape: (H, W) → (OH·OW, H·W) float64. Row i·OW + j holds k[a, b] in column (i+a)·W + (j+b).
    """
    # BEGIN SOLUTION
    (kh, kw), (H, W) = k.shape, xshape
    U = np.zeros((H - kh + 1, W - kw + 1, H, W))
    for i, j in np.ndindex(U.shape[:2]):
        U[i, j, i : i + kh, j : j + kw] = k
    return U.reshape(-1, H * W)                                          # (OH·OW, H·W)
    # END SOLUTION


# --- a batch of images with channels

# BEGIN SOLUTION
def tap(x, a, b, stride, out):
    """What entry (a, b) of every window looks at: a *view* of x (N, C, H, W) → (N, C, OH, OW).

    stride: (sh, sw); out: (OH, OW). Being a view, it can be read in the forward and added to in the backward.
    """
    (sh, sw), (OH, OW) = stride, out
    return x[:, :, a : a + sh * (OH - 1) + 1 : sh, b : b + sw * (OW - 1) + 1 : sw]


def out_size(n, k, s, p=0, d=1):
    """Positions of a window along one axis: int. Raises ValueError if it does not fit once."""
    steps = n + 2 * p - d * (k - 1) - 1
    if steps < 0:
        raise ValueError(f"a window of {d * (k - 1) + 1} does not fit into {n + 2 * p} pixels")
    return steps // s + 1


# END SOLUTION
def im2col(x, kh, kw, s=1, p=0, d=1):
    """Every patch as a row. x: (N, C, H, W) → (N·OH·OW, C·kh·kw), in the dtype of x.

    Rows run over (n, i, j), columns over (c, a, b), the last index fastest. s, p, d: stride, zero padding on
    each side, dilation.
    """
    # BEGIN SOLUTION
    N, C, H, W = x.shape
    OH, OW = out_size(H, kh, s, p, d), out_size(W, kw, s, p, d)
    padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])                 # (N, C, H+2p, W+2p)
    cols = np.empty((N, OH, OW, C, kh, kw), dtype=x.dtype)
    for a, b in np.ndindex(kh, kw):
        cols[..., a, b] = tap(padded, a * d, b * d, (s, s), (OH, OW)).transpose(0, 2, 3, 1)
    return cols.reshape(N * OH * OW, C * kh * kw)
    # END SOLUTION


def col2im(cols, xshape, kh, kw, s=1, p=0, d=1):
    """The transpose of im2col: every entry is *added* to the pixel it came from, the padding is cut off.

    cols: (N·OH·OW, C·kh·kw), xshape: (N, C, H, W) → (N, C, H, W), in the dtype of cols.
    """
    # BEGIN SOLUTION
    N, C, H, W = xshape
    OH, OW = out_size(H, kh, s, p, d), out_size(W, kw, s, p, d)
    cols = cols.reshape(N, OH, OW, C, kh, kw)
    padded = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=cols.dtype)
    for a, b in np.ndindex(kh, kw):
        tap(padded, a * d, b * d, (s, s), (OH, OW))[...] += cols[..., a, b].transpose(0, 3, 1, 2)
    return padded[:, :, p : p + H, p : p + W]      # not [p:-p]: that is empty for p = 0
    # END SOLUTION


def conv2d_forward(x, w, b, stride=1, pad=0, dilation=1):
    """A convolution layer: out[n, f, i, j] = b[f] + Σ_cab x̃[n, c, i·s + a·d, j·s + b·d] w[f, c, a, b].

    x̃ is x with `pad` zeros on each side. x: (N, C, H, W), w: (F, C, kh, kw), b: (F,) → (out, cache) with
    out (N, F, OH, OW); the cache is yours, any object that conv2d_backward understands.
    Raises ValueError if the channels of x and w differ, or the dilated kernel exceeds the padded image.
    """
    # BEGIN SOLUTION
    (N, C, H, W), (F, Cw, kh, kw) = x.shape, w.shape
    if Cw != C:
        raise ValueError(f"x has {C} channels, the kernels have {Cw}")
    OH, OW = out_size(H, kh, stride, pad, dilation), out_size(W, kw, stride, pad, dilation)
    cols = im2col(x, kh, kw, stride, pad, dilation)                      # (N·OH·OW, C·kh·kw)
    out = cols @ w.reshape(F, -1).T + b                                  # (N·OH·OW, F)
    return out.reshape(N, OH, OW, F).transpose(0, 3, 1, 2), (x.shape, w, cols, stride, pad, dilation)
    # END SOLUTION


def conv2d_backward(dout, cache):
    """Gradients of L from dout = ∂L/∂out (N, F, OH, OW) → (dx (N, C, H, W), dw (F, C, kh, kw), db (F,)).

    The layer is a matrix product of patches, so its gradients are those of a linear layer:
    dw = doutᵀ·cols, dcols = dout·w; and col2im, the transpose of im2col, brings dcols back to the pixels.
    """
    # BEGIN SOLUTION
    xshape, w, cols, stride, pad, dilation = cache
    F, _, kh, kw = w.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, F)                     # (N·OH·OW, F)
    dw = (rows.T @ cols).reshape(w.shape)                                # (F, C, kh, kw)
    dcols = rows @ w.reshape(F, -1)                                      # (N·OH·OW, C·kh·kw)
    return col2im(dcols, xshape, kh, kw, stride, pad, dilation), dw, rows.sum(axis=0)
    # END SOLUTION


# --- pooling: k and s are an int or a pair (vertical, horizontal); s=None means s = k

# BEGIN SOLUTION
def pooling(x, k, s):
    """Windows of x (N, C, H, W) → (patches (N, C, OH, OW, kh·kw) row-major in the last axis, (kh, kw), (sh, sw))."""
    kh, kw = (k, k) if isinstance(k, int) else k
    sh, sw = (kh, kw) if s is None else (s, s) if isinstance(s, int) else s
    out = out_size(x.shape[2], kh, sh), out_size(x.shape[3], kw, sw)     # incomplete windows are dropped
    taps = [tap(x, a, b, (sh, sw), out) for a, b in np.ndindex(kh, kw)]
    return np.stack(taps, axis=-1), (kh, kw), (sh, sw)


def unpool(dpatches, x, k, s):
    """The transpose of the windows: dpatches (N, C, OH, OW, kh·kw) added up where they came from → shape of x."""
    dx = np.zeros_like(x)
    for index, (a, b) in enumerate(np.ndindex(k)):
        tap(dx, a, b, s, dpatches.shape[2:4])[...] += dpatches[..., index]
    return dx


# END SOLUTION
def maxpool_forward(x, k, s=None):
    """The largest value of each window. x: (N, C, H, W) → (out (N, C, OH, OW), cache)."""
    # BEGIN SOLUTION
    patches, k, s = pooling(x, k, s)
    winner = patches.argmax(axis=-1)[..., None]                          # (N, C, OH, OW, 1), the first if tied
    return np.take_along_axis(patches, winner, -1)[..., 0], (x, winner, k, s)
    # END SOLUTION


def maxpool_backward(dout, cache):
    """Each window gives its dout to the entry that was the largest. dout: (N, C, OH, OW) → dx (N, C, H, W)."""
    # BEGIN SOLUTION
    x, winner, k, s = cache
    dpatches = dout[..., None] * (np.arange(k[0] * k[1]) == winner)      # (N, C, OH, OW, kh·kw)
    return unpool(dpatches, x, k, s)
    # END SOLUTION


def avgpool_forward(x, k, s=None):
    """The mean of each window. x: (N, C, H, W) → (out (N, C, OH, OW), cache)."""
    # BEGIN SOLUTION
    patches, k, s = pooling(x, k, s)
    return patches.mean(axis=-1), (x, k, s)
    # END SOLUTION


def avgpool_backward(dout, cache):
    """Each window shares its dout equally among its kh·kw entries. dout: (N, C, OH, OW) → dx (N, C, H, W)."""
    # BEGIN SOLUTION
    x, k, s = cache
    count = k[0] * k[1]
    return unpool(np.repeat(dout[..., None] / count, count, axis=-1), x, k, s)
    # END SOLUTION


def l2pool_forward(x, k, s=None):
    """√(Σ x²) over each window, a sum and no mean. x: (N, C, H, W) → (out (N, C, OH, OW), cache)."""
    # BEGIN SOLUTION
    patches, k, s = pooling(x, k, s)
    out = np.sqrt((patches**2).sum(axis=-1))
    return out, (x, patches, out, k, s)
    # END SOLUTION


def l2pool_backward(dout, cache):
    """dx = dout · x / out, and 0 where a whole window is zero. dout: (N, C, OH, OW) → dx (N, C, H, W)."""
    # BEGIN SOLUTION
    x, patches, out, k, s = cache
    scale = np.divide(dout, out, out=np.zeros_like(out), where=out > 0)  # no derivative at 0: take 0
    return unpool(scale[..., None] * patches, x, k, s)
    # END SOLUTION


def equivariance_gap(f, x, shift):
    """max |f(T x) - T f(x)|, T the cyclic shift by `shift` = (down, right) pixels of the last two axes → float.

    f: a function of an array (..., H, W) that keeps its height and width; x: (..., H, W) float64.
    """
    # BEGIN SOLUTION
    def T(image):
        return np.roll(image, shift, axis=(-2, -1))

    return float(np.max(np.abs(f(T(x)) - T(f(x)))))
    # END SOLUTION
