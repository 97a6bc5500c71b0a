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
    # BEGIN SOLUTION
    scores = Q @ K.transpose(-2, -1) / math.sqrt(Q.shape[-1])            # (..., Tq, Tk)
    if mask is None:
        w = torch.softmax(scores, dim=-1)                                # each query's row sums to 1
    else:
        scores = scores.masked_fill(~mask, -math.inf)                    # before the softmax: exp(-inf) = 0
        w = torch.softmax(scores, dim=-1).masked_fill(~mask, 0.0)        # a row of -inf alone gave nan
    return w @ V, w
    # END SOLUTION


def causal_mask(T):
    """Token t may attend to tokens 0 … t, to itself as well. T ≥ 1 → (T, T) bool, rows are queries."""
    # BEGIN SOLUTION
    return torch.ones(T, T, dtype=torch.bool).tril()
    # END SOLUTION


def positional_encoding(T, D):
    """PE[t, 2i] = sin(t / 10000^(2i/D)), PE[t, 2i+1] = cos of the same. D even → (T, D) float32. Source: 3.5."""
    # BEGIN SOLUTION
    t = torch.arange(T, dtype=torch.float64)[:, None]                    # (T, 1)
    angle = t / 10000.0 ** (torch.arange(0, D, 2, dtype=torch.float64) / D)     # (T, D/2)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).reshape(T, D).float()
    # END SOLUTION


class LayerNorm(nn.Module):
    """weight ⊙ (x - mean) / √(variance + eps) + bias, for each token on its own. Source: Ba, Kiros, Hinton 2016.

    Parameters: weight (dim,), at first all ones; bias (dim,), at first all zeros.
    """

    def __init__(self, dim, eps=1e-5):
        super().__init__()
        # BEGIN SOLUTION
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))
        # END SOLUTION

    def forward(self, x):
        """Mean and variance over the last axis, the variance divided by dim. x: (..., dim) → (..., dim)."""
        # BEGIN SOLUTION
        mean = x.mean(dim=-1, keepdim=True)                              # (..., 1)
        variance = ((x - mean) ** 2).mean(dim=-1, keepdim=True)          # (..., 1)
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps) + self.bias
        # END SOLUTION


class MultiHeadAttention(nn.Module):
    """Self-attention with several heads: head j looks at numbers j·dim/heads … (j+1)·dim/heads - 1 of Q, K and V.

    Parameters: query, key, value, output, each an nn.Linear(dim, dim) with bias. Raises ValueError if heads
    does not divide dim. Source: Vaswani et al., 3.2.2.
    """

    def __init__(self, dim, heads):
        super().__init__()
        # BEGIN SOLUTION
        if dim % heads:
            raise ValueError(f"{heads} heads cannot share {dim} numbers evenly")
        self.heads = heads
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)
        # END SOLUTION

    def forward(self, x, mask=None):
        """x: (N, T, dim) → (N, T, dim). mask: None or bool (T, T), (N, T, T) or (N, 1, T), the same for all heads."""
        # BEGIN SOLUTION
        N, T, dim = x.shape
        split = (N, T, self.heads, dim // self.heads)
        Q, K, V = (layer(x).reshape(split).transpose(1, 2) for layer in (self.query, self.key, self.value))
        if mask is not None and mask.ndim == 3:
            mask = mask[:, None]                                         # (N, 1, T, T): the heads' axis is 1
        out, _ = scaled_dot_product_attention(Q, K, V, mask)             # (N, heads, T, dim/heads)
        return self.output(out.transpose(1, 2).reshape(N, T, dim))       # heads side by side again
        # END SOLUTION


class TransformerBlock(nn.Module):
    """x + attention(norm1(x)), then x + fc2(relu(fc1(norm2(x)))): pre-norm, no dropout.

    Parts: norm1, norm2: LayerNorm(dim); attention: MultiHeadAttention(dim, heads); fc1: nn.Linear(dim, hidden);
    fc2: nn.Linear(hidden, dim). Source: Radford et al. 2019 for the order, Vaswani et al., 3.3, for the ReLU.
    """

    def __init__(self, dim, heads, hidden):
        super().__init__()
        # BEGIN SOLUTION
        self.norm1 = LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, heads)
        self.norm2 = LayerNorm(dim)
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)
        # END SOLUTION

    def forward(self, x, mask=None):
        """x: (N, T, dim), left as it is; mask as for the attention → (N, T, dim)."""
        # BEGIN SOLUTION
        x = x + self.attention(self.norm1(x), mask)                      # tokens look at each other
        return x + self.fc2(F.relu(self.fc1(self.norm2(x))))             # each token on its own
        # END SOLUTION


def generate(model, start, steps):
    """Greedy: `steps` times, append to each sequence the token with the largest logit after its last one.

    model: callable, tokens (N, T) int64 → logits (N, T, V); start: (N, T0) int64, T0 ≥ 1, left as it is
    → (N, T0 + steps) int64, start included.
    """
    # BEGIN SOLUTION
    tokens = start.clone()
    with torch.no_grad():
        for _ in range(steps):
            logits = model(tokens)                                       # (N, T, V), for the whole sequence
            best = logits[:, -1].argmax(dim=-1)                          # (N,): after the last token alone
            tokens = torch.cat([tokens, best[:, None]], dim=1)
    return tokens
    # END SOLUTION
