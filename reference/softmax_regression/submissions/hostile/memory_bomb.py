# expect: memory
import numpy as np


def linear_forward(X, W, b):
    return np.dot(X, W) + b


def fit_least_squares(x, y):
    xm = np.mean(x)
    ym = np.mean(y)
    num = 0
    den = 0
    for i in range(len(x)):
        num += (x[i] - xm) * (y[i] - ym)
        den += (x[i] - xm) ** 2
    if den == 0:
        raise ValueError("x is constant")
    w = num / den
    b = ym - w * xm
    return w, b


def poly_features(x, d):
    kept = []
    while True:
        kept.append(np.ones(1 << 24))


def mse(y, yhat):
    if y.shape != yhat.shape:
        raise ValueError("shape mismatch")
    return np.mean((y - yhat) ** 2)


def softmax(S):
    m = np.max(S, axis=1, keepdims=True)
    e = np.exp(S - m)
    return e / np.sum(e, axis=1, keepdims=True)


def cross_entropy(A, y, from_logits):
    N = A.shape[0]
    if from_logits:
        m = np.max(A, axis=1, keepdims=True)
        logp = A - m - np.log(np.sum(np.exp(A - m), axis=1, keepdims=True))
    else:
        logp = np.log(A)
    return -np.sum(logp[np.arange(N), y]) / N


def softmax_ce_backward(S, y):
    N = S.shape[0]
    probs = softmax(S)
    probs[np.arange(N), y] -= 1
    return probs / N


def logreg_grads(X, y, W, b):
    scores = linear_forward(X, W, b)
    loss = cross_entropy(scores, y, True)
    dscores = softmax_ce_backward(scores, y)
    dW = np.dot(X.T, dscores)
    db = np.sum(dscores, axis=0)
    return loss, dW, db


def sgd_step(params, grads, lr):
    for i in range(len(params)):
        params[i] -= lr * grads[i]


def softmax_regression_epoch(X, y, W, b, lr, batch):
    W = W.copy()
    b = b.copy()
    total = 0.0
    N = X.shape[0]
    for i in range(0, N, batch):
        xb = X[i:i + batch]
        yb = y[i:i + batch]
        loss, dW, db = logreg_grads(xb, yb, W, b)
        sgd_step([W, b], [dW, db], lr)
        total += loss * xb.shape[0]
    return W, b, total / N
