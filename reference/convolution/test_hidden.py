"""Hidden checks of A6: every gradient against differences of the student's own forward, laws, and edges."""

import numpy as np
import pytest

from grader.checks import (
    agree,
    as_reference,
    close,
    ensure,
    faster_than,
    gradcheck,
    loss_of,
    memory_below,
    points,
    pure,
    raises,
)

LAYERS = [  # x, w, (stride, pad, dilation)
    ((1, 1, 3, 4), (1, 1, 2, 2), (1, 0, 1)),
    ((2, 3, 5, 6), (4, 3, 3, 2), (1, 1, 1)),
    ((2, 2, 8, 6), (3, 2, 3, 3), (2, 1, 1)),        # a row and a column of the padding are left over
    ((3, 2, 6, 9), (2, 2, 1, 3), (2, 0, 1)),        # H - kh is no multiple of the stride
    ((2, 1, 8, 7), (3, 1, 3, 2), (1, 2, 2)),
    ((1, 3, 7, 9), (2, 3, 2, 3), (3, 0, 2)),
]


def draw_layer(rng, xshape, wshape):
    """x, w and b of a layer, float64."""
    return rng.normal(size=xshape), rng.normal(size=wshape), rng.normal(size=wshape[0])


def positions(n, k, s, p=0, d=1):
    """Windows along one axis."""
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def draw_dout(rng, xshape, wshape, how):
    """A random ∂L/∂out (N, F, OH, OW)."""
    size = [positions(xshape[axis], wshape[axis], *how) for axis in (2, 3)]
    return rng.normal(size=(xshape[0], wshape[0], *size))


@points(5)
def test_arguments_stay_as_they_are(student, rng):
    """No function changes its arguments, with and without padding, and each gives the same answer twice."""
    x, w, b = draw_layer(rng, (2, 2, 5, 4), (3, 2, 2, 3))
    pure(student.xcorr2d, x[0, 0], w[0, 0])
    pure(student.conv2d_true, x[0, 0], w[0, 0])
    pure(student.full_conv, x[0, 0], w[0, 0])
    pure(student.conv_matrix, w[0, 0], (4, 5))
    pure(student.im2col, x, 2, 3, 1, 1)
    cols = rng.normal(size=(16, 12))
    pure(student.col2im, cols, (2, 2, 5, 4), 2, 3, 1, 0)
    pure(student.equivariance_gap, lambda z: z + np.roll(z, 1, axis=-1), x, (1, 2))
    dout = rng.normal(size=(2, 3, 4, 2))
    for pad in (0, 1):
        given = x.copy(), w.copy(), b.copy()
        (_, cache), after = student.conv2d_forward.observed(*given, 1, pad)
        unchanged(after, (x, w, b), "conv2d_forward")
        d = dout if pad == 0 else rng.normal(size=(2, 3, 6, 4))
        twice(student.conv2d_backward, d, cache)
    for kind in ("max", "avg", "l2"):
        (_, cache), after = getattr(student, f"{kind}pool_forward").observed(x.copy(), 2)
        unchanged(after, (x,), f"{kind}pool_forward")
        twice(getattr(student, f"{kind}pool_backward"), rng.normal(size=(2, 2, 2, 2)), cache)


def unchanged(after, before, name):
    """The arrays are what they were, shapes included."""
    for got, kept in zip(after, before, strict=False):
        ensure(got.shape == kept.shape and np.array_equal(got, kept), f"`{name}` must leave its arguments as they are")


def twice(backward, dout, cache):
    """Two backward passes from one cache agree and leave dout as it is."""
    first, after = backward.observed(dout.copy(), cache)
    unchanged(after[:1], (dout,), backward.name)
    again = backward(dout, cache)
    pairs = zip(first, again, strict=True) if isinstance(first, (tuple, list)) else [(first, again)]
    for one, other in pairs:
        close(other, one, what="the gradient from the same cache, the second time", of=backward)


@points(9)
def test_forward_on_other_shapes(student, rng):
    """conv2d_forward with stride, padding and dilation on non-square kernels and images, for N = 1 as well."""
    for xshape, wshape, how in LAYERS:
        out, _ = student.conv2d_forward(*draw_layer(rng, xshape, wshape), *how)
        as_reference(out, of=student.conv2d_forward, what=f"`out` for (stride, pad, dilation) = {how}")


@points(14)
def test_backward_values(student, rng):
    """dx, dw and db are right on six layers; a cache serves although another forward pass came after it."""
    for xshape, wshape, how in LAYERS:
        layer, dout = draw_layer(rng, xshape, wshape), draw_dout(rng, xshape, wshape, how)
        _, cache = student.conv2d_forward(*layer, *how)
        student.conv2d_forward(*draw_layer(rng, xshape, wshape), *how)
        grads = student.conv2d_backward(dout, cache)
        ensure(len(grads) == 3, "`conv2d_backward` returns (dx, dw, db)")
        for name, grad in zip(("dx", "dw", "db"), grads, strict=True):
            as_reference(grad, of=student.conv2d_backward, what=f"`{name}` for (stride, pad, dilation) = {how}")


@points(12, partial=True)
@pytest.mark.parametrize(
    ("xshape", "wshape", "how"),
    [((2, 1, 3, 4), (3, 1, 2, 3), (1, 1, 1)), ((1, 3, 4, 5), (2, 3, 1, 2), (2, 0, 1)),
     ((1, 2, 5, 4), (1, 2, 2, 2), (2, 1, 2))],
)
def test_backward_matches_differences(student, rng, xshape, wshape, how):
    """dx, dw and db fit centred differences of your own forward pass."""
    x, w, b = draw_layer(rng, xshape, wshape)
    dout = draw_dout(rng, xshape, wshape, how)
    _, cache = student.conv2d_forward(x, w, b, *how)
    dx, dw, db = student.conv2d_backward(dout, cache)
    losses = loss_of(student.conv2d_forward, x, w, b, *how, weights=dout, pick=0)
    gradcheck(losses, {"x": x, "w": w, "b": b}, {"x": dx, "w": dw, "b": db})


@points(8)
def test_col2im_adds_up(student, rng):
    """col2im of x's patches is x times the number of patches that see each pixel; col2im is im2col's transpose."""
    for shape, args in [((2, 3, 5, 4), (2, 3)), ((1, 2, 5, 6), (3, 2, 1, 1)), ((2, 2, 7, 6), (2, 3, 3, 1)),
                        ((2, 1, 7, 8), (3, 2, 2, 0, 2)), ((1, 2, 6, 5), (2, 2, 1, 2, 3))]:
        x = rng.normal(size=shape)
        cols, counts = patches(x, *args), patches(np.ones(shape), *args)
        back = student.col2im(cols, shape, *args)
        as_reference(back, of=student.col2im, what=f"`col2im` of x's patches for (kh, kw, s, p, d) = {args}")
        seen = student.col2im(counts, shape, *args)
        close(back, x * seen, what=f"`col2im` of x's patches for (kh, kw, s, p, d) = {args}", of="col2im")
        c = rng.normal(size=cols.shape)
        back = student.col2im(c, shape, *args)
        as_reference(back, of=student.col2im, what=f"`col2im` of other numbers for (kh, kw, s, p, d) = {args}")
        close(np.sum(x * back), np.sum(cols * c), what="⟨x, col2im(c)⟩", of="col2im")


def patches(x, kh, kw, s=1, p=0, d=1):
    """The judge's im2col, patch by patch: (N·OH·OW, C·kh·kw)."""
    wide = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    rows = [
        wide[n, :, i * s : i * s + d * (kh - 1) + 1 : d, j * s : j * s + d * (kw - 1) + 1 : d].ravel()
        for n in range(x.shape[0])
        for i in range(positions(x.shape[2], kh, s, p, d))
        for j in range(positions(x.shape[3], kw, s, p, d))
    ]
    return np.array(rows)


POOLS = [  # x, k, s
    ((2, 3, 4, 6), 2, None),
    ((2, 2, 5, 7), 3, 2),                            # windows overlap
    ((1, 2, 5, 6), 2, 2),                            # a row is left over
    ((2, 1, 7, 5), (2, 3), (3, 1)),                  # neither square nor equal strides
    ((1, 3, 6, 8), (3, 2), None),
]


@points(8)
@pytest.mark.parametrize("kind", ["max", "avg", "l2"])
def test_pooling_of_other_windows(student, rng, kind):
    """Pooling with windows that overlap, leave a border over, or are not square; negative values included."""
    pool = getattr(student, f"{kind}pool_forward")
    for shape, k, s in POOLS:
        out, _ = pool(rng.normal(-1.0, 1.0, size=shape), k, s)
        as_reference(out, of=pool, what=f"`{kind}pool_forward` for k = {k}, s = {s}")


@points(12, partial=True)
@pytest.mark.parametrize("kind", ["max", "avg", "l2"])
def test_pooling_gradients(student, rng, kind):
    """dx fits centred differences of your own pooling: overlaps add up, what no window sees gets zero."""
    forward, backward = getattr(student, f"{kind}pool_forward"), getattr(student, f"{kind}pool_backward")
    for shape, k, s in POOLS:
        x = apart(rng, shape)
        kh, kw = (k, k) if isinstance(k, int) else k
        sh, sw = (kh, kw) if s is None else (s, s) if isinstance(s, int) else s
        dout = rng.normal(size=(*shape[:2], positions(shape[2], kh, sh), positions(shape[3], kw, sw)))
        _, cache = forward(x, k, s)
        forward(-x, k, s)
        dx = backward(dout, cache)
        as_reference(dx, of=backward, what=f"`{kind}pool_backward` for k = {k}, s = {s}")
        gradcheck(loss_of(forward, x, k, s, weights=dout, pick=0), {"x": x}, {"x": dx}, kinks=kind == "max")


def apart(rng, shape):
    """Different values of both signs, at least 0.1 apart and 0.05 off zero: no kink is near."""
    count = int(np.prod(shape))
    return (rng.permutation(count).reshape(shape) - count // 2 + 0.5) * 0.1


@points(5)
def test_pooling_at_kinks(student, rng):
    """A tied maximum gives its dout away once in all, to largest entries only; L2 of a zero window stays finite."""
    x = rng.integers(0, 2, size=(2, 2, 4, 6)).astype(float)
    x[0, 0] = 1.0
    dout = rng.uniform(1.0, 2.0, size=(2, 2, 2, 3))
    out, cache = student.maxpool_forward(x, 2)
    dx = student.maxpool_backward(dout, cache)
    mass = dx.reshape(2, 2, 2, 2, 3, 2).sum(axis=(3, 5))
    close(mass, dout, what="`maxpool_backward`, the sum of dx over each window with ties", of="maxpool_backward")
    losers = x < np.repeat(np.repeat(out, 2, axis=2), 2, axis=3)
    close(dx * losers, 0.0, what="`maxpool_backward`, dx at the entries that are not largest", of="maxpool_backward")
    z = rng.normal(size=(1, 2, 4, 4))
    z[:, :, :2, 2:] = 0.0
    out, cache = student.l2pool_forward(z, 2)
    as_reference(out, of=student.l2pool_forward, what="`l2pool_forward` with a window of zeros")
    dx = student.l2pool_backward(np.ones((1, 2, 2, 2)), cache)
    as_reference(dx, of=student.l2pool_backward, what="`l2pool_backward` with a window of zeros")


@points(6)
def test_equivariance(student, rng):
    """equivariance_gap is 0 for a circular filter and right for others; circular correlation commutes with shifts."""
    x, k = rng.normal(size=(6, 7)), rng.normal(size=(3, 3))
    column = np.arange(7.0)
    # a map and its negative: without the absolute value one of the two gaps is too small, whatever is drawn
    maps = [lambda z: z + np.roll(z, 1, axis=-1), lambda z: z * column, lambda z: z - np.cumsum(z, axis=-2),
            lambda z: np.where(column < 6, z, 0.0) - 5.0, lambda z: -z * column]
    for f in maps:
        agree(student.equivariance_gap, f, x, (2, -1))
    agree(student.equivariance_gap, maps[2], rng.normal(size=(2, 3, 5, 4)), (1, 3))
    around = np.pad(x, 1, mode="wrap")
    moved = np.pad(np.roll(x, (1, 3), axis=(0, 1)), 1, mode="wrap")
    first, second, scaled = (outcome.get() for outcome in student.xcorr2d.batch(
        [(around, k), (moved, k), (2.0 * around - 3.0 * moved, k)]))
    close(second, np.roll(first, (1, 3), axis=(0, 1)), what="the filtered, shifted image", of="xcorr2d")
    close(scaled, 2.0 * first - 3.0 * second, what="the filtered sum", of="xcorr2d")


@points(4)
def test_dtype_is_kept(student, rng):
    """Layers that are given float32 answer in float32, forwards and backwards."""
    x, w, b = (array.astype(np.float32) for array in draw_layer(rng, (2, 2, 6, 4), (3, 2, 3, 2)))
    kept(student.im2col(x, 3, 2, 1, 1), "im2col")
    kept(student.col2im(rng.normal(size=(60, 12)).astype(np.float32), x.shape, 3, 2, 1, 1), "col2im")
    out, cache = student.conv2d_forward(x, w, b, 1, 1)
    kept(out, "conv2d_forward")
    for grad in student.conv2d_backward(rng.normal(size=(2, 3, 6, 5)).astype(np.float32), cache):
        kept(grad, "conv2d_backward")
    dout = rng.normal(size=(2, 2, 3, 2)).astype(np.float32)
    for kind in ("max", "avg", "l2"):
        out, cache = getattr(student, f"{kind}pool_forward")(x, 2)
        kept(out, f"{kind}pool_forward")
        kept(getattr(student, f"{kind}pool_backward")(dout, cache), f"{kind}pool_backward")


def kept(array, name):
    """The result of a layer that was given float32 is float32."""
    ensure(array.dtype == np.float32, f"`{name}` gives float32 when all it gets is float32")


@points(2)
def test_impossible_layers(student, rng):
    """conv2d_forward refuses kernels of another depth than the image, and kernels larger than the padded image."""
    x, w, b = draw_layer(rng, (2, 3, 5, 6), (2, 3, 3, 3))
    raises(ValueError, student.conv2d_forward, x, w[:, :1], b)
    raises(ValueError, student.conv2d_forward, x, rng.normal(size=(2, 4, 3, 3)), b)
    raises(ValueError, student.conv2d_forward, x, w, b, 1, 0, 3)
    raises(ValueError, student.conv2d_forward, x, rng.normal(size=(2, 3, 8, 3)), b, 2, 1)


def scalar_loop(x, w, b, stride, pad):
    """The seven loops of a convolution, one multiplication at a time: what the speed is measured against."""
    (N, C, H, W), (F, _, kh, kw) = x.shape, w.shape
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    out = np.zeros((N, F, positions(H, kh, stride, pad), positions(W, kw, stride, pad)))
    for n, f, i, j in np.ndindex(out.shape):
        total = b[f]
        for c in range(C):
            for u in range(kh):
                for v in range(kw):
                    total += padded[n, c, i * stride + u, j * stride + v] * w[f, c, u, v]
        out[n, f, i, j] = total
    return out


@points(3, claims=["convolution.conv2d_forward/output-by-output"])
def test_speed(student, rng):
    """conv2d_forward takes at most 1/20 of the time of seven scalar loops: x (2, 16, 16, 16), 16 kernels of 3×3."""
    def layer(rng):
        return *draw_layer(rng, (2, 16, 16, 16), (16, 16, 3, 3)), 1, 1

    faster_than(scalar_loop, 20, student.conv2d_forward, layer, pick=0)


@points(3, claims=[])
def test_memory(student, rng):
    """conv2d_forward of x (32, 16, 32, 32) with 16 kernels of 3×3 needs less than 300 MiB."""
    x, w, b = draw_layer(rng, (32, 16, 32, 32), (16, 16, 3, 3))
    memory_below("300MiB", student.conv2d_forward, x, w, b, 1, 1)
