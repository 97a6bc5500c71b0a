# expect: failed activations_losses.cross_entropy/gradient-without-n
# mistake: cross_entropy: the gradient is softmax minus one-hot without the 1/N of the mean.
import numpy as np


def sigmoid(x):
    out = np.exp(-np.logaddexp(0, -x))
    return out, (out.copy(),)


def sigmoid_backward(dout, cache):
    (s,) = cache
    deriv = s - s ** 2
    return deriv * dout


def tanh(x):
    """Hyperbolic tangent."""
    out = np.tanh(x)
    return out, (out.copy(),)


def tanh_backward(dout, cache):
    (t,) = cache
    deriv = (1 - t) * (1 + t)
    return deriv * dout


def relu(x):
    """Rectified linear unit."""
    out = x.copy()
    out[out < 0] = 0
    return out, (x > 0,)


def relu_backward(dout, cache):
    (is_pos,) = cache
    return np.where(is_pos, dout, 0.0)


def leaky_relu(x, a=0.1):
    """Leaky ReLU with slope a on the left."""
    out = x.copy()
    out[x < 0] *= a
    return out, (x > 0, a)


def leaky_relu_backward(dout, cache):
    is_pos, a = cache
    dx = dout.copy()
    dx[~is_pos] *= a
    return dx


def elu(x, alpha=1.0):
    """Exponential linear unit."""
    left = np.minimum(x, 0.0)
    right = np.maximum(x, 0.0)
    out = right + alpha * np.expm1(left)
    return out, (left, x > 0, alpha)


def elu_backward(dout, cache):
    left, is_pos, alpha = cache
    deriv = alpha * np.exp(left)
    deriv[is_pos] = 1.0
    return deriv * dout


def maxout(x, W1, b1, W2, b2):
    """Two linear pieces, take the larger."""
    pieces = np.stack([x @ W1 + b1, x @ W2 + b2])          # (2, N, K)
    best = pieces.argmax(axis=0)                         # (N, K), ties -> piece 0
    return pieces.max(axis=0), (x, W1, W2, best)


def maxout_backward(dout, cache):
    x, W1, W2, best = cache
    D1 = np.where(best == 0, dout, 0.0)
    D2 = np.where(best == 1, dout, 0.0)
    dx = D1 @ W1.T + D2 @ W2.T
    return dx, x.T @ D1, D1.sum(axis=0), x.T @ D2, D2.sum(axis=0)


def mse(yhat, y):
    """Mean squared error."""
    return np.mean((yhat - y) ** 2), 2 * (yhat - y) / yhat.size


def mae(yhat, y):
    """Mean absolute error."""
    return np.mean(np.abs(yhat - y)), np.where(yhat > y, 1.0, -1.0) / yhat.size


def msle(yhat, y):
    """Mean squared logarithmic error."""
    r = np.log(yhat) - np.log(y)
    return np.mean(r ** 2), 2 * r / yhat / yhat.size


def huber(yhat, y, delta=1.0):
    """Huber loss, quadratic inside and linear outside."""
    e = yhat - y
    inside = np.abs(e) <= delta
    each = np.empty_like(e)
    each[inside] = e[inside] ** 2 / 2
    each[~inside] = delta * (np.abs(e[~inside]) - delta / 2)
    grad = e.copy()
    grad[e > delta] = delta
    grad[e < -delta] = -delta
    return each.mean(), grad / e.size


def bce(yhat, y):
    """Binary cross-entropy of probabilities."""
    with np.errstate(divide="ignore"):
        log_p = np.log(yhat)
        log_1p = np.log(1 - yhat)
    log_p[log_p < -100] = -100
    log_1p[log_1p < -100] = -100
    loss = -(y * log_p + (1 - y) * log_1p).mean()
    grad = (yhat - y) / np.maximum(yhat * (1 - yhat), 1e-12)
    return loss, grad / yhat.size


def bce_with_logits(s, y):
    """Binary cross-entropy of logits."""
    loss = (np.logaddexp(0, s) - s * y).mean()
    p = np.exp(-np.logaddexp(0, -s))
    return loss, (p - y) / s.size


def cross_entropy(S, y):
    """Softmax and negative log-likelihood in one."""
    N = S.shape[0]
    rows = np.arange(N)
    exps = np.exp(S - S.max(axis=1, keepdims=True))
    probs = exps / exps.sum(axis=1, keepdims=True)
    lse = S.max(axis=1) + np.log(exps.sum(axis=1))
    loss = (lse - S[rows, y]).mean()
    grad = probs.copy()
    grad[rows, y] -= 1.0
    return loss, grad
