"""Wrong variants of maxout, most frequent first within each function."""

import numpy as np

from . import solution as ref
from .cards import LIKELY, SUBMITTED, wrong


# --- maxout
@wrong("maxout/no-bias", SUBMITTED, "Each piece has its own bias: x W1 + b1 and x W2 + b2, then the maximum.")
def no_bias(x, W1, b1, W2, b2):
    return ref.maxout(x, W1, np.zeros_like(b1), W2, np.zeros_like(b2))


@wrong("maxout/bias-after", LIKELY, "Add each bias to its own piece before comparing the pieces.")
def bias_after(x, W1, b1, W2, b2):
    out, cache = ref.maxout(x, W1, np.zeros_like(b1), W2, np.zeros_like(b2))
    return out + b1 + b2, cache


@wrong("maxout/sum", LIKELY, "The pieces compete: take the larger one; their sum is one linear layer again.")
def summed(x, W1, b1, W2, b2):
    return x @ (W1 + W2) + b1 + b2, ref.maxout(x, W1, b1, W2, b2)[1]


@wrong("maxout/minimum", LIKELY, "Take the larger piece: np.maximum.")
def minimum(x, W1, b1, W2, b2):
    return np.minimum(x @ W1 + b1, x @ W2 + b2), ref.maxout(x, W1, b1, W2, b2)[1]


@wrong("maxout/rectified", LIKELY, "There is no third piece 0: the maximum of two pieces may be negative.")
def rectified(x, W1, b1, W2, b2):
    out, cache = ref.maxout(x, W1, b1, W2, b2)
    return np.maximum(out, 0.0), cache


@wrong("maxout/over-units", SUBMITTED,
       "Compare the two pieces entry by entry, (N, K); the largest unit of a row is something else.")
def over_units(x, W1, b1, W2, b2):
    out, cache = ref.maxout(x, W1, b1, W2, b2)
    return out.max(axis=1), cache


@wrong("maxout/largest-norm", LIKELY,
       "The comparison is made for each entry: row and unit decide, not one piece for the whole batch.")
def one_piece_for_all(x, W1, b1, W2, b2):
    z1, z2 = x @ W1 + b1, x @ W2 + b2
    return (z1 if z1.sum() >= z2.sum() else z2), ref.maxout(x, W1, b1, W2, b2)[1]


# --- maxout_backward
def _parts(dout, cache):
    x, W1, W2, first = cache
    return x, W1, W2, np.where(first, dout, 0.0), np.where(first, 0.0, dout)


def _equal(x, W1, W2, first):
    """Where the two pieces are equal: the only entries whose piece changes when the pieces swap places."""
    return first & np.isclose(x @ W1, x @ W2, rtol=0, atol=1e-12)


@wrong("maxout_backward/tie-doubles", SUBMITTED,
       "z1 >= z2 and z2 >= z1 are both true at a tie, which sends dout back twice: use >= once and its opposite.")
def tie_doubles(dout, cache):
    x, W1, W2, d1, d2 = _parts(dout, cache)
    d2 = np.where(_equal(*cache), dout, d2)
    return d1 @ W1.T + d2 @ W2.T, x.T @ d1, d1.sum(axis=0), x.T @ d2, d2.sum(axis=0)


@wrong("maxout_backward/tie-dropped", SUBMITTED,
       "z1 > z2 and z2 > z1 are both false at a tie, and dout is lost: use > once and its opposite.")
def tie_dropped(dout, cache):
    x, W1, W2, d1, d2 = _parts(dout, cache)
    d1 = np.where(_equal(*cache), 0.0, d1)
    return d1 @ W1.T + d2 @ W2.T, x.T @ d1, d1.sum(axis=0), x.T @ d2, d2.sum(axis=0)


@wrong("maxout_backward/both-pieces", SUBMITTED,
       "Only the piece that was larger gets the gradient of an entry; the other one had no part in it.")
def both_pieces(dout, cache):
    x, W1, W2, _ = cache
    dW, db = x.T @ dout, dout.sum(axis=0)
    return dout @ (W1 + W2).T, dW, db, dW.copy(), db.copy()


@wrong("maxout_backward/dx-unmasked", LIKELY,
       "dx needs the same masks as dW1 and dW2: each entry goes back through the piece that was larger.")
def dx_unmasked(dout, cache):
    _, W1, W2, _ = cache
    return dout @ (W1 + W2).T, *ref.maxout_backward(dout, cache)[1:]


@wrong("maxout_backward/dx-one-piece", LIKELY, "dx is the sum over both pieces: d1 W1ᵀ + d2 W2ᵀ.")
def dx_one_piece(dout, cache):
    return _parts(dout, cache)[3] @ cache[1].T, *ref.maxout_backward(dout, cache)[1:]


@wrong("maxout_backward/pieces-swapped", LIKELY,
       "Here the smaller piece gets the gradient: it belongs to the one that won the maximum.")
def swapped(dout, cache):
    x, W1, W2, first = cache
    return ref.maxout_backward(dout, (x, W1, W2, ~first))


@wrong("maxout_backward/no-transpose", "S1 L380, L392",
       "The way back through x W takes the transpose, d Wᵀ; a square W hides it from the shapes.")
def no_transpose(dout, cache):
    _, W1, W2, d1, d2 = _parts(dout, cache)
    return d1 @ W1 + d2 @ W2, *ref.maxout_backward(dout, cache)[1:]


@wrong("maxout_backward/bias-keepdims", SUBMITTED, "db has the shape of b, (K,): sum over the rows without keepdims.")
def bias_keepdims(dout, cache):
    dx, dW1, db1, dW2, db2 = ref.maxout_backward(dout, cache)
    return dx, dW1, db1[None], dW2, db2[None]


@wrong("maxout_backward/bias-mean", LIKELY,
       "db is the sum over the rows: a 1/N, if there is one, is already in dout, as it is for dW.")
def bias_mean(dout, cache):
    dx, dW1, db1, dW2, db2 = ref.maxout_backward(dout, cache)
    return dx, dW1, db1 / len(dout), dW2, db2 / len(dout)


@wrong("maxout_backward/no-dout", SUBMITTED, "The masks are the slopes; the chain rule multiplies them by dout.")
def no_dout(dout, cache):
    return ref.maxout_backward(np.ones_like(dout), cache)
