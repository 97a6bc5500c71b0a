# expect: failed attention.positional_encoding/exponent-doubled
# mistake: positional_encoding: `i` already runs over the even columns 0, 2, 4, ... but is multiplied by 2 once more in the exponent, so the frequencies fall twice as fast
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def scaled_dot_product_attention(Q, K, V, mask=None):
    dimension = Q.shape[-1]
    scores = torch.einsum("...qd,...kd->...qk", Q, K) / math.sqrt(dimension)

    if mask is not None:
        scores = scores.masked_fill(torch.logical_not(mask), -torch.inf)

    # softmax by hand so that fully masked rows are simple
    biggest = scores.detach().max(dim=-1, keepdim=True).values
    biggest = torch.where(torch.isinf(biggest), torch.zeros_like(biggest), biggest)
    e = torch.exp(scores - biggest)
    total = e.sum(dim=-1, keepdim=True)
    total = torch.where(total == 0, torch.ones_like(total), total)
    weights = e / total

    output = torch.einsum("...qk,...kv->...qv", weights, V)
    return output, weights


def causal_mask(T):
    mask = torch.zeros((T, T), dtype=torch.bool)
    for row in range(T):
        mask[row, : row + 1] = True
    return mask


def positional_encoding(T, D):
    table = np.zeros((T, D))
    for t in range(T):
        for i in range(0, D, 2):
            angle = t / np.power(10000, (2 * i) / D)
            table[t, i] = np.sin(angle)
            table[t, i + 1] = np.cos(angle)
    return torch.tensor(table, dtype=torch.float32)


class LayerNorm(nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))
        self.eps = eps

    def forward(self, x):
        mu = torch.mean(x, dim=-1, keepdim=True)
        sigma2 = torch.mean((x - mu) ** 2, dim=-1, keepdim=True)
        xhat = (x - mu) / torch.sqrt(sigma2 + self.eps)
        return self.weight * xhat + self.bias


class MultiHeadAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        if dim % heads != 0:
            raise ValueError("dim is not a multiple of heads")
        self.heads = heads
        self.size = dim // heads
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        Q = self.query(x)
        K = self.key(x)
        V = self.value(x)

        # one head after the other, then side by side. The mask is the same for each.
        results = []
        for j in range(self.heads):
            columns = slice(j * self.size, (j + 1) * self.size)
            out, _ = scaled_dot_product_attention(Q[:, :, columns], K[:, :, columns], V[:, :, columns], mask)
            results.append(out)
        return self.output(torch.cat(results, dim=2))


class TransformerBlock(nn.Module):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.norm1 = LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, heads)
        self.norm2 = LayerNorm(dim)
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x, mask=None):
        attended = self.attention(self.norm1(x), mask=mask)
        a = x + attended
        h = self.fc1(self.norm2(a))
        h = torch.relu(h)
        h = self.fc2(h)
        return a + h


def generate(model, start, steps):
    sequence = start.clone()
    for step in range(steps):
        logits = model(sequence)
        last = logits[:, -1, :]
        nxt = torch.argmax(last, dim=-1, keepdim=True)
        sequence = torch.cat([sequence, nxt], dim=1)
    return sequence
