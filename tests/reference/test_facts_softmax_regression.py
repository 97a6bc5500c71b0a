"""What exams take from reference/softmax_regression/facts.py, against torch and the assignment's cross-entropy."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

_FOLDER = Path(__file__).parents[2] / "reference" / "softmax_regression"


def load(name):
    """The module in this file of the reference."""
    spec = importlib.util.spec_from_file_location(f"{name}_softmax_regression", _FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


facts, ref = load("facts"), load("solution")


@st.composite
def pairs(draw):
    """Two distributions over the same two to six classes, no probability below 1/121."""
    k = draw(st.integers(2, 6))
    both = [draw(st.lists(st.integers(1, 20), min_size=k, max_size=k)) for _ in range(2)]
    return tuple([part / sum(parts) for part in parts] for parts in both)


@given(pairs())
def test_against_torch(both):
    """soft_cross_entropy is torch's with soft targets, kl_divergence torch's kl_div, entropy that of Categorical."""
    y, yhat = (torch.tensor(part, dtype=torch.float64) for part in both)
    cross = torch.nn.functional.cross_entropy(yhat.log()[None], y[None])
    divergence = torch.nn.functional.kl_div(yhat.log(), y, reduction="sum")
    assert facts.soft_cross_entropy(*both) == pytest.approx(cross.item(), abs=1e-12)
    assert facts.kl_divergence(*both) == pytest.approx(divergence.item(), abs=1e-12)
    assert facts.entropy(both[0]) == pytest.approx(
        torch.distributions.Categorical(probs=y).entropy().item(), abs=1e-12
    )


@given(pairs())
def test_cross_entropy_is_divergence_and_entropy(both):
    """CE = KL + H(y), and KL is never negative."""
    y, yhat = both
    assert facts.soft_cross_entropy(y, yhat) == pytest.approx(
        facts.kl_divergence(y, yhat) + facts.entropy(y), abs=1e-12
    )
    assert facts.kl_divergence(y, yhat) >= -1e-12


@given(pairs(), st.data())
def test_one_hot_targets(both, data):
    """For a one-hot target H = 0, CE = KL, and both are the assignment's cross_entropy."""
    yhat, label = both[1], data.draw(st.integers(0, len(both[1]) - 1))
    y = [float(c == label) for c in range(len(yhat))]
    wanted = ref.cross_entropy(np.array([yhat]), np.array([label]), False)
    assert facts.entropy(y) == 0.0
    assert facts.soft_cross_entropy(y, yhat) == pytest.approx(wanted, abs=1e-12)
    assert facts.kl_divergence(y, yhat) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("name", ["soft_cross_entropy", "kl_divergence"])
def test_refusals(name):
    """A probability of 0 is refused where the target is not 0, and so are distributions over different classes."""
    function = getattr(facts, name)
    with pytest.raises(ValueError, match=r"math domain error|expected a positive input"):
        function([0.5, 0.5], [1.0, 0.0])
    with pytest.raises(ValueError, match="zip"):
        function([0.5, 0.5], [0.2, 0.3, 0.5])
    assert function([1.0, 0.0], [1.0, 0.0]) == 0.0
