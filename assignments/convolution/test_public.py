"""Public checks of A6: the lectures' worked examples, and the layouts that everything else is built on."""

import numpy as np
import pytest

from grader.checks import agree, as_reference, close, points

SLIDE_X = np.array([[4.0, 6.0, 3.0], [8.0, 5.0, 1.0], [2.0, 4.0, 6.0]])
SLIDE_K = np.array([[3.0, 2.0], [5.0, 1.0]])
SLIDE_IMAGE = np.array([[-5.0, 3, 2, -5, 3], [4, 3, 2, 1, -3], [1, 0, 3, 3, 5], [-2, 0, 1, 4, 4], [5, 6, 7, 9, -1]])


@points(9)
def test_correlation_and_convolution(student, rng):
    """xcorr2d and conv2d_true give the lecture's two tables, and are right for other, non-square shapes."""
    agree(student.xcorr2d, SLIDE_X, SLIDE_K)                              # [[69, 50], [48, 43]]
    agree(student.conv2d_true, SLIDE_X, SLIDE_K)                          # [[65, 34], [49, 36]]
    for shape, window in [((6, 9), (2, 4)), ((7, 4), (3, 1)), ((5, 5), (3, 3)), ((3, 4), (3, 4))]:
        x, k = rng.normal(size=shape), rng.normal(size=window)
        agree(student.xcorr2d, x, k)
        agree(student.conv2d_true, x, k)


@points(5)
def test_filters(student):
    """Sharpen, edge, box and Gauss on the lecture's image; a ramp of slope 1 has gradient +1 or -1 by Sobel."""
    sharpen = np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    edge = np.array([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]])
    gauss = np.array([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
    cases = [(SLIDE_IMAGE, kernel) for kernel in (sharpen, edge, np.full((3, 3), 1 / 9), gauss)]
    ramp = np.tile(np.arange(6.0), (5, 1))                                # I(i, j) = j
    sobel = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    agree(student.xcorr2d.batch, [*cases, (ramp, sobel), (ramp.T, sobel.T), (ramp.T, sobel)])
    agree(student.conv2d_true.batch, [(ramp, sobel), (ramp.T, sobel.T), (ramp.T, sobel)])


@points(9)
def test_conv_matrix(student, rng):
    """conv_matrix is the lecture's U entry by entry, and U v(x) is the correlation for other shapes, too."""
    U = agree(student.conv_matrix, SLIDE_K, (3, 3))
    close(U @ SLIDE_X.ravel(), np.array([69.0, 50.0, 48.0, 43.0]), what="U v(x)", of="conv_matrix")
    close(U.T @ np.array([69.0, 50.0, 48.0, 43.0]), np.array([207.0, 288, 100, 489, 544, 136, 240, 263, 43]),
          what="Uᵀ v(h)", of="conv_matrix")
    for window, shape in [((2, 3), (4, 7)), ((3, 1), (5, 2)), ((1, 1), (2, 3))]:
        agree(student.conv_matrix, rng.normal(size=window), shape)


@points(6)
def test_full_conv(student, rng):
    """full_conv is Uᵀ v(dout) of the lecture's example, and is right for non-square shapes."""
    agree(student.full_conv, np.array([[69.0, 50.0], [48.0, 43.0]]), SLIDE_K)
    for shape, window in [((4, 3), (2, 3)), ((2, 5), (4, 1)), ((3, 3), (3, 3)), ((1, 1), (2, 2))]:
        agree(student.full_conv, rng.normal(size=shape), rng.normal(size=window))


@points(10)
def test_im2col_layout(student, rng):
    """im2col has one row for each (n, i, j) and one column for each (c, a, b), with stride, padding, dilation."""
    numbered = np.arange(1.0, 25.0).reshape(1, 2, 3, 4)
    agree(student.im2col, numbered, 2, 3)                                 # the handout's table, (4, 12)
    for shape, args in [
        ((2, 3, 5, 6), (3, 2)), ((2, 2, 5, 7), (3, 2, 2)), ((1, 2, 4, 3), (2, 3, 1, 1)),
        ((3, 2, 6, 9), (2, 3, 3, 2)), ((2, 1, 7, 6), (3, 2, 1, 0, 2)), ((2, 3, 6, 5), (2, 2, 2, 1, 3)),
    ]:  # fmt: skip
        agree(student.im2col, rng.normal(size=shape), *args)


@points(13)
@pytest.mark.parametrize(
    ("xshape", "wshape", "how"),
    [((2, 3, 6, 6), (4, 3, 3, 2), (1, 0, 1)), ((3, 2, 5, 5), (3, 2, 3, 3), (1, 1, 1)),
     ((2, 3, 8, 6), (2, 3, 3, 3), (2, 1, 1)), ((1, 1, 4, 4), (1, 1, 3, 3), (1, 0, 1))],
    ids=["plain", "pad 1", "stride 2 and pad 1", "one channel, one kernel"],
)
def test_conv2d_forward(student, rng, xshape, wshape, how):
    """conv2d_forward adds up the channels and the bias: padded, with a stride that fits or leaves a rest."""
    x, w, b = rng.normal(size=xshape), rng.normal(size=wshape), rng.normal(size=wshape[0])
    out, _ = student.conv2d_forward(x, w, b, *how)
    as_reference(out, of=student.conv2d_forward, what="`out`")


@points(8)
def test_backward_is_the_adjoint(student, rng):
    """⟨conv(x), y⟩ = ⟨x, dx(y)⟩ without a bias; one channel, stride 1: dx is the full convolution of y and k."""
    layers = [  # x, w, y, (stride, pad, dilation)
        ((2, 3, 5, 6), (4, 3, 3, 2), (2, 4, 5, 7), (1, 1, 1)),
        ((2, 2, 7, 5), (3, 2, 3, 3), (2, 3, 3, 2), (2, 0, 1)),
        ((1, 2, 6, 7), (3, 2, 2, 2), (1, 3, 3, 4), (2, 1, 2)),
    ]
    for xshape, wshape, yshape, how in layers:
        x, w, y = rng.normal(size=xshape), rng.normal(size=wshape), rng.normal(size=yshape)
        out, cache = student.conv2d_forward(x, w, np.zeros(wshape[0]), *how)
        dx, _, _ = student.conv2d_backward(y, cache)
        as_reference(dx, of=student.conv2d_backward, what=f"`dx` for (stride, pad, dilation) = {how}")
        close(np.sum(x * dx), np.sum(out * y), what="⟨x, dx(y)⟩", of="conv2d_backward")
    x, k, y = rng.normal(size=(5, 6)), rng.normal(size=(2, 3)), rng.normal(size=(4, 4))
    _, cache = student.conv2d_forward(x[None, None], k[None, None], np.zeros(1))
    dx, _, _ = student.conv2d_backward(y[None, None], cache)
    whole = np.zeros((5, 6))
    for a, b in np.ndindex(k.shape):
        whole[a : a + 4, b : b + 4] += y * k[a, b]
    close(dx[0, 0], whole, what="`dx` of a layer with one channel and stride 1", of="conv2d_backward")


@points(9)
def test_pooling_tables(student):
    """The three pooling tables of the lectures by maximum and mean, one in L2, and the 15, 15, 7 of the moved map."""
    idris = np.array([[5.0, 3, 1, 9], [2, 4, 5, 6], [7, 8, 5, 6], [1, 3, 4, 5]])[None, None]
    liege = np.array([[2.0, 3, 2, 0], [5, -2, 2, 8], [-1, -6, 7, 3], [-4, -5, 4, 2]])[None, None]
    insa = np.array([[4.0, 112, 34, 20], [55, 40, 1, 8], [70, 87, 2, 190], [240, 101, 67, 42]])[None, None]
    for table in (idris, liege, insa):
        as_reference(student.maxpool_forward(table, 2)[0], of=student.maxpool_forward)
        as_reference(student.avgpool_forward(table, 2, 2)[0], of=student.avgpool_forward)
    as_reference(student.l2pool_forward(idris, 2)[0], of=student.l2pool_forward)
    centred = np.array([[11.0, -5, 1, -2, 0], [1, 3, 0, 0, 5], [8, 4, 15, -10, 4], [8, 6, 5, 3, 7], [3, 0, -2, 9, 3]])
    moved = np.array([[11.0, -5, 1, -2, 0], [1, 3, 0, 0, 5], [8, 15, 4, -10, 4], [8, 6, 5, 3, 7], [3, 0, -2, 9, 3]])
    for feature_map in (centred, moved):
        out, _ = student.maxpool_forward(feature_map[None, None], 3, 1)   # 9 windows, one for each shift of ±1
        as_reference(out, of=student.maxpool_forward, what="`maxpool_forward` of the map")
