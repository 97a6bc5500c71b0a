# expect: failed attention.causal_mask/blocked-is-true
# mistake: causal_mask: gives True above the diagonal (what is forbidden, as nn.Transformer wants it) instead of True on and below it
# second mistake: MultiHeadAttention: the heads' outputs (N, heads, T, d) are reshaped to (N, T, D) without transposing back first
import math
import torch
import torch.nn.functional as F
from torch import nn


def scaled_dot_product_attention(Q, K, V, mask=None):
    scores = torch.matmul(Q, K.transpose(-2, -1)) / math.sqrt(Q.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == False, float("-inf"))
    w = F.softmax(scores, dim=-1)
    w = torch.where(torch.isnan(w), torch.zeros_like(w), w)
    return torch.matmul(w, V), w


def causal_mask(T):
    # no peeking into the future
    return torch.triu(torch.ones(T, T), diagonal=1).bool()


def positional_encoding(T, D):
    pe = torch.zeros(T, D)
    t = torch.arange(T)[:, None]
    two_i = torch.arange(0, D, 2)[None, :]
    angles = t / torch.pow(torch.tensor(10000.0), two_i / D)
    pe[:, 0::2], pe[:, 1::2] = torch.sin(angles), torch.cos(angles)
    return pe


class LayerNorm(nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))
        self.eps = eps

    def forward(self, x):
        m = x.mean(-1, keepdim=True)
        v = x.var(-1, unbiased=False, keepdim=True)
        return self.weight * (x - m) / torch.sqrt(v + self.eps) + self.bias


class MultiHeadAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        if dim % heads != 0:
            raise ValueError("dim must be divisible by heads")
        self.dim, self.heads, self.d = dim, heads, dim // heads
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        N, T, _ = x.shape
        q = self.query(x).view(N, T, self.heads, self.d).transpose(1, 2)   # N h T d
        k = self.key(x).view(N, T, self.heads, self.d).transpose(1, 2)
        v = self.value(x).view(N, T, self.heads, self.d).transpose(1, 2)
        if mask is not None and mask.dim() == 3:
            mask = mask.unsqueeze(1)
        out, _ = scaled_dot_product_attention(q, k, v, mask)               # N h T d
        out = out.contiguous().view(N, T, self.dim)                        # concat heads
        return self.output(out)


class TransformerBlock(nn.Module):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.attention = MultiHeadAttention(dim, heads)
        self.norm1 = LayerNorm(dim)
        self.norm2 = LayerNorm(dim)
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x, mask=None):
        y = x + self.attention(self.norm1(x), mask=mask)
        z = self.fc2(F.relu(self.fc1(self.norm2(y))))
        return y + z


def generate(model, start, steps):
    seq = start.clone()
    for _ in range(steps):
        logits = model(seq)
        seq = torch.cat((seq, logits[:, -1].argmax(-1).view(-1, 1)), 1)
    return seq
