"""The exam facts of `optimizers` against its solution, torch and samples."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

FOLDER = Path(__file__).parents[2] / "reference" / "optimizers"


def load(name):
    """The module reference/optimizers/<name>.py."""
    spec = importlib.util.spec_from_file_location(f"optimizers_{name}_under_test", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


facts, ref = load("facts"), load("solution")


def test_nesterov_asks_at_the_look_ahead():
    """The reference's Nesterov step calls the gradient of ½ c w² exactly at look_ahead(w, u, α)."""
    asked = []

    def gradient(w):
        asked.append(w)
        return facts.linear_gradient(3.0)(w)

    new, _ = ref.nesterov(2.0, gradient, {"u": -0.5}, 0.1, 0.9)
    assert asked == [pytest.approx(facts.look_ahead(2.0, -0.5, 0.9))]
    assert new == pytest.approx(2.0 - 0.45 - 0.1 * 3.0 * 1.55)


@pytest.mark.parametrize("alpha", [0.5, 0.8, 0.95])
def test_momentum_reaches_the_terminal_step(alpha):
    """After 1000 steps with a constant gradient a step is terminal_step, in the reference and in torch."""
    w, state = 0.0, {}
    p = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimiser = torch.optim.SGD([p], lr=0.1, momentum=alpha)
    for _ in range(1000):
        before, torch_before = w, p.item()
        w, state = ref.momentum(w, 3.0, state, 0.1, alpha)
        p.grad = torch.full((1,), 3.0, dtype=torch.float64)
        optimiser.step()
    assert w - before == pytest.approx(facts.terminal_step(3.0, 0.1, alpha))
    assert p.item() - torch_before == pytest.approx(facts.terminal_step(3.0, 0.1, alpha))


@pytest.mark.parametrize("g", [-4.0, 0.01, 7.0])
def test_adams_corrections(g):
    """The reference's moments over bias_correction are g and g²; without it the ratio is adam_uncorrected_ratio."""
    _, state = ref.adam(0.0, g, {}, 0.1, 0.9, 0.999, 0.0)
    s, r = state["s"], state["r"]
    assert s / facts.bias_correction(0.9, 1) == pytest.approx(g)
    assert r / facts.bias_correction(0.999, 1) == pytest.approx(g * g)
    assert abs(s) / r**0.5 == pytest.approx(facts.adam_uncorrected_ratio(0.9, 0.999))
    assert facts.adam_uncorrected_ratio(0.9, 0.999) == pytest.approx(10**0.5)


def test_half_life():
    """The reference's exponential schedule is at half its start after half_life steps."""
    assert ref.lr_exp(0.4, 0.05, facts.half_life(0.05)) == pytest.approx(0.2)


@pytest.mark.parametrize(("cin", "cout", "k"), [(3, 16, 5), (64, 32, 1), (8, 8, 3)])
def test_fans_are_torchs(cin, cout, k):
    """conv_fans agrees with what torch.nn.init computes for the weight of Conv2d."""
    weight = torch.nn.Conv2d(cin, cout, k).weight
    assert facts.conv_fans(cin, cout, k) == torch.nn.init._calculate_fan_in_and_fan_out(weight)


def test_bounds_and_spreads_of_the_initialisations():
    """20 000 samples of the reference and of torch stay within the bounds and come near them, or have the spread."""
    rng, shape = np.random.default_rng(0), (100, 200)  # torch: (fan_out, fan_in)
    torch.manual_seed(0)
    xavier = torch.nn.init.xavier_uniform_(torch.empty(shape)).numpy()
    he = torch.nn.init.kaiming_normal_(torch.empty(shape), nonlinearity="relu").numpy()
    for sample, bound in [
        (ref.init_lecun_uniform(200, 100, shape, rng), facts.lecun_bound(200)),
        (ref.init_xavier_uniform(200, 100, shape, rng), facts.xavier_bound(200, 100)),
        (xavier, facts.xavier_bound(200, 100)),
    ]:
        assert 0.999 * bound < np.abs(sample).max() <= bound * (1 + 1e-6)
    for sample in (ref.init_he_normal(200, 100, shape, rng), he):
        assert sample.std() == pytest.approx(facts.he_std(200), rel=0.02)


@pytest.mark.parametrize(("relu", "var_w"), [(False, 0.006), (True, 0.012), (True, 0.005)])
def test_signal_variance(relu, var_w):
    """The mean square in 40 random nets after three layers of 200 units is near signal_variance."""
    rng = np.random.default_rng(1)
    squares = []
    for _ in range(40):
        A = rng.normal(size=(100, 200))
        for _ in range(3):
            A = A @ rng.normal(0, var_w**0.5, (200, 200))
            A = np.maximum(A, 0) if relu else A
        squares.append(np.mean(A * A))
    assert np.mean(squares) == pytest.approx(facts.signal_variance(3, 200, var_w, relu), rel=0.05)


def test_normal_outside():
    """31.73 %, 4.55 % and 0.27 % of a Gaussian lie outside one, two and three standard deviations."""
    found = [facts.normal_outside(k) for k in (1, 2, 3)]
    assert found == pytest.approx([0.3173, 0.0455, 0.0027], abs=5e-5)


def test_batch_norms_bookkeeping():
    """Parameters, buffers (but for the batch counter), running mean and group size are those of torch's BatchNorm2d."""
    layer = torch.nn.BatchNorm2d(7, momentum=0.3).double()
    assert sum(p.numel() for p in layer.parameters()) == facts.batchnorm_trainable(7)
    buffers = dict(layer.named_buffers())
    assert buffers.pop("num_batches_tracked").numel() == 1
    assert sum(b.numel() for b in buffers.values()) == facts.batchnorm_buffers(7)
    x = torch.arange(2 * 7 * 3 * 4, dtype=torch.float64).reshape(2, 7, 3, 4)
    layer(x)
    total, count = x[:, 2].sum().item(), facts.batchnorm_group(2, 3, 4)
    assert layer.running_mean[2].item() == pytest.approx(facts.running_mean(0.0, total / count, 0.3))
    state = {"mean": np.array([5.0]), "var": np.array([1.0])}
    ref.batchnorm_forward(np.array([[1.0], [3.0]]), np.ones(1), np.zeros(1), state, True, momentum=0.3)
    assert state["mean"][0] == pytest.approx(facts.running_mean(5.0, 2.0, 0.3))


@pytest.mark.parametrize("p", [0.1, 0.3, 0.8])
def test_dropout(p):
    """Masks of the reference have inverted_scale and dropped_sd; classic_test_scale undoes the former."""
    rng, dropped = np.random.default_rng(2), []
    for _ in range(2000):
        _, mask = ref.dropout_forward(np.ones(400), p, True, rng)
        dropped.append(int((mask == 0).sum()))
        assert mask.max() == pytest.approx(facts.inverted_scale(p))
    assert np.std(dropped) == pytest.approx(facts.dropped_sd(400, p), rel=0.08)
    assert facts.inverted_scale(p) * facts.classic_test_scale(p) == pytest.approx(1.0)


def test_weight_decay_is_torchs():
    """SGD on α w² alone, by the reference's penalty and by torch's weight_decay = 2α, gives decayed_weight."""
    alpha, lr, w = 0.05, 0.2, np.array([[3.0]])
    p = torch.nn.Parameter(torch.tensor([3.0], dtype=torch.float64))
    optimiser = torch.optim.SGD([p], lr=lr, weight_decay=facts.torch_weight_decay(alpha))
    for _ in range(6):
        w, _ = ref.sgd(w, ref.l2_penalty([(w, np.zeros(1))], alpha)[1][0][0], {}, lr)
        p.grad = torch.zeros(1, dtype=torch.float64)
        optimiser.step()
    assert w.item() == pytest.approx(facts.decayed_weight(3.0, lr, alpha, 6))
    assert p.item() == pytest.approx(w.item())


SCHEDULERS = {
    "linear": lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.0, total_iters=30),
    "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 30),
    "restarts": lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 15),
    "constant": lambda o: torch.optim.lr_scheduler.ConstantLR(o, 1.0),
}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_schedules_are_torchs(name):
    """Step by step over 30 steps; the restart that would begin behind the last step is not drawn."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    scheduler, rates = SCHEDULERS[name](optimizer), []
    for _ in range(30):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert facts.schedule(name, 0.2, 30)[:30] == pytest.approx(rates, abs=1e-7)
    assert facts.schedule(name, 0.2, 30)[30] == (0.2 if name == "constant" else pytest.approx(0.0))


def test_decays_are_the_reference_s():
    """Exponential, inverse and step decay with the rates that the docstring names."""
    steps = range(31)
    decays = {
        "exponential": [ref.lr_exp(0.2, 4.0 / 30, t) for t in steps],
        "inverse": [ref.lr_inverse(0.2, 0.3, t) for t in steps],
        "step": [ref.lr_step(0.2, 0.4, 10, t) for t in range(30)] + [0.2 * 0.4**2],
    }
    for name, rates in decays.items():
        assert facts.schedule(name, 0.2, 30) == pytest.approx(rates)


def test_warm_up_rises_first():
    """Linearly from 0, and then the schedule in the steps that are left."""
    rates = facts.schedule("cosine", 0.2, 30, 6)
    assert rates[:7] == pytest.approx(np.linspace(0.0, 0.2, 7))
    assert rates[6:] == pytest.approx(facts.schedule("cosine", 0.2, 24))
