"""Wrong variants of the functions of one image, and of im2col and col2im; misconceptions.py names them."""

import numpy as np

from . import solution as ref

# --- xcorr2d

def xcorr_flipped(x, k):
    return ref.xcorr2d(x, k[::-1, ::-1])


def xcorr_same_size(x, k):
    kh, kw = k.shape
    top, left = (kh - 1) // 2, (kw - 1) // 2
    return ref.xcorr2d(np.pad(x, [(top, kh - 1 - top), (left, kw - 1 - left)]), k)


def xcorr_last_position_missing(x, k):
    return ref.xcorr2d(x, k)[:-1, :-1]


def xcorr_square_kernel(x, k):
    if k.shape[0] > k.shape[1]:
        raise IndexError(f"index {k.shape[1]} is out of bounds for axis 1 with size {k.shape[1]}")
    return ref.xcorr2d(x, k[:, : k.shape[0]])


def xcorr_square_output(x, k):
    out = ref.xcorr2d(x, k)
    if out.shape[1] < out.shape[0]:
        raise ValueError("operands could not be broadcast together")
    return out[:, : out.shape[0]]


def xcorr_transposed_kernel(x, k):
    return ref.xcorr2d(x, k.T)


def xcorr_matrix_product(x, k):
    patches = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    return (patches @ k).sum(axis=(2, 3))


def xcorr_mean(x, k):
    return ref.xcorr2d(x, k) / k.size


def xcorr_output_transposed(x, k):
    return np.ascontiguousarray(ref.xcorr2d(x, k).T)


# --- conv2d_true
def true_not_flipped(x, k):
    return ref.xcorr2d(x, k)


def true_one_axis(x, k):
    return ref.xcorr2d(x, k[::-1])


def true_transposed(x, k):
    return ref.xcorr2d(x, k.T)


def true_quarter_turn(x, k):
    return ref.xcorr2d(x, np.rot90(k))


def true_negated(x, k):
    return ref.xcorr2d(x, -k)


def true_flips_image(x, k):
    return ref.xcorr2d(x[::-1, ::-1], k)


# --- full_conv
def full_turned_twice(dout, k):
    return ref.full_conv(dout, k[::-1, ::-1])


def full_valid(dout, k):
    return ref.conv2d_true(dout, k)


def full_pads_by_one(dout, k):
    return ref.conv2d_true(np.pad(dout, 1), k)


def full_pads_by_kernel(dout, k):
    return ref.conv2d_true(np.pad(dout, [(k.shape[0],) * 2, (k.shape[1],) * 2]), k)


def full_pads_swapped(dout, k):
    return ref.conv2d_true(np.pad(dout, [(k.shape[1] - 1,) * 2, (k.shape[0] - 1,) * 2]), k)


# --- conv_matrix
def matrix_transposed(k, xshape):
    return np.ascontiguousarray(ref.conv_matrix(k, xshape).T)


def matrix_flipped(k, xshape):
    return ref.conv_matrix(k[::-1, ::-1], xshape)


def matrix_no_jump(k, xshape):
    U = ref.conv_matrix(k, xshape)
    return np.stack([np.roll(U[0], row) for row in range(len(U))])


def matrix_kernel_row_in_a_run(k, xshape):
    (kh, kw), (H, W) = k.shape, xshape
    OH, OW = H - kh + 1, W - kw + 1
    U = np.zeros((OH * OW, H * W))
    for i, j in np.ndindex(OH, OW):
        start = i * W + j
        U[i * OW + j, start : start + k.size] = k.ravel()
    return U


def matrix_column_major(k, xshape):
    H, W = xshape
    U = ref.conv_matrix(k, xshape).reshape(-1, H, W)
    return U.transpose(0, 2, 1).reshape(len(U), H * W)


def matrix_row_stride_of_output(k, xshape):
    (kh, kw), (H, W) = k.shape, xshape
    OH, OW = H - kh + 1, W - kw + 1
    U = np.zeros((OH * OW, H * W))
    for i, j, a, b in np.ndindex(OH, OW, kh, kw):
        U[i * OW + j, (i + a) * OW + j + b] += k[a, b]
    return U


# --- equivariance_gap
def gap_of_invariance(f, x, shift):
    return float(np.max(np.abs(f(np.roll(x, shift, axis=(-2, -1))) - f(x))))


def gap_axes_swapped(f, x, shift):
    return ref.equivariance_gap(f, x, shift[::-1])


def gap_shifted_back(f, x, shift):
    back = (-shift[0], -shift[1])
    return float(np.max(np.abs(f(np.roll(x, shift, axis=(-2, -1))) - np.roll(f(x), back, axis=(-2, -1)))))


def gap_signed(f, x, shift):
    return float(np.max(f(np.roll(x, shift, axis=(-2, -1))) - np.roll(f(x), shift, axis=(-2, -1))))


def gap_mean(f, x, shift):
    return float(np.mean(np.abs(f(np.roll(x, shift, axis=(-2, -1))) - np.roll(f(x), shift, axis=(-2, -1)))))


def gap_flat_roll(f, x, shift):
    return float(np.max(np.abs(f(np.roll(x, shift)) - np.roll(f(x), shift))))


def gap_first_axes(f, x, shift):
    return float(np.max(np.abs(f(np.roll(x, shift, axis=(0, 1))) - np.roll(f(x), shift, axis=(0, 1)))))


def _zero_shift(image, shift):
    moved = np.roll(image, shift, axis=(-2, -1)).copy()
    down, right = shift
    moved[..., slice(0, down) if down >= 0 else slice(down, None), :] = 0.0
    moved[..., slice(0, right) if right >= 0 else slice(right, None)] = 0.0
    return moved


def gap_zero_filled(f, x, shift):
    return float(np.max(np.abs(f(_zero_shift(x, shift)) - _zero_shift(f(x), shift))))


# --- im2col
def _grid(x, kh, kw, s, p, d):
    """cols as (N, OH, OW, C, kh, kw)."""
    OH, OW = (ref.out_size(n, k, s, p, d) for n, k in zip(x.shape[2:], (kh, kw), strict=True))
    return ref.im2col(x, kh, kw, s, p, d).reshape(x.shape[0], OH, OW, x.shape[1], kh, kw)


def cols_channels_last(x, kh, kw, s=1, p=0, d=1):
    grid = _grid(x, kh, kw, s, p, d)
    return grid.transpose(0, 1, 2, 4, 5, 3).reshape(-1, x.shape[1] * kh * kw)


def cols_window_transposed(x, kh, kw, s=1, p=0, d=1):
    grid = _grid(x, kh, kw, s, p, d)
    return grid.transpose(0, 1, 2, 3, 5, 4).reshape(-1, x.shape[1] * kh * kw)


def cols_positions_transposed(x, kh, kw, s=1, p=0, d=1):
    grid = _grid(x, kh, kw, s, p, d)
    return grid.transpose(0, 2, 1, 3, 4, 5).reshape(-1, x.shape[1] * kh * kw)


def cols_images_last(x, kh, kw, s=1, p=0, d=1):
    grid = _grid(x, kh, kw, s, p, d)
    return grid.transpose(1, 2, 0, 3, 4, 5).reshape(-1, x.shape[1] * kh * kw)


def cols_transposed(x, kh, kw, s=1, p=0, d=1):
    return ref.im2col(x, kh, kw, s, p, d).T


def cols_reshaped(x, kh, kw, s=1, p=0, d=1):
    grid = _grid(x, kh, kw, s, p, d).transpose(0, 3, 1, 2, 4, 5)
    return grid.reshape(-1, x.shape[1] * kh * kw)


def cols_stride_ignored(x, kh, kw, s=1, p=0, d=1):
    return ref.im2col(x, kh, kw, 1, p, d)


def cols_padding_ignored(x, kh, kw, s=1, p=0, d=1):
    return ref.im2col(x, kh, kw, s, 0, d)


def cols_dilation_ignored(x, kh, kw, s=1, p=0, d=1):
    return ref.im2col(x, kh, kw, s, p, 1)


def cols_edge_padding(x, kh, kw, s=1, p=0, d=1):
    return ref.im2col(np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)], mode="edge"), kh, kw, s, 0, d)


def cols_padding_once(x, kh, kw, s=1, p=0, d=1):
    return ref.im2col(np.pad(x, [(0, 0), (0, 0), (p, 0), (p, 0)]), kh, kw, s, 0, d)


def cols_rounds_up(x, kh, kw, s=1, p=0, d=1):
    rest = [-(n + 2 * p - d * (k - 1) - 1) % s for n, k in zip(x.shape[2:], (kh, kw), strict=True)]
    return ref.im2col(np.pad(x, [(0, 0), (0, 0), (p, p + rest[0]), (p, p + rest[1])]), kh, kw, s, 0, d)


def cols_float64(x, kh, kw, s=1, p=0, d=1):
    return ref.im2col(x, kh, kw, s, p, d).astype(np.float64)


# --- col2im
def _padded(cols, xshape, kh, kw, s, p, d, assign=False, place=None):
    """The padded image, not yet cut; `place` gives the (stride, dilation) with which the patches are laid down."""
    N, C, H, W = xshape
    OH, OW = ref.out_size(H, kh, s, p, d), ref.out_size(W, kw, s, p, d)
    cols = cols.reshape(N, OH, OW, C, kh, kw)
    image = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=cols.dtype)
    s, d = place or (s, d)
    for a, b in np.ndindex(kh, kw):
        view = ref.tap(image, a * d, b * d, (s, s), (OH, OW))
        view[...] = cols[..., a, b].transpose(0, 3, 1, 2) + (0 if assign else view)
    return image


def _cut(image, xshape, p):
    return image[:, :, p : p + xshape[2], p : p + xshape[3]]


def image_assigned(cols, xshape, kh, kw, s=1, p=0, d=1):
    return _cut(_padded(cols, xshape, kh, kw, s, p, d, assign=True), xshape, p)


def image_not_cut(cols, xshape, kh, kw, s=1, p=0, d=1):
    return _padded(cols, xshape, kh, kw, s, p, d)


def image_cut_at_zero(cols, xshape, kh, kw, s=1, p=0, d=1):
    return _padded(cols, xshape, kh, kw, s, p, d)[:, :, p:-p, p:-p]


def image_cut_at_corner(cols, xshape, kh, kw, s=1, p=0, d=1):
    return _padded(cols, xshape, kh, kw, s, p, d)[:, :, : xshape[2], : xshape[3]]


def image_stride_ignored(cols, xshape, kh, kw, s=1, p=0, d=1):
    return _cut(_padded(cols, xshape, kh, kw, s, p, d, place=(1, d)), xshape, p)


def image_dilation_ignored(cols, xshape, kh, kw, s=1, p=0, d=1):
    return _cut(_padded(cols, xshape, kh, kw, s, p, d, place=(s, 1)), xshape, p)


def image_averaged(cols, xshape, kh, kw, s=1, p=0, d=1):
    counts = ref.col2im(np.ones_like(cols), xshape, kh, kw, s, p, d)
    return ref.col2im(cols, xshape, kh, kw, s, p, d) / np.maximum(counts, 1)


def image_channels_last(cols, xshape, kh, kw, s=1, p=0, d=1):
    order = cols.reshape(len(cols), kh, kw, xshape[1]).transpose(0, 3, 1, 2)
    return ref.col2im(order.reshape(cols.shape), xshape, kh, kw, s, p, d)


def image_float64(cols, xshape, kh, kw, s=1, p=0, d=1):
    return ref.col2im(cols.astype(np.float64), xshape, kh, kw, s, p, d)


def image_window_seen_part(cols, xshape, kh, kw, s=1, p=0, d=1):
    N, C, H, W = xshape
    height = (ref.out_size(H, kh, s, p, d) - 1) * s + d * (kh - 1) + 1 - 2 * p
    width = (ref.out_size(W, kw, s, p, d) - 1) * s + d * (kw - 1) + 1 - 2 * p
    return ref.col2im(cols, (N, C, height, width), kh, kw, s, p, d)
