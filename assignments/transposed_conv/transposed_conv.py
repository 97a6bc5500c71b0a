"""Making images larger: transposed convolution, interpolation, unpooling, in NumPy alone.

Images are x (N, C, H, W) float64: batch, channels, rows, columns. Conventions are those of torch.
Functions leave their arguments as they found them.
"""

import numpy as np


def maxpool(x, k, s):
    """Max-pooling with indices. x: (N, C, H, W) → (y (N, C, h, w), idx (N, C, h, w) int64). Given.

    Windows k × k, s apart, incomplete ones dropped: h = (H - k)//s + 1. idx counts r·W + c inside a plane (H, W);
    of equal values the first, row by row, is the maximum. The same as torch's max_pool2d(return_indices=True).
    """
    N, C, H, W = x.shape
    h, w = (H - k) // s + 1, (W - k) // s + 1
    y, idx = np.empty((N, C, h, w)), np.empty((N, C, h, w), dtype=np.int64)
    for i in range(h):
        for j in range(w):
            window = x[:, :, i * s : i * s + k, j * s : j * s + k].reshape(N, C, k * k)
            best = window.argmax(axis=2)                                 # (N, C), counted inside the window
            y[:, :, i, j] = window.max(axis=2)
            idx[:, :, i, j] = (i * s + best // k) * W + j * s + best % k
    return y, idx


def conv_transpose2d(x, w, stride=1, pad=0, output_padding=0):
    """Transposed convolution. x: (N, C, H, W), w: (C, F, kh, kw) → (N, F, Ho, Wo) float64.

    Pixel (a, b) of x adds x[n, c, a, b] · w[c, f] to the kh × kw patch whose corner is (a·stride, b·stride);
    then `pad` rows and columns are cut off on each side, after `output_padding` more were added at the
    bottom and at the right: Ho = (H-1)·stride - 2·pad + kh + output_padding, likewise Wo.
    Raises ValueError if output_padding >= stride, or if Ho or Wo is not positive.
    Source: Dumoulin and Visin 2016, chapter 4; sizes as torch.nn.ConvTranspose2d.
    """
    raise NotImplementedError("conv_transpose2d: not written yet")


def checkerboard_map(k, s, n):
    """How often a transposed convolution writes to each pixel → (L, L) integers, L = (n-1)·s + k.

    Counts pairs (input pixel, kernel tap): k × k kernel, stride s, no padding, n × n input.
    Source: Odena, Dumoulin and Olah 2016, "Deconvolution and checkerboard artifacts".
    """
    raise NotImplementedError("checkerboard_map: not written yet")


def upsample_nearest(x, factor):
    """Every pixel becomes a factor × factor block. x: (N, C, H, W) → (N, C, factor·H, factor·W) float64."""
    raise NotImplementedError("upsample_nearest: not written yet")


def upsample_nearest_backward(dy, factor):
    """∂L/∂x of upsample_nearest from dy = ∂L/∂y (N, C, factor·H, factor·W) → (N, C, H, W) float64."""
    raise NotImplementedError("upsample_nearest_backward: not written yet")


def upsample_bilinear(x, factor, align_corners=False):
    """Bilinear interpolation. x: (N, C, H, W) → (N, C, factor·H, factor·W) float64.

    Output row i looks at row r of x (columns likewise) and mixes ⌊r⌋ and ⌊r⌋ + 1 with weights 1-t and t, t = r - ⌊r⌋:
    align_corners=True: r = i·(H-1)/(factor·H-1), and r = 0 if there is one output row only;
    align_corners=False: r = (i + 0.5)/factor - 0.5, clipped to 0 … H-1.
    Source: torch.nn.functional.interpolate, mode="bilinear".
    """
    raise NotImplementedError("upsample_bilinear: not written yet")


def maxunpool(y, idx, shape):
    """Put pooled values back where they came from, zeros elsewhere. y: (N, C, h, w) → (N, C, H, W) float64.

    idx: (N, C, h, w) int64, place r·W + c inside the plane (H, W) of the same image and channel; shape: (H, W).
    If windows overlapped, a place may occur twice, with the same value. Raises ValueError if an index is
    outside 0 … H·W - 1. Source: torch.nn.MaxUnpool2d; Zeiler and Fergus 2014.
    """
    raise NotImplementedError("maxunpool: not written yet")
