"""Hidden checks of A10: other shapes, and the laws behind them: adjoints, affine images, what pooling loses."""

import numpy as np

from grader.checks import agree, close, ensure, points, pure, raises


def conv2d(y, w, stride, pad):
    """Plain cross-correlation, the judge's own. y: (N, F, H, W), w: (C, F, kh, kw) → (N, C, h, w)."""
    y = np.pad(y, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(y, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nfhwij,cfij->nchw", windows, w)


def pool(x, k, s):
    """Max-pooling, the judge's own. x: (N, C, H, W) → (y, idx), both (N, C, h, w)."""
    flat = np.arange(x.shape[2] * x.shape[3]).reshape(x.shape[2:])                    # place of each pixel
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))[:, :, ::s, ::s]
    places = np.lib.stride_tricks.sliding_window_view(flat, (k, k))[::s, ::s]
    windows, places = windows.reshape(*windows.shape[:4], k * k), places.reshape(*places.shape[:2], k * k)
    best = windows.argmax(axis=-1)                                                    # (N, C, h, w)
    idx = np.take_along_axis(np.broadcast_to(places, windows.shape), best[..., None], axis=-1)
    return windows.max(axis=-1), idx[..., 0]


@points(8)
def test_conv_transpose_everywhere(student, rng):
    """conv_transpose2d for many kernels, strides, paddings and channels, for images and kernels of any shape."""
    cases = []
    for kh, kw in [(1, 1), (2, 3), (3, 2), (3, 3), (4, 1)]:
        for stride in (1, 2, 3):
            N, C, F, H, W = (int(v) for v in rng.integers(1, (3, 4, 4, 5, 5)))
            pad, op = int(rng.integers(0, 3)), int(rng.integers(0, stride))
            x, w = rng.normal(size=(N, C, H + 2, W + 3)), rng.normal(size=(C, F, kh, kw))
            cases.append((x, w, stride, pad, op))
    cases.append((rng.normal(size=(3, 2, 1, 1)), rng.normal(size=(2, 3, 3, 4)), 2, 0, 1))
    cases.append((rng.normal(size=(2, 2, 4, 5)), rng.normal(size=(2, 2, 1, 1)), 3, 2, 2))      # pad above k - 1
    agree(student.conv_transpose2d.batch, cases)


@points(5)
def test_adjoint_of_convolution(student, rng):
    """⟨conv(y), x⟩ = ⟨y, conv_transpose2d(x)⟩ for every y, with and without a border left over by conv."""
    cases, partners = [], []
    layers = [(7, 7, 3, 3, 2, 1), (6, 8, 3, 3, 2, 1), (5, 8, 2, 4, 1, 0), (8, 6, 4, 2, 3, 0), (7, 10, 2, 2, 3, 0)]
    for C, (H, W, kh, kw, stride, pad) in zip([3, 4, 2, 1, 3], layers, strict=True):
        y, w = rng.normal(size=(2, 3, H, W)), rng.normal(size=(C, 3, kh, kw))                  # w: (C, F, kh, kw)
        image = conv2d(y, w, stride, pad)
        x = rng.normal(size=image.shape)
        op = (H + 2 * pad - kh) % stride                       # the border that is left over, on both axes here
        cases.append((x, w, stride, pad, op))
        partners.append((y, float((image * x).sum())))
    for outcome, (y, product) in zip(agree(student.conv_transpose2d.batch, cases), partners, strict=True):
        close(float((y * outcome.value).sum()), product, what="⟨y, conv_transpose2d(x)⟩ against ⟨conv(y), x⟩")


@points(2)
def test_nearest_everywhere(student, rng):
    """upsample_nearest for batches, channels, images that are not square and factors 1 to 4."""
    shapes = [(2, 3, 2, 3), (1, 1, 1, 1), (3, 2, 4, 1), (2, 2, 3, 3)]
    agree(student.upsample_nearest.batch, [(rng.normal(size=shape), f) for shape in shapes for f in (1, 2, 3, 4)])


@points(3)
def test_nearest_backward_sums_blocks(student, rng):
    """The gradient of nearest-neighbour upsampling is the sum over each block, and no gradient is lost."""
    cases, sums = [], []
    for shape, f in [((2, 3, 2, 3), 2), ((1, 2, 3, 2), 3), ((3, 1, 1, 4), 4), ((2, 2, 2, 2), 1)]:
        N, C, H, W = shape
        dy = rng.normal(size=(N, C, f * H, f * W))
        cases.append((dy, f))
        sums.append(sum(dy[:, :, i::f, j::f] for i in range(f) for j in range(f)))
    for outcome, blocks in zip(agree(student.upsample_nearest_backward.batch, cases), sums, strict=True):
        close(outcome.value, blocks, what="the sum of each block")


@points(4)
def test_bilinear_everywhere(student, rng):
    """upsample_bilinear in both modes for batches, channels, images that are not square, one row or one pixel."""
    shapes = [(2, 3, 3, 4), (1, 2, 1, 5), (2, 1, 4, 1), (1, 1, 1, 1)]
    grid = [(shape, f, mode) for shape in shapes for f in (1, 2, 3) for mode in (True, False)]
    agree(student.upsample_bilinear.batch, [(rng.normal(size=shape), f, mode) for shape, f, mode in grid])


@points(3)
def test_bilinear_keeps_affine_images(student, rng):
    """An image a + b·row + c·column stays one: everywhere with aligned corners, else away from the border."""
    a, b, c = rng.uniform(1.0, 2.0, size=3)
    H, W, f = 4, 5, 3
    image = (a + b * np.arange(H)[:, None] + c * np.arange(W))[None, None]
    aligned = agree(student.upsample_bilinear, image, f, True)
    shifted = agree(student.upsample_bilinear, image, f, False)
    rows, cols = np.linspace(0, H - 1, f * H), np.linspace(0, W - 1, f * W)
    close(aligned[0, 0], a + b * rows[:, None] + c * cols, what="the image with aligned corners")
    rows, cols = (np.arange(f * H) + 0.5) / f - 0.5, (np.arange(f * W) + 0.5) / f - 0.5
    inside = np.ix_((rows >= 0) & (rows <= H - 1), (cols >= 0) & (cols <= W - 1))
    close(shifted[0, 0][inside], (a + b * rows[:, None] + c * cols)[inside], what="the inside of the image")
    ensure(shifted.min() >= image.min() - 1e-9, "interpolation never leaves the range of the image")
    ensure(shifted.max() <= image.max() + 1e-9, "interpolation never leaves the range of the image")


@points(3)
def test_maxunpool_everywhere(student, rng):
    """maxunpool after windows that overlap or leave a border, on batches that are not square; bad indices refused."""
    cases = []
    for shape, k, s in [((2, 3, 4, 6), 2, 2), ((2, 2, 5, 7), 3, 2), ((1, 2, 7, 4), 2, 3), ((2, 2, 5, 7), 3, 2),
                        ((2, 1, 5, 5), 2, 3)]:
        cases.append((*pool(rng.normal(size=shape), k, s), shape[2:]))
    agree(student.maxunpool.batch, cases)
    y = rng.normal(size=(1, 1, 1, 2))
    raises(ValueError, student.maxunpool, y, np.array([[[[0, 12]]]]), (3, 4))
    raises(ValueError, student.maxunpool, y, np.array([[[[-1, 3]]]]), (3, 4))


@points(2)
def test_pooling_and_unpooling(student, rng):
    """pool(unpool(y)) is y where y ≥ 0 and 0 elsewhere; unpool(pool(x)) keeps the maxima of x and nothing else."""
    x = rng.normal(size=(2, 3, 4, 6))
    x[:, :, :2, :2] -= 10.0                                              # a window of negative numbers
    y, idx = pool(x, 2, 2)
    unpooled = agree(student.maxunpool, y, idx, (4, 6))
    close(pool(unpooled, 2, 2)[0], np.maximum(y, 0.0), what="pool(unpool(y))")
    kept = unpooled != 0
    ensure(kept.sum() == y.size, "each window keeps one pixel")
    close(unpooled[kept], x[kept], what="the pixels of x that are kept")


@points(2)
def test_checkerboard_iff(student):
    """All counts are right, and they are equal inside exactly if the stride divides the kernel."""
    cases = [(k, s, n) for k in range(1, 7) for s in range(1, 5) for n in (1, 2, 8)]
    for (k, s, n), outcome in zip(cases, agree(student.checkerboard_map.batch, cases), strict=True):
        if n == 8:
            inside = outcome.value[k - 1 : (n - 1) * s + 1, k - 1 : (n - 1) * s + 1]
            ensure((np.ptp(inside) == 0) == (k % s == 0), "inside, the counts are equal if and only if s divides k")


@points(3)
def test_arguments_stay_as_they_are(student, rng):
    """Every function leaves its arrays as they are, answers in float64 and gives the same answer twice."""
    x, w = rng.normal(size=(1, 2, 4, 4)), rng.normal(size=(2, 3, 3, 3))
    y, idx = pool(x, 2, 2)
    calls = [(student.conv_transpose2d, x, w, 2, 1, 1), (student.upsample_nearest, x, 2),
             (student.upsample_nearest_backward, x, 2), (student.upsample_bilinear, x, 2, True),
             (student.upsample_bilinear, x, 2, False), (student.maxunpool, y, idx, (4, 4))]
    for function, *arguments in calls:
        pure(function, *arguments)
        answer = function(*arguments)
        ensure(answer.dtype == np.float64, "the answer is float64")
