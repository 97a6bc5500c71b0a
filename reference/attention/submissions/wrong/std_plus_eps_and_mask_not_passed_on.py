# expect: failed attention.LayerNorm/eps-outside
# mistake: LayerNorm: divides by the standard deviation plus eps, so eps is added outside the root instead of to the variance
# second mistake: TransformerBlock: forward takes the mask but calls its attention without it
"""A13, attention and transformer block."""

import torch
import torch.nn.functional as F
from torch import nn


def scaled_dot_product_attention(Q, K, V, mask=None):
    """Attention for any number of leading axes.

    Rows of w belong to queries, columns to keys.
    """
    d = Q.shape[-1]
    scores = Q @ K.transpose(-2, -1) * d ** -0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    w = scores.softmax(dim=-1)
    if mask is not None:
        no_key = ~mask.any(dim=-1, keepdim=True)
        w = torch.where(no_key, torch.zeros((), dtype=w.dtype), w)
    return w @ V, w


def causal_mask(T):
    """Lower triangle, diagonal included."""
    return torch.tril(torch.full((T, T), True))


def positional_encoding(T, D):
    """Sine in even columns, cosine in odd ones."""
    columns = torch.arange(D)
    angle = torch.arange(T)[:, None] / 10000.0 ** ((columns - columns % 2) / D)
    return torch.where(columns % 2 == 0, angle.sin(), angle.cos())


class LayerNorm(nn.Module):
    """Normalises the last axis."""

    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        std = ((x - mean) ** 2).mean(dim=-1, keepdim=True).sqrt()
        return self.weight * (x - mean) / (std + self.eps) + self.bias


class MultiHeadAttention(nn.Module):
    """Self-attention, the columns are shared among the heads."""

    def __init__(self, dim, heads):
        super().__init__()
        if dim % heads != 0:
            raise ValueError(f"{heads} heads do not divide {dim}")
        self.heads = heads
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        N, T, D = x.shape
        d = D // self.heads
        Q, K, V = (layer(x).unflatten(-1, (self.heads, d)).transpose(1, 2)
                   for layer in (self.query, self.key, self.value))
        if mask is not None and mask.dim() > 2:
            mask = mask.unsqueeze(-3)
        out, _ = scaled_dot_product_attention(Q, K, V, mask)
        return self.output(out.transpose(1, 2).flatten(2))


class TransformerBlock(nn.Module):
    """Pre-norm block."""

    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.norm1 = LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, heads)
        self.norm2 = LayerNorm(dim)
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x, mask=None):
        normed = self.norm1(x)
        x = x + self.attention(normed)
        normed = self.norm2(x)
        x = x + self.fc2(F.relu(self.fc1(normed)))
        return x


def generate(model, start, steps):
    """Greedy decoding."""
    tokens = start.clone()
    for _ in range(steps):
        best = model(tokens)[:, -1].argmax(dim=-1)
        tokens = torch.cat([tokens, best[:, None]], dim=1)
    return tokens
