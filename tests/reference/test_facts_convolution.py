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


@pytest.mark.parametrize("name", ["F", "P", "J", "4", "flag", "7"])
def test_glyphs_have_no_symmetry(name):
    """All eight turns and mirror images differ, so that no augmentation leaves a picture as it is."""
    image = facts.glyph(name)
    assert image.shape == (7, 7)
    turned = [np.rot90(side, k) for side in (image, image.T) for k in range(4)]
    assert len({one.tobytes() for one in map(np.ascontiguousarray, turned)}) == 8


def test_box_is_a_block_of_ones():
    """Rows 2 to 4, columns 1 to 5 of 8 × 8 pixels."""
    expected = np.zeros((8, 8))
    expected[2:5, 1:6] = 1
    np.testing.assert_array_equal(facts.box(2, 1, 3, 5), expected)


def test_positive_map_is_the_reference_s_layer():
    """Cross-correlation, and what is negative cut off."""
    rng = np.random.default_rng(3)
    x, k = rng.normal(size=(7, 6)), rng.normal(size=(3, 3))
    np.testing.assert_allclose(facts.positive_map(x, k), np.maximum(ref.xcorr2d(x, k), 0))


@pytest.mark.parametrize(
    ("direction", "ramp"), [("right", (0, 1)), ("left", (0, -1)), ("down", (1, 0)), ("up", (-1, 0))]
)
def test_directed_kernels_find_their_ramp(direction, ramp):
    """The response is 6 where the image rises in the direction, -6 against it, 0 across."""
    rows, columns = np.mgrid[0:3, 0:3]
    responses = {
        other: float((facts.directed_kernel(other) * (ramp[0] * rows + ramp[1] * columns)).sum())
        for other in ("right", "left", "down", "up")
    }
    opposite = {"right": "left", "left": "right", "up": "down", "down": "up"}[direction]
    assert responses == {**dict.fromkeys(responses, 0.0), direction: 6.0, opposite: -6.0}


def test_the_kernel_of_a_map():
    """Found by trying each; two that fit, or none, are refused."""
    x = facts.box(2, 2, 4, 4)
    kernels = [facts.directed_kernel(direction) for direction in ("right", "up", "down")]
    assert facts.kernel_of_map(x, facts.positive_map(x, kernels[1]), kernels) is kernels[1]
    for y in (np.ones((6, 6)), facts.positive_map(np.zeros((8, 8)), kernels[0])):
        with pytest.raises(ValueError, match="expected one kernel"):
            facts.kernel_of_map(np.zeros((8, 8)), y, kernels)
