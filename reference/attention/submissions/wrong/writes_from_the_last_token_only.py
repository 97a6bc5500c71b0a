# expect: failed attention.generate/last-token-only
# mistake: generate: the model is called on the newest token alone instead of on the whole sequence so far, as if it had a memory
import math
import torch
import torch.nn.functional as F
from torch import nn


def scaled_dot_product_attention(Q, K, V, mask=None):
    wurzel = math.sqrt(Q.size(-1))
    scores = (Q / wurzel) @ K.transpose(-2, -1)
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
        leer = (~mask).all(dim=-1, keepdim=True)          # Anfragen ohne einen einzigen Schlüssel
        scores = scores.masked_fill(leer, 0.0)
        w = scores.softmax(-1).masked_fill(leer, 0.0)
    else:
        w = scores.softmax(-1)
    return w @ V, w


def causal_mask(T):
    zeile = torch.arange(T).unsqueeze(1)
    spalte = torch.arange(T).unsqueeze(0)
    return zeile >= spalte


def positional_encoding(T, D):
    tabelle = torch.zeros(T, D)
    t = torch.arange(T, dtype=torch.float32).unsqueeze(1)
    frequenz = 1.0 / torch.pow(10000.0, torch.arange(0, D, 2).float() / D)
    tabelle[:, 0::2] = torch.sin(t * frequenz)
    tabelle[:, 1::2] = torch.cos(t * frequenz)
    return tabelle


class LayerNorm(nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        mittel = x.mean(-1, keepdim=True)
        varianz = ((x - mittel) ** 2).mean(-1, keepdim=True)
        return self.weight * ((x - mittel) / (varianz + self.eps) ** 0.5) + self.bias


class MultiHeadAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        if dim % heads != 0:
            raise ValueError("heads muss dim teilen")
        self.heads = heads
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        # chunk statt reshape: die Spalten werden der Reihe nach verteilt
        q = torch.stack(self.query(x).chunk(self.heads, dim=-1), dim=1)
        k = torch.stack(self.key(x).chunk(self.heads, dim=-1), dim=1)
        v = torch.stack(self.value(x).chunk(self.heads, dim=-1), dim=1)
        if mask is not None and mask.dim() == 3:
            mask = mask[:, None, :, :]
        out, _ = scaled_dot_product_attention(q, k, v, mask)
        out = torch.cat(out.unbind(dim=1), dim=-1)
        return self.output(out)


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
        return x + self.fc2(F.relu(self.fc1(self.norm2(x))))


def generate(model, start, steps):
    text = start.clone()
    neu = text[:, -1:]
    for _ in range(steps):
        logits = model(neu)
        neu = logits[:, -1].argmax(dim=-1, keepdim=True)
        text = torch.cat([text, neu], dim=1)
    return text
