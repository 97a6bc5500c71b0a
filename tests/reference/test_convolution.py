"""The reference of A6 against torch autograd, centred differences, scipy, plain loops and the lectures' numbers."""

import importlib.util
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

_PATH = Path(__file__).parents[2] / "reference" / "convolution" / "solution.py"
_SPEC = importlib.util.spec_from_file_location("reference_convolution", _PATH)
ref = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(ref)

SLIDE_X = np.array([[4.0, 6.0, 3.0], [8.0, 5.0, 1.0], [2.0, 4.0, 6.0]])
SLIDE_K = np.array([[3.0, 2.0], [5.0, 1.0]])
SLIDE_U = [
    [3, 2, 0, 5, 1, 0, 0, 0, 0],
    [0, 3, 2, 0, 5, 1, 0, 0, 0],
    [0, 0, 0, 3, 2, 0, 5, 1, 0],
    [0, 0, 0, 0, 3, 2, 0, 5, 1],
]
SHAPES = [((6, 9), (2, 4)), ((7, 4), (3, 1)), ((5, 5), (3, 3)), ((3, 4), (3, 4)), ((4, 4), (1, 1))]
LAYERS = [
    ((1, 1, 3, 4), (1, 1, 2, 2), (1, 0, 1)),
    ((2, 3, 5, 6), (4, 3, 3, 2), (1, 1, 1)),
    ((2, 2, 8, 6), (3, 2, 3, 3), (2, 1, 1)),
    ((3, 2, 6, 9), (2, 2, 1, 3), (2, 0, 1)),
    ((2, 1, 8, 7), (3, 1, 3, 2), (1, 2, 2)),
    ((1, 3, 7, 9), (2, 3, 2, 3), (3, 0, 2)),
    ((2, 2, 4, 4), (2, 2, 4, 4), (3, 0, 1)),
]
POOLS = [
    ((2, 3, 4, 6), 2, None),
    ((2, 2, 5, 7), 3, 2),
    ((1, 2, 5, 6), 2, 2),
    ((2, 1, 7, 5), (2, 3), (3, 1)),
    ((1, 3, 6, 8), (3, 2), None),
    ((1, 1, 2, 2), 1, 1),
]
TORCH_POOLS = {
    "max": F.max_pool2d,
    "avg": F.avg_pool2d,
    "l2": lambda x, k, s: F.lp_pool2d(x, 2.0, k, s),
}


def layer(seed, xshape, wshape):
    """x, w, b of a layer."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=xshape), rng.normal(size=wshape), rng.normal(size=wshape[0])


def differences(loss, array, h=1e-5):
    """Centred differences of loss() by every entry of `array`, which is moved and put back."""
    grad = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        kept, values = array[index], []
        for step in (h, -h):
            array[index] = kept + step
            values.append(loss())
        array[index] = kept
        grad[index] = (values[0] - values[1]) / (2 * h)
    return grad


def relative(a, b):
    """‖a - b‖ / (‖a‖ + ‖b‖)."""
    return np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))


def pool(kind):
    """(forward, backward) of a kind of pooling."""
    return getattr(ref, f"{kind}pool_forward"), getattr(ref, f"{kind}pool_backward")


@pytest.mark.parametrize(("shape", "window"), SHAPES)
def test_one_image_functions_are_scipys(shape, window):
    """Correlation, true and full convolution agree with scipy.signal on square and other shapes."""
    rng = np.random.default_rng(1)
    x, k = rng.normal(size=shape), rng.normal(size=window)
    np.testing.assert_allclose(ref.xcorr2d(x, k), signal.correlate2d(x, k, "valid"), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        ref.conv2d_true(x, k), signal.convolve2d(x, k, "valid"), rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(ref.full_conv(x, k), signal.convolve2d(x, k, "full"), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ref.full_conv(k, x), signal.convolve2d(k, x, "full"), rtol=1e-10, atol=1e-12)


def test_the_lectures_example():
    """The two tables, U entry by entry, and Uᵀ of the example: as on the slide and as in the handout."""
    np.testing.assert_allclose(ref.xcorr2d(SLIDE_X, SLIDE_K), [[69, 50], [48, 43]])
    np.testing.assert_allclose(ref.conv2d_true(SLIDE_X, SLIDE_K), [[65, 34], [49, 36]])
    U = ref.conv_matrix(SLIDE_K, (3, 3))
    np.testing.assert_array_equal(U, SLIDE_U)
    back = [[207, 288, 100], [489, 544, 136], [240, 263, 43]]
    np.testing.assert_allclose((U.T @ [69.0, 50, 48, 43]).reshape(3, 3), back)
    np.testing.assert_allclose(ref.full_conv(np.array([[69.0, 50], [48, 43]]), SLIDE_K), back)


def test_filters_of_the_lecture():
    """Sharpen, edge, box and Gauss on the IDRIS image have the handout's values."""
    image = np.array(
        [[-5.0, 3, 2, -5, 3], [4, 3, 2, 1, -3], [1, 0, 3, 3, 5], [-2, 0, 1, 4, 4], [5, 6, 7, 9, -1]]
    )
    sharpen = np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    edge = np.array([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]])
    gauss = np.array([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
    np.testing.assert_allclose(ref.xcorr2d(image, sharpen), [[6, 1, 8], [-7, 9, 2], [-5, -9, 3]])
    np.testing.assert_allclose(ref.xcorr2d(image, edge), [[14, 6, -2], [-12, 10, 7], [-21, -24, 1]])
    box = [[13, 12, 11], [12, 17, 20], [21, 33, 35]]
    np.testing.assert_allclose(ref.xcorr2d(image, np.full((3, 3), 1 / 9)) * 9, box)
    smooth = [[1.9375, 1.6875, 0.6875], [1.1875, 2, 2.625], [1.625, 3.125, 4]]
    np.testing.assert_allclose(ref.xcorr2d(image, gauss), smooth)


def test_sobel_on_a_ramp():
    """On a ramp of slope 1 the mask over 8 gives +1 as a correlation; the slide's formula gives -2."""
    ramp = np.tile(np.arange(6.0), (5, 1))
    mask = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    np.testing.assert_allclose(ref.xcorr2d(ramp, mask / 8), 1.0)
    np.testing.assert_allclose(ref.conv2d_true(ramp, mask / 8), -1.0)
    np.testing.assert_allclose(ref.conv2d_true(ramp, mask / 4), -2.0)


@pytest.mark.parametrize(("shape", "window"), SHAPES)
def test_conv_matrix_is_the_correlation(shape, window):
    """U v(x) = v(xcorr2d(x, k)) and Uᵀ v(y) = v(full_conv(y, k)), and U is float64."""
    rng = np.random.default_rng(2)
    x, k = rng.normal(size=shape), rng.normal(size=window)
    U, out = ref.conv_matrix(k, shape), ref.xcorr2d(x, k)
    assert U.dtype == np.float64
    np.testing.assert_allclose(U @ x.ravel(), out.ravel(), rtol=1e-10, atol=1e-12)
    y = rng.normal(size=out.shape)
    np.testing.assert_allclose(U.T @ y.ravel(), ref.full_conv(y, k).ravel(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("xshape", "wshape", "how"), LAYERS)
def test_patches_are_torchs_unfold_and_fold(xshape, wshape, how):
    """im2col is unfold with patches as rows, col2im is fold."""
    stride, pad, dilation = how
    x = np.random.default_rng(3).normal(size=xshape)
    window = {"kernel_size": wshape[2:], "stride": stride, "padding": pad, "dilation": dilation}
    expected = F.unfold(torch.tensor(x), **window)  # (N, C·kh·kw, OH·OW)
    cols = ref.im2col(x, *wshape[2:], *how)
    np.testing.assert_array_equal(cols, expected.transpose(1, 2).reshape(cols.shape).numpy())
    back = F.fold(expected, xshape[2:], **window).numpy()
    np.testing.assert_allclose(ref.col2im(cols, xshape, *wshape[2:], *how), back, rtol=1e-12)


@settings(derandomize=True, database=None, max_examples=60, deadline=None)
@given(st.tuples(*[st.integers(1, 3)] * 5), st.integers(0, 4), st.integers(0, 4), st.integers(0, 2))
def test_col2im_is_the_transpose_of_im2col(sizes, more_rows, more_columns, p):
    """⟨im2col(x), c⟩ = ⟨x, col2im(c)⟩ for every window, stride, padding and dilation that fits."""
    kh, kw, s, d, C = sizes
    shape = (2, C, d * (kh - 1) + 1 + more_rows, d * (kw - 1) + 1 + more_columns)
    rng = np.random.default_rng(4)
    x = rng.normal(size=shape)
    cols = ref.im2col(x, kh, kw, s, p, d)
    c = rng.normal(size=cols.shape)
    back = ref.col2im(c, shape, kh, kw, s, p, d)
    assert back.shape == shape
    assert np.sum(x * back) == pytest.approx(np.sum(cols * c), rel=1e-9, abs=1e-9)


def test_coverage_of_the_handout():
    """The two tables of how often a pixel is seen: stride 2 with a rest, and padding 1."""
    ones = np.ones((1, 1, 5, 6))
    seen = ref.col2im(ref.im2col(ones, 3, 3, 2), ones.shape, 3, 3, 2)[0, 0]
    np.testing.assert_array_equal(seen, np.outer([1, 1, 2, 1, 1], [1, 1, 2, 1, 1, 0]))
    square = ones[..., :5]
    seen = ref.col2im(ref.im2col(square, 3, 3, 1, 1), square.shape, 3, 3, 1, 1)[0, 0]
    np.testing.assert_array_equal(seen, np.outer([2, 3, 3, 3, 2], [2, 3, 3, 3, 2]))
    rows = ref.im2col(np.arange(1.0, 25.0).reshape(1, 2, 3, 4), 2, 3)
    np.testing.assert_array_equal(rows[0], [1, 2, 3, 5, 6, 7, 13, 14, 15, 17, 18, 19])
    np.testing.assert_array_equal(rows[1], [2, 3, 4, 6, 7, 8, 14, 15, 16, 18, 19, 20])


@pytest.mark.parametrize(("xshape", "wshape", "how"), LAYERS)
def test_layer_and_gradients_are_torchs(xshape, wshape, how):
    """out, dx, dw and db agree with autograd in float64."""
    arrays = layer(5, xshape, wshape)
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    stride, pad, dilation = how
    expected = F.conv2d(*leaves, stride=stride, padding=pad, dilation=dilation)
    out, cache = ref.conv2d_forward(*arrays, *how)
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    dout = np.random.default_rng(6).normal(size=out.shape)
    expected.backward(torch.tensor(dout))
    for grad, leaf in zip(ref.conv2d_backward(dout, cache), leaves, strict=True):
        assert grad.shape == tuple(leaf.shape)
        np.testing.assert_allclose(grad, leaf.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("xshape", "wshape", "how"), LAYERS[1:6])
def test_layer_gradients_fit_differences(xshape, wshape, how):
    """dx, dw and db fit centred differences of the forward pass to 1e-7 in norm."""
    arrays = layer(7, xshape, wshape)
    out, cache = ref.conv2d_forward(*arrays, *how)
    dout = np.random.default_rng(8).normal(size=out.shape)

    def loss():
        return float(np.sum(dout * ref.conv2d_forward(*arrays, *how)[0]))

    for grad, array in zip(ref.conv2d_backward(dout, cache), arrays, strict=True):
        assert relative(grad, differences(loss, array)) < 1e-7


def test_layer_is_seven_loops():
    """The forward pass agrees with the sum written out, for the handout's formula."""
    x, w, b = layer(9, (2, 2, 6, 5), (3, 2, 2, 3))
    stride, pad, dilation = 2, 1, 2
    out, _ = ref.conv2d_forward(x, w, b, stride, pad, dilation)
    wide = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)])
    for n, f, i, j in np.ndindex(out.shape):
        total = b[f]
        for c, a, e in product(range(2), range(2), range(3)):
            total += wide[n, c, i * stride + a * dilation, j * stride + e * dilation] * w[f, c, a, e]
        assert out[n, f, i, j] == pytest.approx(total, rel=1e-10)


def test_full_convolution_is_dx():
    """With one channel and stride 1, dx is full_conv(dout, k), the kernel not turned by the caller."""
    rng = np.random.default_rng(10)
    x, k, y = rng.normal(size=(5, 6)), rng.normal(size=(2, 3)), rng.normal(size=(4, 4))
    _, cache = ref.conv2d_forward(x[None, None], k[None, None], np.zeros(1))
    np.testing.assert_allclose(ref.conv2d_backward(y[None, None], cache)[0][0, 0], ref.full_conv(y, k))


@pytest.mark.parametrize(
    ("w", "how"), [((2, 1, 3, 3), ()), ((2, 4, 3, 3), ()), ((2, 3, 3, 3), (1, 0, 3)), ((2, 3, 8, 3), (2, 1))]
)
def test_impossible_layers_are_refused(w, how):
    """Kernels of another depth, or larger than the padded image, raise ValueError."""
    with pytest.raises(ValueError, match=r"channels|does not fit"):
        ref.conv2d_forward(np.zeros((2, 3, 5, 6)), np.zeros(w), np.zeros(2), *how)


@pytest.mark.parametrize(("kind", "case"), [*product(TORCH_POOLS, POOLS)])
def test_pooling_is_torchs(kind, case):
    """Forward and gradient agree with torch: overlaps, leftover borders, windows that are not square."""
    shape, k, s = case
    forward, backward = pool(kind)
    x = np.random.default_rng(11).normal(size=shape)
    leaf = torch.tensor(x, requires_grad=True)
    expected = TORCH_POOLS[kind](leaf, k, s)
    out, cache = forward(x, k, s)
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-10)
    dout = np.random.default_rng(12).normal(size=out.shape)
    expected.backward(torch.tensor(dout))
    np.testing.assert_allclose(backward(dout, cache), leaf.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("kind", "case"), [*product(TORCH_POOLS, POOLS[:4])])
def test_pooling_gradients_fit_differences(kind, case):
    """dx fits centred differences of the forward pass."""
    shape, k, s = case
    forward, backward = pool(kind)
    rng = np.random.default_rng(13)
    x = (rng.permutation(int(np.prod(shape))).reshape(shape) - 40.5) * 0.1
    out, cache = forward(x, k, s)
    dout = rng.normal(size=out.shape)
    numeric = differences(lambda: float(np.sum(dout * forward(x, k, s)[0])), x)
    assert relative(backward(dout, cache), numeric) < 1e-7


def test_pooling_tables_of_the_lectures():
    """Maximum, mean and L2 of the three tables are the handout's; the moved map gives 15, 15, 7."""
    idris = np.array([[5.0, 3, 1, 9], [2, 4, 5, 6], [7, 8, 5, 6], [1, 3, 4, 5]])[None, None]
    liege = np.array([[2.0, 3, 2, 0], [5, -2, 2, 8], [-1, -6, 7, 3], [-4, -5, 4, 2]])[None, None]
    insa = np.array([[4.0, 112, 34, 20], [55, 40, 1, 8], [70, 87, 2, 190], [240, 101, 67, 42]])[None, None]
    for table, largest, mean in [
        (idris, [[5, 9], [8, 6]], [[3.5, 5.25], [4.75, 5]]),
        (liege, [[5, 8], [-1, 7]], [[2, 3], [-4, 4]]),
        (insa, [[112, 34], [240, 190]], [[52.75, 15.75], [124.5, 75.25]]),
    ]:
        np.testing.assert_allclose(ref.maxpool_forward(table, 2)[0][0, 0], largest)
        np.testing.assert_allclose(ref.avgpool_forward(table, 2)[0][0, 0], mean)
    l2 = ref.l2pool_forward(idris, 2)[0][0, 0]
    np.testing.assert_allclose(l2, [[7.348, 11.958], [11.091, 10.100]], atol=5e-4)
    rows = [[11.0, -5, 1, -2, 0], [1, 3, 0, 0, 5], [8, 4, 15, -10, 4], [8, 6, 5, 3, 7], [3, 0, -2, 9, 3]]
    centred = np.array(rows)[None, None]
    np.testing.assert_array_equal(ref.maxpool_forward(centred, 3, 1)[0][0, 0], 15.0)
    moved = centred.copy()
    moved[0, 0, 2, 1:3] = 15, 4
    np.testing.assert_array_equal(ref.maxpool_forward(moved, 3, 1)[0][0, 0, 1], [15, 15, 7])


def test_a_tie_is_paid_once():
    """In a window of equal values the first gets all of dout, as in torch."""
    dx = ref.maxpool_backward(np.array([[[[3.0]]]]), ref.maxpool_forward(np.ones((1, 1, 2, 2)), 2)[1])
    np.testing.assert_array_equal(dx[0, 0], [[3, 0], [0, 0]])


def test_l2_of_zeros_has_gradient_zero():
    """A window of zeros has the value 0 and a finite gradient, 0."""
    out, cache = ref.l2pool_forward(np.zeros((1, 1, 2, 2)), 2)
    assert out.item() == 0.0
    np.testing.assert_array_equal(ref.l2pool_backward(np.ones((1, 1, 1, 1)), cache), 0.0)


def test_float32_stays_float32():
    """Layers keep the dtype of their input, forwards and backwards."""
    x, w, b = (array.astype(np.float32) for array in layer(14, (2, 2, 6, 4), (3, 2, 3, 2)))
    out, cache = ref.conv2d_forward(x, w, b, 1, 1)
    assert {out.dtype, *(grad.dtype for grad in ref.conv2d_backward(out, cache))} == {np.dtype(np.float32)}
    for kind in TORCH_POOLS:
        forward, backward = pool(kind)
        out, cache = forward(x, 2)
        assert out.dtype == backward(out, cache).dtype == np.float32


def test_arguments_stay_and_caches_serve_twice():
    """No argument changes, and a cache gives the same gradients after another forward pass."""
    arrays = layer(15, (2, 2, 5, 4), (3, 2, 2, 3))
    before = [array.tobytes() for array in arrays]
    out, cache = ref.conv2d_forward(*arrays, 1, 1)
    first = ref.conv2d_backward(out, cache)
    ref.conv2d_forward(*layer(16, (2, 2, 5, 4), (3, 2, 2, 3)), 1, 1)
    for grad, again in zip(first, ref.conv2d_backward(out, cache), strict=True):
        np.testing.assert_array_equal(grad, again)
    for kind in TORCH_POOLS:
        forward, backward = pool(kind)
        small, cache = forward(arrays[0], 2)
        kept = small.tobytes()
        backward(small, cache)
        assert small.tobytes() == kept
    assert [array.tobytes() for array in arrays] == before


def test_circular_filters_are_equivariant():
    """The gap is 0 for a circular filter, and the largest entry's difference for a map that depends on place."""
    rng = np.random.default_rng(17)
    x, k = rng.normal(size=(6, 7)), rng.normal(size=(3, 3))

    def circular(image):
        return signal.correlate2d(image, k, "same", boundary="wrap")

    assert ref.equivariance_gap(circular, x, (2, -3)) < 1e-12
    columns = np.arange(7.0)
    moved = np.roll(x, (1, 2), axis=(0, 1))
    expected = np.abs(moved * (columns - np.roll(columns, 2))).max()
    assert ref.equivariance_gap(lambda z: z * columns, x, (1, 2)) == pytest.approx(expected)
