"""The reference of A4 against torch.optim, torch autograd, centred differences, closed forms and the slides' values."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

_PATH = Path(__file__).parents[2] / "reference" / "optimizers" / "solution.py"
_SPEC = importlib.util.spec_from_file_location("reference_optimizers", _PATH)
ref = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(ref)

VALLEY = np.array([1.0, 10.0, 0.1])
LEARNING = {
    "sgd": ((0.05,), lambda p: torch.optim.SGD(p, lr=0.05)),
    "momentum": ((0.05, 0.9), lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9)),
    "rmsprop": ((0.1, 0.8, 0.05), lambda p: torch.optim.RMSprop(p, lr=0.1, alpha=0.8, eps=0.05)),
    "adam": ((0.1, 0.8, 0.95, 0.05), lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.95), eps=0.05)),
}


def rosenbrock(z):
    """Σ 100 (z_{i+1} - z_i²)² + (1 - z_i)² of a tensor (n,)."""
    return (100 * (z[1:] - z[:-1] ** 2) ** 2 + (1 - z[:-1]) ** 2).sum()


def walk(name, w, gradient, steps, hyper):
    """The points after each step of the reference."""
    state, path = {}, []
    for _ in range(steps):
        if name == "nesterov":
            w, state = ref.nesterov(w, gradient, state, *hyper)
        else:
            w, state = getattr(ref, name)(w, gradient(w), state, *hyper)
        path.append(w)
    return path


@pytest.mark.parametrize("name", LEARNING)
def test_optimisers_are_torchs(name):
    """Ten steps on a Rosenbrock valley agree with torch.optim in float64, a large ε included."""
    hyper, make = LEARNING[name]
    hyper = (hyper[0] / 100, *hyper[1:])
    start = np.array([0.7, 1.2, 0.9])
    leaf = torch.tensor(start, requires_grad=True)
    optimiser = make([leaf])
    optimiser.param_groups[0]["lr"] /= 100

    def gradient(w):
        z = torch.tensor(w, requires_grad=True)
        rosenbrock(z).backward()
        return z.grad.numpy()

    for w in walk(name, start, gradient, 10, hyper):
        optimiser.zero_grad()
        rosenbrock(leaf).backward()
        optimiser.step()
        np.testing.assert_allclose(w, leaf.detach().numpy(), rtol=1e-10)


def test_nesterov_is_torchs_seen_from_the_look_ahead():
    """torch's Nesterov walks on w + αu: from equal starts its points are the reference's looked ahead."""
    lr, alpha, start = 0.03, 0.8, np.array([1.0, 1.0, -2.0])
    leaf = torch.tensor(start, requires_grad=True)
    optimiser = torch.optim.SGD([leaf], lr=lr, momentum=alpha, nesterov=True)
    w, state = start, {}
    for _ in range(6):
        before = w
        w, state = ref.nesterov(w, lambda z: VALLEY * z, state, lr, alpha)
        optimiser.zero_grad()
        (0.5 * torch.tensor(VALLEY) * leaf**2).sum().backward()
        optimiser.step()
        np.testing.assert_allclose(w + alpha * (w - before), leaf.detach().numpy(), rtol=1e-12)


def test_nesterov_asks_once_at_the_look_ahead():
    """grad_fn is called once a step, at w plus α times the last move."""
    asked = []

    def gradient(z):
        asked.append(z.copy())
        return VALLEY * z

    path = [
        np.array([1.0, 1.0, -2.0]),
        *walk("nesterov", np.array([1.0, 1.0, -2.0]), gradient, 4, (0.05, 0.9)),
    ]
    moves = [np.zeros(3), *np.diff(path, axis=0)]
    assert len(asked) == 4
    for point, w, move in zip(asked, path, moves, strict=False):
        np.testing.assert_allclose(point, w + 0.9 * move, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "hyper", "last"),
    [
        ("sgd", (0.05,), [0.773781, 0.03125, -1.950498]),
        ("momentum", (0.05, 0.9), [0.417156, -0.5218, -1.870103]),
        ("nesterov", (0.05, 0.9), [0.450444, -0.101753, -1.870865]),
        ("rmsprop", (0.1, 0.9, 1e-8), [0.199795, 0.199795, -1.048927]),
        ("adam", (0.1, 0.9, 0.999, 1e-8), [0.507964, 0.507964, -1.502956]),
    ],
)
def test_the_handouts_valley(name, hyper, last):
    """The fifth point of each path is the one printed in the handout."""
    path = walk(name, np.array([1.0, 1.0, -2.0]), lambda z: VALLEY * z, 5, hyper)
    np.testing.assert_allclose(path[-1], last, atol=6e-7)


@settings(derandomize=True, database=None, max_examples=30, deadline=None)
@given(st.floats(1e-3, 1e3), st.sampled_from([-1.0, 1.0]), st.floats(1e-4, 1.0))
def test_adam_steps_by_the_sign(size, sign, lr):
    """Under a constant gradient each of Adam's steps is -lr·sign(g) up to ε/|g|."""
    path = walk("adam", np.zeros(1), lambda z: np.full(1, sign * size), 4, (lr, 0.9, 0.999, 1e-8))
    np.testing.assert_allclose(np.diff([np.zeros(1), *path], axis=0), -lr * sign, rtol=2e-5)


@settings(derandomize=True, database=None, max_examples=30, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=4), st.floats(1e-3, 0.3))
def test_no_inertia_is_sgd(entries, lr):
    """With α = 0 momentum and Nesterov are SGD."""
    w = np.array(entries)
    plain = walk("sgd", w, np.sin, 3, (lr,))
    for name in ("momentum", "nesterov"):
        np.testing.assert_allclose(walk(name, w, np.sin, 3, (lr, 0.0)), plain, rtol=1e-12)


def test_optimisers_leave_their_arguments_and_take_any_shape():
    """w and g are unchanged, and a 0-d or 3-d w gives a w of that shape."""
    for shape in [(), (3,), (2, 1, 3)]:
        w, g = np.full(shape, 2.0), np.full(shape, 0.5)
        for name, (hyper, _) in LEARNING.items():
            new, _ = getattr(ref, name)(w, g, {}, *hyper)
            assert np.shape(new) == shape
            assert (w == 2.0).all()
            assert (g == 0.5).all()


def test_schedules_have_the_lectures_values():
    """η₁₀ = 0.05 and 0.03679; the step decay stays at 0.1 up to t = 9."""
    assert ref.lr_inverse(0.1, 0.1, 10) == pytest.approx(0.05)
    assert ref.lr_exp(0.1, 0.1, 10) == pytest.approx(0.036788, abs=5e-7)
    rates = [ref.lr_step(0.1, 0.5, 10, t) for t in (0, 5, 9, 10, 19, 20, 35)]
    assert rates == pytest.approx([0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.0125])


def test_schedules_are_torchs():
    """Step and exponential decay agree with torch's schedulers, the inverse one with LambdaLR."""
    makers = {
        "step": lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=3, gamma=0.4),
        "exp": lambda o: torch.optim.lr_scheduler.ExponentialLR(o, gamma=math.exp(-0.2)),
        "inverse": lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + 0.3 * t)),
    }
    ours = {
        "step": lambda t: ref.lr_step(0.7, 0.4, 3, t),
        "exp": lambda t: ref.lr_exp(0.7, 0.2, t),
        "inverse": lambda t: ref.lr_inverse(0.7, 0.3, t),
    }
    for name, make in makers.items():
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.7)
        scheduler = make(optimiser)
        for t in range(10):
            assert ours[name](t) == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-12)
            optimiser.step()
            scheduler.step()


@pytest.mark.parametrize("scheme", ["lecun_uniform", "xavier_uniform", "he_normal"])
def test_initialisation_has_the_law_of_its_name(scheme):
    """Variance within five standard errors of a million draws, a Kolmogorov-Smirnov test, and the bounds."""
    stats = pytest.importorskip("scipy.stats")
    W = getattr(ref, f"init_{scheme}")(200, 300, (1000, 1000), np.random.default_rng(3))
    variance = {"lecun_uniform": 1 / 200, "xavier_uniform": 2 / 500, "he_normal": 2 / 200}[scheme]
    spread, kurtosis = math.sqrt(variance), 3.0 if scheme == "he_normal" else 1.8
    assert (W.shape, W.dtype) == ((1000, 1000), np.float64)
    assert abs(W.var() / variance - 1) < 5 * math.sqrt((kurtosis - 1) / W.size)
    bound = math.sqrt(3) * spread
    law = stats.norm(0, spread) if scheme == "he_normal" else stats.uniform(-bound, 2 * bound)
    assert stats.kstest(W.ravel()[:20_000], law.cdf).pvalue > 1e-3
    if scheme != "he_normal":
        assert np.abs(W).max() <= bound


def test_initial_bounds_are_torchs():
    """Xavier's and LeCun's bounds are those of torch's xavier_uniform_ and (linear) kaiming_uniform_."""
    for ours, theirs in [
        (ref.init_xavier_uniform, torch.nn.init.xavier_uniform_),
        (ref.init_lecun_uniform, lambda t: torch.nn.init.kaiming_uniform_(t, nonlinearity="linear")),
    ]:
        drawn = theirs(torch.empty(200, 400, dtype=torch.float64)).numpy()  # (out, in)
        W = ours(400, 200, (400, 200), np.random.default_rng(0))
        assert np.abs(W).max() == pytest.approx(np.abs(drawn).max(), rel=1e-3)


@pytest.mark.parametrize("n", [2, 5])
def test_batchnorm_is_torchs(n):
    """Output, all gradients, the running mean and the test mode agree with BatchNorm1d in float64."""
    rng = np.random.default_rng(n)
    x, dout, gamma, beta = (
        rng.normal(2, 3, (n, 4)),
        rng.normal(size=(n, 4)),
        rng.normal(size=4),
        rng.normal(size=4),
    )
    layer = torch.nn.BatchNorm1d(4, eps=0.01, momentum=0.3, dtype=torch.float64)
    layer.load_state_dict({"weight": torch.tensor(gamma), "bias": torch.tensor(beta)}, strict=False)
    inputs = torch.tensor(x, requires_grad=True)
    expected = layer(inputs)
    expected.backward(torch.tensor(dout))
    state = {"mean": np.zeros(4), "var": np.ones(4)}
    out, cache = ref.batchnorm_forward(x, gamma, beta, state, True, 0.3, 0.01)
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-10)
    grads = (inputs.grad, layer.weight.grad, layer.bias.grad)
    for ours, theirs in zip(ref.batchnorm_backward(dout, cache), grads, strict=True):
        assert ours.shape == tuple(theirs.shape)
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(state["mean"], layer.running_mean.numpy(), rtol=1e-12)
    unbiased = (state["var"] - 0.7) * n / (n - 1) + 0.7
    np.testing.assert_allclose(unbiased, layer.running_var.numpy(), rtol=1e-12)
    layer.eval()
    tested = {"mean": layer.running_mean.numpy(), "var": layer.running_var.numpy()}
    out, _ = ref.batchnorm_forward(x, gamma, beta, tested, False, 0.3, 0.01)
    np.testing.assert_allclose(out, layer(inputs).detach().numpy(), rtol=1e-10)


def test_batchnorm_gradients_fit_centred_differences():
    """dx, dγ and dβ fit differences of the forward pass to 1e-7 in norm, and dx adds up to 0 over the batch."""
    rng = np.random.default_rng(7)
    given_ = {"x": rng.normal(1, 2, (4, 3)), "gamma": rng.normal(size=3), "beta": rng.normal(size=3)}
    dout = rng.normal(size=(4, 3))

    def loss(arrays):
        state = {"mean": np.zeros(3), "var": np.ones(3)}
        return float((dout * ref.batchnorm_forward(**arrays, state=state, train=True)[0]).sum())

    state = {"mean": np.zeros(3), "var": np.ones(3)}
    grads = ref.batchnorm_backward(dout, ref.batchnorm_forward(**given_, state=state, train=True)[1])
    for name, grad in zip(given_, grads, strict=True):
        numeric = np.zeros_like(grad)
        for i in np.ndindex(grad.shape):
            step = np.zeros_like(grad)
            step[i] = 1e-5
            up, down = given_ | {name: given_[name] + step}, given_ | {name: given_[name] - step}
            numeric[i] = (loss(up) - loss(down)) / 2e-5
        assert np.linalg.norm(grad - numeric) < 1e-7 * (np.linalg.norm(grad) + np.linalg.norm(numeric))
    np.testing.assert_allclose(grads[0].sum(axis=0), 0.0, atol=1e-12)


def test_batchnorm_has_the_handouts_values():
    """The worked example of the handout, and 316.23 where the slide's formula gives 100 000."""
    x, state = np.array([[1.0, 10.0], [3.0, 10.0], [5.0, 40.0]]), {"mean": np.zeros(2), "var": np.ones(2)}
    out, _ = ref.batchnorm_forward(x, np.ones(2), np.zeros(2), state, True)
    np.testing.assert_allclose(out, [[-1.224743, -0.707107], [0, -0.707107], [1.224743, 1.414214]], atol=1e-6)
    np.testing.assert_allclose(state["mean"], [0.3, 2.0])
    np.testing.assert_allclose(state["var"], [7 / 6, 20.9])
    flat = {"mean": np.zeros(1), "var": np.zeros(1)}
    out, _ = ref.batchnorm_forward(np.ones((1, 1)), np.ones(1), np.zeros(1), flat, False)
    assert out.item() == pytest.approx(316.2278, abs=1e-4)


def test_batchnorm_of_one_row_is_beta():
    """A batch of one gives β and zero gradient by x; the statistics stay finite, the running variance shrinks."""
    state, beta = {"mean": np.zeros(2), "var": np.ones(2)}, np.array([3.0, -1.0])
    out, cache = ref.batchnorm_forward(np.array([[5.0, 7.0]]), np.ones(2), beta, state, True)
    np.testing.assert_array_equal(out, beta[None])
    dx, _, _ = ref.batchnorm_backward(np.ones((1, 2)), cache)
    np.testing.assert_array_equal(dx, np.zeros((1, 2)))
    np.testing.assert_allclose(state["var"], [0.9, 0.9])


def test_dropout_has_its_law():
    """Of a million entries the share of zeros is 0.3 within five standard errors; the rest is x/0.7 exactly."""
    x = np.random.default_rng(1).uniform(1, 2, size=(1000, 1000))
    out, mask = ref.dropout_forward(x, 0.3, True, np.random.default_rng(2))
    zero = out == 0
    assert abs(zero.mean() - 0.3) < 5 * math.sqrt(0.21 / x.size)
    np.testing.assert_allclose(out[~zero], x[~zero] / 0.7, rtol=1e-14)
    dout = np.ones_like(x)
    np.testing.assert_allclose(ref.dropout_backward(dout, mask), np.where(zero, 0.0, 1 / 0.7), rtol=1e-14)
    for axis in (0, 1):  # a share for each row and column: binomial as well
        counts = zero.sum(axis=axis)
        assert counts.std() == pytest.approx(math.sqrt(1000 * 0.21), rel=0.15)


def test_dropout_is_the_identity_at_test_time():
    """Test mode changes nothing and needs no generator; p = 0 changes nothing either."""
    x = np.arange(6.0).reshape(2, 3)
    out, mask = ref.dropout_forward(x, 0.5, False, None)
    np.testing.assert_array_equal(out, x)
    np.testing.assert_array_equal(ref.dropout_backward(x, mask), x)
    np.testing.assert_array_equal(ref.dropout_forward(x, 0.0, True, np.random.default_rng(0))[0], x)


@pytest.mark.parametrize("p_drop", [1.0, 1.5, -0.1, math.nan])
def test_dropout_refuses_impossible_probabilities(p_drop):
    """p_drop outside of [0, 1) raises ValueError."""
    with pytest.raises(ValueError, match="p_drop"):
        ref.dropout_forward(np.ones(2), p_drop, True, np.random.default_rng(0))


def test_l2_penalty_is_autograds():
    """R and its gradients agree with torch; the handout's example gives 1.9."""
    rng = np.random.default_rng(5)
    params = [(rng.normal(size=(3, 4)), rng.normal(size=4)), (rng.normal(size=(4, 2)), rng.normal(size=2))]
    R, grads = ref.l2_penalty(params, 0.3)
    leaves = [torch.tensor(W, requires_grad=True) for W, _ in params]
    penalty = 0.3 * sum((W**2).sum() for W in leaves)
    penalty.backward()
    assert isinstance(R, float)
    assert penalty.item() == pytest.approx(R, rel=1e-12)
    for (dW, db), leaf, (_, b) in zip(grads, leaves, params, strict=True):
        np.testing.assert_allclose(dW, leaf.grad.numpy(), rtol=1e-12)
        np.testing.assert_array_equal(db, np.zeros(b.shape))
    handout = [(np.array([[1.0, -2.0], [0.0, 3.0]]), np.array([5.0, -5.0]))]
    assert ref.l2_penalty([*handout, (np.array([[2.0], [1.0]]), np.array([7.0]))], 0.1)[0] == pytest.approx(
        1.9
    )


def test_signals_survive_twenty_layers():
    """Fresh weights at width 512: the spread stays within [0.5, 2], linear with LeCun and ReLU with He."""
    rng = np.random.default_rng(11)
    for draw, act, gain in [
        (ref.init_lecun_uniform, lambda u: u, 1.0),
        (ref.init_he_normal, lambda u: np.maximum(u, 0), 2.0),
    ]:
        H = rng.normal(size=(64, 512))
        for _ in range(20):
            U = H @ draw(512, 512, (512, 512), rng)
            H = act(U)
            assert 0.5 <= math.sqrt(np.mean(U**2) / gain) <= 2.0
