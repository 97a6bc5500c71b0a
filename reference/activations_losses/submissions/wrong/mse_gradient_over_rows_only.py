# expect: failed activations_losses.mse/gradient-over-rows
# mistake: mse: the gradient is divided by the number of rows N and not by the number of all entries.
"""Activations and losses. Each activation keeps what it needs in a small cache object."""

import numpy as np


class Cache:
    """Just a bag of attributes."""

    def __init__(self, **kwargs):
        self.__dict__.update(kwargs)


# ----------------------------------------------------------------- activations

def sigmoid(x):
    out = np.empty_like(x)
    pos = x >= 0
    out[pos] = 1.0 / (1.0 + np.exp(-x[pos]))
    ex = np.exp(x[~pos])
    out[~pos] = ex / (1.0 + ex)
    return out, Cache(out=out.copy())


def sigmoid_backward(dout, cache):
    s = cache.out
    return dout * s * (1.0 - s)


def tanh(x):
    out = np.tanh(x)
    return out, Cache(out=out.copy())


def tanh_backward(dout, cache):
    return dout * (1.0 - np.square(cache.out))


def relu(x):
    mask = x > 0
    return np.where(mask, x, 0.0), Cache(mask=mask)


def relu_backward(dout, cache):
    dx = dout.copy()
    dx[~cache.mask] = 0.0
    return dx


def leaky_relu(x, a=0.1):
    slope = np.ones_like(x)
    slope[x < 0] = a
    return slope * x, Cache(slope=slope)


def leaky_relu_backward(dout, cache):
    return dout * cache.slope


def elu(x, alpha=1.0):
    out = x.copy()
    neg = x < 0
    out[neg] = alpha * (np.exp(x[neg]) - 1.0)
    return out, Cache(x=x.copy(), neg=neg, alpha=alpha)


def elu_backward(dout, cache):
    dx = dout.copy()
    dx[cache.neg] *= cache.alpha * np.exp(cache.x[cache.neg])
    return dx


def maxout(x, W1, b1, W2, b2):
    first = np.dot(x, W1) + b1
    second = np.dot(x, W2) + b2
    out = np.maximum(first, second)
    return out, Cache(x=x, W1=W1, W2=W2, first=first, second=second)


def maxout_backward(dout, cache):
    mask1 = cache.first >= cache.second
    mask2 = cache.second > cache.first
    d1 = dout * mask1
    d2 = dout * mask2
    dx = np.dot(d1, cache.W1.T) + np.dot(d2, cache.W2.T)
    dW1 = np.dot(cache.x.T, d1)
    dW2 = np.dot(cache.x.T, d2)
    db1 = np.sum(d1, axis=0)
    db2 = np.sum(d2, axis=0)
    return dx, dW1, db1, dW2, db2


# ----------------------------------------------------------------- losses

def mse(yhat, y):
    diff = yhat - y
    N = yhat.shape[0]
    loss = float(np.mean(diff * diff))
    grad = 2.0 * diff / N
    return loss, grad


def mae(yhat, y):
    diff = yhat - y
    n = diff.size
    loss = float(np.sum(np.abs(diff)) / n)
    grad = np.sign(diff) / n
    return loss, grad


def msle(yhat, y):
    diff = np.log(yhat) - np.log(y)
    n = diff.size
    loss = float(np.sum(diff * diff) / n)
    grad = 2.0 * diff / (n * yhat)
    return loss, grad


def huber(yhat, y, delta=1.0):
    diff = yhat - y
    n = diff.size
    small = np.abs(diff) <= delta
    quadratic = 0.5 * diff ** 2
    linear = delta * np.abs(diff) - 0.5 * delta ** 2
    loss = float(np.sum(np.where(small, quadratic, linear)) / n)
    grad = np.where(small, diff, delta * np.sign(diff)) / n
    return loss, grad


def bce(yhat, y):
    n = yhat.size
    with np.errstate(divide="ignore"):
        log_p = np.clip(np.log(yhat), -100.0, None)
        log_q = np.clip(np.log1p(-yhat), -100.0, None)
    loss = float(-np.sum(y * log_p + (1.0 - y) * log_q) / n)
    denom = np.maximum(yhat * (1.0 - yhat), 1e-12)
    return loss, (yhat - y) / denom / n


def bce_with_logits(s, y):
    n = s.size
    softplus = np.maximum(s, 0.0) + np.log1p(np.exp(-np.abs(s)))
    loss = float(np.sum(softplus - s * y) / n)
    p, _ = sigmoid(s)
    return loss, (p - y) / n


def cross_entropy(S, y):
    N, K = S.shape
    shifted = S - np.max(S, axis=1, keepdims=True)
    expS = np.exp(shifted)
    total = np.sum(expS, axis=1, keepdims=True)
    log_probs = shifted - np.log(total)
    loss = float(-np.sum(log_probs[np.arange(N), y]) / N)
    onehot = np.zeros((N, K))
    onehot[np.arange(N), y] = 1.0
    return loss, (expS / total - onehot) / N
