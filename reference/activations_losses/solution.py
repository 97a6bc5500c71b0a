"""Six activations and seven losses, forwards and backwards, in NumPy alone.

Batch first, everything float64, labels of classes int64. An activation gives (out, cache), and its `_backward`
turns dout = ∂L/∂out into ∂L/∂x; what the cache holds is yours. A loss gives (loss, ∂loss/∂yhat) and is a mean.
No function changes its arguments or remembers anything between two calls.
"""

import numpy as np

# --- activations -------------------------------------------------------------------------------------------


def sigmoid(x):
    """σ(x) = 1 / (1 + e⁻ˣ), finite for every finite x. x: any shape float64 → (out of the same shape, cache)."""
    # BEGIN SOLUTION
    z = np.exp(-np.abs(x))                         # in (0, 1]: cannot overflow
    out = np.where(x >= 0, 1.0, z) / (1.0 + z)     # 1/(1 + e⁻ˣ) right of 0, eˣ/(eˣ + 1) left of it
    return out, out
    # END SOLUTION


def sigmoid_backward(dout, cache):
    """∂L/∂x = dout ⊙ σ(x)(1 - σ(x)). dout: shape of x → shape of x."""
    # BEGIN SOLUTION
    return dout * cache * (1.0 - cache)
    # END SOLUTION


def tanh(x):
    """Hyperbolic tangent, 2σ(2x) - 1, finite for every finite x. x: any shape → (out of the same shape, cache)."""
    # BEGIN SOLUTION
    out = np.tanh(x)
    return out, out
    # END SOLUTION


def tanh_backward(dout, cache):
    """∂L/∂x = dout ⊙ (1 - tanh²(x)). dout: shape of x → shape of x."""
    # BEGIN SOLUTION
    return dout * (1.0 - cache**2)
    # END SOLUTION


def relu(x):
    """max(0, x), entry by entry, in a new array. x: any shape → (out of the same shape, cache)."""
    # BEGIN SOLUTION
    return np.maximum(x, 0.0), x
    # END SOLUTION


def relu_backward(dout, cache):
    """∂L/∂x: dout where x > 0, zero where x < 0; x = 0 is free. dout: shape of x → shape of x."""
    # BEGIN SOLUTION
    return np.where(cache > 0, dout, 0.0)
    # END SOLUTION


def leaky_relu(x, a=0.1):
    """max(a·x, x) with a slope 0 ≤ a ≤ 1 left of zero. x: any shape → (out of the same shape, cache)."""
    # BEGIN SOLUTION
    return np.maximum(a * x, x), (x, a)
    # END SOLUTION


def leaky_relu_backward(dout, cache):
    """∂L/∂x: dout where x > 0, a·dout where x < 0; x = 0 is free. dout: shape of x → shape of x."""
    # BEGIN SOLUTION
    x, a = cache
    return dout * np.where(x > 0, 1.0, a)
    # END SOLUTION


def elu(x, alpha=1.0):
    """x where x ≥ 0, α(eˣ - 1) where x < 0, finite for every finite x. x: any shape → (out, cache).

    Source: Clevert, Unterthiner and Hochreiter 2016.
    """
    # BEGIN SOLUTION
    left = np.minimum(x, 0.0)                      # np.where computes both sides: keep e¹⁰⁰⁰ out of them
    return np.where(x >= 0, x, alpha * np.expm1(left)), (x, alpha)
    # END SOLUTION


def elu_backward(dout, cache):
    """∂L/∂x: dout where x > 0, dout·αeˣ where x < 0; x = 0 is free. dout: shape of x → shape of x."""
    # BEGIN SOLUTION
    x, alpha = cache
    return dout * np.where(x >= 0, 1.0, alpha * np.exp(np.minimum(x, 0.0)))
    # END SOLUTION


def maxout(x, W1, b1, W2, b2):
    """max(x W1 + b1, x W2 + b2), entry by entry. x: (N, D), W: (D, K), b: (K,) → (out (N, K), cache).

    Source: Goodfellow et al. 2013, with two linear pieces.
    """
    # BEGIN SOLUTION
    z1, z2 = x @ W1 + b1, x @ W2 + b2              # (N, K) each
    return np.maximum(z1, z2), (x, W1, W2, z1 >= z2)
    # END SOLUTION


def maxout_backward(dout, cache):
    """(dx (N, D), dW1 (D, K), db1 (K,), dW2 (D, K), db2 (K,)) from dout (N, K).

    Each entry of dout goes to the piece that was larger; where both are equal, the shares add up to dout.
    """
    # BEGIN SOLUTION
    x, W1, W2, first = cache
    d1, d2 = np.where(first, dout, 0.0), np.where(first, 0.0, dout)      # (N, K): d1 + d2 = dout
    dx = d1 @ W1.T + d2 @ W2.T                                           # (N, D)
    return dx, x.T @ d1, d1.sum(axis=0), x.T @ d2, d2.sum(axis=0)
    # END SOLUTION


# --- losses ------------------------------------------------------------------------------------------------


def mse(yhat, y):
    """Mean of (yhat - y)² over all n entries. yhat, y: the same shape → (loss, dyhat = 2(yhat - y)/n)."""
    # BEGIN SOLUTION
    e = yhat - y
    return float(np.mean(e**2)), 2.0 * e / e.size
    # END SOLUTION


def mae(yhat, y):
    """Mean of |yhat - y| over all n entries. yhat, y: the same shape → (loss, dyhat = ±1/n).

    Where yhat = y, dyhat may be anything in [-1/n, 1/n].
    """
    # BEGIN SOLUTION
    e = yhat - y
    return float(np.mean(np.abs(e))), np.sign(e) / e.size                # sign(0) = 0
    # END SOLUTION


def msle(yhat, y):
    """Mean of (ln yhat - ln y)² over all n entries. yhat, y > 0: the same shape → (loss, dyhat).

    Natural logarithms of the values themselves: ln v, not ln(1 + v).
    """
    # BEGIN SOLUTION
    r = np.log(yhat) - np.log(y)
    return float(np.mean(r**2)), 2.0 * r / yhat / r.size
    # END SOLUTION


def huber(yhat, y, delta=1.0):
    """Mean of ½e² where |e| ≤ δ and δ|e| - ½δ² elsewhere, e = yhat - y. Same shapes → (loss, dyhat).

    Source: Huber 1964; its slope is e, cut off at ±δ.
    """
    # BEGIN SOLUTION
    e = yhat - y
    size = np.abs(e)
    loss = np.where(size <= delta, 0.5 * e**2, delta * size - 0.5 * delta**2)
    return float(np.mean(loss)), np.clip(e, -delta, delta) / e.size
    # END SOLUTION


def bce(yhat, y):
    """Mean of -(y ln p + (1 - y) ln(1 - p)) over all n entries, p = yhat. Same shapes → (loss, dyhat).

    yhat, y in [0, 1]. Each logarithm is at least -100, so the loss is finite at p = 0 and 1; dyhat, too.
    """
    # BEGIN SOLUTION
    with np.errstate(divide="ignore"):             # ln 0 = -∞ is expected here
        log_p, log_q = np.maximum(np.log(yhat), -100.0), np.maximum(np.log(1.0 - yhat), -100.0)
    loss = -np.mean(y * log_p + (1.0 - y) * log_q)
    slope = (yhat - y) / np.maximum(yhat * (1.0 - yhat), 1e-12)          # the bound is torch's
    return float(loss), slope / yhat.size
    # END SOLUTION


def bce_with_logits(s, y):
    """Binary cross-entropy of σ(s) and its gradient by s, exact for every finite s. Same shapes → (loss, ds).

    Mean over all n entries; y in [0, 1]. No logarithm is cut off here.
    """
    # BEGIN SOLUTION
    loss = np.maximum(s, 0.0) - s * y + np.log1p(np.exp(-np.abs(s)))     # ln(1 + eˢ) - s·y
    return float(np.mean(loss)), (sigmoid(s)[0] - y) / s.size
    # END SOLUTION


def cross_entropy(S, y):
    """Mean over N rows of -ln softmax(S)[y] and its gradient by S. S: (N, K) logits, y: (N,) int → (loss, dS).

    Exact for every finite S.
    """
    # BEGIN SOLUTION
    rows = np.arange(len(y))
    Z = S - S.max(axis=1, keepdims=True)                                 # (N, K), the largest is 0
    log_p = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))             # (N, K)
    dS = np.exp(log_p)                                                   # (N, K)
    dS[rows, y] -= 1.0
    return float(-log_p[rows, y].mean()), dS / len(y)
    # END SOLUTION
