"""What exams take from reference/activations_losses/facts.py, against torch."""

import importlib.util
from pathlib import Path

import torch

_PATH = Path(__file__).parents[2] / "reference" / "activations_losses" / "facts.py"
_SPEC = importlib.util.spec_from_file_location("facts_activations_losses", _PATH)
facts = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(facts)


def test_slope_of_torch():
    """torch.nn.LeakyReLU() without arguments has this slope, and multiplies negative numbers by it."""
    layer = torch.nn.LeakyReLU()
    assert layer.negative_slope == facts.torch_leaky_slope()
    x = torch.tensor([-300.0, -1.0, 2.0], dtype=torch.float64)
    slope = facts.torch_leaky_slope()
    torch.testing.assert_close(layer(x), torch.tensor([-300 * slope, -slope, 2.0], dtype=torch.float64))
