"""What exam questions on attention need, in NumPy and plain Python: no torch.

Conventions of the reference: rows are tokens, masks are True where a query may attend, layers have biases unless
said. Source: Vaswani et al. 2017, sections 3.2 and 3.3; torch.nn.MultiheadAttention for what is counted.
"""

import math

import numpy as np


def head_size(dim, heads):
    """Numbers per head, d_k = dim / heads. Raises ValueError if heads does not divide dim."""
    if dim % heads:
        raise ValueError(f"{heads} heads cannot share {dim} numbers evenly")
    return dim // heads


def score_divisor(dim, heads):
    """√d_k, by which the products of queries and keys of one head are divided: float."""
    return math.sqrt(head_size(dim, heads))


def scaled_score(q, k):
    """q · k / √d for one query and one key of d numbers: float. Source: Vaswani et al., eq. 1."""
    q, k = np.asarray(q, dtype=np.float64), np.asarray(k, dtype=np.float64)
    return float(q @ k / math.sqrt(len(q)))


def softmax(scores):
    """exp(s) / Σ exp(s) of a vector, natural exponential: (n,) float64."""
    powers = np.exp(np.asarray(scores, dtype=np.float64) - np.max(scores))
    return powers / powers.sum()


def attention(Q, K, V, mask=None):
    """softmax(Q Kᵀ / √d) V, the softmax over the keys. Q: (Tq, d), K: (Tk, d), V: (Tk, dv) → (out, weights).

    mask: None or bool (Tq, Tk), True = may attend; every query has a key.
    """
    Q, K, V = (np.asarray(part, dtype=np.float64) for part in (Q, K, V))
    scores = Q @ K.T / math.sqrt(Q.shape[1])                             # (Tq, Tk)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    weights = np.stack([softmax(row) for row in scores])
    return weights @ V, weights


def causal_pairs(T):
    """Pairs (query, key) that a causal mask of T tokens allows, a token may look at itself: int."""
    return T * (T + 1) // 2


def weights_shape(N, heads, Tq, Tk):
    """Shape of the attention weights of a batch, one matrix per sequence and head: (N, heads, Tq, Tk)."""
    return N, heads, Tq, Tk


def mha_params(dim, heads, bias=True):
    """Trainable parameters of multi-head attention: four linear layers dim → dim, however many heads share them.

    Raises ValueError if heads does not divide dim.
    """
    head_size(dim, heads)
    return 4 * dim * (dim + bool(bias))


def block_params(dim, heads, hidden):
    """Trainable parameters of a transformer block: attention, two linear layers, two layer norms (γ, β)."""
    feed_forward = dim * hidden + hidden + hidden * dim + dim
    return mha_params(dim, heads) + feed_forward + 2 * 2 * dim


def causal_pattern(T):
    """1 where the query (row) may attend to the key (column) under a causal mask, else 0: (T, T) float64."""
    return np.array([[float(key <= query) for key in range(T)] for query in range(T)])
