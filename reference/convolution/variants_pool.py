"""Wrong variants of the pooling layers; misconceptions.py gives each its name and advice."""

import numpy as np

from . import solution as ref
from .variants_layer import Shared


def _pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def _rounded_up(forward, fill):
    """The pooling with incomplete windows at the border kept; `fill` is what they hold beyond it."""

    def pool(x, k, s=None):
        kh, kw = _pair(k)
        sh, sw = _pair(k if s is None else s)
        rest = [-(x.shape[2] - kh) % sh, -(x.shape[3] - kw) % sw]
        wide = np.pad(x, [(0, 0), (0, 0), (0, rest[0]), (0, rest[1])], constant_values=fill)
        return forward(wide, k, s)[0], forward(x, k, s)[1]

    return pool


def _stride_is_k(forward):
    def pool(x, k, s=None):
        return forward(x, k, None)[0], forward(x, k, s)[1]

    return pool


def _stride_is_one(forward):
    def pool(x, k, s=None):
        return forward(x, k, 1 if s is None else s)

    return pool


def _square(forward):
    def pool(x, k, s=None):
        return forward(x, _pair(k)[0], s)[0], forward(x, k, s)[1]

    return pool


def _swapped(forward):
    def pool(x, k, s=None):
        k, s = _pair(k), _pair(k if s is None else s)
        return forward(x, k[::-1], s[::-1])

    return pool


def _assigned(backward, dpatches_of):
    """Backward with `=` where windows overlap."""

    def unpool(dout, cache):
        x, k, s, dpatches = dpatches_of(dout, cache)
        dx = np.zeros_like(x)
        index = np.indices(dout.shape[2:])
        for i, j in index.reshape(2, -1).T:
            window = dpatches[:, :, i, j].reshape(*x.shape[:2], *k)
            dx[:, :, i * s[0] : i * s[0] + k[0], j * s[1] : j * s[1] + k[1]] = window
        return dx

    return unpool


def _cropped(backward):
    """Backward whose dx ends where the last window ends."""

    def unpool(dout, cache):
        k, s = cache[-2], cache[-1]
        height, width = ((n - 1) * step + side for n, step, side in zip(dout.shape[2:], s, k, strict=True))
        return backward(dout, cache)[:, :, :height, :width]

    return unpool


def _steps_of_k(backward):
    """Backward that lays the windows side by side, whatever the stride was."""

    def unpool(dout, cache):
        *rest, k, _ = cache
        return backward(dout, (*rest, k, k))

    return unpool


def _in_float64(backward):
    def unpool(dout, cache):
        return backward(dout, cache).astype(np.float64)

    return unpool


# --- maxpool
max_rounds_up = _rounded_up(ref.maxpool_forward, -np.inf)
max_stride_is_k = _stride_is_k(ref.maxpool_forward)
max_stride_is_one = _stride_is_one(ref.maxpool_forward)
max_square = _square(ref.maxpool_forward)
max_swapped = _swapped(ref.maxpool_forward)


def max_from_zero(x, k, s=None):
    out, cache = ref.maxpool_forward(x, k, s)
    return np.maximum(out, 0.0), cache


def max_absolute(x, k, s=None):
    return ref.maxpool_forward(np.abs(x), k, s)[0], ref.maxpool_forward(x, k, s)[1]


def max_over_channels(x, k, s=None):
    out, cache = ref.maxpool_forward(x, k, s)
    return out.max(axis=1, keepdims=True), cache


def max_marks_in_x(x, k, s=None):
    result = ref.maxpool_forward(x.copy(), k, s)
    x[...] = ref.maxpool_backward(np.ones_like(result[0]), result[1])
    return result


def max_float64(x, k, s=None):
    out, cache = ref.maxpool_forward(x, k, s)
    return out.astype(np.float64), cache


LAST = Shared()


def max_one_cache(x, k, s=None):
    out, LAST.values = ref.maxpool_forward(x, k, s)
    return out, LAST


def _max_mask(cache):
    """(x, k, s, patches (N, C, OH, OW, kh·kw), which of them are largest)."""
    x, _, k, s = cache
    patches = ref.pooling(x, k, s)[0]
    return x, k, s, patches, patches == patches.max(axis=-1, keepdims=True)


def max_to_all_ties(dout, cache):
    x, k, s, _, largest = _max_mask(cache)
    return ref.unpool(dout[..., None] * largest, x, k, s)


def max_to_last(dout, cache):
    x, k, s, patches, largest = _max_mask(cache)
    last = patches.shape[-1] - 1 - largest[..., ::-1].argmax(axis=-1)
    return ref.unpool(dout[..., None] * (np.arange(patches.shape[-1]) == last[..., None]), x, k, s)


def max_shared(dout, cache):
    x, k, s, _, largest = _max_mask(cache)
    return ref.unpool(dout[..., None] * largest / largest.sum(axis=-1, keepdims=True), x, k, s)


def max_wrong_index(dout, cache):
    x, winner, k, s = cache
    row, column = winner // k[0], winner % k[0]
    place = np.minimum(row, k[0] - 1) * k[1] + np.minimum(column, k[1] - 1)
    return ref.maxpool_backward(dout, (x, place, k, s))


def max_mask_only(dout, cache):
    return ref.maxpool_backward(np.ones_like(dout), cache)


def max_to_everyone(dout, cache):
    x, _, k, s = cache
    return ref.unpool(np.repeat(dout[..., None], k[0] * k[1], axis=-1), x, k, s)


def _max_dpatches(dout, cache):
    x, winner, k, s = cache
    return x, k, s, dout[..., None] * (np.arange(k[0] * k[1]) == winner)


def max_put(dout, cache):
    x, winner, k, s = cache
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        a, b = divmod(int(winner[n, c, i, j, 0]), k[1])
        dx[n, c, i * s[0] + a, j * s[1] + b] = dout[n, c, i, j]
    return dx


max_assigned = _assigned(ref.maxpool_backward, _max_dpatches)
max_cropped = _cropped(ref.maxpool_backward)
max_back_steps_of_k = _steps_of_k(ref.maxpool_backward)
max_back_float64 = _in_float64(ref.maxpool_backward)


def max_writes_dout(dout, cache):
    dx = ref.maxpool_backward(dout.copy(), cache)
    dout *= 0.0
    return dx


# --- avgpool
avg_rounds_up = _rounded_up(ref.avgpool_forward, 0.0)
avg_stride_is_k = _stride_is_k(ref.avgpool_forward)
avg_square = _square(ref.avgpool_forward)
avg_swapped = _swapped(ref.avgpool_forward)


def avg_sum(x, k, s=None):
    out, cache = ref.avgpool_forward(x, k, s)
    kh, kw = _pair(k)
    return out * kh * kw, cache


def avg_by_k(x, k, s=None):
    out, cache = ref.avgpool_forward(x, k, s)
    return out * _pair(k)[1], cache


def avg_by_square(x, k, s=None):
    out, cache = ref.avgpool_forward(x, k, s)
    kh, kw = _pair(k)
    return out * kw / kh, cache


def avg_float64(x, k, s=None):
    out, cache = ref.avgpool_forward(x, k, s)
    return out.astype(np.float64), cache


def avg_not_divided(dout, cache):
    kh, kw = cache[1]
    return ref.avgpool_backward(dout, cache) * (kh * kw)


def avg_divided_by_k(dout, cache):
    return ref.avgpool_backward(dout, cache) * cache[1][1]


def avg_divided_by_square(dout, cache):
    kh, kw = cache[1]
    return ref.avgpool_backward(dout, cache) * kw / kh


def _avg_dpatches(dout, cache):
    x, k, s = cache
    count = k[0] * k[1]
    return x, k, s, np.repeat(dout[..., None] / count, count, axis=-1)


avg_assigned = _assigned(ref.avgpool_backward, _avg_dpatches)
avg_cropped = _cropped(ref.avgpool_backward)
avg_back_steps_of_k = _steps_of_k(ref.avgpool_backward)
avg_back_float64 = _in_float64(ref.avgpool_backward)


def avg_writes_dout(dout, cache):
    dx = ref.avgpool_backward(dout, cache)
    dout /= cache[1][0] * cache[1][1]
    return dx


# --- l2pool
l2_rounds_up = _rounded_up(ref.l2pool_forward, 0.0)
l2_stride_is_k = _stride_is_k(ref.l2pool_forward)
l2_square = _square(ref.l2pool_forward)
l2_swapped = _swapped(ref.l2pool_forward)


def l2_no_root(x, k, s=None):
    out, cache = ref.l2pool_forward(x, k, s)
    return out**2, cache


def l2_mean(x, k, s=None):
    out, cache = ref.l2pool_forward(x, k, s)
    kh, kw = _pair(k)
    return out / float(np.sqrt(kh * kw)), cache


def l2_sum_of_sizes(x, k, s=None):
    kh, kw = _pair(k)
    return ref.avgpool_forward(np.abs(x), k, s)[0] * kh * kw, ref.l2pool_forward(x, k, s)[1]


def l2_eps_in_root(x, k, s=None):
    out, cache = ref.l2pool_forward(x, k, s)
    return np.sqrt(out**2 + 1e-8), cache


def l2_float64(x, k, s=None):
    out, cache = ref.l2pool_forward(x, k, s)
    return out.astype(np.float64), cache


def l2_squares_x(x, k, s=None):
    result = ref.l2pool_forward(x.copy(), k, s)
    x **= 2
    return result


def l2_factor_two(dout, cache):
    return 2.0 * ref.l2pool_backward(dout, cache)


def l2_not_divided(dout, cache):
    x, patches, _, k, s = cache
    return ref.unpool(dout[..., None] * patches, x, k, s)


def l2_divided_twice(dout, cache):
    x, patches, out, k, s = cache
    scale = np.divide(dout, out**2, out=np.zeros_like(out), where=out > 0)
    return ref.unpool(scale[..., None] * patches, x, k, s)


def l2_zero_over_zero(dout, cache):
    x, patches, out, k, s = cache
    with np.errstate(all="ignore"):
        return ref.unpool((dout / out)[..., None] * patches, x, k, s)


def l2_no_chain(dout, cache):
    return ref.l2pool_backward(np.ones_like(dout), cache)


def _l2_dpatches(dout, cache):
    x, patches, out, k, s = cache
    scale = np.divide(dout, out, out=np.zeros_like(out), where=out > 0)
    return x, k, s, scale[..., None] * patches


l2_assigned = _assigned(ref.l2pool_backward, _l2_dpatches)
l2_cropped = _cropped(ref.l2pool_backward)
l2_back_steps_of_k = _steps_of_k(ref.l2pool_backward)
l2_back_float64 = _in_float64(ref.l2pool_backward)


def l2_writes_dout(dout, cache):
    dx = ref.l2pool_backward(dout, cache)
    dout /= np.where(cache[2] > 0, cache[2], 1.0)
    return dx
