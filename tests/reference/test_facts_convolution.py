"""The facts that questions on convolution use, against the reference and the worked examples."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "reference" / "convolution"


def load(name):
    """A module of the folder by its path."""
    spec = importlib.util.spec_from_file_location(f"convolution_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


facts, ref = load("facts"), load("solution")
NAMES = ("identity", "sharpen", "edge", "laplace", "box", "gauss", "sobel", "prewitt")


def test_rotated_kernel_makes_correlation_a_convolution():
    """Cross-correlation with the turned kernel is the true convolution, and the turn undoes itself."""
    rng = np.random.default_rng(0)
    x, k = rng.normal(size=(6, 7)), rng.normal(size=(2, 3))
    np.testing.assert_allclose(ref.xcorr2d(x, facts.rotated(k)), ref.conv2d_true(x, k))
    np.testing.assert_array_equal(facts.rotated(facts.rotated(k)), k)


def test_mirrored_kernel_keeps_its_rows_in_place():
    """Reversing the columns leaves each row where it is."""
    np.testing.assert_array_equal(facts.mirrored([[1, 2], [3, 4]]), [[2, 1], [4, 3]])


def test_the_only_agreeing_kernel_is_the_point_symmetric_one():
    """It gives one result both ways on any image; the symmetric diag(1, 2, 3) does not, diag(1, 5, 1) does."""
    x = np.random.default_rng(1).normal(size=(5, 5))
    symmetric, agreeing = np.diag([1.0, 2.0, 3.0]), np.diag([1.0, 5.0, 1.0])
    found = facts.only_agreeing([symmetric, agreeing])
    np.testing.assert_array_equal(found, agreeing)
    np.testing.assert_allclose(ref.xcorr2d(x, found), ref.conv2d_true(x, found))
    assert not np.allclose(ref.xcorr2d(x, symmetric), ref.conv2d_true(x, symmetric))


@pytest.mark.parametrize("kernels", [[np.diag([1.0, 2.0, 3.0])], [np.eye(3), np.ones((3, 3))]])
def test_none_or_two_agreeing_kernels_are_an_error(kernels):
    """A question needs exactly one."""
    with pytest.raises(ValueError, match="expected one kernel"):
        facts.only_agreeing(kernels)


def test_kernels_on_a_flat_image_give_their_sum():
    """On a flat image sharpening changes nothing, and the kernels that look for edges give zero."""
    flat = np.full((3, 3), 7.0)
    assert facts.responses(flat, NAMES) == [7, 7, 0, 0, 63, 112, 0, 0]


def test_responses_are_cross_correlations():
    """Each response is the one entry of xcorr2d, and identifies its kernel if no other has it."""
    patch = np.array([[1.0, 5.0, 2.0], [0.0, 3.0, 4.0], [6.0, 1.0, 7.0]])
    found = facts.responses(patch, NAMES)
    assert found == [int(ref.xcorr2d(patch, facts.classic_kernel(name))[0, 0]) for name in NAMES]
    kernel = facts.kernel_with_response(patch, found[1], NAMES)
    np.testing.assert_array_equal(kernel, facts.classic_kernel("sharpen"))
    with pytest.raises(ValueError, match="expected one kernel"):
        facts.kernel_with_response(np.zeros((3, 3)), 0, NAMES)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 0), (-1, 1), (0, -1), (1, 1)])
def test_pooling_after_a_shift_is_pooling_of_the_shifted_image(down, right):
    """The central window of the rolled image; what rolls around stays outside it."""
    x = np.random.default_rng(2).permutation(25).reshape(5, 5).astype(float)
    moved = np.roll(x, (down, right), axis=(0, 1))[1:4, 1:4]
    want, _ = ref.maxpool_forward(moved[None, None], 3)
    assert facts.maxpool_after_shift(x, 3, down, right) == want[0, 0, 0, 0]


def test_lecture_example_of_pooling_and_translation():
    """With 15 off the centre, content that moves right keeps it in the window; moving left leaves 7."""
    x = np.array(
        [[11, -5, 1, -2, 0], [1, 3, 0, 0, 5], [8, 15, 4, -10, 4], [8, 6, 5, 3, 7], [3, 0, -2, 9, 3.0]]
    )
    assert [facts.maxpool_after_shift(x, 3, 0, right) for right in (0, 1, -1)] == [15, 15, 7]
    with pytest.raises(ValueError, match="only 1 pixels"):
        facts.maxpool_after_shift(x, 3, 2, 0)


def test_kernel_gradient_is_a_correlation_and_image_gradient_a_full_convolution():
    """What the questions on gradients take as the key is what the layer's backward pass gives."""
    rng = np.random.default_rng(3)
    x, k, dout = rng.normal(size=(3, 3)), rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
    _, cache = ref.conv2d_forward(x[None, None], k[None, None], np.zeros(1))
    dx, dw, _ = ref.conv2d_backward(dout[None, None], cache)
    np.testing.assert_allclose(dx[0, 0], ref.full_conv(dout, k))
    np.testing.assert_allclose(dw[0, 0], ref.xcorr2d(x, dout))
    np.testing.assert_allclose(dx[0, 0].ravel(), ref.conv_matrix(k, x.shape).T @ dout.ravel())
