# expect: missing
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
        # TODO

    def forward(self, x, mask=None):
        raise NotImplementedError
