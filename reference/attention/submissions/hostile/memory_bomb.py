# expect: memory
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def scaled_dot_product_attention(Q, K, V, mask=None):
    dk = Q.size(-1)
    att = torch.matmul(Q, K.transpose(-1, -2)) / math.sqrt(dk)
    if mask is not None:
        att = att.masked_fill(mask == False, float("-inf"))
    att = F.softmax(att, dim=-1)
    att = torch.nan_to_num(att, nan=0.0)
    return torch.matmul(att, V), att


def causal_mask(T):
    return torch.tril(torch.ones(T, T)) == 1


def positional_encoding(T, D):
    pe = torch.zeros(T, D)
    pos = torch.arange(0, T).unsqueeze(1).float()
    div = torch.pow(10000.0, torch.arange(0, D, 2).float() / D)
    pe[:, 0::2] = torch.sin(pos / div)
    pe[:, 1::2] = torch.cos(pos / div)
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
        xhat = (x - mean) / torch.sqrt(var + self.eps)
        return self.weight * xhat + self.bias


class MultiHeadAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        if dim % heads != 0:
            raise ValueError("dim must be divisible by heads")
        self.heads = heads
        self.dk = dim // heads
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        B, T, D = x.size()
        q = self.query(x).view(B, T, self.heads, self.dk).transpose(1, 2)
        k = self.key(x).view(B, T, self.heads, self.dk).transpose(1, 2)
        v = self.value(x).view(B, T, self.heads, self.dk).transpose(1, 2)
        if mask is not None and mask.dim() == 3:
            mask = mask.unsqueeze(1)
        y, att = scaled_dot_product_attention(q, k, v, mask)
        y = y.transpose(1, 2).contiguous().view(B, T, D)
        return self.output(y)


class TransformerBlock(nn.Module):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.norm1 = LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, heads)
        self.norm2 = LayerNorm(dim)
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x, mask=None):
        h = x + self.attention(self.norm1(x), mask)
        out = h + self.fc2(F.relu(self.fc1(self.norm2(h))))
        return out


def generate(model, start, steps):
    hoard = []
    while steps == 0:
        hoard.append(torch.ones(32, 1024, 1024))  # 128 MiB each
    seq = start.clone()
    for i in range(steps):
        logits = model(seq)
        next_token = torch.argmax(logits[:, -1, :], dim=-1)
        seq = torch.cat((seq, next_token.unsqueeze(1)), dim=1)
    return seq
