"""Loops over sequences, heads, queries and keys; the softmax by hand; no module calls another's functions."""
import math

import torch
from torch import nn


def softmax_row(row, allowed):
    seen = [j for j in range(len(row)) if allowed is None or bool(allowed[j])]
    out = torch.zeros_like(row)
    if not seen:
        return out
    top = max(float(row[j]) for j in seen)
    weights = [torch.exp(row[j] - top) for j in seen]
    total = sum(weights)
    parts = [torch.zeros((), dtype=row.dtype) for _ in range(len(row))]
    for j, weight in zip(seen, weights):
        parts[j] = weight / total
    return torch.stack(parts)


def one_sequence(Q, K, V, mask):
    rows = []
    for i in range(Q.shape[0]):
        scores = torch.stack([(Q[i] * K[j]).sum() / Q.shape[1] ** 0.5 for j in range(K.shape[0])])
        rows.append(softmax_row(scores, None if mask is None else mask[i]))
    w = torch.stack(rows)
    return torch.mm(w, V), w


def scaled_dot_product_attention(Q, K, V, mask=None):
    lead = Q.shape[:-2]
    if mask is not None:
        mask = mask.expand(*lead, Q.shape[-2], K.shape[-2]).reshape(-1, Q.shape[-2], K.shape[-2])
    flat = [t.reshape(-1, *t.shape[-2:]) for t in (Q, K, V)]
    found = [one_sequence(*three, None if mask is None else mask[n]) for n, three in enumerate(zip(*flat))]
    out, w = (torch.stack([pair[k] for pair in found]) for k in (0, 1))
    return [out.reshape(*lead, *out.shape[-2:]), w.reshape(*lead, *w.shape[-2:])]


def causal_mask(T):
    rows = []
    for t in range(T):
        rows.append([s <= t for s in range(T)])
    return torch.tensor(rows)


def positional_encoding(T, D):
    table = torch.zeros(T, D)
    for t in range(T):
        for column in range(D):
            angle = t / math.pow(10000, (column - column % 2) / D)
            table[t][column] = math.cos(angle) if column % 2 else math.sin(angle)
    return table


class LayerNorm(nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(dim))
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps, self.dim = eps, dim

    def forward(self, x):
        mu = x.sum(-1, keepdim=True) / self.dim
        second = (x * x).sum(-1, keepdim=True) / self.dim
        return (x - mu) * torch.rsqrt((second - mu * mu).clamp_min(0) + self.eps) * self.weight + self.bias


class MultiHeadAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        if dim % heads != 0:
            raise ValueError("heads")
        self.h = heads
        self.output = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.query = nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        size = x.shape[2] // self.h
        q, k, v = self.query(x), self.key(x), self.value(x)
        parts = []
        for j in range(self.h):
            s = slice(j * size, (j + 1) * size)
            scores = torch.bmm(q[:, :, s], k[:, :, s].transpose(1, 2)) / size ** 0.5
            if mask is not None:
                scores = scores.masked_fill(mask.logical_not(), -math.inf)
            parts.append(torch.bmm(torch.softmax(scores, dim=2).nan_to_num(0.0), v[:, :, s]))
        return self.output(torch.cat(parts, dim=2))


class TransformerBlock(nn.Module):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.attention = MultiHeadAttention(dim, heads)
        self.norm1, self.norm2 = LayerNorm(dim), LayerNorm(dim)
        self.fc1, self.fc2 = nn.Linear(dim, hidden), nn.Linear(hidden, dim)

    def forward(self, x, mask=None):
        a = self.attention(self.norm1(x), mask)
        a = a + x
        f = self.fc1(self.norm2(a)).clamp(min=0)
        return self.fc2(f) + a


def generate(model, start, steps):
    rows = []
    for sequence in start.tolist():
        for _ in range(steps):
            logits = model(torch.tensor([sequence]))[0, len(sequence) - 1]
            sequence = sequence + [max(range(len(logits)), key=lambda v: float(logits[v]))]
        rows.append(sequence)
    return torch.tensor(rows)
