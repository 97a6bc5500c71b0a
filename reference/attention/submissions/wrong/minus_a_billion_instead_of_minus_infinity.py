# expect: failed attention.scaled_dot_product_attention/minus-1e9
# mistake: scaled_dot_product_attention: hidden keys get the score -1e9 before the softmax, so a query without any allowed key averages over all values instead of giving zeros
import math

import torch
import torch.nn.functional as F
from torch import nn


def scaled_dot_product_attention(Q, K, V, mask=None):
    d = Q.size(-1)
    scores = torch.matmul(Q, K.transpose(-2, -1)) / math.sqrt(d)
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -1e9)
    p_attn = scores.softmax(dim=-1)
    return torch.matmul(p_attn, V), p_attn


def causal_mask(T):
    return torch.tril(torch.ones(T, T)).bool()


def positional_encoding(T, D):
    pe = torch.zeros(T, D)
    position = torch.arange(0, T).unsqueeze(1)
    div_term = torch.exp(torch.arange(0, D, 2) * -(math.log(10000.0) / D))
    pe[:, 0::2] = torch.sin(position * div_term)
    pe[:, 1::2] = torch.cos(position * div_term)
    return pe


class LayerNorm(nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(-1, keepdim=True)
        var = x.var(-1, keepdim=True, unbiased=False)
        return self.weight * (x - mean) / torch.sqrt(var + self.eps) + self.bias


class MultiHeadAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        if dim % heads != 0:
            raise ValueError("heads must divide dim")
        self.d_k = dim // heads
        self.h = heads
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        nbatches = x.size(0)
        if mask is not None and mask.dim() == 3:
            mask = mask.unsqueeze(1)  # same mask applied to all h heads

        # 1) linear projections, (N, h, T, d_k)
        query, key, value = [
            lin(x).view(nbatches, -1, self.h, self.d_k).transpose(1, 2)
            for lin in (self.query, self.key, self.value)
        ]
        # 2) attention on all the projected vectors
        x, _ = scaled_dot_product_attention(query, key, value, mask=mask)
        # 3) concat
        x = x.transpose(1, 2).contiguous().view(nbatches, -1, self.h * self.d_k)
        return self.output(x)


class TransformerBlock(nn.Module):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.norm1 = LayerNorm(dim)
        self.norm2 = LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, heads)
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x, mask=None):
        x = x + self.attention(self.norm1(x), mask)
        x = x + self.fc2(F.relu(self.fc1(self.norm2(x))))
        return x


def generate(model, start, steps):
    ys = start
    for _ in range(steps):
        out = model(ys)
        next_word = out[:, -1].argmax(dim=1, keepdim=True)
        ys = torch.cat([ys, next_word], dim=1)
    return ys.clone()
