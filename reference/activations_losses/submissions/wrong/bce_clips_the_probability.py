# expect: failed activations_losses.bce/clips-p-at-1e-7
# mistake: bce: clips the probability to [1e-7, 1 - 1e-7] before the logarithm instead of cutting the logarithm at -100.
import numpy as np


def _sig(x):
    z = np.exp(-np.abs(x))
    return np.where(x < 0, z, 1.0) / (1.0 + z)


def sigmoid(x):
    out = _sig(x)
    return out, x.copy()


def sigmoid_backward(dout, cache):
    s = _sig(cache)
    grad = s * (1 - s)
    return dout * grad


def tanh(x):
    out = np.tanh(x)
    return out, x.copy()


def tanh_backward(dout, cache):
    grad = 1 - np.tanh(cache) ** 2
    return dout * grad


def relu(x):
    out = x * (x > 0)
    return out, x.copy()


def relu_backward(dout, cache):
    grad = np.zeros(cache.shape)
    grad[cache > 0] = 1
    return dout * grad


def leaky_relu(x, a=0.1):
    out = np.maximum(a * x, x)
    return out, {"x": x.copy(), "a": a}


def leaky_relu_backward(dout, cache):
    x, a = cache["x"], cache["a"]
    grad = np.full(x.shape, float(a))
    grad[x > 0] = 1
    return dout * grad


def elu(x, alpha=1.0):
    left = np.exp(np.minimum(x, 0)) - 1
    out = np.where(x >= 0, x, alpha * left)
    return out, {"x": x.copy(), "alpha": alpha}


def elu_backward(dout, cache):
    x, alpha = cache["x"], cache["alpha"]
    grad = np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))
    return dout * grad


def maxout(x, W1, b1, W2, b2):
    h1 = x.dot(W1) + b1
    h2 = x.dot(W2) + b2
    mask = (h1 > h2).astype(float)
    out = mask * h1 + (1 - mask) * h2
    return out, {"x": x, "W1": W1, "W2": W2, "M": mask}


def maxout_backward(dout, cache):
    x, M = cache["x"], cache["M"]
    D1 = dout * M
    D2 = dout * (1 - M)
    dx = D1.dot(cache["W1"].T) + D2.dot(cache["W2"].T)
    dW1, db1 = x.T.dot(D1), D1.sum(axis=0)
    dW2, db2 = x.T.dot(D2), D2.sum(axis=0)
    return dx, dW1, db1, dW2, db2


def mse(yhat, y):
    err = yhat - y
    loss = (err ** 2).mean()
    dyhat = 2 * err / err.size
    return loss, dyhat


def mae(yhat, y):
    err = yhat - y
    loss = np.abs(err).mean()
    dyhat = ((err > 0).astype(float) - (err < 0)) / err.size
    return loss, dyhat


def msle(yhat, y):
    err = np.log(yhat / y)
    loss = (err ** 2).mean()
    dyhat = 2 * err / yhat / err.size
    return loss, dyhat


def huber(yhat, y, delta=1.0):
    err = yhat - y
    absolute = np.abs(err)
    inside = absolute <= delta
    loss = (inside * 0.5 * err ** 2 + ~inside * (delta * absolute - 0.5 * delta ** 2)).mean()
    dyhat = np.maximum(np.minimum(err, delta), -delta) / err.size
    return loss, dyhat


def bce(yhat, y):
    eps = 1e-7
    p = np.clip(yhat, eps, 1 - eps)
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    denom = np.maximum(yhat * (1 - yhat), 1e-12)
    dyhat = (yhat - y) / denom / yhat.size
    return loss, dyhat


def bce_with_logits(s, y):
    # ln(1 + e^s) = max(s, 0) + ln(1 + e^-|s|)
    loss = (np.maximum(s, 0) + np.log1p(np.exp(-np.abs(s))) - s * y).mean()
    dyhat = (_sig(s) - y) / s.size
    return loss, dyhat


def cross_entropy(S, y):
    N = len(S)
    m = S.max(axis=1)
    total = np.exp(S - m[:, None]).sum(axis=1)
    loss = (m + np.log(total) - S[range(N), y]).mean()
    dyhat = np.exp(S - m[:, None]) / total[:, None]
    dyhat[range(N), y] -= 1
    dyhat /= N
    return loss, dyhat
