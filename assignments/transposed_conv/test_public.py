"""Public checks of A10: the lecture's small convolution turned round, and the handout's worked examples."""

import numpy as np

from grader.checks import agree, close, ensure, points, raises

SLIDE_X = np.array([[4.0, 6.0, 3.0], [8.0, 5.0, 1.0], [2.0, 4.0, 6.0]])
SLIDE_W = np.array([[3.0, 2.0], [5.0, 1.0]])


def one(plane):
    """A single plane (H, W) as a batch of one image with one channel, (1, 1, H, W) float64."""
    return np.array(plane, dtype=np.float64)[None, None]


@points(4)
def test_slide_transposed_convolution(student, rng):
    """The lecture's 3×3 image, convolved with its 2×2 kernel and sent back with Uᵀ: not the image it was."""
    U = np.array(
        [[3, 2, 0, 5, 1, 0, 0, 0, 0], [0, 3, 2, 0, 5, 1, 0, 0, 0],
         [0, 0, 0, 3, 2, 0, 5, 1, 0], [0, 0, 0, 0, 3, 2, 0, 5, 1]], dtype=np.float64)      # (4, 9)
    h = U @ SLIDE_X.ravel()                                                                # 69 50 48 43
    back = agree(student.conv_transpose2d, one(h.reshape(2, 2)), one(SLIDE_W))
    close(back[0, 0], np.array([[207.0, 288.0, 100.0], [489.0, 544.0, 136.0], [240.0, 263.0, 43.0]]))
    h = rng.normal(size=4)
    back = agree(student.conv_transpose2d, one(h.reshape(2, 2)), one(SLIDE_W))
    close(back[0, 0], (U.T @ h).reshape(3, 3), what="Uᵀ v(h) for random h")


@points(5)
def test_conv_transpose_stride_and_padding(student, rng):
    """(1, 2) with kernel (1, 10, 100) and stride 2, with padding and output padding; then random images."""
    row, kernel = np.array([1.0, 2.0]), np.array([1.0, 10.0, 100.0])
    x, w = one(np.outer(row, row)), one(np.outer(kernel, kernel))      # the same numbers along both axes
    agree(student.conv_transpose2d.batch, [(x, w, 2, p, op) for p in (0, 1) for op in (0, 1)])
    cases = [((2, 3, 4, 3), (3, 2, 3, 3), 2, 1, 1), ((1, 2, 2, 5), (2, 4, 2, 3), 3, 0, 2)]
    cases += [((2, 2, 3, 3), (2, 2, 4, 4), 2, 2, 0), ((1, 2, 3, 3), (2, 2, 2, 2), 1, 0, 0)]
    drawn = [(rng.normal(size=a), rng.normal(size=b), s, p, op) for a, b, s, p, op in cases]
    agree(student.conv_transpose2d.batch, drawn)


@points(2)
def test_conv_transpose_refuses(student, rng):
    """ValueError if output_padding is not below the stride, or if nothing is left of the output."""
    x, w = rng.normal(size=(1, 1, 2, 2)), rng.normal(size=(1, 1, 2, 2))
    raises(ValueError, student.conv_transpose2d, x, w, 2, 0, 3)
    raises(ValueError, student.conv_transpose2d, x, w, 2, 0, 2)
    raises(ValueError, student.conv_transpose2d, x, w, 1, 0, 1)
    raises(ValueError, student.conv_transpose2d, x, w, 1, 2, 0)        # -1 pixels
    raises(ValueError, student.conv_transpose2d, x, w, 2, 2, 0)        # 4 - 4 = 0 pixels


@points(3)
def test_upsample_nearest(student):
    """Each pixel of a 2×2 image becomes a block, and the way back sums each block."""
    image = one([[1, 2], [3, 4]])
    agree(student.upsample_nearest.batch, [(image, 2), (image, 3), (image, 1)])
    dy = one(np.arange(1, 17).reshape(4, 4))
    agree(student.upsample_nearest_backward, dy, 2)                    # 14, 22, 46, 54


@points(4)
def test_upsample_bilinear_of_a_ramp(student):
    """A row (0, 4) twice as wide, with and without aligned corners, and a small image."""
    ramp, square = one([[0, 4]]), one([[0, 4], [2, 1]])
    agree(student.upsample_bilinear.batch, [(ramp, 2, False), (ramp, 2, True), (square, 2, False)])
    image = one([[0, 4, 8], [2, 1, 5]])
    cases = [(image, factor, mode) for factor in (1, 2, 3) for mode in (False, True)]
    agree(student.upsample_bilinear.batch, [*cases, (square, 3, True)])


@points(3)
def test_maxunpool_of_the_example(student):
    """The maxima of the handout's 4×4 image go back to their places; all the rest is zero."""
    y, idx = one([[4, 5], [-1, 2]]), np.array([[[[4, 7], [8, 14]]]])
    image = agree(student.maxunpool, y, idx, (4, 4))
    close(image[0, 0, 2, 0], -1.0, what="the negative maximum, at its place")
    agree(student.maxunpool, y, np.array([[[[0, 3], [6, 9]]]]), (2, 5))
    raises(ValueError, student.maxunpool, y, idx, (3, 4))


@points(4)
def test_checkerboard_of_the_example(student):
    """Kernel 3 with stride 2 writes 1, 1, 2, 1, 2, 1, 1 times along each axis; kernel 4 evenly inside."""
    counts = agree(student.checkerboard_map, 3, 2, 3)
    close(counts[0], np.array([1, 1, 2, 1, 2, 1, 1]), what="the first row of checkerboard_map(3, 2, 3)")
    ensure(counts[2, 2] == 4, "two axes of two writes each make four")
    agree(student.checkerboard_map.batch, [(4, 2, 3), (2, 3, 3), (2, 1, 4), (1, 1, 1)])
