"""The facts that questions on recurrent networks use, against torch's layers and autograd."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

FOLDER = Path(__file__).parents[2] / "reference" / "recurrent"


def load(name):
    """A module of the folder by its path."""
    spec = importlib.util.spec_from_file_location(f"recurrent_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


facts, ref = load("facts"), load("solution")
LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize(("D", "H"), [(3, 5), (1, 1), (10, 4)])
def test_parameters_are_torchs_with_two_biases(kind, D, H):
    """torch counts two biases per block, or none; one bias lies half-way between."""
    sizes = {
        bias: sum(one.numel() for one in LAYERS[kind](D, H, bias=bias).parameters()) for bias in (True, False)
    }
    assert facts.cell_params(kind, D, H, 2) == sizes[True]
    assert facts.cell_params(kind, D, H, 0) == sizes[False]
    assert 2 * facts.cell_params(kind, D, H, 1) == sizes[True] + sizes[False]


def test_lstm_with_one_bias_has_180_parameters_of_torchs_200():
    """The sizes of the handout: 3 inputs, 5 units."""
    assert (facts.cell_params("lstm", 3, 5), facts.cell_params("lstm", 3, 5, 2)) == (180, 200)


def test_lstm_cell_is_that_of_the_reference():
    """Gates that are computed from their pre-activations, one unit."""
    pre, c = np.array([[0.3, -1.2, 0.8, 1.7]]), np.array([[0.6]])
    h_next, c_next, _ = ref.lstm_step_forward(
        np.zeros((1, 1)), np.zeros((1, 1)), c, np.zeros((1, 4)), np.zeros((1, 4)), pre[0]
    )
    i, f, o = (1 / (1 + math.exp(-pre[0, place])) for place in (0, 1, 3))
    got = facts.lstm_cell(i, f, math.tanh(pre[0, 2]), o, 0.6)
    assert got == pytest.approx((h_next[0, 0], c_next[0, 0]))


def test_carried_is_the_derivative_along_the_cell_state():
    """A forget gate that does not depend on the state multiplies at every step."""
    c = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    state = c
    for _ in range(6):
        state = 0.9 * state + 0.05
    state.backward()
    assert facts.carried(0.9, 6) == pytest.approx(c.grad.item())


def test_gru_mixes_as_torch_does():
    """z = 1 keeps the old state; between, it is torch.lerp from the new one to the old."""
    assert facts.gru_mix(1, 0.3, -0.7) == -0.7
    want = torch.lerp(torch.tensor(0.3), torch.tensor(-0.7), 0.25).item()
    assert facts.gru_mix(0.25, 0.3, -0.7) == pytest.approx(want)


@pytest.mark.parametrize("bound", [0.5, 100.0])
def test_clipping_is_torchs_clip_grad_norm(bound):
    """One factor for all gradients, and no change below the bound."""
    gradients = [3.0, -4.0, 12.0]
    leaves = [torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in gradients]
    for leaf, value in zip(leaves, gradients, strict=True):
        leaf.grad = torch.tensor(value, dtype=torch.float64)
    nn.utils.clip_grad_norm_(leaves, bound)
    assert facts.clipped(gradients, bound) == pytest.approx([leaf.grad.item() for leaf in leaves], rel=1e-6)


def test_gradient_of_a_shared_weight_is_that_of_autograd():
    """The sum over the steps at which the weight is used."""
    w = torch.tensor(-1.5, dtype=torch.float64, requires_grad=True)
    state = torch.tensor(2.0, dtype=torch.float64)
    for one in (1.0, -3.0, 0.5):
        state = w * state + one
    (4.0 * state).backward()
    assert facts.shared_weight_gradient(-1.5, [1.0, -3.0, 0.5], 2.0, 4.0) == pytest.approx(w.grad.item())
