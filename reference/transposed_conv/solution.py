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
    # BEGIN SOLUTION
    N, _, H, W = x.shape
    _, F, kh, kw = w.shape
    if output_padding >= stride:
        raise ValueError(f"output_padding: expected less than stride = {stride}, got {output_padding}")
    rows, cols = (H - 1) * stride + kh + output_padding, (W - 1) * stride + kw + output_padding
    Ho, Wo = rows - 2 * pad, cols - 2 * pad
    if min(Ho, Wo) <= 0:
        raise ValueError(f"pad = {pad} cuts off everything: the output would be {Ho} × {Wo}")
    canvas = np.zeros((N, F, rows, cols))          # what there is before the padding is cut off
    for i in range(kh):
        for j in range(kw):                        # tap (i, j) of every patch at once
            tap = np.einsum("nchw,cf->nfhw", x, w[:, :, i, j])           # (N, F, H, W)
            canvas[:, :, i : i + (H - 1) * stride + 1 : stride, j : j + (W - 1) * stride + 1 : stride] += tap
    return canvas[:, :, pad : pad + Ho, pad : pad + Wo]                  # pad + Ho and not -pad: pad may be 0
    # END SOLUTION


def checkerboard_map(k, s, n):
    """How often a transposed convolution writes to each pixel → (L, L) integers, L = (n-1)·s + k.

    Counts pairs (input pixel, kernel tap): k × k kernel, stride s, no padding, n × n input.
    Source: Odena, Dumoulin and Olah 2016, "Deconvolution and checkerboard artifacts".
    """
    # BEGIN SOLUTION
    line = np.zeros((n - 1) * s + k, dtype=np.int64)                     # along one axis (L,)
    for i in range(n):
        line[i * s : i * s + k] += 1
    return np.outer(line, line)                                          # (L, L)
    # END SOLUTION


def upsample_nearest(x, factor):
    """Every pixel becomes a factor × factor block. x: (N, C, H, W) → (N, C, factor·H, factor·W) float64."""
    # BEGIN SOLUTION
    return x.repeat(factor, axis=2).repeat(factor, axis=3)
    # END SOLUTION


def upsample_nearest_backward(dy, factor):
    """∂L/∂x of upsample_nearest from dy = ∂L/∂y (N, C, factor·H, factor·W) → (N, C, H, W) float64."""
    # BEGIN SOLUTION
    N, C, rows, cols = dy.shape
    blocks = dy.reshape(N, C, rows // factor, factor, cols // factor, factor)
    return blocks.sum(axis=(3, 5))                 # a pixel that was copied f² times collects f² gradients
    # END SOLUTION


# BEGIN SOLUTION
def interpolation_matrix(n, factor, align_corners):
    """Linear interpolation along one axis as a matrix A: (factor·n, n), rows summing to one; y = A x."""
    i = np.arange(factor * n)                                            # output pixels
    place = np.clip((i + 0.5) / factor - 0.5, 0, n - 1)                  # pixels are little squares
    if align_corners:
        place = i * (n - 1) / max(factor * n - 1, 1)                     # first to first, last to last
    low = np.floor(place).astype(int)
    t = place - low
    A = np.zeros((factor * n, n))
    A[i, low] += 1.0 - t
    A[i, np.minimum(low + 1, n - 1)] += t          # += : at the border both neighbours are the same pixel
    return A


# END SOLUTION
def upsample_bilinear(x, factor, align_corners=False):
    """Bilinear interpolation. x: (N, C, H, W) → (N, C, factor·H, factor·W) float64.

    Output row i looks at row r of x (columns likewise) and mixes ⌊r⌋ and ⌊r⌋ + 1 with weights 1-t and t, t = r - ⌊r⌋:
    align_corners=True: r = i·(H-1)/(factor·H-1), and r = 0 if there is one output row only;
    align_corners=False: r = (i + 0.5)/factor - 0.5, clipped to 0 … H-1.
    Source: torch.nn.functional.interpolate, mode="bilinear".
    """
    # BEGIN SOLUTION
    A = interpolation_matrix(x.shape[2], factor, align_corners)          # (factor·H, H)
    B = interpolation_matrix(x.shape[3], factor, align_corners)          # (factor·W, W)
    return A @ x @ B.T                                                   # (N, C, factor·H, factor·W)
    # END SOLUTION


def maxunpool(y, idx, shape):
    """Put pooled values back where they came from, zeros elsewhere. y: (N, C, h, w) → (N, C, H, W) float64.

    idx: (N, C, h, w) int64, place r·W + c inside the plane (H, W) of the same image and channel; shape: (H, W).
    If windows overlapped, a place may occur twice, with the same value. Raises ValueError if an index is
    outside 0 … H·W - 1. Source: torch.nn.MaxUnpool2d; Zeiler and Fergus 2014.
    """
    # BEGIN SOLUTION
    N, C, h, w = y.shape
    H, W = shape
    if idx.min() < 0 or idx.max() >= H * W:        # numpy would take -1 for the last pixel
        raise ValueError(f"idx: expected 0 to {H * W - 1}, got {idx.min()} to {idx.max()}")
    planes = np.zeros((N, C, H * W))
    np.put_along_axis(planes, idx.reshape(N, C, h * w), y.reshape(N, C, h * w), axis=2)
    return planes.reshape(N, C, H, W)
    # END SOLUTION
