# expect: missing
"""Linear and softmax regression, forwards, backwards and trained, in NumPy alone.

Row-major, batch first: X (N, D), W (D, K), b (K,), scores S (N, K), everything float64; labels y (N,) are
integers 0..K-1. Functions leave their arguments as they found them, but for sgd_step, which works in place.
"""

import numpy as np


def linear_forward(X, W, b):
    """Scores X W + b. X: (N, D), W: (D, K), b: (K,) → (N, K)."""
    raise NotImplementedError("linear_forward: not written yet")


def fit_least_squares(x, y):
    """The line w·x + b with the least sum of squared errors. x, y: (N,) → (w, b), two floats.

    w = Σ(x - x̄)(y - ȳ) / Σ(x - x̄)², b = ȳ - w x̄ (Gauss; set both derivatives of Σ(y - wx - b)² to zero).
    Raises ValueError if all x are equal: no line, or every line, is the best.
    """
    raise NotImplementedError("fit_least_squares: not written yet")


def poly_features(x, d):
    """Powers 0 to d, in rising order. x: (N,) of floats or integers, d: int ≥ 0 → (N, d + 1) float64."""
    raise NotImplementedError("poly_features: not written yet")


def mse(y, yhat):
    """Mean of the squared errors over all entries. y, yhat: the same shape, any → float.

    Raises ValueError if the shapes differ: numpy would turn (N,) - (N, 1) into an (N, N) matrix.
    """
    raise NotImplementedError("mse: not written yet")


def softmax(S):
    """Each row's probabilities exp(s_k) / Σ_j exp(s_j). S: (N, K) → (N, K).

    Finite for scores of any size: a row's maximum can be taken off it without changing the result.
    """
    raise NotImplementedError("softmax: not written yet")


def cross_entropy(A, y, from_logits):
    """Mean of -ln p[y] over the N rows. A: (N, K), y: (N,) int → float.

    A holds scores if from_logits is true, else probabilities. From scores it is exact at any size, without
    clipping: -ln p_y = ln Σ_j exp(s_j) - s_y.
    """
    raise NotImplementedError("cross_entropy: not written yet")


def softmax_ce_backward(S, y):
    """Gradient of cross_entropy(S, y, True) by the scores: (softmax(S) - onehot(y)) / N. → (N, K)."""
    raise NotImplementedError("softmax_ce_backward: not written yet")


def logreg_grads(X, y, W, b):
    """Mean cross-entropy of softmax(X W + b) and its gradients. → (loss float, dW (D, K), db (K,)).

    dW = Xᵀ dS and db = Σ_rows dS, where dS already has the 1/N of the mean. No regularisation.
    """
    raise NotImplementedError("logreg_grads: not written yet")


def sgd_step(params, grads, lr):
    """θ ← θ - lr · ∂L/∂θ, in place. params, grads: lists of float64 arrays, shape by shape alike → None.

    The arrays themselves change; grads and the lists stay as they are.
    """
    raise NotImplementedError("sgd_step: not written yet")


def softmax_regression_epoch(X, y, W, b, lr, batch):
    """One pass of mini-batch descent over the rows in their order → (W, b, loss), new arrays and a float.

    ⌈N/batch⌉ steps; the last batch may be smaller, and its mean is over its own rows. loss is the mean over
    all N rows of each row's cross-entropy just before the step of its own batch.
    """
    raise NotImplementedError("softmax_regression_epoch: not written yet")
