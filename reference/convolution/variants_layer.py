"""Wrong variants of the convolution layer; misconceptions.py gives each its name and advice.

A wrong forward keeps the right cache, so that the gradients show their own mistakes only.
"""

import numpy as np

from . import solution as ref


def right(x, w, b, stride, pad, dilation):
    """(out, cache) of the reference."""
    return ref.conv2d_forward(x, w, b, stride, pad, dilation)


# --- conv2d_forward
def flipped(x, w, b, stride=1, pad=0, dilation=1):
    out, _ = right(x, w[..., ::-1, ::-1], b, stride, pad, dilation)
    return out, right(x, w, b, stride, pad, dilation)[1]


def kernel_transposed(x, w, b, stride=1, pad=0, dilation=1):
    out, _ = right(x, w.transpose(0, 1, 3, 2), b, stride, pad, dilation)
    return out, right(x, w, b, stride, pad, dilation)[1]


def reshaped(x, w, b, stride=1, pad=0, dilation=1):
    out, cache = right(x, w, b, stride, pad, dilation)
    return out.transpose(0, 2, 3, 1).reshape(out.shape), cache


def channels_last(x, w, b, stride=1, pad=0, dilation=1):
    out, cache = right(x, w, b, stride, pad, dilation)
    return out.transpose(0, 2, 3, 1), cache


def no_bias(x, w, b, stride=1, pad=0, dilation=1):
    out, cache = right(x, w, b, stride, pad, dilation)
    return out - b[:, None, None], cache


def bias_per_channel(x, w, b, stride=1, pad=0, dilation=1):
    out, cache = right(x, w, b, stride, pad, dilation)
    return out + (x.shape[1] - 1) * b[:, None, None], cache


def bias_of_first(x, w, b, stride=1, pad=0, dilation=1):
    out, cache = right(x, w, b, stride, pad, dilation)
    return out + (b[0] - b)[:, None, None], cache


def _per_channel(x, w, stride, pad, dilation):
    """Responses before the channels are added: (C, N, F, OH, OW)."""
    none = np.zeros(len(w), dtype=x.dtype)
    channels = range(x.shape[1])
    return np.stack([right(x[:, c : c + 1], w[:, c : c + 1], none, stride, pad, dilation)[0] for c in channels])


def channels_maxed(x, w, b, stride=1, pad=0, dilation=1):
    cache = right(x, w, b, stride, pad, dilation)[1]
    return _per_channel(x, w, stride, pad, dilation).max(axis=0) + b[:, None, None], cache


def channels_averaged(x, w, b, stride=1, pad=0, dilation=1):
    cache = right(x, w, b, stride, pad, dilation)[1]
    return _per_channel(x, w, stride, pad, dilation).mean(axis=0) + b[:, None, None], cache


def last_channel(x, w, b, stride=1, pad=0, dilation=1):
    cache = right(x, w, b, stride, pad, dilation)[1]
    return _per_channel(x, w, stride, pad, dilation)[-1] + b[:, None, None], cache


def first_kernel_slice(x, w, b, stride=1, pad=0, dilation=1):
    cache = right(x, w, b, stride, pad, dilation)[1]
    same = np.repeat(w[:, :1], x.shape[1], axis=1)
    return right(x, same, b, stride, pad, dilation)[0], cache


def stride_ignored(x, w, b, stride=1, pad=0, dilation=1):
    return right(x, w, b, 1, pad, dilation)[0], right(x, w, b, stride, pad, dilation)[1]


def padding_ignored(x, w, b, stride=1, pad=0, dilation=1):
    return right(x, w, b, stride, 0, dilation)[0], right(x, w, b, stride, pad, dilation)[1]


def dilation_ignored(x, w, b, stride=1, pad=0, dilation=1):
    return right(x, w, b, stride, pad, 1)[0], right(x, w, b, stride, pad, dilation)[1]


def padding_once(x, w, b, stride=1, pad=0, dilation=1):
    once = np.pad(x, [(0, 0), (0, 0), (pad, 0), (pad, 0)])
    return right(once, w, b, stride, 0, dilation)[0], right(x, w, b, stride, pad, dilation)[1]


def padding_by_edge(x, w, b, stride=1, pad=0, dilation=1):
    wide = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], mode="edge")
    return right(wide, w, b, stride, 0, dilation)[0], right(x, w, b, stride, pad, dilation)[1]


def span_of_d_times_k(x, w, b, stride=1, pad=0, dilation=1):
    out, cache = right(x, w, b, stride, pad, dilation)
    rows, columns = (
        (n + 2 * pad - dilation * k) // stride + 1 for n, k in zip(x.shape[2:], w.shape[2:], strict=True)
    )
    return out[:, :, :rows, :columns], cache


def rounds_up(x, w, b, stride=1, pad=0, dilation=1):
    cache = right(x, w, b, stride, pad, dilation)[1]
    rest = [
        -(n + 2 * pad - dilation * (k - 1) - 1) % stride
        for n, k in zip(x.shape[2:], w.shape[2:], strict=True)
    ]
    wide = np.pad(x, [(0, 0), (0, 0), (pad, pad + rest[0]), (pad, pad + rest[1])])
    return right(wide, w, b, stride, 0, dilation)[0], cache


def square_output(x, w, b, stride=1, pad=0, dilation=1):
    out, cache = right(x, w, b, stride, pad, dilation)
    if out.shape[3] < out.shape[2]:
        raise ValueError("operands could not be broadcast together")
    return out[..., : out.shape[2]], cache


def in_float32(x, w, b, stride=1, pad=0, dilation=1):
    arrays = (array.astype(np.float32) for array in (x, w, b))
    out, _ = right(*arrays, stride, pad, dilation)
    return out.astype(x.dtype), right(x, w, b, stride, pad, dilation)[1]


def float32_result(x, w, b, stride=1, pad=0, dilation=1):
    out, cache = right(x, w, b, stride, pad, dilation)
    return out.astype(np.float32), cache


def in_float64(x, w, b, stride=1, pad=0, dilation=1):
    out, cache = right(x, w, b, stride, pad, dilation)
    return out.astype(np.float64), cache


def reshapes_the_bias(x, w, b, stride=1, pad=0, dilation=1):
    result = right(x, w, b, stride, pad, dilation)
    b.shape = (1, -1, 1, 1)
    return result


def clears_the_border(x, w, b, stride=1, pad=0, dilation=1):
    result = right(x, w, b, stride, pad, dilation)
    if pad:
        x[:, :, :pad] = 0.0
    return result


class Shared:
    """A cache object that every forward pass fills anew; it unpacks like the reference's tuple."""

    def __init__(self):
        self.values = ()

    def __iter__(self):
        return iter(self.values)


LAST = Shared()


def one_cache_for_all(x, w, b, stride=1, pad=0, dilation=1):
    out, LAST.values = right(x, w, b, stride, pad, dilation)
    return out, LAST


def depth_unchecked(x, w, b, stride=1, pad=0, dilation=1):
    C = min(x.shape[1], w.shape[1])
    return right(x[:, :C], w[:, :C], b, stride, pad, dilation)


def empty_if_too_small(x, w, b, stride=1, pad=0, dilation=1):
    try:
        return right(x, w, b, stride, pad, dilation)
    except ValueError:
        if x.shape[1] != w.shape[1]:
            raise
        return np.zeros((len(x), len(w), 0, 0)), None


def output_by_output(x, w, b, stride=1, pad=0, dilation=1):
    out, cache = right(x, w, b, stride, pad, dilation)
    out = np.zeros(out.shape, dtype=out.dtype)
    wide = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    kh, kw = (dilation * (k - 1) + 1 for k in w.shape[2:])
    for n, f, i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        patch = wide[n, :, top : top + kh : dilation, left : left + kw : dilation]
        out[n, f, i, j] = np.sum(patch * w[f]) + b[f]
    return out, cache


# --- conv2d_backward
def _rows(dout):
    """(N·OH·OW, F)."""
    return dout.transpose(0, 2, 3, 1).reshape(-1, dout.shape[1])


def _with_dx(dout, cache, change):
    """The right gradients, but for dx = change(padded dx, xshape, pad)."""
    xshape, w, _, stride, pad, dilation = cache
    N, C, H, W = xshape
    dcols = _rows(dout) @ w.reshape(len(w), -1)
    wide = ref.col2im(dcols, (N, C, H + 2 * pad, W + 2 * pad), *w.shape[2:], stride, 0, dilation)
    return change(wide, xshape, pad), *ref.conv2d_backward(dout, cache)[1:]


def strip_at_zero(dout, cache):
    return _with_dx(dout, cache, lambda wide, shape, p: wide[:, :, p:-p, p:-p])


def not_stripped(dout, cache):
    return _with_dx(dout, cache, lambda wide, shape, p: wide)


def strip_at_corner(dout, cache):
    return _with_dx(dout, cache, lambda wide, shape, p: wide[:, :, : shape[2], : shape[3]])


def _lay_down(dout, cache, assign=False, step=None, spread=None):
    """dx from one kernel stamp per output, all filters at once."""
    (N, C, H, W), w, _, stride, pad, dilation = cache
    dx = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=dout.dtype)
    stride, dilation = step or stride, spread or dilation
    kh, kw = (dilation * (k - 1) + 1 for k in w.shape[2:])
    for i, j in np.ndindex(dout.shape[2:]):
        stamp = np.tensordot(dout[:, :, i, j], w, axes=1)                # (N, C, kh, kw)
        place = dx[:, :, i * stride : i * stride + kh : dilation, j * stride : j * stride + kw : dilation]
        place[...] = stamp + (0 if assign else place)
    return dx[:, :, pad : pad + H, pad : pad + W]


def dx_assigned(dout, cache):
    return _lay_down(dout, cache, assign=True), *ref.conv2d_backward(dout, cache)[1:]


def dx_stride_ignored(dout, cache):
    return _lay_down(dout, cache, step=1), *ref.conv2d_backward(dout, cache)[1:]


def dx_dilation_ignored(dout, cache):
    return _lay_down(dout, cache, spread=1), *ref.conv2d_backward(dout, cache)[1:]


def dx_turned(dout, cache):
    xshape, w, *rest = cache
    _, dw, db = ref.conv2d_backward(dout, cache)
    return ref.conv2d_backward(dout, (xshape, w[..., ::-1, ::-1], *rest))[0], dw, db


def dx_first_filter(dout, cache):
    only = dout.copy()
    only[:, 1:] = 0.0
    return ref.conv2d_backward(only, cache)[0], *ref.conv2d_backward(dout, cache)[1:]


def dx_seen_part(dout, cache):
    _, w, _, stride, _, dilation = cache
    seen = [(n - 1) * stride + dilation * (k - 1) + 1 for n, k in zip(dout.shape[2:], w.shape[2:], strict=True)]
    return _with_dx(dout, cache, lambda wide, shape, p: wide[:, :, p : seen[0] - p, p : seen[1] - p])


def dw_turned(dout, cache):
    dx, dw, db = ref.conv2d_backward(dout, cache)
    return dx, dw[..., ::-1, ::-1], db


def dw_last_image(dout, cache):
    dx, _, db = ref.conv2d_backward(dout, cache)
    only = np.zeros_like(dout)
    only[-1] = dout[-1]
    return dx, ref.conv2d_backward(only, cache)[1], db


def dw_mean(dout, cache):
    dx, dw, db = ref.conv2d_backward(dout, cache)
    return dx, dw / len(dout), db / len(dout)


def all_mean(dout, cache):
    return tuple(grad / len(dout) for grad in ref.conv2d_backward(dout, cache))


def rows_reshaped(dout, cache):
    N, F, OH, OW = dout.shape
    return ref.conv2d_backward(dout.reshape(N, OH, OW, F).transpose(0, 3, 1, 2), cache)


def positions_swapped(dout, cache):
    N, F, OH, OW = dout.shape
    return ref.conv2d_backward(dout.transpose(0, 1, 3, 2).reshape(N, F, OH, OW), cache)


def _with_db(dout, cache, db):
    return *ref.conv2d_backward(dout, cache)[:2], db


def db_axis_0(dout, cache):
    return _with_db(dout, cache, dout.sum(axis=0))


def db_wrong_axes(dout, cache):
    return _with_db(dout, cache, dout.sum(axis=(0, 1, 2)))


def db_mean(dout, cache):
    return _with_db(dout, cache, dout.mean(axis=(0, 2, 3)))


def db_batch_mean(dout, cache):
    return _with_db(dout, cache, dout.sum(axis=(2, 3)).mean(axis=0))


def db_row(dout, cache):
    return _with_db(dout, cache, dout.sum(axis=(0, 2, 3))[None])


def db_column(dout, cache):
    return _with_db(dout, cache, dout.sum(axis=(0, 2, 3))[:, None])


def db_per_image(dout, cache):
    return _with_db(dout, cache, dout.sum(axis=(2, 3)))


def swapped_order(dout, cache):
    dx, dw, db = ref.conv2d_backward(dout, cache)
    return dw, dx, db


def gradients_float64(dout, cache):
    return tuple(grad.astype(np.float64) for grad in ref.conv2d_backward(dout, cache))


def reshapes_dout(dout, cache):
    grads = ref.conv2d_backward(dout, cache)
    dout.shape = (*dout.shape[:2], -1)
    return grads
