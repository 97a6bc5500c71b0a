# expect: failed softmax_regression.poly_features/converts-late
# mistake: poly_features: takes the powers of the integers first and turns them into floats only afterwards, so large powers overflow.
import numpy as np


def linear_forward(X, W, b):
    return X @ W + b


def fit_least_squares(x, y):
    xm, ym = x.mean(), y.mean()
    sxx = ((x - xm) ** 2).sum()
    if np.all(x == x[0]):
        raise ValueError("all x are equal")
    w = ((x - xm) * (y - ym)).sum() / sxx
    return w, ym - w * xm


def poly_features(x, d):
    return (x[:, None] ** np.arange(d + 1)).astype(np.float64)


def mse(y, yhat):
    if y.shape != yhat.shape:
        raise ValueError(f"{y.shape} vs {yhat.shape}")
    return np.mean((y - yhat) ** 2)


def softmax(S):
    E = np.exp(S - S.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def cross_entropy(A, y, from_logits):
    n = np.arange(len(y))
    if from_logits:
        m = A.max(axis=1)
        lse = m + np.log(np.exp(A - m[:, None]).sum(axis=1))
        return (lse - A[n, y]).mean()
    return -np.log(A[n, y]).mean()


def softmax_ce_backward(S, y):
    dS = softmax(S)
    dS[np.arange(len(y)), y] -= 1
    return dS / len(y)


def logreg_grads(X, y, W, b):
    S = linear_forward(X, W, b)
    dS = softmax_ce_backward(S, y)
    return cross_entropy(S, y, True), X.T @ dS, dS.sum(axis=0)


def sgd_step(params, grads, lr):
    for p, g in zip(params, grads):
        p -= lr * g


def softmax_regression_epoch(X, y, W, b, lr, batch):
    W, b = W.copy(), b.copy()
    total = 0.0
    for i in range(0, len(X), batch):
        Xb, yb = X[i:i + batch], y[i:i + batch]
        loss, dW, db = logreg_grads(Xb, yb, W, b)
        total += loss * len(yb)
        sgd_step([W, b], [dW, db], lr)
    return W, b, total / len(X)
