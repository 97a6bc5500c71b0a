"""einsum for every product, torch's own parts where they fit, results that are views, buffers filled in place."""
import math

import torch
import torch.nn.functional as F
from torch import nn


def scaled_dot_product_attention(Q, K, V, mask=None):
    energy = torch.einsum("...qd,...kd->...kq", Q * Q.shape[-1] ** -0.5, K).mT
    if mask is not None:
        mask = torch.broadcast_to(mask, energy.shape)
        energy = torch.where(mask, energy, torch.finfo(energy.dtype).min)
    w = F.softmax(energy, -1)
    if mask is not None:
        w = w * mask
    return torch.einsum("...qk,...kv->...vq", w, V).mT, w


def causal_mask(T):
    place = torch.arange(T)
    return place[None, :] <= place[:, None]


def positional_encoding(T, D):
    rate = torch.exp(torch.arange(0, D, 2) * (-math.log(10000.0) / D))
    angle = torch.outer(torch.arange(T).float(), rate)
    table = torch.empty(D, T).t()
    table[:, ::2] = torch.sin(angle)
    table[:, 1::2] = torch.cos(angle)
    return table


class LayerNorm(nn.LayerNorm):
    def __init__(self, dim, eps=1e-5):
        super().__init__(dim, eps=eps)


class Heads(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        if heads < 1 or dim // heads * heads != dim:
            raise ValueError(f"dim {dim}, heads {heads}")
        for name in "query", "key", "value", "output":
            layer = nn.Linear(dim, dim)
            nn.init.xavier_uniform_(layer.weight)
            self.add_module(name, layer)
        self.heads = heads

    def forward(self, x, mask=None):
        q, k, v = (torch.stack(f(x).chunk(self.heads, dim=-1)) for f in (self.query, self.key, self.value))
        if mask is not None and mask.dim() == 3:
            mask = mask.unsqueeze(0)
        mixed, _ = scaled_dot_product_attention(q, k, v, mask)
        return self.output(torch.cat(mixed.unbind(0), dim=-1))


MultiHeadAttention = Heads


class TransformerBlock(nn.Module):
    def __init__(self, dim, heads, hidden):
        nn.Module.__init__(self)
        self.fc2 = nn.Linear(hidden, dim)
        self.fc1 = nn.Linear(dim, hidden)
        self.norm2 = LayerNorm(dim)
        self.attention = Heads(dim, heads)
        self.norm1 = LayerNorm(dim)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x, mask=None):
        out = x.clone()
        out += self.attention(self.norm1(x), mask=mask)
        return out.add(self.fc2(self.act(self.fc1(self.norm2(out)))))


@torch.inference_mode()
def generate(model, start, steps):
    n, length = start.shape
    tokens = torch.zeros(n, length + steps, dtype=torch.long)
    tokens[:, :length] = start
    for t in range(length, length + steps):
        tokens[:, t] = model(tokens[:, :t])[:, t - 1].max(dim=-1).indices
    return tokens
