"""The reference of A3 against torch in float64, centred differences, plain loops, closed forms and the slides."""

import importlib.util
import math
import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch.nn import functional

_PATH = Path(__file__).parents[2] / "reference" / "activations_losses" / "solution.py"
_SPEC = importlib.util.spec_from_file_location("reference_activations_losses", _PATH)
ref = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(ref)

ACTIVATIONS = {
    "sigmoid": ((), torch.sigmoid),
    "tanh": ((), torch.tanh),
    "relu": ((), functional.relu),
    "leaky_relu": ((0.3,), lambda x: functional.leaky_relu(x, 0.3)),
    "elu": ((1.7,), lambda x: functional.elu(x, 1.7)),
}
LOSSES = {
    "mse": ((), functional.mse_loss),
    "mae": ((), functional.l1_loss),
    "msle": ((), lambda p, y: torch.mean((torch.log(p) - torch.log(y)) ** 2)),
    "huber": ((0.7,), lambda p, y: functional.huber_loss(p, y, delta=0.7)),
    "bce": ((), functional.binary_cross_entropy),
    "bce_with_logits": ((), functional.binary_cross_entropy_with_logits),
    "cross_entropy": ((), functional.cross_entropy),
}
SHAPES = [(5,), (1, 4), (4, 3), (2, 3, 2, 2)]
EXAMPLE = np.array([1.0, 3.0, 4.0, 8.0]), np.array([2.0, 2.5, 1.0, 10.0])
MODERATE = hnp.arrays(np.float64, (3, 2), elements=st.floats(-30, 30))


def draw_loss(name, shape, seed=0):
    """Predictions and targets that this loss is defined for → (yhat, y)."""
    rng = np.random.default_rng(seed)
    if name == "cross_entropy":
        return rng.normal(size=(shape[0], 4)), rng.integers(0, 4, size=shape[0])
    if name in ("msle", "bce"):
        top = 0.95 if name == "bce" else 5.0
        return rng.uniform(0.05, top, shape), rng.uniform(0.05, top, shape)
    return rng.normal(size=shape), rng.uniform(size=shape)


def differences(f, x, h=1e-5):
    """Centred differences of the float f by each entry of x, in the shape of x."""
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        grad[i] = (f(x + step) - f(x - step)) / (2 * h)
    return grad


def near(got, want, rtol=1e-10):
    """Same shape, float64, same values."""
    assert (np.shape(got), np.asarray(got).dtype) == (np.shape(want), np.float64)
    np.testing.assert_allclose(got, want, rtol=rtol, atol=1e-12)


@pytest.mark.parametrize(("name", "shape"), [*product(ACTIVATIONS, SHAPES)])
def test_activations_and_slopes_are_torchs(name, shape):
    """Values and gradients agree with autograd in float64 for one to four axes and N = 1."""
    options, theirs = ACTIVATIONS[name]
    rng = np.random.default_rng(1)
    x, dout = rng.normal(0, 2, shape), rng.normal(size=shape)
    leaf = torch.tensor(x, requires_grad=True)
    expected = theirs(leaf)
    expected.backward(torch.tensor(dout))
    out, cache = getattr(ref, name)(x, *options)
    near(out, expected.detach().numpy())
    near(getattr(ref, name + "_backward")(dout, cache), leaf.grad.numpy())


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes_fit_centred_differences(name):
    """Each backward pass fits the differences of its forward pass, away from the kink."""
    rng = np.random.default_rng(2)
    x, dout = rng.normal(0, 1.5, (4, 3)), rng.normal(size=(4, 3))
    x[np.abs(x) < 0.01] = 0.5
    forward, options = getattr(ref, name), ACTIVATIONS[name][0]
    dx = getattr(ref, name + "_backward")(dout, forward(x, *options)[1])
    numeric = differences(lambda moved: float((dout * forward(moved, *options)[0]).sum()), x)
    np.testing.assert_allclose(dx, numeric, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_survive_large_inputs_without_warnings(name):
    """At ±1000 values and gradients are torch's and NumPy has nothing to warn of."""
    x = np.array([-1000.0, -750.0, 750.0, 1000.0])
    leaf = torch.tensor(x, requires_grad=True)
    options, theirs = ACTIVATIONS[name]
    expected = theirs(leaf)
    expected.sum().backward()
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
        warnings.simplefilter("error")
        out, cache = getattr(ref, name)(x, *options)
        dx = getattr(ref, name + "_backward")(np.ones(4), cache)
    near(out, expected.detach().numpy())
    near(dx, leaf.grad.numpy())


def test_defaults_and_slopes_of_the_lecture():
    """The leaky slope is 0.1, α is 1; the sigmoid's slope at zero is ¼, tanh's is 1."""
    x = np.array([-2.0, 3.0])
    near(ref.leaky_relu(x)[0], [-0.2, 3.0])
    near(ref.elu(x)[0], [math.expm1(-2), 3.0])
    one, zero = np.ones(1), np.zeros(1)
    assert ref.sigmoid_backward(one, ref.sigmoid(zero)[1])[0] == 0.25
    assert ref.tanh_backward(one, ref.tanh(zero)[1])[0] == 1.0


@settings(derandomize=True, database=None, max_examples=60)
@given(MODERATE)
def test_laws_of_the_activations(x):
    """tanh is a stretched sigmoid, σ(-x) = 1 - σ(x), leaky ReLU runs from ReLU (a = 0) to the identity (a = 1)."""
    np.testing.assert_allclose(ref.tanh(x)[0], 2 * ref.sigmoid(2 * x)[0] - 1, atol=1e-14)
    np.testing.assert_allclose(ref.sigmoid(-x)[0], 1 - ref.sigmoid(x)[0], atol=1e-15)
    np.testing.assert_array_equal(ref.leaky_relu(x, 0.0)[0], ref.relu(x)[0])
    np.testing.assert_array_equal(ref.leaky_relu(x, 1.0)[0], x)


@pytest.mark.parametrize(("n", "d", "k"), [(4, 3, 2), (1, 2, 5), (3, 3, 3)])
def test_maxout_is_autograds_and_fits_differences(n, d, k):
    """Value and all five gradients agree with autograd and with differences."""
    rng = np.random.default_rng(3)
    args = [rng.normal(size=shape) for shape in [(n, d), (d, k), (k,), (d, k), (k,)]]
    dout = rng.normal(size=(n, k))
    x, W1, b1, W2, b2 = leaves = [torch.tensor(a, requires_grad=True) for a in args]
    expected = torch.maximum(x @ W1 + b1, x @ W2 + b2)
    expected.backward(torch.tensor(dout))
    out, cache = ref.maxout(*args)
    near(out, expected.detach().numpy())
    for i, (grad, leaf) in enumerate(zip(ref.maxout_backward(dout, cache), leaves, strict=True)):
        near(grad, leaf.grad.numpy())

        def loss(moved, i=i):
            return float((dout * ref.maxout(*args[:i], moved, *args[i + 1 :])[0]).sum())

        np.testing.assert_allclose(grad, differences(loss, args[i]), rtol=1e-6, atol=1e-8)


def test_maxout_shares_ties_once():
    """With two equal pieces the gradients of both add up to those of one linear layer."""
    rng = np.random.default_rng(4)
    x, W, b, dout = (rng.normal(size=shape) for shape in [(4, 3), (3, 2), (2,), (4, 2)])
    dx, dW1, db1, dW2, db2 = ref.maxout_backward(dout, ref.maxout(x, W, b, W, b)[1])
    near(dx, dout @ W.T)
    near(dW1 + dW2, x.T @ dout)
    near(db1 + db2, dout.sum(axis=0))


@pytest.mark.parametrize(("name", "shape"), [*product(LOSSES, [(5,), (1, 4), (4, 3), (2, 3, 2)])])
def test_losses_and_gradients_are_torchs(name, shape):
    """Loss, a Python float, and gradient agree with torch in float64 and fit centred differences."""
    options, theirs = LOSSES[name]
    yhat, y = draw_loss(name, shape)
    leaf = torch.tensor(yhat, requires_grad=True)
    expected = theirs(leaf, torch.tensor(y))
    expected.backward()
    loss, slope = getattr(ref, name)(yhat, y, *options)
    assert type(loss) is float
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    near(slope, leaf.grad.numpy())
    numeric = differences(lambda moved: getattr(ref, name)(moved, y, *options)[0], yhat)
    np.testing.assert_allclose(slope, numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("name", "options", "loss", "slope"),
    [
        ("mse", (), 3.5625, [-0.5, 0.25, 1.5, -1.0]),
        ("mae", (), 1.625, [-0.25, 0.25, 0.25, -0.25]),
        ("huber", (), 1.15625, [-0.25, 0.125, 0.25, -0.25]),
        ("huber", (2.0,), 1.65625, [-0.25, 0.125, 0.5, -0.5]),
    ],
)
def test_regression_example_of_the_handout(name, options, loss, slope):
    """The handout's losses and gradients, worked out by hand, hold exactly."""
    got = getattr(ref, name)(*EXAMPLE, *options)
    assert got[0] == loss
    np.testing.assert_array_equal(got[1], slope)


def test_msle_of_the_slide_and_of_a_loop():
    """Against 100, 50 costs 0.480 and 150 costs 0.164; the handout's example agrees with a loop."""
    low, high = (ref.msle(np.array([p]), np.array([100.0]))[0] for p in (50.0, 150.0))
    assert (round(low, 3), round(high, 3)) == (0.480, 0.164)
    loss, slope = ref.msle(*EXAMPLE)
    assert loss == pytest.approx(math.fsum(math.log(p / t) ** 2 for p, t in zip(*EXAMPLE, strict=True)) / 4)
    assert round(loss, 6) == 0.621325
    np.testing.assert_allclose(slope, [-0.346574, 0.030387, 0.173287, -0.013946], atol=6e-7)


@pytest.mark.parametrize("delta", [0.3, 1.0, 2.5])
def test_huber_is_smooth_and_lies_between_mse_and_mae(delta):
    """Value ½δ² and slope ±δ at ±δ; ½·MSE for a huge δ, and δ·MAE less ½δ² where all errors are large."""
    zero = np.zeros(1)
    for e in (delta - 1e-12, delta + 1e-12):
        loss, slope = ref.huber(np.array([-e]), zero, delta)
        assert loss == pytest.approx(delta**2 / 2, abs=1e-10)
        assert slope[0] == pytest.approx(-delta, abs=1e-10)
    yhat, y = EXAMPLE
    assert ref.huber(yhat, y, 1e3)[0] == pytest.approx(ref.mse(yhat, y)[0] / 2)
    assert ref.huber(yhat, y, 0.1)[0] == pytest.approx(0.1 * ref.mae(yhat, y)[0] - 0.005)


def test_mae_slope_at_zero_is_a_subgradient():
    """Where the prediction is exact the slope is within ±1/n, elsewhere ±1/n."""
    slope = ref.mae(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 1.0, 3.5, 4.0]))[1]
    np.testing.assert_array_equal(slope, [0.0, 0.25, -0.25, 0.0])


def test_bce_at_zero_and_one_is_torchs():
    """Logarithms are cut off at -100 and the gradient's denominator at 1e-12, as torch does."""
    p, y = np.array([0.0, 1.0, 0.0, 1.0, 1e-30]), np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    leaf = torch.tensor(p, requires_grad=True)
    expected = functional.binary_cross_entropy(leaf, torch.tensor(y))
    expected.backward()
    loss, slope = ref.bce(p, y)
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    assert ref.bce(p[2:3], y[2:3])[0] == 100.0
    near(slope, leaf.grad.numpy(), rtol=1e-8)  # torch's 1e-12 is a float32 number


def test_classification_examples_of_the_handout():
    """-ln 0.8 = 0.223, the handout's bce and cross-entropy, ln K for equal logits, 0.802 for a softmax too many."""
    assert round(ref.bce(np.array([0.8]), np.ones(1))[0], 5) == 0.22314
    loss, slope = ref.bce(np.array([0.8, 0.4]), np.array([1.0, 0.0]))
    assert round(loss, 6) == 0.366985
    np.testing.assert_allclose(slope, [-0.625, 5 / 6])
    loss, dS = ref.cross_entropy(np.array([[2.0, 1.0, 0.1]]), np.array([0]))
    assert round(loss, 6) == 0.417030
    np.testing.assert_allclose(dS, [[-0.340999, 0.242433, 0.098566]], atol=6e-7)
    probabilities = dS + np.array([[1.0, 0.0, 0.0]])
    assert round(ref.cross_entropy(probabilities, np.array([0]))[0], 3) == 0.802
    assert ref.cross_entropy(np.zeros((3, 7)), np.array([0, 3, 6]))[0] == pytest.approx(math.log(7))


@settings(derandomize=True, database=None, max_examples=60)
@given(MODERATE, st.floats(-1000, 1000))
def test_laws_of_the_losses_on_logits(S, shift):
    """A shift changes nothing, rows of dS sum to 0, two classes are the logistic case, and BCE is that of σ."""
    y = np.array([0, 1, 1])
    loss, dS = ref.cross_entropy(S, y)
    assert loss == pytest.approx(ref.cross_entropy(S + shift, y)[0], rel=1e-9, abs=1e-9)
    np.testing.assert_allclose(dS.sum(axis=1), 0.0, atol=1e-15)
    s = S[:, 1] - S[:, 0]
    binary, ds = ref.bce_with_logits(s, y.astype(float))
    assert binary == pytest.approx(loss, rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(ds, dS[:, 1], atol=1e-12)
    p, cache = ref.sigmoid(np.clip(s, -12, 12))
    through, dp = ref.bce(p, y.astype(float))
    direct, ds = ref.bce_with_logits(np.clip(s, -12, 12), y.astype(float))
    assert through == pytest.approx(direct, rel=1e-9)
    np.testing.assert_allclose(ref.sigmoid_backward(dp, cache), ds, atol=1e-9)


def test_losses_on_logits_are_exact_at_a_thousand():
    """Logits of ±1000 cost what the closed form says, with no overflow and no bound of 100."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, ds = ref.bce_with_logits(np.array([1000.0, -1000.0, 1000.0]), np.array([0.0, 1.0, 1.0]))
        wrong, dS = ref.cross_entropy(np.array([[1000.0, -1000.0]]), np.array([1]))
    assert loss == pytest.approx(2000 / 3)
    np.testing.assert_array_equal(ds, np.array([1.0, -1.0, 0.0]) / 3)
    assert wrong == 2000.0
    np.testing.assert_array_equal(dS, [[1.0, -1.0]])


def test_nothing_changes_its_arguments_or_remembers():
    """Every function leaves its arguments alone; a cache serves twice, also after another forward pass."""
    rng = np.random.default_rng(6)
    x, dout = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    for array in (x, dout):
        array.setflags(write=False)
    for name in ACTIVATIONS:
        _, cache = getattr(ref, name)(x)
        first = getattr(ref, name + "_backward")(dout, cache)
        getattr(ref, name)(-x)
        np.testing.assert_array_equal(getattr(ref, name + "_backward")(dout, cache), first)
    for name in LOSSES:
        yhat, y = draw_loss(name, (3, 4))
        for array in (yhat, y):
            array.setflags(write=False)
        first, again = getattr(ref, name)(yhat, y), getattr(ref, name)(yhat, y)
        assert first[0] == again[0]
        np.testing.assert_array_equal(first[1], again[1])
