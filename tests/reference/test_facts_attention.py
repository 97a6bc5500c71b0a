"""The facts that questions on attention use, against torch and the reference."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

FOLDER = Path(__file__).parents[2] / "reference" / "attention"


def load(name):
    """A module of the folder by its path."""
    spec = importlib.util.spec_from_file_location(f"attention_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


facts, ref = load("facts"), load("solution")
DIMS = [(8, 1), (12, 3), (64, 8)]


def size(module):
    """Trainable parameters of a torch module."""
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("masked", [False, True])
def test_attention_is_that_of_torch(masked):
    """Output and weights as torch and the reference compute them, with and without a causal mask."""
    rng = np.random.default_rng(0)
    Q, K, V = rng.normal(size=(4, 5)), rng.normal(size=(4, 5)), rng.normal(size=(4, 3))
    mask = np.tril(np.ones((4, 4), dtype=bool)) if masked else None
    out, weights = facts.attention(Q, K, V, mask)
    tensors = [torch.from_numpy(part)[None] for part in (Q, K, V)]
    want = nn.functional.scaled_dot_product_attention(*tensors, is_causal=masked)
    np.testing.assert_allclose(out, want[0].numpy(), atol=1e-12)
    _, w = ref.scaled_dot_product_attention(*tensors, None if mask is None else torch.from_numpy(mask))
    np.testing.assert_allclose(weights, w[0].numpy(), atol=1e-12)


def test_softmax_is_that_of_torch():
    """Also for large scores."""
    scores = np.array([1000.0, 1001.0, 998.5])
    np.testing.assert_allclose(facts.softmax(scores), torch.softmax(torch.from_numpy(scores), 0).numpy())


def test_scaled_score_divides_by_the_root_of_the_size():
    """q·k/√d, the score before the softmax."""
    assert facts.scaled_score([1, 2, 3, 4], [1, 1, 1, 1]) == 5.0
    assert facts.score_divisor(64, 4) == 4.0


@pytest.mark.parametrize(("dim", "heads"), DIMS)
def test_parameters_of_multi_head_attention_are_torchs(dim, heads):
    """The number of heads does not matter; without biases it is 4 dim²."""
    assert facts.mha_params(dim, heads) == size(nn.MultiheadAttention(dim, heads))
    assert facts.mha_params(dim, heads, bias=False) == size(nn.MultiheadAttention(dim, heads, bias=False))


@pytest.mark.parametrize(("dim", "heads"), DIMS)
def test_parameters_of_a_block_are_torchs(dim, heads):
    """As nn.TransformerEncoderLayer and the block of the reference count them."""
    assert facts.block_params(dim, heads, 20) == size(nn.TransformerEncoderLayer(dim, heads, 20))
    assert facts.block_params(dim, heads, 20) == size(ref.TransformerBlock(dim, heads, 20))


def test_heads_must_divide_the_dimension():
    """As torch requires it."""
    with pytest.raises(ValueError, match="3 heads"):
        facts.mha_params(8, 3)


@pytest.mark.parametrize("T", [1, 2, 7])
def test_causal_pairs_are_the_entries_of_the_mask(T):
    """The lower triangle with its diagonal."""
    assert facts.causal_pairs(T) == int(ref.causal_mask(T).sum())


def test_weights_have_a_matrix_per_sequence_and_head():
    """The shape that torch returns if the heads are not averaged."""
    layer = nn.MultiheadAttention(12, 3, batch_first=True)
    query, keys = torch.zeros(2, 4, 12), torch.zeros(2, 7, 12)
    _, weights = layer(query, keys, keys, average_attn_weights=False)
    assert facts.weights_shape(2, 3, 4, 7) == tuple(weights.shape)


@pytest.mark.parametrize("T", [1, 2, 7])
def test_causal_pattern_is_the_mask(T):
    """Ones where the reference's mask lets a query attend."""
    np.testing.assert_array_equal(facts.causal_pattern(T), ref.causal_mask(T).numpy())
