# expect: failed attention.LayerNorm/unbiased
# mistake: LayerNorm: the variance is taken with torch's default x.var, which divides by D - 1 instead of D
import math

import torch
import torch.nn.functional as F
from torch import nn


# ---------------------------------------------------------------- 1. attention
def scaled_dot_product_attention(Q, K, V, mask=None):
    d_k = K.shape[-1]
    scores = torch.matmul(Q, torch.transpose(K, -2, -1))
    scores = scores / math.sqrt(d_k)
    if mask is not None:
        mask = torch.broadcast_to(mask, scores.shape)
        scores = scores.masked_fill(~mask, -math.inf)
        weights = torch.softmax(scores, dim=-1)
        # softmax over nothing is nan -> 0
        weights = torch.nan_to_num(weights, nan=0.0)
    else:
        weights = torch.softmax(scores, dim=-1)
    return torch.matmul(weights, V), weights


# ---------------------------------------------------------------- 2. mask and positions
def causal_mask(T):
    return ~torch.triu(torch.ones(T, T, dtype=torch.bool), diagonal=1)


def positional_encoding(T, D):
    encoding = torch.zeros(T, D)
    for i in range(D // 2):
        for t in range(T):
            angle = t / 10000 ** (2 * i / D)
            encoding[t, 2 * i] = math.sin(angle)
            encoding[t, 2 * i + 1] = math.cos(angle)
    return encoding


# ---------------------------------------------------------------- 3. layer norm
class LayerNorm(nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        var = x.var(dim=-1, keepdim=True)
        x_norm = (x - mean) / torch.sqrt(var + self.eps)
        return self.weight * x_norm + self.bias


# ---------------------------------------------------------------- 4. heads
class MultiHeadAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        if dim % heads != 0:
            raise ValueError("The number of heads has to divide dim.")
        self.dim = dim
        self.heads = heads
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)

    def split_heads(self, x):
        N, T, D = x.shape
        x = x.view(N, T, self.heads, D // self.heads)
        return x.transpose(1, 2)                         # (N, h, T, d)

    def combine_heads(self, x):
        N, h, T, d = x.shape
        return x.transpose(1, 2).contiguous().view(N, T, h * d)

    def forward(self, x, mask=None):
        Q = self.split_heads(self.query(x))
        K = self.split_heads(self.key(x))
        V = self.split_heads(self.value(x))
        if mask is not None and mask.dim() == 3:
            mask = mask.unsqueeze(1)
        attended, _ = scaled_dot_product_attention(Q, K, V, mask)
        return self.output(self.combine_heads(attended))


# ---------------------------------------------------------------- 5. block
class TransformerBlock(nn.Module):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.norm1 = LayerNorm(dim)
        self.norm2 = LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, heads)
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x, mask=None):
        a = x + self.attention(self.norm1(x), mask)
        ff = self.fc2(F.relu(self.fc1(self.norm2(a))))
        return a + ff


# ---------------------------------------------------------------- 6. writing
def generate(model, start, steps):
    result = start.clone()
    for _ in range(steps):
        logits = model(result)
        token = logits[:, -1, :].argmax(dim=-1)
        result = torch.cat([result, token.unsqueeze(1)], dim=1)
    return result
