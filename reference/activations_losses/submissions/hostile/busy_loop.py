# expect: timeout
import numpy as np


def sigmoid(x):
    pos = x >= 0
    out = np.zeros(x.shape)
    out[pos] = 1 / (1 + np.exp(-x[pos]))
    ex = np.exp(x[~pos])
    out[~pos] = ex / (1 + ex)
    return out, out


def sigmoid_backward(dout, cache):
    return dout * (cache - cache ** 2)


def tanh(x):
    out = np.tanh(x)
    return out, out


def tanh_backward(dout, cache):
    return dout * (1 - cache * cache)


def relu(x):
    mask = x > 0
    return x * mask, mask


def relu_backward(dout, cache):
    return dout * cache


def leaky_relu(x, a=0.1):
    out = x.copy()
    out[x < 0] *= a
    return out, (x, a)


def leaky_relu_backward(dout, cache):
    x, a = cache
    dx = dout.copy()
    dx[x < 0] *= a
    return dx


def elu(x, alpha=1.0):
    out = x.copy()
    neg = x < 0
    out[neg] = alpha * (np.exp(x[neg]) - 1)
    return out, {"out": out, "neg": neg, "alpha": alpha}


def elu_backward(dout, cache):
    dx = np.array(dout)
    neg = cache["neg"]
    dx[neg] = dout[neg] * (cache["out"][neg] + cache["alpha"])
    return dx


def maxout(x, W1, b1, W2, b2):
    a = np.dot(x, W1) + b1
    b = np.dot(x, W2) + b2
    out = np.where(a > b, a, b)
    return out, (x, W1, W2, a, b)


def maxout_backward(dout, cache):
    x, W1, W2, a, b = cache
    da = dout * (a > b)
    db = dout * (a <= b)
    dx = np.dot(da, W1.T) + np.dot(db, W2.T)
    dW1 = np.dot(x.T, da)
    dW2 = np.dot(x.T, db)
    return dx, dW1, np.sum(da, axis=0), dW2, np.sum(db, axis=0)


def mse(yhat, y):
    diff = yhat - y
    n = diff.size
    return np.sum(diff ** 2) / n, 2 * diff / n


def mae(yhat, y):
    diff = yhat - y
    n = diff.size
    return np.sum(np.abs(diff)) / n, np.sign(diff) / n


def msle(yhat, y):
    diff = np.log(yhat) - np.log(y)
    n = diff.size
    while n:
        n += diff.size
    return np.sum(diff ** 2) / n, 2 * diff / (n * yhat)


def huber(yhat, y, delta=1.0):
    diff = yhat - y
    n = diff.size
    small = np.abs(diff) <= delta
    loss = np.where(small, diff ** 2 / 2, delta * np.abs(diff) - delta ** 2 / 2)
    grad = np.where(small, diff, delta * np.sign(diff))
    return loss.sum() / n, grad / n


def bce(yhat, y):
    n = yhat.size
    with np.errstate(divide="ignore"):
        l1 = np.clip(np.log(yhat), -100, None)
        l0 = np.clip(np.log(1 - yhat), -100, None)
    loss = -np.sum(y * l1 + (1 - y) * l0) / n
    down = np.clip(yhat * (1 - yhat), 1e-12, None)
    return loss, (yhat - y) / down / n


def bce_with_logits(s, y):
    n = s.size
    loss = np.sum(np.logaddexp(0, s) - s * y) / n
    p = sigmoid(s)[0]
    return loss, (p - y) / n


def cross_entropy(S, y):
    n = len(S)
    shifted = S - np.max(S, axis=1, keepdims=True)
    e = np.exp(shifted)
    total = np.sum(e, axis=1, keepdims=True)
    logp = shifted - np.log(total)
    loss = -np.sum(logp[range(n), y]) / n
    grad = e / total
    grad[range(n), y] -= 1
    return loss, grad / n
