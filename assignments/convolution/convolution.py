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
    raise NotImplementedError("xcorr2d: not written yet")


def conv2d_true(x, k):
    """Valid convolution in the sense of mathematics: correlation with the kernel turned by 180°.

    out[i, j] = Σ_ab x[i + kh - 1 - a, j + kw - 1 - b] k[a, b]. Shapes as in xcorr2d.
    """
    raise NotImplementedError("conv2d_true: not written yet")


def full_conv(dout, k):
    """Full (true) convolution: out[i, j] = Σ_ab dout[i - a, j - b] k[a, b], with dout zero outside.

    dout: (OH, OW), k: (kh, kw) float64 → (OH + kh - 1, OW + kw - 1) float64.
    """
    raise NotImplementedError("full_conv: not written yet")


def conv_matrix(k, xshape):
    """The matrix U with U v(x) = v(xcorr2d(x, k)), v = row-major flattening.

    k: (kh, kw), xshape: (H, W) → (OH·OW, H·W) float64. Row i·OW + j holds k[a, b] in column (i+a)·W + (j+b).
    """
    raise NotImplementedError("conv_matrix: not written yet")


# --- a batch of images with channels

def im2col(x, kh, kw, s=1, p=0, d=1):
    """Every patch as a row. x: (N, C, H, W) → (N·OH·OW, C·kh·kw), in the dtype of x.

    Rows run over (n, i, j), columns over (c, a, b), the last index fastest. s, p, d: stride, zero padding on
    each side, dilation.
    """
    raise NotImplementedError("im2col: not written yet")


def col2im(cols, xshape, kh, kw, s=1, p=0, d=1):
    """The transpose of im2col: every entry is *added* to the pixel it came from, the padding is cut off.

    cols: (N·OH·OW, C·kh·kw), xshape: (N, C, H, W) → (N, C, H, W), in the dtype of cols.
    """
    raise NotImplementedError("col2im: not written yet")


def conv2d_forward(x, w, b, stride=1, pad=0, dilation=1):
    """A convolution layer: out[n, f, i, j] = b[f] + Σ_cab x̃[n, c, i·s + a·d, j·s + b·d] w[f, c, a, b].

    x̃ is x with `pad` zeros on each side. x: (N, C, H, W), w: (F, C, kh, kw), b: (F,) → (out, cache) with
    out (N, F, OH, OW); the cache is yours, any object that conv2d_backward understands.
    Raises ValueError if the channels of x and w differ, or the dilated kernel exceeds the padded image.
    """
    raise NotImplementedError("conv2d_forward: not written yet")


def conv2d_backward(dout, cache):
    """Gradients of L from dout = ∂L/∂out (N, F, OH, OW) → (dx (N, C, H, W), dw (F, C, kh, kw), db (F,)).

    The layer is a matrix product of patches, so its gradients are those of a linear layer:
    dw = doutᵀ·cols, dcols = dout·w; and col2im, the transpose of im2col, brings dcols back to the pixels.
    """
    raise NotImplementedError("conv2d_backward: not written yet")


# --- pooling: k and s are an int or a pair (vertical, horizontal); s=None means s = k

def maxpool_forward(x, k, s=None):
    """The largest value of each window. x: (N, C, H, W) → (out (N, C, OH, OW), cache)."""
    raise NotImplementedError("maxpool_forward: not written yet")


def maxpool_backward(dout, cache):
    """Each window gives its dout to the entry that was the largest. dout: (N, C, OH, OW) → dx (N, C, H, W)."""
    raise NotImplementedError("maxpool_backward: not written yet")


def avgpool_forward(x, k, s=None):
    """The mean of each window. x: (N, C, H, W) → (out (N, C, OH, OW), cache)."""
    raise NotImplementedError("avgpool_forward: not written yet")


def avgpool_backward(dout, cache):
    """Each window shares its dout equally among its kh·kw entries. dout: (N, C, OH, OW) → dx (N, C, H, W)."""
    raise NotImplementedError("avgpool_backward: not written yet")


def l2pool_forward(x, k, s=None):
    """√(Σ x²) over each window, a sum and no mean. x: (N, C, H, W) → (out (N, C, OH, OW), cache)."""
    raise NotImplementedError("l2pool_forward: not written yet")


def l2pool_backward(dout, cache):
    """dx = dout · x / out, and 0 where a whole window is zero. dout: (N, C, OH, OW) → dx (N, C, H, W)."""
    raise NotImplementedError("l2pool_backward: not written yet")


def equivariance_gap(f, x, shift):
    """max |f(T x) - T f(x)|, T the cyclic shift by `shift` = (down, right) pixels of the last two axes → float.

    f: a function of an array (..., H, W) that keeps its height and width; x: (..., H, W) float64.
    """
    raise NotImplementedError("equivariance_gap: not written yet")
