"""Loops wherever they do not hurt; only logreg_grads works on whole arrays."""

import math

import numpy as np


def linear_forward(X, W, b):
    S = np.zeros((len(X), len(b)))
    for i in range(len(X)):
        for k in range(len(b)):
            S[i, k] = b[k] + sum(X[i, d] * W[d, k] for d in range(len(W)))
    return S


def fit_least_squares(x, y):
    n, sx, sy, sxy, sxx = 0, 0.0, 0.0, 0.0, 0.0
    for a, c in zip(x.tolist(), y.tolist()):
        n, sx, sy, sxy, sxx = n + 1, sx + a, sy + c, sxy + a * c, sxx + a * a
    if min(x) == max(x):
        raise ValueError("vertical")
    w = (n * sxy - sx * sy) / (n * sxx - sx * sx)
    return [w, (sy - w * sx) / n]


def poly_features(x, d):
    table = []
    for value in x:
        row = [1.0]
        for _ in range(d):
            row.append(row[-1] * float(value))
        table.append(row)
    return np.array(table)


def mse(y, yhat):
    if np.shape(y) != np.shape(yhat):
        raise ValueError("shapes")
    total = 0.0
    for a, c in zip(np.ravel(y), np.ravel(yhat)):
        total += (a - c) ** 2
    return total / np.size(y)


def softmax(S):
    rows = []
    for row in S.tolist():
        top = max(row)
        parts = [math.exp(s - top) for s in row]
        rows.append([part / sum(parts) for part in parts])
    return np.array(rows)


def cross_entropy(A, y, from_logits):
    total = 0.0
    for row, label in zip(A.tolist(), y.tolist()):
        if from_logits:
            top = max(row)
            total += top + math.log(math.fsum(math.exp(s - top) for s in row)) - row[label]
        else:
            total -= math.log(row[label])
    return total / len(A)


def softmax_ce_backward(S, y):
    dS = softmax(S)
    for i, label in enumerate(y):
        dS[i, label] -= 1
    for i in range(len(dS)):
        dS[i] /= len(dS)
    return dS


def logreg_grads(X, y, W, b):
    N, K = len(X), len(b)
    S = np.stack([X @ W[:, k] + b[k] for k in range(K)], axis=1)
    S = S - np.max(S, axis=1).reshape(N, 1)
    exps = np.exp(S)
    sums = exps.sum(axis=1)
    loss = 0.0
    dW, db = np.zeros(W.shape), np.zeros(K)
    for k in range(K):
        hit = (y == k).astype(float)
        loss += float((hit * (np.log(sums) - S[:, k])).sum()) / N
        delta = (exps[:, k] / sums - hit) / N
        dW[:, k] = delta @ X
        db[k] = delta.sum()
    return loss, dW, db


def sgd_step(params, grads, lr):
    for i in range(len(params)):
        for place in np.ndindex(params[i].shape):
            params[i][place] -= lr * grads[i][place]
    return params


def softmax_regression_epoch(X, y, W, b, lr, batch):
    W, b = np.array(W), np.array(b)
    summed, i = 0.0, 0
    while i < len(X):
        j = min(i + batch, len(X))
        loss, dW, db = logreg_grads(X[i:j], y[i:j], W, b)
        W = W - lr * dW
        b = b - lr * db
        summed += (j - i) * loss
        i = j
    return [W, b, summed / len(X)]
