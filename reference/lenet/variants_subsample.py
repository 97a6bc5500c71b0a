"""Wrong variants of the trained sub-sampling, most frequent first."""

import numpy as np

from grader.checks import misconception


def sums_of(x):
    """(N, C, H, W) → sums of the 2×2 blocks, (N, C, H/2, W/2)."""
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).sum(axis=(3, 5))


def scaled(sums, w, b):
    """w[c] · sums + b[c], and the cache that the reference's backward understands."""
    return w[:, None, None] * sums + b[:, None, None], (sums, w)


@misconception("lenet.subsample_forward/mean", source="average pooling of S2 L293-310",
    advice="Sub-sampling multiplies the *sum* of the four pixels by the coefficient, not their mean.")
def mean_of_four(x, w, b):
    return scaled(sums_of(x) / 4, w, b)


@misconception("lenet.subsample_forward/maximum", source="S2 L293-310",
    advice="Sub-sampling of 1998 adds the four pixels; the maximum came later.")
def maximum_of_four(x, w, b):
    n, c, h, k = x.shape
    return scaled(x.reshape(n, c, h // 2, 2, k // 2, 2).max(axis=(3, 5)), w, b)


@misconception("lenet.subsample_forward/four-in-a-row", source="real submission",
    advice="reshape(…, 4) takes four neighbours of one row. For a 2×2 block split both H and W into (half, 2).")
def four_in_a_row(x, w, b):
    n, c, h, k = x.shape
    return scaled(x.reshape(n, c, h // 2, k // 2, 4).sum(axis=-1), w, b)


@misconception("lenet.subsample_forward/bias-inside", source="S1 L907",
    advice="First times the coefficient, then plus the bias: w·Σ + b, not w·(Σ + b).")
def bias_inside(x, w, b):
    sums = sums_of(x) + b[:, None, None]
    return w[:, None, None] * sums, (sums, w)


@misconception("lenet.subsample_forward/no-bias", source="S1 L907",
    advice="Each map has two parameters, a coefficient and a bias: the bias is missing from the result.")
def without_bias(x, w, b):
    return scaled(sums_of(x), w, 0 * b)


@misconception("lenet.subsample_forward/along-the-columns", source="numpy broadcasting",
    advice="w * maps multiplies along the *last* axis, the columns. There is one w and b per map: w[:, None, None].")
def along_the_columns(x, w, b):
    sums = sums_of(x)
    return w * sums + b, (sums, w)


@misconception("lenet.subsample_forward/overlapping", source="S1 L906: stride 2",
    advice="The 2×2 blocks do not overlap: stride 2 halves height and width.")
def overlapping(x, w, b):
    return scaled(x[..., :-1, :-1] + x[..., 1:, :-1] + x[..., :-1, 1:] + x[..., 1:, 1:], w, b)


@misconception("lenet.subsample_forward/tanh-inside", source="S1 L884",
    advice="subsample_forward ends with + b: the tanh that follows belongs to the network's forward.")
def tanh_inside(x, w, b):
    out, cache = scaled(sums_of(x), w, b)
    return np.tanh(out), cache


@misconception("lenet.subsample_forward/adds-into-x", source="numpy: slices are views",
    advice="x[:, :, ::2, ::2] is a view: += on it changes the caller's x. Add with + into a new array.")
def adds_into_x(x, w, b):
    sums = x[:, :, ::2, ::2]
    sums += x[:, :, 1::2, ::2]
    sums += x[:, :, ::2, 1::2]
    sums += x[:, :, 1::2, 1::2]
    return scaled(sums, w, b)


def up(maps):
    """Each entry four times, as a 2×2 block."""
    return maps.repeat(2, axis=2).repeat(2, axis=3)


def back(dout, cache):
    """(dx, dw, db) of the right way back."""
    sums, w = cache
    return up(dout * w[:, None, None]), (dout * sums).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))


@misconception("lenet.subsample_backward/quarter", source="average pooling",
    advice="It was a sum: each of the four pixels gets w·dout whole. A quarter belongs to the mean.")
def quarter(dout, cache):
    dx, dw, db = back(dout, cache)
    return dx / 4, dw, db


@misconception("lenet.subsample_backward/no-coefficient", source="chain rule",
    advice="out = w·Σ + b, so dout reaches the pixels multiplied by the coefficient w of their map.")
def no_coefficient(dout, cache):
    _, dw, db = back(dout, cache)
    return up(dout), dw, db


@misconception("lenet.subsample_backward/tiled", source="np.tile and np.repeat",
    advice="np.tile sets copies of the whole map side by side. Each entry must fill its own 2×2 block: np.repeat.")
def tiled(dout, cache):
    _, dw, db = back(dout, cache)
    return np.tile(dout * cache[1][:, None, None], (1, 1, 2, 2)), dw, db


@misconception("lenet.subsample_backward/one-pixel", source="max-pooling",
    advice="All four pixels of a block entered the sum, so all four get w·dout, not one of them.")
def one_pixel(dout, cache):
    dx, dw, db = back(dout, cache)
    only = np.zeros_like(dx)
    only[:, :, ::2, ::2] = dx[:, :, ::2, ::2]
    return only, dw, db


@misconception("lenet.subsample_backward/dw-without-sums", source="chain rule",
    advice="The coefficient multiplies the sums, so its gradient is Σ dout·(block sum); without it you have db.")
def dw_without_sums(dout, cache):
    dx, _, db = back(dout, cache)
    return dx, db.copy(), db


@misconception("lenet.subsample_backward/dw-from-output", source="chain rule",
    advice="∂out/∂w is the plain sum of the block: keep it in the cache, before it is multiplied by w.")
def dw_from_output(dout, cache):
    dx, dw, db = back(dout, cache)
    return dx, dw * cache[1], db


@misconception("lenet.subsample_backward/dw-from-means", source="average pooling",
    advice="dw takes the sum of the four pixels of a block, not their mean.")
def dw_from_means(dout, cache):
    dx, dw, db = back(dout, cache)
    return dx, dw / 4, db


@misconception("lenet.subsample_backward/averaged", source="S4 L1825",
    advice="Sum dw and db over batch, rows and columns. The 1/N of a mean loss is already in dout.")
def averaged(dout, cache):
    dx, dw, db = back(dout, cache)
    return dx, dw / len(dout), db / len(dout)


@misconception("lenet.subsample_backward/per-image", source="real submission",
    advice="All images share w and b: sum their gradients over the batch as well, so that dw and db are (C,).")
def per_image(dout, cache):
    dx, _, _ = back(dout, cache)
    return dx, (dout * cache[0]).sum(axis=(2, 3)), dout.sum(axis=(2, 3))


@misconception("lenet.subsample_backward/keepdims", source="real submission",
    advice="dw and db have the shape of w and b, (C,): no axes of length 1.")
def kept_axes(dout, cache):
    dx, dw, db = back(dout, cache)
    return dx, dw[None, :, None, None], db[None, :, None, None]


@misconception("lenet.subsample_backward/overwrites-dout", source="real submission",
    advice="`dout *= w` changes the caller's array: multiply into a new one.")
def overwrites_dout(dout, cache):
    answer = back(dout, cache)
    dout *= cache[1][:, None, None]
    return answer
