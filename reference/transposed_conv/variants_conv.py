"""Wrong variants of the transposed convolution itself, most frequent first."""

import numpy as np

from . import solution as ref
from .cards import LIKELY, REAL, wrong


def correlate(x, w):
    """Plain cross-correlation at stride 1. x: (N, C, H, W), w: (C, F, kh, kw) → (N, F, h, w)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.einsum("nchwij,cfij->nfhw", windows, w)


def spread(x, step, behind=0):
    """x with `step` - 1 zeros between neighbours, and `behind` zeros after the last of each axis."""
    N, C, H, W = x.shape
    big = np.zeros((N, C, (H - 1) * step + 1 + behind, (W - 1) * step + 1 + behind))
    big[:, :, : (H - 1) * step + 1 : step, : (W - 1) * step + 1 : step] = x
    return big


def margin(x, width):
    """x with `width` zeros around each plane."""
    return np.pad(x, ((0, 0), (0, 0), (width, width), (width, width)))


def guard(x, w, stride, pad, output_padding):
    """Raises what the reference raises for these sizes."""
    ref.conv_transpose2d(x[:1, :1, :, :], w[:1, :1], stride, pad, output_padding)


@wrong(
    "conv_transpose2d/inverse",
    advice="A transposed convolution is no inverse: it multiplies by Uᵀ and solves no system. It "
    "brings back the size, not the image.",
    source="S4 L2744: different from deconvolution",
)
def conv_inverse(x, w, stride=1, pad=0, output_padding=0):
    N, C, H, W = x.shape
    units = np.eye(C * H * W).reshape(-1, C, H, W)
    T = ref.conv_transpose2d(units, w, stride, pad, output_padding)                    # (CHW, F, Ho, Wo)
    back = x.reshape(N, -1) @ np.linalg.pinv(T.reshape(len(T), -1)).T
    return back.reshape(N, *T.shape[1:])


@wrong(
    "conv_transpose2d/flipped-kernel",
    advice="The kernel is flipped once too often, or once too seldom: pasting patches takes w as "
    "it is; correlating the image with zeros in between takes w turned by 180°.",
    source="S4 L2239 calls a cross-correlation convolution",
)
def conv_flipped(x, w, stride=1, pad=0, output_padding=0):
    return ref.conv_transpose2d(x, w[:, :, ::-1, ::-1], stride, pad, output_padding)


@wrong(
    "conv_transpose2d/padding-of-the-convolution",
    advice="Seen as a convolution of the spread-out image, the zeros around it are k - 1 - pad on "
    "each side, not pad. With k = 3 and pad = 1 both are 1, which hides it.",
    source="Dumoulin and Visin 2016, relationship 14",
)
def conv_padding_of_the_convolution(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    return correlate(margin(spread(x, stride, output_padding), pad), w[:, :, ::-1, ::-1])


@wrong(
    "conv_transpose2d/overwrites",
    advice="Where patches overlap they add up: += and not =.",
    source=REAL,
)
def conv_overwrites(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    N, _, H, W = x.shape
    _, F, kh, kw = w.shape
    rows, cols = (H - 1) * stride + kh + output_padding, (W - 1) * stride + kw + output_padding
    canvas = np.zeros((N, F, rows, cols))
    for a in range(H):
        for b in range(W):
            patch = np.einsum("nc,cfij->nfij", x[:, :, a, b], w)
            canvas[:, :, a * stride : a * stride + kh, b * stride : b * stride + kw] = patch
    return canvas[:, :, pad : rows - pad, pad : cols - pad]


@wrong(
    "conv_transpose2d/weight-layout",
    advice="Here w is (C, F, kh, kw), channels of the *input* first: it is the w of the "
    "convolution that goes from F to C channels. If C = F the shapes do not tell.",
    source="PyTorch documentation of ConvTranspose2d",
)
def conv_weight_layout(x, w, stride=1, pad=0, output_padding=0):
    return ref.conv_transpose2d(x, w.swapaxes(0, 1), stride, pad, output_padding)


@wrong(
    "conv_transpose2d/repeats-pixels",
    advice="The stride puts zeros between the pixels; repeating the pixels is nearest-neighbour "
    "upsampling.",
    source="S4 L2820",
)
def conv_repeats_pixels(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    big = x.repeat(stride, axis=2).repeat(stride, axis=3)
    big = big[:, :, : big.shape[2] - stride + 1, : big.shape[3] - stride + 1]
    full = np.pad(ref.conv_transpose2d(big, w), ((0, 0), (0, 0), (0, output_padding), (0, output_padding)))
    return full[:, :, pad : full.shape[2] - pad, pad : full.shape[3] - pad]


@wrong(
    "conv_transpose2d/zeros-after-the-last",
    advice="Zeros go between neighbours only, none behind the last pixel: (n-1)·stride + 1 and not "
    "n·stride.",
    source=LIKELY,
)
def conv_zeros_after_the_last(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    full = ref.conv_transpose2d(spread(x, stride, stride - 1 + output_padding), w)
    return full[:, :, pad : full.shape[2] - pad, pad : full.shape[3] - pad]


@wrong(
    "conv_transpose2d/stride-zeros-between",
    advice="Put stride - 1 zeros between neighbours, so that they are `stride` apart; with stride "
    "1 there are none.",
    source="Dumoulin and Visin 2016, section 4.5",
)
def conv_stride_zeros_between(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    return ref.conv_transpose2d(x, w, stride + 1, pad, output_padding)


@wrong(
    "conv_transpose2d/square-kernel",
    advice="A kernel may be higher than wide: use w.shape[2] along the rows and w.shape[3] along "
    "the columns.",
    source=REAL,
)
def conv_square_kernel(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    N, _, H, W = x.shape
    k, F = w.shape[2], w.shape[1]
    canvas = np.zeros((N, F, (H - 1) * stride + k + output_padding, (W - 1) * stride + k + output_padding))
    for a in range(H):
        for b in range(W):
            patch = np.einsum("nc,cfij->nfij", x[:, :, a, b], w)
            canvas[:, :, a * stride : a * stride + k, b * stride : b * stride + k] += patch
    return canvas[:, :, pad : canvas.shape[2] - pad, pad : canvas.shape[3] - pad]


@wrong(
    "conv_transpose2d/square-image",
    advice="An image may be higher than wide: use x.shape[2] for the rows and x.shape[3] for the "
    "columns.",
    source=REAL,
)
def conv_square_image(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    N, _, H, _ = x.shape
    _, F, kh, kw = w.shape
    canvas = np.zeros((N, F, (H - 1) * stride + kh + output_padding, (H - 1) * stride + kw + output_padding))
    for a in range(H):
        for b in range(H):
            patch = np.einsum("nc,cfij->nfij", x[:, :, a, b], w)
            canvas[:, :, a * stride : a * stride + kh, b * stride : b * stride + kw] += patch
    return canvas[:, :, pad : canvas.shape[2] - pad, pad : canvas.shape[3] - pad]


@wrong(
    "conv_transpose2d/normalised",
    advice="Do not divide by the number of patches at a pixel: that number is the checkerboard, "
    "and it stays in the result.",
    source="S4 L2782",
)
def conv_normalised(x, w, stride=1, pad=0, output_padding=0):
    ones, taps = np.ones((1, 1, *x.shape[2:])), np.ones((1, 1, *w.shape[2:]))
    touched = ref.conv_transpose2d(ones, taps, stride, pad, output_padding)
    return ref.conv_transpose2d(x, w, stride, pad, output_padding) / np.maximum(touched, 1.0)


@wrong(
    "conv_transpose2d/ordinary-convolution",
    advice="This is the convolution itself, which makes images smaller. The transposed one spreads "
    "each pixel of x over a patch.",
    source="S4 L2744",
)
def conv_ordinary(x, w, stride=1, pad=0, output_padding=0):
    guard(x, w, stride, pad, output_padding)
    return correlate(margin(x, pad), w)[:, :, ::stride, ::stride]


@wrong(
    "conv_transpose2d/first-channel",
    advice="Every channel of x contributes to every output channel: sum over C.",
    source=LIKELY,
)
def conv_first_channel(x, w, stride=1, pad=0, output_padding=0):
    return ref.conv_transpose2d(x[:, :1], w[:1], stride, pad, output_padding)


@wrong(
    "conv_transpose2d/first-image",
    advice="x holds N images; all of them are to be processed, not only the first.",
    source=REAL,
)
def conv_first_image(x, w, stride=1, pad=0, output_padding=0):
    return ref.conv_transpose2d(x[:1], w, stride, pad, output_padding)


@wrong(
    "conv_transpose2d/float32",
    advice="Stay in float64, the dtype of x and w.",
    source=LIKELY,
)
def conv_in_float32(x, w, stride=1, pad=0, output_padding=0):
    return ref.conv_transpose2d(x, w, stride, pad, output_padding).astype(np.float32)


@wrong(
    "conv_transpose2d/turns-the-callers-kernel",
    advice="The kernel is the caller's: turn a copy, or a view w[:, :, ::-1, ::-1], and do not "
    "write into w.",
    source=REAL,
)
def conv_turns_the_callers_kernel(x, w, stride=1, pad=0, output_padding=0):
    result = ref.conv_transpose2d(x, w, stride, pad, output_padding)
    w[...] = w[:, :, ::-1, ::-1].copy()
    return result
