"""The reference of A1 against torch autograd, centred differences, plain loops and the lectures' numbers."""

import importlib.util
import math
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from grader.datasets import digits8x8

_PATH = Path(__file__).parents[2] / "reference" / "softmax_regression" / "solution.py"
_SPEC = importlib.util.spec_from_file_location("reference_softmax_regression", _PATH)
ref = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(ref)

SHAPES = [(5, 4, 3), (1, 3, 5), (4, 4, 4), (6, 1, 2), (3, 2, 11)]
SCORES = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6),
    elements=st.floats(-1e4, 1e4),
)


def draw(seed, n, d, k):
    """A random problem → X (n, d), y (n,), W (d, k), b (k,)."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.integers(0, k, size=n), rng.normal(size=(d, k)), rng.normal(size=k)


def torch_loss(X, y, W, b):
    """The mean cross-entropy by torch and its leaves W, b."""
    leaves = [torch.tensor(array, requires_grad=True) for array in (W, b)]
    scores = torch.nn.functional.linear(torch.tensor(X), leaves[0].T, leaves[1])
    return torch.nn.functional.cross_entropy(scores, torch.tensor(y)), leaves


def same(got, want, rtol=1e-10, atol=1e-13):
    """Two float64 arrays agree, shapes included."""
    want = np.asarray(want)
    assert (got.shape, got.dtype) == (want.shape, np.float64)
    np.testing.assert_allclose(got, want, rtol=rtol, atol=atol)


@pytest.mark.parametrize("shape", SHAPES)
def test_scores_are_torchs_linear(shape):
    """linear_forward agrees with torch.nn.Linear holding the transposed weights."""
    X, _, W, b = draw(0, *shape)
    layer = torch.nn.Linear(*W.shape, dtype=torch.float64)
    layer.load_state_dict({"weight": torch.tensor(W.T.copy()), "bias": torch.tensor(b)})
    same(ref.linear_forward(X, W, b), layer(torch.tensor(X)).detach())


def test_a_bias_is_a_weight_of_one():
    """[X, 1] times W with b as its last row gives the scores (S0 L153)."""
    X, _, W, b = draw(1, 5, 3, 4)
    appended = ref.linear_forward(np.hstack([X, np.ones((5, 1))]), np.vstack([W, b]), np.zeros(4))
    same(ref.linear_forward(X, W, b), appended)


def test_the_line_is_scipys_and_the_handouts():
    """fit_least_squares agrees with scipy's linregress; the handout's points give 1.2 and 0.7."""
    rng = np.random.default_rng(2)
    for n in (2, 3, 20):
        x, y = rng.normal(5, 2, size=n), rng.normal(size=n)
        expected = scipy.stats.linregress(x, y)
        assert ref.fit_least_squares(x, y) == pytest.approx((expected.slope, expected.intercept), rel=1e-9)
    handout = ref.fit_least_squares(np.arange(4.0), np.array([1.0, 2.0, 2.0, 5.0]))
    assert handout == pytest.approx((1.2, 0.7), rel=1e-14)
    assert [type(value) for value in handout] == [float, float]


@pytest.mark.parametrize("x", [[2.0, 2.0, 2.0], [0.1, 0.1, 0.1], [5.0]])
def test_a_vertical_line_is_refused(x):
    """Equal x, a single point included, raise ValueError."""
    with pytest.raises(ValueError, match="slope"):
        ref.fit_least_squares(np.array(x), np.arange(len(x), dtype=float))


def test_powers_are_those_of_plain_python():
    """Column j is x^j, for integers as well, where 64 bits would overflow; 0⁰ is 1."""
    for x, d in product([np.array([0.0, -1.5, 3.0]), np.array([10, -3, 0])], [0, 1, 4, 21]):
        same(ref.poly_features(x, d), [[float(v) ** j for j in range(d + 1)] for v in x.tolist()])


def test_more_powers_never_fit_worse():
    """The least squared error of the same points falls with the degree; with N powers it is zero."""
    rng = np.random.default_rng(3)
    x, y = np.linspace(-1, 1, 7), rng.normal(size=7)
    features = [ref.poly_features(x, d) for d in range(7)]
    errors = [ref.mse(y, F @ np.linalg.lstsq(F, y, rcond=None)[0]) for F in features]
    assert all(b <= a + 1e-12 for a, b in pairwise(errors))
    assert errors[-1] == pytest.approx(0.0, abs=1e-20)


@pytest.mark.parametrize("shape", [(6,), (4, 3), (1,), ()])
def test_mse_is_torchs(shape):
    """mse agrees with torch's mse_loss for every shape."""
    rng = np.random.default_rng(4)
    y, yhat = np.asarray(rng.normal(size=shape)), np.asarray(rng.normal(size=shape))
    expected = torch.nn.functional.mse_loss(torch.tensor(yhat), torch.tensor(y)).item()
    assert ref.mse(y, yhat) == pytest.approx(expected, rel=1e-12)


def test_mse_refuses_to_broadcast():
    """The handout's line has an mse of 0.45; (N,) against (N, 1) raises ValueError."""
    y = np.array([1.0, 2.0, 2.0, 5.0])
    assert ref.mse(y, np.array([0.7, 1.9, 3.1, 4.3])) == pytest.approx(0.45)
    with pytest.raises(ValueError, match="shape"):
        ref.mse(y, y[:, None])


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(SCORES)
def test_softmax_is_a_distribution_and_scipys(S):
    """Scores of any size give rows that sum to one, those of scipy, and a shift changes nothing."""
    P = ref.softmax(S)
    same(P, scipy.special.softmax(S, axis=1), rtol=1e-9)
    np.testing.assert_allclose(P.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(ref.softmax(S + 64.0), P, rtol=1e-9, atol=1e-15)


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(SCORES, st.randoms(use_true_random=False))
def test_the_loss_is_scipys_and_its_gradient_sums_to_zero(S, random):
    """-log_softmax at the label, never negative and finite; each row of dS sums to zero."""
    y = np.array([random.randrange(S.shape[1]) for _ in S])
    loss = ref.cross_entropy(S, y, True)
    expected = -scipy.special.log_softmax(S, axis=1)[np.arange(len(y)), y].mean()
    assert loss == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert 0 <= loss < math.inf
    np.testing.assert_allclose(ref.softmax_ce_backward(S, y).sum(axis=1), 0.0, atol=1e-12)


def test_values_of_the_lectures():
    """softmax(2, 1, 0.1) = (.659, .242, .099); -ln 0.8 = 0.2231; K equal scores cost ln K."""
    S = np.array([[2.0, 1.0, 0.1]])
    np.testing.assert_allclose(ref.softmax(S), [[0.659, 0.242, 0.099]], atol=5e-4)
    np.testing.assert_allclose(ref.softmax_ce_backward(S, np.array([0])), [[-0.341, 0.242, 0.099]], atol=5e-4)
    assert ref.cross_entropy(S, np.array([0]), True) == pytest.approx(0.417, abs=5e-4)
    assert ref.cross_entropy(np.array([[0.1, 0.8, 0.1]]), np.array([1]), False) == pytest.approx(
        0.2231, abs=5e-5
    )
    for k in (2, 10):
        assert ref.cross_entropy(np.zeros((3, k)), np.zeros(3, int), True) == pytest.approx(
            math.log(k), rel=1e-14
        )
    assert ref.cross_entropy(np.array([[1e4, 0.0]]), np.array([1]), True) == 1e4


@pytest.mark.parametrize("shape", SHAPES)
def test_both_forms_of_the_loss_agree(shape):
    """cross_entropy of softmax(S) as probabilities is that of S as scores."""
    X, y, W, b = draw(5, *shape)
    S = ref.linear_forward(X, W, b)
    loss = ref.cross_entropy(S, y, True)
    assert loss == pytest.approx(ref.cross_entropy(ref.softmax(S), y, False), rel=1e-12)


@pytest.mark.parametrize(("shape", "scale"), [*product(SHAPES, [1.0, 1e4])])
def test_gradient_by_the_scores_is_autograds(shape, scale):
    """softmax_ce_backward agrees with torch's cross_entropy, for huge scores as well."""
    n, _, k = shape
    rng = np.random.default_rng(6)
    S, y = scale * rng.normal(size=(n, k)), rng.integers(0, k, size=n)
    leaf = torch.tensor(S, requires_grad=True)
    torch.nn.functional.cross_entropy(leaf, torch.tensor(y)).backward()
    same(ref.softmax_ce_backward(S, y), leaf.grad, atol=1e-15)


@pytest.mark.parametrize("shape", SHAPES)
def test_logreg_grads_are_autograds(shape):
    """Loss, dW and db agree with torch in float64, for squares and a batch of one, too."""
    X, y, W, b = draw(7, *shape)
    expected, leaves = torch_loss(X, y, W, b)
    expected.backward()
    loss, dW, db = ref.logreg_grads(X, y, W, b)
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    same(dW, leaves[0].grad)
    same(db, leaves[1].grad)


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_fit_centred_differences(shape):
    """dS, dW and db fit (L(θ + h) - L(θ - h)) / 2h to 1e-6 in norm."""
    X, y, W, b = draw(8, *shape)
    S = ref.linear_forward(X, W, b)
    _, dW, db = ref.logreg_grads(X, y, W, b)
    cases = [
        (S, ref.softmax_ce_backward(S, y), lambda z: ref.cross_entropy(z, y, True)),
        (W, dW, lambda z: ref.logreg_grads(X, y, z, b)[0]),
        (b, db, lambda z: ref.logreg_grads(X, y, W, z)[0]),
    ]
    for at, grad, loss in cases:
        numeric = np.zeros_like(at)
        for place in np.ndindex(at.shape):
            step = np.zeros_like(at)
            step[place] = 1e-5
            numeric[place] = (loss(at + step) - loss(at - step)) / 2e-5
        assert np.linalg.norm(grad - numeric) <= 1e-6 * (np.linalg.norm(grad) + np.linalg.norm(numeric))


def test_a_step_writes_into_the_arrays():
    """sgd_step changes the caller's arrays, leaves the gradients, and updates a tied array twice."""
    W, dW = np.ones((2, 2)), np.full((2, 2), 4.0)
    alias = W
    assert ref.sgd_step([W], [dW], 0.25) is None
    assert alias is W
    assert not W.any()
    assert (dW == 4.0).all()
    ref.sgd_step([W, W], [dW, 2 * dW], 0.25)
    np.testing.assert_array_equal(W, np.full((2, 2), -3.0))


@pytest.mark.parametrize(("n", "batch"), [(6, 2), (7, 3), (5, 1), (5, 5), (5, 8), (1, 4)])
def test_an_epoch_is_torchs_sgd_over_the_batches(n, batch):
    """Two epochs agree with torch.optim.SGD over a DataLoader in order; the loss is weighted by rows."""
    X, y, W, b = draw(9, n, 3, 4)
    _, leaves = torch_loss(X, y, W, b)
    optimiser = torch.optim.SGD(leaves, lr=0.7)
    data = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(y))
    for _ in range(2):
        total = 0.0
        for xb, yb in torch.utils.data.DataLoader(data, batch_size=batch):
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(xb @ leaves[0] + leaves[1], yb)
            loss.backward()
            optimiser.step()
            total += loss.item() * len(xb)
        W, b, mean = ref.softmax_regression_epoch(X, y, W, b, 0.7, batch)
        assert mean == pytest.approx(total / n, rel=1e-11)
    same(W, leaves[0].detach())
    same(b, leaves[1].detach())


def test_the_pure_functions_leave_their_arguments():
    """Read-only arguments are accepted by every function but sgd_step."""
    X, y, W, b = draw(10, 5, 3, 4)
    S, x = ref.linear_forward(X, W, b), X[:, 0].copy()
    for array in (X, y, W, b, S, x):
        array.flags.writeable = False
    ref.fit_least_squares(x, X[:, 1])
    ref.poly_features(x, 2)
    ref.mse(x, X[:, 1])
    ref.cross_entropy(ref.softmax(S), y, False)
    ref.cross_entropy(S, y, True)
    ref.softmax_ce_backward(S, y)
    ref.logreg_grads(X, y, W, b)
    ref.softmax_regression_epoch(X, y, W, b, 0.5, 2)


def test_xor_is_out_of_reach():
    """From ten starts the loss comes down to ln 2 and at most three of four points are right."""
    X, y = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    for seed in range(10):
        _, _, W, b = draw(seed, 1, 2, 2)
        for _ in range(40):
            W, b, loss = ref.softmax_regression_epoch(X, y, W, b, 1.0, 4)
            assert loss >= math.log(2) - 1e-12
        assert loss == pytest.approx(math.log(2), abs=1e-3)
        assert (ref.linear_forward(X, W, b).argmax(axis=1) == y).sum() <= 3


def test_digits_are_recognised():
    """Fifteen epochs read at least 95 % of every fourth digit, left out, from five starts and orders."""
    data = digits8x8()
    X, y = data.images.reshape(-1, 64) / 16.0, data.labels
    others = np.arange(len(y)) % 4 == 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        order = rng.permutation(np.flatnonzero(~others))
        W, b, losses = rng.normal(0.0, 0.1, size=(64, 10)), np.zeros(10), []
        for _ in range(15):
            W, b, loss = ref.softmax_regression_epoch(X[order], y[order], W, b, 0.5, 32)
            losses.append(loss)
        assert losses[0] > losses[-1]
        assert (ref.linear_forward(X[others], W, b).argmax(axis=1) == y[others]).mean() >= 0.95
