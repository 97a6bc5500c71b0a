# expect: missing
"""Attention, from the one formula to a transformer block, in torch.

Batch first: a sequence is x (N, T, D): N sequences, T tokens, D numbers a token. Modules work in float32; the
functions keep the dtype of what they are given. A mask is a bool tensor, True = this query may attend to this key.

Sources: Vaswani et al. 2017, "Attention is all you need", for attention (3.2), the feed-forward part (3.3) and
the positions (3.5); Ba, Kiros and Hinton 2016 for layer normalisation; Radford et al. 2019 (GPT-2) for pre-norm.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


def scaled_dot_product_attention(Q, K, V, mask=None):
    """softmax(Q Kᵀ / √d) V over the keys; a query without any key gets zeros. Source: Vaswani et al., eq. 1.

    Q: (..., Tq, d), K: (..., Tk, d), V: (..., Tk, dv), mask: None or bool, broadcastable to (..., Tq, Tk),
    True = may attend → (out (..., Tq, dv), w (..., Tq, Tk)), both in the dtype of Q.
    """
    raise NotImplementedError("scaled_dot_product_attention: not written yet")


def causal_mask(T):
    """Token t may attend to tokens 0 … t, to itself as well. T ≥ 1 → (T, T) bool, rows are queries."""
    raise NotImplementedError("causal_mask: not written yet")


def positional_encoding(T, D):
    """PE[t, 2i] = sin(t / 10000^(2i/D)), PE[t, 2i+1] = cos of the same. D even → (T, D) float32. Source: 3.5."""
    raise NotImplementedError("positional_encoding: not written yet")


class LayerNorm(nn.Module):
    """weight ⊙ (x - mean) / √(variance + eps) + bias, for each token on its own. Source: Ba, Kiros, Hinton 2016.

    Parameters: weight (dim,), at first all ones; bias (dim,), at first all zeros.
    """

    def __init__(self, dim, eps=1e-5):
        super().__init__()
        raise NotImplementedError("__init__: not written yet")

    def forward(self, x):
        """Mean and variance over the last axis, the variance divided by dim. x: (..., dim) → (..., dim)."""
        raise NotImplementedError("forward: not written yet")


class MultiHeadAttention(nn.Module):
    """Self-attention with several heads: head j looks at numbers j·dim/heads … (j+1)·dim/heads - 1 of Q, K and V.

    Parameters: query, key, value, output, each an nn.Linear(dim, dim) with bias. Raises ValueError if heads
    does not divide dim. Source: Vaswani et al., 3.2.2.
    """

    def __init__(self, dim, heads):
        super().__init__()
        raise NotImplementedError("__init__: not written yet")

    def forward(self, x, mask=None):
        """x: (N, T, dim) → (N, T, dim). mask: None or bool (T, T), (N, T, T) or (N, 1, T), the same for all heads."""
        raise NotImplementedError("forward: not written yet")


class TransformerBlock(nn.Module):
    """x + attention(norm1(x)), then x + fc2(relu(fc1(norm2(x)))): pre-norm, no dropout.

    Parts: norm1, norm2: LayerNorm(dim); attention: MultiHeadAttention(dim, heads); fc1: nn.Linear(dim, hidden);
    fc2: nn.Linear(hidden, dim). Source: Radford et al. 2019 for the order, Vaswani et al., 3.3, for the ReLU.
    """

    def __init__(self, dim, heads, hidden):
        super().__init__()
        raise NotImplementedError("__init__: not written yet")

    def forward(self, x, mask=None):
        """x: (N, T, dim), left as it is; mask as for the attention → (N, T, dim)."""
        raise NotImplementedError("forward: not written yet")


def generate(model, start, steps):
    """Greedy: `steps` times, append to each sequence the token with the largest logit after its last one.

    model: callable, tokens (N, T) int64 → logits (N, T, V); start: (N, T0) int64, T0 ≥ 1, left as it is
    → (N, T0 + steps) int64, start included.
    """
    raise NotImplementedError("generate: not written yet")
