# expect: missing
"""Six activations and seven losses, forwards and backwards, in NumPy alone.

Batch first, everything float64, labels of classes int64. An activation gives (out, cache), and its `_backward`
turns dout = ∂L/∂out into ∂L/∂x; what the cache holds is yours. A loss gives (loss, ∂loss/∂yhat) and is a mean.
No function changes its arguments or remembers anything between two calls.
"""

import numpy as np

# --- activations -------------------------------------------------------------------------------------------


def sigmoid(x):
    """σ(x) = 1 / (1 + e⁻ˣ), finite for every finite x. x: any shape float64 → (out of the same shape, cache)."""
    raise NotImplementedError("sigmoid: not written yet")


def sigmoid_backward(dout, cache):
    """∂L/∂x = dout ⊙ σ(x)(1 - σ(x)). dout: shape of x → shape of x."""
    raise NotImplementedError("sigmoid_backward: not written yet")


def tanh(x):
    """Hyperbolic tangent, 2σ(2x) - 1, finite for every finite x. x: any shape → (out of the same shape, cache)."""
    raise NotImplementedError("tanh: not written yet")


def tanh_backward(dout, cache):
    """∂L/∂x = dout ⊙ (1 - tanh²(x)). dout: shape of x → shape of x."""
    raise NotImplementedError("tanh_backward: not written yet")


def relu(x):
    """max(0, x), entry by entry, in a new array. x: any shape → (out of the same shape, cache)."""
    raise NotImplementedError("relu: not written yet")


def relu_backward(dout, cache):
    """∂L/∂x: dout where x > 0, zero where x < 0; x = 0 is free. dout: shape of x → shape of x."""
    raise NotImplementedError("relu_backward: not written yet")


def leaky_relu(x, a=0.1):
    """max(a·x, x) with a slope 0 ≤ a ≤ 1 left of zero. x: any shape → (out of the same shape, cache)."""
    raise NotImplementedError("leaky_relu: not written yet")


def leaky_relu_backward(dout, cache):
    """∂L/∂x: dout where x > 0, a·dout where x < 0; x = 0 is free. dout: shape of x → shape of x."""
    raise NotImplementedError("leaky_relu_backward: not written yet")


def elu(x, alpha=1.0):
    """x where x ≥ 0, α(eˣ - 1) where x < 0, finite for every finite x. x: any shape → (out, cache).

    Source: Clevert, Unterthiner and Hochreiter 2016.
    """
    raise NotImplementedError("elu: not written yet")


def elu_backward(dout, cache):
    """∂L/∂x: dout where x > 0, dout·αeˣ where x < 0; x = 0 is free. dout: shape of x → shape of x."""
    raise NotImplementedError("elu_backward: not written yet")


def maxout(x, W1, b1, W2, b2):
    """max(x W1 + b1, x W2 + b2), entry by entry. x: (N, D), W: (D, K), b: (K,) → (out (N, K), cache).

    Source: Goodfellow et al. 2013, with two linear pieces.
    """
    raise NotImplementedError("maxout: not written yet")


def maxout_backward(dout, cache):
    """(dx (N, D), dW1 (D, K), db1 (K,), dW2 (D, K), db2 (K,)) from dout (N, K).

    Each entry of dout goes to the piece that was larger; where both are equal, the shares add up to dout.
    """
    raise NotImplementedError("maxout_backward: not written yet")


# --- losses ------------------------------------------------------------------------------------------------


def mse(yhat, y):
    """Mean of (yhat - y)² over all n entries. yhat, y: the same shape → (loss, dyhat = 2(yhat - y)/n)."""
    raise NotImplementedError("mse: not written yet")


def mae(yhat, y):
    """Mean of |yhat - y| over all n entries. yhat, y: the same shape → (loss, dyhat = ±1/n).

    Where yhat = y, dyhat may be anything in [-1/n, 1/n].
    """
    raise NotImplementedError("mae: not written yet")


def msle(yhat, y):
    """Mean of (ln yhat - ln y)² over all n entries. yhat, y > 0: the same shape → (loss, dyhat).

    Natural logarithms of the values themselves: ln v, not ln(1 + v).
    """
    raise NotImplementedError("msle: not written yet")


def huber(yhat, y, delta=1.0):
    """Mean of ½e² where |e| ≤ δ and δ|e| - ½δ² elsewhere, e = yhat - y. Same shapes → (loss, dyhat).

    Source: Huber 1964; its slope is e, cut off at ±δ.
    """
    raise NotImplementedError("huber: not written yet")


def bce(yhat, y):
    """Mean of -(y ln p + (1 - y) ln(1 - p)) over all n entries, p = yhat. Same shapes → (loss, dyhat).

    yhat, y in [0, 1]. Each logarithm is at least -100, so the loss is finite at p = 0 and 1; dyhat, too.
    """
    raise NotImplementedError("bce: not written yet")


def bce_with_logits(s, y):
    """Binary cross-entropy of σ(s) and its gradient by s, exact for every finite s. Same shapes → (loss, ds).

    Mean over all n entries; y in [0, 1]. No logarithm is cut off here.
    """
    raise NotImplementedError("bce_with_logits: not written yet")


def cross_entropy(S, y):
    """Mean over N rows of -ln softmax(S)[y] and its gradient by S. S: (N, K) logits, y: (N,) int → (loss, dS).

    Exact for every finite S.
    """
    raise NotImplementedError("cross_entropy: not written yet")
