"""The reference of A10 against torch, scipy, centred differences, plain loops and the lecture's numbers."""

import importlib.util
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.signal import convolve2d
from torch.nn import functional

_PATH = Path(__file__).parents[2] / "reference" / "transposed_conv" / "solution.py"
_SPEC = importlib.util.spec_from_file_location("reference_transposed_conv", _PATH)
ref = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(ref)

SLIDE_U = np.array(
    [
        [3, 2, 0, 5, 1, 0, 0, 0, 0],
        [0, 3, 2, 0, 5, 1, 0, 0, 0],
        [0, 0, 0, 3, 2, 0, 5, 1, 0],
        [0, 0, 0, 0, 3, 2, 0, 5, 1],
    ],
    dtype=np.float64,
)
SLIDE_W = np.array([[[[3.0, 2.0], [5.0, 1.0]]]])
LAW = settings(derandomize=True, database=None, deadline=None, max_examples=60)


def draw(seed, *shape):
    """Standard normal numbers, (*shape) float64."""
    return np.random.default_rng(seed).normal(size=shape)


def same(got, want):
    """Equal shape, float64, equal values to rounding."""
    want = np.asarray(want)
    assert (got.shape, got.dtype) == (want.shape, np.float64)
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)


small = st.integers(1, 4)


@LAW
@given(
    small, small, small, small, small, small, small, st.integers(1, 3), st.integers(0, 3), st.integers(0, 2)
)
def test_conv_transpose_is_torchs(N, C, F, H, W, kh, kw, stride, pad, op):
    """conv_transpose2d agrees with torch in float64 wherever torch accepts the sizes."""
    sizes = [(n - 1) * stride - 2 * pad + k + op for n, k in ((H, kh), (W, kw))]
    assume(op < stride and min(sizes) > 0)
    x, w = draw(1, N, C, H, W), draw(2, C, F, kh, kw)
    want = functional.conv_transpose2d(torch.tensor(x), torch.tensor(w), None, stride, pad, op)
    assert want.shape == (N, F, *sizes)
    same(ref.conv_transpose2d(x, w, stride, pad, op), want)


@LAW
@given(small, small, small, small, st.integers(1, 3), st.integers(0, 3), st.integers(0, 4))
def test_conv_transpose_refuses_what_torch_refuses(H, W, kh, kw, stride, pad, op):
    """ValueError exactly where torch raises: output padding not below the stride, or nothing left."""
    x, w = np.ones((1, 1, H, W)), np.ones((1, 1, kh, kw))
    try:
        functional.conv_transpose2d(torch.tensor(x), torch.tensor(w), None, stride, pad, op)
    except RuntimeError:
        with pytest.raises(ValueError, match="output"):
            ref.conv_transpose2d(x, w, stride, pad, op)
    else:
        ref.conv_transpose2d(x, w, stride, pad, op)


@pytest.mark.parametrize(("stride", "pad", "op"), [(1, 0, 0), (2, 1, 1), (3, 2, 2), (2, 0, 0)])
def test_conv_transpose_is_the_gradient_of_conv(stride, pad, op):
    """It is what autograd sends back through conv2d, where the left-over border is the output padding."""
    w, x = draw(3, 4, 3, 3, 2), draw(4, 2, 4, 3, 5)
    sizes = [(n - 1) * stride - 2 * pad + k + op for n, k in ((3, 3), (5, 2))]
    y = torch.tensor(draw(5, 2, 3, *sizes), requires_grad=True)
    functional.conv2d(y, torch.tensor(w), None, stride, pad).backward(torch.tensor(x))
    same(ref.conv_transpose2d(x, w, stride, pad, op), y.grad)


def test_conv_transpose_fits_centred_differences():
    """⟨conv(y), x⟩ moved along every entry of y has the slope conv_transpose2d(x)."""
    w, x, y = draw(6, 2, 2, 3, 2), draw(7, 1, 2, 2, 3), draw(8, 1, 2, 4, 5)

    def loss(at):
        return (functional.conv2d(torch.tensor(at), torch.tensor(w), None, 2, 1).numpy() * x).sum()

    slopes, h = np.zeros_like(y), 1e-5
    for i in np.ndindex(y.shape):
        step = np.zeros_like(y)
        step[i] = h
        slopes[i] = (loss(y + step) - loss(y - step)) / (2 * h)
    got = ref.conv_transpose2d(x, w, 2, 1, 1)
    assert np.linalg.norm(got - slopes) <= 1e-6 * np.linalg.norm(slopes)


def test_conv_transpose_of_stride_one_is_scipys_full_convolution():
    """With stride 1 and no padding it is the true convolution, mode full, of scipy."""
    x, w = draw(9, 1, 1, 4, 6), draw(10, 1, 1, 3, 2)
    same(ref.conv_transpose2d(x, w)[0, 0], convolve2d(x[0, 0], w[0, 0], mode="full"))


def test_slide_is_the_transposed_matrix():
    """The lecture's U v(x) = (69, 50, 48, 43); Uᵀ of it is [[207, 288, 100], [489, 544, 136], [240, 263, 43]]."""
    h = SLIDE_U @ np.array([4.0, 6, 3, 8, 5, 1, 2, 4, 6])
    np.testing.assert_array_equal(h, [69, 50, 48, 43])
    back = ref.conv_transpose2d(h.reshape(1, 1, 2, 2), SLIDE_W)
    np.testing.assert_array_equal(back[0, 0], [[207, 288, 100], [489, 544, 136], [240, 263, 43]])
    np.testing.assert_array_equal(back[0, 0].ravel(), SLIDE_U.T @ h)
    np.testing.assert_array_equal(SLIDE_U @ SLIDE_U.T @ h, [4186, 3920, 4018, 3262])


@pytest.mark.parametrize(
    ("pad", "op", "line"),
    [
        (0, 0, [1, 10, 102, 20, 200]),
        (0, 1, [1, 10, 102, 20, 200, 0]),
        (1, 0, [10, 102, 20]),
        (1, 1, [10, 102, 20, 200]),
    ],
)
def test_output_padding_gives_back_what_padding_cut(pad, op, line):
    """The handout's stamps along one axis, here along both at once."""
    x, w = np.outer([1, 2], [1.0, 2.0]), np.outer([1, 10, 100], [1.0, 10.0, 100.0])
    got = ref.conv_transpose2d(x[None, None], w[None, None], 2, pad, op)
    np.testing.assert_array_equal(got[0, 0], np.outer(line, line))


@pytest.mark.parametrize(("k", "s", "n"), [*product(range(1, 7), range(1, 5), (1, 2, 3, 8))])
def test_checkerboard_is_torchs_with_ones(k, s, n):
    """The counts are the transposed convolution of ones with ones; even inside if and only if s divides k."""
    counts = ref.checkerboard_map(k, s, n)
    ones = functional.conv_transpose2d(torch.ones(1, 1, n, n), torch.ones(1, 1, k, k), stride=s)
    np.testing.assert_array_equal(counts, ones[0, 0].numpy())
    assert counts.dtype.kind == "i"
    if n == 8:
        inside = counts[k - 1 : (n - 1) * s + 1, k - 1 : (n - 1) * s + 1]
        assert (np.ptp(inside) == 0) == (k % s == 0)
        assert k % s or inside[0, 0] == (k // s) ** 2


def test_checkerboards_of_the_handout():
    """1, 1, 2, 1, 2, 1, 1 for kernel 3 and stride 2; even for kernel 4; with holes for kernel 2 and stride 3."""
    for (k, s), line in {
        (3, 2): [1, 1, 2, 1, 2, 1, 1],
        (4, 2): [1, 1, 2, 2, 2, 2, 1, 1],
        (2, 3): [1, 1, 0, 1, 1, 0, 1, 1],
    }.items():
        np.testing.assert_array_equal(ref.checkerboard_map(k, s, 3), np.outer(line, line))


@LAW
@given(small, small, small, small, small)
def test_nearest_is_torchs_in_both_directions(N, C, H, W, factor):
    """upsample_nearest and its backward agree with interpolate and autograd."""
    x, dy = draw(11, N, C, H, W), draw(12, N, C, factor * H, factor * W)
    leaf = torch.tensor(x, requires_grad=True)
    image = functional.interpolate(leaf, scale_factor=factor, mode="nearest")
    image.backward(torch.tensor(dy))
    same(ref.upsample_nearest(x, factor), image.detach())
    same(ref.upsample_nearest_backward(dy, factor), leaf.grad)


def test_nearest_backward_fits_centred_differences():
    """The gradient fits the differences of Σ dy ⊙ upsample_nearest(x); the handout's blocks sum to 14, 22, 46, 54."""
    x, dy, h = draw(13, 1, 2, 2, 3), draw(14, 1, 2, 6, 9), 1e-5
    got = ref.upsample_nearest_backward(dy, 3)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = h
        up, down = (
            (dy * ref.upsample_nearest(x + step, 3)).sum(),
            (dy * ref.upsample_nearest(x - step, 3)).sum(),
        )
        assert got[i] == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-6)
    blocks = ref.upsample_nearest_backward(np.arange(1.0, 17.0).reshape(1, 1, 4, 4), 2)
    np.testing.assert_array_equal(blocks.ravel(), [14, 22, 46, 54])


@LAW
@given(small, small, st.integers(1, 6), st.integers(1, 6), st.integers(1, 5), st.booleans())
def test_bilinear_is_torchs(N, C, H, W, factor, align_corners):
    """upsample_bilinear agrees with interpolate in both modes, one row and one pixel included."""
    x = draw(15, N, C, H, W)
    want = functional.interpolate(
        torch.tensor(x), scale_factor=factor, mode="bilinear", align_corners=align_corners
    )
    same(ref.upsample_bilinear(x, factor, align_corners), want)


def test_bilinear_of_the_handouts_ramp():
    """(0, 4) becomes 0, 4/3, 8/3, 4 with aligned corners, 0, 1, 3, 4 without, which is the default."""
    ramp = np.array([[[[0.0, 4.0]]]])
    np.testing.assert_allclose(ref.upsample_bilinear(ramp, 2, True)[0, 0, 0], [0, 4 / 3, 8 / 3, 4])
    np.testing.assert_allclose(ref.upsample_bilinear(ramp, 2)[0, 0, 0], [0, 1, 3, 4])


@LAW
@given(st.integers(2, 6), st.integers(2, 6), st.integers(1, 4))
def test_bilinear_keeps_affine_images(H, W, factor):
    """With aligned corners an affine image is reproduced exactly; without, where nothing was clipped."""
    image = (1.5 + 2.0 * np.arange(H)[:, None] - 0.5 * np.arange(W))[None, None]
    rows, cols = np.linspace(0, H - 1, factor * H), np.linspace(0, W - 1, factor * W)
    same(ref.upsample_bilinear(image, factor, True)[0, 0], 1.5 + 2.0 * rows[:, None] - 0.5 * cols)
    rows, cols = ((np.arange(factor * n) + 0.5) / factor - 0.5 for n in (H, W))
    inside = np.ix_((rows >= 0) & (rows <= H - 1), (cols >= 0) & (cols <= W - 1))
    got = ref.upsample_bilinear(image, factor, False)[0, 0]
    same(got[inside], (1.5 + 2.0 * rows[:, None] - 0.5 * cols)[inside])


@pytest.mark.parametrize(
    ("shape", "k", "s"),
    [((2, 3, 4, 6), 2, 2), ((1, 2, 7, 5), 3, 2), ((2, 1, 7, 8), 2, 3), ((1, 1, 3, 3), 3, 1)],
)
def test_pool_and_unpool_are_torchs(shape, k, s):
    """maxpool and maxunpool agree with torch: overlapping windows, a border left over, one window."""
    x = draw(16, *shape)
    y, idx = ref.maxpool(x, k, s)
    values, places = functional.max_pool2d(torch.tensor(x), k, s, return_indices=True)
    same(y, values)
    np.testing.assert_array_equal(idx, places)
    want = functional.max_unpool2d(values, places, k, s, output_size=shape[2:])
    same(ref.maxunpool(y, idx, shape[2:]), want)


def test_unpooling_inverts_pooling_for_nonnegative_maxima_only():
    """pool(unpool(y)) is max(y, 0), and unpool(pool(x)) keeps the maxima of x alone."""
    x = draw(17, 2, 3, 4, 6)
    x[:, :, :2, :2] -= 10.0
    y, idx = ref.maxpool(x, 2, 2)
    assert y.min() < 0
    image = ref.maxunpool(y, idx, (4, 6))
    np.testing.assert_array_equal(ref.maxpool(image, 2, 2)[0], np.maximum(y, 0.0))
    assert np.count_nonzero(image) == y.size
    np.testing.assert_array_equal(image[image != 0], x[image != 0])


def test_unpooling_of_the_handout():
    """The handout's 4×4 image: maxima, places, the image put back, and -1 lost to the zeros around it."""
    x = np.array([[1.0, 3, 2, 0], [4, 2, 1, 5], [-1, -2, 0, 1], [-3, -5, 2, 1]])[None, None]
    y, idx = ref.maxpool(x, 2, 2)
    np.testing.assert_array_equal(y[0, 0], [[4, 5], [-1, 2]])
    np.testing.assert_array_equal(idx[0, 0], [[4, 7], [8, 14]])
    image = ref.maxunpool(y, idx, (4, 4))
    np.testing.assert_array_equal(image[0, 0], [[0, 0, 0, 0], [4, 0, 0, 5], [-1, 0, 0, 0], [0, 0, 2, 0]])
    np.testing.assert_array_equal(ref.maxpool(image, 2, 2)[0][0, 0], [[4, 5], [0, 2]])


@pytest.mark.parametrize("bad", [-1, 12, 13])
def test_unpooling_refuses_places_outside(bad):
    """An index below 0 or from H·W on is a ValueError."""
    with pytest.raises(ValueError, match="idx"):
        ref.maxunpool(np.ones((1, 1, 1, 2)), np.array([[[[0, bad]]]]), (3, 4))


def test_arguments_stay_as_they_are():
    """No function writes into its arguments."""
    x, w = draw(18, 1, 2, 4, 4), draw(19, 2, 3, 3, 3)
    y, idx = ref.maxpool(x, 2, 2)
    for array in (x, w, y, idx):
        array.setflags(write=False)
    ref.conv_transpose2d(x, w, 2, 1, 1)
    ref.upsample_nearest(x, 2)
    ref.upsample_nearest_backward(x, 2)
    ref.upsample_bilinear(x, 2)
    ref.maxunpool(y, idx, (4, 4))
