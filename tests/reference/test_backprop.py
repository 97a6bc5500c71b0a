"""The reference of A2 against torch autograd, centred differences, plain loops and the lecture's numbers."""

import importlib.util
import math
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import torch

_PATH = Path(__file__).parents[2] / "reference" / "backprop" / "solution.py"
_SPEC = importlib.util.spec_from_file_location("reference_backprop", _PATH)
ref = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(ref)

ACTS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
NETS = [(5, [3, 4]), (1, [3, 5, 2]), (6, [2, 5, 3, 4]), (4, [4, 4, 4]), (3, [2, 6, 3, 5, 4])]
XOR_X, XOR_Y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])


def draw(seed, n, sizes):
    """X (n, sizes[0]) and random params."""
    rng = np.random.default_rng(seed)
    params = [(rng.normal(size=(d, k)), rng.normal(size=k)) for d, k in pairwise(sizes)]
    return rng.normal(size=(n, sizes[0])), params


def torch_net(X, params, act):
    """Logits by torch and its leaves [(W, b), …] with requires_grad."""
    leaves = [tuple(torch.tensor(array, requires_grad=True) for array in pair) for pair in params]
    H = torch.tensor(X)
    for depth, (W, b) in enumerate(leaves, start=1):
        U = torch.nn.functional.linear(H, W.T, b)
        H = ACTS[act](U) if depth < len(leaves) else U
    return H, leaves


def same_pairs(got, want, rtol=1e-10):
    """Two lists of pairs of arrays agree, shapes and dtypes included."""
    assert len(got) == len(want)
    for pair, other in zip(got, want, strict=True):
        for a, b in zip(pair, other, strict=True):
            b = np.asarray(b)
            assert (a.shape, a.dtype) == (b.shape, np.float64)
            np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-12)


@pytest.mark.parametrize(("act", "net"), [*product(ACTS, NETS)])
def test_forward_and_backward_are_torchs(act, net):
    """Logits and every gradient agree with autograd in float64, for square nets and a batch of one, too."""
    n, sizes = net
    X, params = draw(1, n, sizes)
    dS = np.random.default_rng(2).normal(size=(n, sizes[-1]))
    S, cache = ref.mlp_forward(X, params, act)
    logits, leaves = torch_net(X, params, act)
    np.testing.assert_allclose(S, logits.detach().numpy(), rtol=1e-12)
    logits.backward(torch.tensor(dS))
    same_pairs(ref.mlp_backward(dS, cache), [(W.grad, b.grad) for W, b in leaves])


@pytest.mark.parametrize("act", ["sigmoid", "tanh"])
def test_backward_fits_centred_differences(act):
    """Every parameter's gradient fits the differences of the forward pass to 1e-6 in norm."""
    X, params = draw(3, 4, [3, 5, 2, 4])
    dS = np.random.default_rng(4).normal(size=(4, 4))
    grads = ref.mlp_backward(dS, ref.mlp_forward(X, params, act)[1])
    for layer, which in product(range(3), range(2)):

        def loss(value, layer=layer, which=which):
            moved = [list(pair) for pair in params]
            moved[layer][which] = value
            return float((dS * ref.mlp_forward(X, moved, act)[0]).sum())

        numeric = ref.numerical_gradient(loss, params[layer][which])
        assert ref.rel_error(grads[layer][which], numeric) < 1e-6


def test_a_cache_serves_twice_and_survives_another_forward():
    """Two backward passes from one cache agree, with a forward pass of other data between them."""
    X, params = draw(5, 4, [3, 5, 2])
    dS = np.ones((4, 2))
    _, cache = ref.mlp_forward(X, params, "tanh")
    first = ref.mlp_backward(dS, cache)
    ref.mlp_forward(-X, params, "tanh")
    same_pairs(ref.mlp_backward(dS, cache), first, rtol=0)


@pytest.mark.parametrize("act", ACTS)
def test_activations_are_torchs_and_never_overflow(act):
    """activate agrees with torch, at ±1000 as well."""
    U = np.array([[-1000.0, -2.0, 0.0, 0.5, 1000.0]])
    expected = ACTS[act](torch.tensor(U)).numpy()
    np.testing.assert_allclose(ref.activate(U, act), expected, rtol=1e-12, atol=1e-300)


def test_unknown_activation_is_refused():
    """activate raises ValueError for a name that it does not know."""
    with pytest.raises(ValueError, match="swish"):
        ref.activate(np.zeros(1), "swish")


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_softmax_ce_is_torchs_cross_entropy(scale):
    """Loss and gradient agree with torch's cross_entropy, for huge logits as well."""
    rng = np.random.default_rng(6)
    S, y = scale * rng.normal(size=(5, 3)), rng.integers(0, 3, size=5)
    logits = torch.tensor(S, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor(y))
    expected.backward()
    loss, dS = ref.softmax_ce(S, y)
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_allclose(dS, logits.grad.numpy(), atol=1e-12)


def test_counts_are_torchs_and_the_lectures():
    """The 3-2-2-1 net of the lecture has 16 parameters; with an output bias, what torch counts."""
    assert ref.count_params([3, 2, 2, 1], output_bias=False) == 6 + 2 + 4 + 2 + 2 == 16
    for sizes in ([3, 2, 2, 1], [784, 300, 100, 10], [7, 4]):
        layers = [torch.nn.Linear(d, k) for d, k in pairwise(sizes)]
        assert ref.count_params(sizes) == sum(p.numel() for layer in layers for p in layer.parameters())


def test_tiny_net_is_autograds_and_the_handouts():
    """∂L/∂w²₂₂ agrees with autograd on the column-convention net, and with the handout's 0.231595."""
    rng = np.random.default_rng(7)
    shapes = {"W1": (2, 3), "b1": (2,), "W2": (2, 2), "b2": (2,), "W3": (1, 2)}
    handout = {
        "W1": np.array([[0.5, -1.0, 2.0], [1.0, 0.0, -0.5]]),
        "b1": np.array([0.5, -0.5]),
        "W2": np.array([[1.0, -2.0], [0.5, 1.5]]),
        "b2": np.array([0.0, -1.0]),
        "W3": np.array([[2.0, -1.0]]),
    }
    drawn = [{name: rng.normal(size=shape) for name, shape in shapes.items()} for _ in range(5)]
    for params in [handout, *drawn]:
        x, y = (np.array([1.0, 2.0, 0.5]), 1.0) if params is handout else (rng.normal(size=3), rng.normal())
        t = {name: torch.tensor(array, requires_grad=True) for name, array in params.items()}
        a1 = torch.sigmoid(t["W1"] @ torch.tensor(x) + t["b1"])
        a2 = torch.sigmoid(t["W2"] @ a1 + t["b2"])
        torch.square(t["W3"] @ a2 - y).sum().backward()
        assert ref.tiny_net_dw22(x, y, params) == pytest.approx(t["W2"].grad[1, 1].item(), rel=1e-12)
    assert ref.tiny_net_dw22(np.array([1.0, 2.0, 0.5]), 1.0, handout) == pytest.approx(0.231595, abs=5e-7)


def test_numerical_gradient_has_an_error_of_h_squared():
    """On x³ the answer is 3x² + h², on a parabola it is exact; shapes are kept, 0-d and integers work."""
    x = np.random.default_rng(8).normal(size=(2, 3))
    cubic = ref.numerical_gradient(lambda z: np.sum(z**3), x, 0.1)
    np.testing.assert_allclose(cubic, 3 * x**2 + 0.01, rtol=1e-9)
    np.testing.assert_allclose(ref.numerical_gradient(lambda z: np.sum(z**2), x, 0.5), 2 * x, rtol=1e-12)
    at_zero_d = ref.numerical_gradient(lambda z: float(z) ** 2, np.array(3.0))
    assert at_zero_d.shape == ()
    assert at_zero_d == pytest.approx(6.0)
    whole = ref.numerical_gradient(lambda z: np.sum(z * z), np.array([1, 2]))
    assert whole.dtype == np.float64
    np.testing.assert_allclose(whole, [2.0, 4.0], rtol=1e-9)


def test_numerical_gradient_leaves_x_and_calls_twice_an_entry():
    """x is unchanged bit for bit, and f sees two points for each of its entries."""
    x, seen = np.random.default_rng(9).normal(size=(3, 2)), []
    before = x.tobytes()
    ref.numerical_gradient(lambda z: seen.append(z.copy()) or 0.0, x, 0.1)
    assert x.tobytes() == before
    assert len(seen) == 12
    assert all((np.abs(z - x) > 0).sum() == 1 for z in seen)


def test_rel_error_is_a_ratio_of_norms():
    """4/8 for (3, 0) and (3, 4); 1 for opposite signs; 0 for equal or zero arrays; any shape."""
    assert ref.rel_error(np.array([3.0, 0.0]), np.array([3.0, 4.0])) == 0.5
    a = np.random.default_rng(10).normal(size=(2, 3, 4))
    assert ref.rel_error(a, -a) == pytest.approx(1.0)
    assert ref.rel_error(a, a) == 0.0
    assert ref.rel_error(np.zeros(3), np.zeros(3)) == 0.0
    b = a + 0.1
    loops = [math.sqrt(math.fsum(v * v for v in array.ravel())) for array in (a - b, a, b)]
    assert ref.rel_error(a, b) == pytest.approx(loops[0] / (loops[1] + loops[2]), rel=1e-12)


@pytest.mark.parametrize(("scheme", "bound"), [("zeros", 0), ("normal", math.inf), ("xavier", 0.1096)])
def test_init_has_the_distribution_of_its_scheme(scheme, bound):
    """Mean and variance of 60 000 weights are right within five standard errors; biases are zero."""
    (W, b), (last, _) = ref.mlp_init([300, 200, 7], 11, scheme)
    assert (W.shape, b.shape, last.shape) == ((300, 200), (200,), (200, 7))
    assert not b.any()
    assert np.abs(W).max() <= bound
    variance = {"zeros": 0.0, "normal": 1.0, "xavier": 2 / 500}[scheme]
    assert abs(W.mean()) <= 5 * math.sqrt(variance / W.size)
    assert abs(W.var() - variance) <= 5 * variance * math.sqrt(2 / W.size)


def test_init_follows_its_seed():
    """The same seed gives the same weights, another one others; an unknown scheme is refused."""
    draws = [ref.mlp_init([4, 4, 4], seed, "normal") for seed in (1, 1, 2)]
    same_pairs(draws[0], draws[1], rtol=0)
    assert not np.array_equal(draws[0][0][0], draws[2][0][0])
    assert not np.array_equal(draws[0][0][0], draws[0][1][0])
    with pytest.raises(ValueError, match="he"):
        ref.mlp_init([2, 2], 0, "he")


@pytest.mark.parametrize("act", ACTS)
def test_train_step_is_torchs_sgd(act):
    """Three steps agree with torch.optim.SGD on cross_entropy: losses and parameters."""
    X, params = draw(12, 5, [3, 6, 2, 4])
    y = np.array([0, 3, 1, 1, 2])
    _, leaves = torch_net(X, params, act)
    optimiser = torch.optim.SGD([leaf for pair in leaves for leaf in pair], lr=0.5)
    for _ in range(3):
        H = torch.tensor(X)
        for depth, (W, b) in enumerate(leaves):
            H = H @ W + b if depth == 0 else ACTS[act](H) @ W + b
        expected = torch.nn.functional.cross_entropy(H, torch.tensor(y))
        optimiser.zero_grad()
        expected.backward()
        optimiser.step()
        loss, params = ref.mlp_train_step(X, y, params, act, 0.5)
        assert loss == pytest.approx(expected.item(), rel=1e-10)
    same_pairs(params, [(W.detach(), b.detach()) for W, b in leaves])


def test_equal_hidden_units_stay_equal():
    """From zeros the hidden weights never move; from equal columns the columns stay equal."""
    X, y = np.random.default_rng(13).normal(size=(5, 3)), np.array([0, 1, 1, 0, 1])
    _, new = ref.mlp_train_step(X, y, ref.mlp_init([3, 4, 2], 0, "zeros"), "sigmoid", 1.0)
    assert not new[0][0].any()
    assert new[1][0].any()
    params = [(np.full((3, 4), 0.3), np.zeros(4)), (np.tile([0.2, -0.1], (4, 1)), np.zeros(2))]
    for _ in range(10):
        _, params = ref.mlp_train_step(X, y, params, "sigmoid", 1.0)
    np.testing.assert_allclose(params[0][0], np.tile(params[0][0][:, :1], 4), rtol=1e-12)


def test_sigmoid_gradients_vanish():
    """‖δ¹‖ is at most 0.25^(L-1) · ∏‖Wˡ‖ · ‖δᴸ‖, on fifty five-layer nets."""
    for seed in range(50):
        X, params = draw(seed, 1, [7, 6, 5, 4, 3, 2])
        grads = ref.mlp_backward(np.ones((1, 2)), ref.mlp_forward(X, params, "sigmoid")[1])
        bound = 0.25**4 * math.prod(np.linalg.norm(W, 2) for W, _ in params[1:])
        assert np.linalg.norm(grads[0][1]) <= bound * np.linalg.norm(grads[-1][1])


def test_xor_is_learnt_from_every_seed():
    """Fifty seeds of fifty give four right answers of four, the same ones the second time."""
    for seed in range(50):
        params = ref.train_xor(seed)
        S, _ = ref.mlp_forward(XOR_X, params, "tanh")
        assert (S.argmax(axis=1) == XOR_Y).all()
    same_pairs(ref.train_xor(49), params, rtol=0)
