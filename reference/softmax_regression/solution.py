"""Linear and softmax regression, forwards, backwards and trained, in NumPy alone.

Row-major, batch first: X (N, D), W (D, K), b (K,), scores S (N, K), everything float64; labels y (N,) are
integers 0..K-1. Functions leave their arguments as they found them, but for sgd_step, which works in place.
"""

import numpy as np


def linear_forward(X, W, b):
    """Scores X W + b. X: (N, D), W: (D, K), b: (K,) → (N, K)."""
    # BEGIN SOLUTION
    return X @ W + b                               # (N, D)(D, K) → (N, K); b is added to every row
    # END SOLUTION


def fit_least_squares(x, y):
    """The line w·x + b with the least sum of squared errors. x, y: (N,) → (w, b), two floats.

    w = Σ(x - x̄)(y - ȳ) / Σ(x - x̄)², b = ȳ - w x̄ (Gauss; set both derivatives of Σ(y - wx - b)² to zero).
    Raises ValueError if all x are equal: no line, or every line, is the best.
    """
    # BEGIN SOLUTION
    if np.all(x == x[0]):
        raise ValueError("x: all values are equal, so the slope is not determined")
    dx = x - x.mean()                              # (N,)
    w = dx @ (y - y.mean()) / (dx @ dx)
    return float(w), float(y.mean() - w * x.mean())
    # END SOLUTION


def poly_features(x, d):
    """Powers 0 to d, in rising order. x: (N,) of floats or integers, d: int ≥ 0 → (N, d + 1) float64."""
    # BEGIN SOLUTION
    x = np.asarray(x, dtype=np.float64)            # integer powers would stay integer, and overflow
    return x[:, None] ** np.arange(d + 1)          # (N, 1) ** (d + 1,) → (N, d + 1)
    # END SOLUTION


def mse(y, yhat):
    """Mean of the squared errors over all entries. y, yhat: the same shape, any → float.

    Raises ValueError if the shapes differ: numpy would turn (N,) - (N, 1) into an (N, N) matrix.
    """
    # BEGIN SOLUTION
    if y.shape != yhat.shape:
        raise ValueError(f"y has shape {y.shape}, yhat has {yhat.shape}")
    return float(np.mean((y - yhat) ** 2))
    # END SOLUTION


def softmax(S):
    """Each row's probabilities exp(s_k) / Σ_j exp(s_j). S: (N, K) → (N, K).

    Finite for scores of any size: a row's maximum can be taken off it without changing the result.
    """
    # BEGIN SOLUTION
    E = np.exp(S - S.max(axis=1, keepdims=True))   # (N, K); the largest entry of a row is exp(0) = 1
    return E / E.sum(axis=1, keepdims=True)        # (N, K) / (N, 1)
    # END SOLUTION


def cross_entropy(A, y, from_logits):
    """Mean of -ln p[y] over the N rows. A: (N, K), y: (N,) int → float.

    A holds scores if from_logits is true, else probabilities. From scores it is exact at any size, without
    clipping: -ln p_y = ln Σ_j exp(s_j) - s_y.
    """
    # BEGIN SOLUTION
    rows = np.arange(len(y))                       # (N,)
    if not from_logits:
        return float(-np.log(A[rows, y]).mean())   # one entry of each row
    Z = A - A.max(axis=1, keepdims=True)           # (N, K)
    return float((np.log(np.exp(Z).sum(axis=1)) - Z[rows, y]).mean())
    # END SOLUTION


def softmax_ce_backward(S, y):
    """Gradient of cross_entropy(S, y, True) by the scores: (softmax(S) - onehot(y)) / N. → (N, K)."""
    # BEGIN SOLUTION
    dS = softmax(S)                                # (N, K), a new array
    dS[np.arange(len(y)), y] -= 1.0                # minus onehot(y)
    return dS / len(y)
    # END SOLUTION


def logreg_grads(X, y, W, b):
    """Mean cross-entropy of softmax(X W + b) and its gradients. → (loss float, dW (D, K), db (K,)).

    dW = Xᵀ dS and db = Σ_rows dS, where dS already has the 1/N of the mean. No regularisation.
    """
    # BEGIN SOLUTION
    S = linear_forward(X, W, b)                    # (N, K)
    dS = softmax_ce_backward(S, y)                 # (N, K)
    return cross_entropy(S, y, True), X.T @ dS, dS.sum(axis=0)           # float, (D, N)(N, K), (K,)
    # END SOLUTION


def sgd_step(params, grads, lr):
    """θ ← θ - lr · ∂L/∂θ, in place. params, grads: lists of float64 arrays, shape by shape alike → None.

    The arrays themselves change; grads and the lists stay as they are.
    """
    # BEGIN SOLUTION
    for theta, grad in zip(params, grads, strict=True):
        theta -= lr * grad                         # -= writes into the array; theta = theta - … would not
    # END SOLUTION


def softmax_regression_epoch(X, y, W, b, lr, batch):
    """One pass of mini-batch descent over the rows in their order → (W, b, loss), new arrays and a float.

    ⌈N/batch⌉ steps; the last batch may be smaller, and its mean is over its own rows. loss is the mean over
    all N rows of each row's cross-entropy just before the step of its own batch.
    """
    # BEGIN SOLUTION
    W, b, total = W.copy(), b.copy(), 0.0          # sgd_step writes into them; the caller's stay
    for start in range(0, len(X), batch):
        Xb, yb = X[start : start + batch], y[start : start + batch]      # (≤ batch, D), (≤ batch,)
        loss, dW, db = logreg_grads(Xb, yb, W, b)
        sgd_step([W, b], [dW, db], lr)
        total += loss * len(Xb)                    # a mean times its rows: the last batch counts as it is
    return W, b, total / len(X)
    # END SOLUTION
