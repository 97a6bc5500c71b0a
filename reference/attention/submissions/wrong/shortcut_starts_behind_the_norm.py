# expect: failed attention.TransformerBlock/residual-from-the-norm
# mistake: TransformerBlock: x is overwritten by its normalised version before each part, so the residual path carries norm(x) instead of x itself
import torch
from torch import nn
from torch.nn import functional as F
from math import sqrt


def scaled_dot_product_attention(Q, K, V, mask=None):
    s = (Q @ K.transpose(-1, -2)) / sqrt(Q.shape[-1])
    if mask is not None:
        s = s.masked_fill(~mask, float('-inf'))
    w = torch.softmax(s, dim=-1)
    if mask is not None:
        # -inf everywhere gives nan
        w = w.masked_fill(~mask, 0.0)
    return w @ V, w


def causal_mask(T):
    return torch.ones(T, T, dtype=torch.bool).tril()


def positional_encoding(T, D):
    pos = torch.arange(T).float().reshape(T, 1)
    i = torch.arange(D // 2).float()
    arg = pos / 10000 ** (2 * i / D)
    pe = torch.empty(T, D)
    pe[:, ::2] = arg.sin()
    pe[:, 1::2] = arg.cos()
    return pe


class LayerNorm(nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight, self.bias = nn.Parameter(torch.ones(dim)), nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        return (x - mean) * torch.rsqrt(var + self.eps) * self.weight + self.bias


class MultiHeadAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        if dim % heads:
            raise ValueError('dim % heads != 0')
        self.n = heads
        for name in 'query', 'key', 'value', 'output':
            setattr(self, name, nn.Linear(dim, dim))

    def forward(self, x, mask=None):
        B, T, C = x.shape
        heads = lambda y: y.reshape(B, T, self.n, C // self.n).permute(0, 2, 1, 3)
        if mask is not None:
            mask = mask.reshape(-1, 1, *mask.shape[-2:])     # axis for the heads
        y, _ = scaled_dot_product_attention(heads(self.query(x)), heads(self.key(x)), heads(self.value(x)), mask)
        return self.output(y.permute(0, 2, 1, 3).reshape(B, T, C))


class TransformerBlock(nn.Module):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.norm1 = LayerNorm(dim)
        self.norm2 = LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, heads)
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x, mask=None):
        # pre-norm: normalise first, then add
        x = self.norm1(x)
        x = x + self.attention(x, mask)
        x = self.norm2(x)
        x = x + self.fc2(F.relu(self.fc1(x)))
        return x


@torch.no_grad()
def generate(model, start, steps):
    out = start.clone()
    for _ in range(steps):
        out = torch.hstack([out, model(out)[:, -1:].argmax(2)])
    return out
