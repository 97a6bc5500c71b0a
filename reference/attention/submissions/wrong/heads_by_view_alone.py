# expect: failed attention.MultiHeadAttention/view-without-transpose
# mistake: MultiHeadAttention: the projections are viewed as (N, heads, T, d) in one go without the transpose, so each head gets a slice of the tokens instead of its columns
import math
import torch
import torch.nn.functional as F
from torch import nn


def scaled_dot_product_attention(Q, K, V, mask=None):
    """out, weights"""
    S = Q @ K.mT / Q.shape[-1] ** 0.5
    if mask is None:
        w = F.softmax(S, dim=-1)
        return w @ V, w
    S = torch.where(mask, S, torch.full_like(S, float("-inf")))
    # rows without any key: put zeros there so softmax does not give nan, cleaned up below
    empty = ~mask.expand(S.shape).any(dim=-1, keepdim=True)
    S = S.masked_fill(empty, 0.0)
    w = F.softmax(S, dim=-1).masked_fill(empty, 0.0)
    return w @ V, w


def causal_mask(T):
    t = torch.arange(T)
    return t[None, :] <= t[:, None]


def positional_encoding(T, D):
    # table[t, i], computed in double and rounded at the end
    t = torch.arange(T, dtype=torch.float64)[:, None]
    freq = 10000.0 ** (-torch.arange(0, D, 2, dtype=torch.float64) / D)
    angle = t * freq
    return torch.stack([angle.sin(), angle.cos()], dim=-1).reshape(T, D).float()


class LayerNorm(nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        centred = x - x.mean(dim=-1, keepdim=True)
        variance = centred.pow(2).mean(dim=-1, keepdim=True)
        return centred / (variance + self.eps).sqrt() * self.weight + self.bias


class MultiHeadAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        if dim % heads:
            raise ValueError(f"dim={dim} cannot be shared by {heads} heads")
        self.heads, self.head_dim = heads, dim // heads
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)

    def split(self, t):
        N, T, D = t.shape
        return t.view(N, self.heads, T, self.head_dim)

    def forward(self, x, mask=None):
        N, T, D = x.shape
        q = self.split(self.query(x))
        k = self.split(self.key(x))
        v = self.split(self.value(x))
        if mask is not None and mask.ndim == 3:
            mask = mask[:, None]
        out, _ = scaled_dot_product_attention(q, k, v, mask)
        # heads next to each other again
        out = out.transpose(1, 2).reshape(N, T, D)
        return self.output(out)


class TransformerBlock(nn.Module):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.norm1, self.norm2 = LayerNorm(dim), LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, heads)
        self.fc1, self.fc2 = nn.Linear(dim, hidden), nn.Linear(hidden, dim)

    def forward(self, x, mask=None):
        a = x + self.attention(self.norm1(x), mask)
        return a + self.fc2(F.relu(self.fc1(self.norm2(a))))


def generate(model, start, steps):
    tokens = start.clone()
    with torch.no_grad():
        for _ in range(steps):
            logits = model(tokens)[:, -1, :]
            tokens = torch.cat((tokens, logits.argmax(-1)[:, None]), dim=1)
    return tokens
