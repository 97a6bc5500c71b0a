"""Everything with Python loops over single numbers: slow, another order of summation, still right."""

import math

import numpy as np


def each(f, *arrays):
    out = np.empty(arrays[0].shape)
    for i in np.ndindex(out.shape):
        out[i] = f(*(float(a[i]) for a in arrays))
    return out


def sig(v):
    return 1 / (1 + math.exp(-v)) if v > 0 else 1 - 1 / (1 + math.exp(v))


def sigmoid(x):
    return each(sig, x), {"x": x.copy()}


def sigmoid_backward(dout, cache):
    return each(lambda d, v: d * sig(v) * sig(-v), dout, cache["x"])


def tanh(x):
    return each(lambda v: 2 * sig(2 * v) - 1, x), {"x": x.copy()}


def tanh_backward(dout, cache):
    return each(lambda d, v: 4 * d * sig(2 * v) * sig(-2 * v), dout, cache["x"])


def relu(x):
    return each(lambda v: v if v >= 0 else 0.0, x), [x.copy()]


def relu_backward(dout, cache):
    return each(lambda d, v: d if v >= 0 else 0.0, dout, cache[0])        # slope 1 at zero


def leaky_relu(x, a=0.1):
    return each(lambda v: v if v >= 0 else a * v, x), [x.copy(), a]


def leaky_relu_backward(dout, cache):
    return each(lambda d, v: d if v >= 0 else cache[1] * d, dout, cache[0])


def elu(x, alpha=1.0):
    return each(lambda v: v if v >= 0 else alpha * math.expm1(v), x), [x.copy(), alpha]


def elu_backward(dout, cache):
    return each(lambda d, v: d if v >= 0 else d * cache[1] * math.exp(v), dout, cache[0])


def piece(x, W, b):
    return [[math.fsum([*(x[n, d] * W[d, k] for d in range(len(W))), b[k]]) for k in range(len(b))] for n in range(len(x))]


def maxout(x, W1, b1, W2, b2):
    z1, z2 = piece(x, W1, b1), piece(x, W2, b2)
    return np.array([list(map(max, r1, r2)) for r1, r2 in zip(z1, z2)]), [x.copy(), W1.copy(), W2.copy(), z1, z2]


def maxout_backward(dout, cache):
    x, W1, W2, z1, z2 = cache
    dx, dW1, dW2 = np.zeros(x.shape), np.zeros(W1.shape), np.zeros(W2.shape)
    db1, db2 = np.zeros(W1.shape[1]), np.zeros(W2.shape[1])
    for n, k in np.ndindex(dout.shape):
        share = 0.5 if z1[n][k] == z2[n][k] else float(z1[n][k] > z2[n][k])       # a tie is halved
        for W, dW, db, part in [(W1, dW1, db1, share), (W2, dW2, db2, 1 - share)]:
            db[k] += part * dout[n, k]
            for d in range(len(W)):
                dW[d, k] += part * dout[n, k] * x[n, d]
                dx[n, d] += part * dout[n, k] * W[d, k]
    return [dx, dW1, db1, dW2, db2]


def mean(f, slope, yhat, y):
    n = yhat.size
    total = math.fsum(f(float(yhat[i]), float(y[i])) for i in np.ndindex(yhat.shape))
    return total / n, each(lambda a, b: slope(a, b) / n, yhat, y)


def mse(yhat, y):
    return mean(lambda p, t: (p - t) ** 2, lambda p, t: 2 * (p - t), yhat, y)


def mae(yhat, y):
    return mean(lambda p, t: abs(p - t), lambda p, t: 1.0 if p >= t else -1.0, yhat, y)


def msle(yhat, y):
    return mean(lambda p, t: math.log(p / t) ** 2, lambda p, t: 2 * math.log(p / t) / p, yhat, y)


def huber(yhat, y, delta=1.0):
    def value(p, t):
        a = abs(p - t)
        return a * a / 2 if a < delta else delta * (a - delta / 2)

    return mean(value, lambda p, t: max(-delta, min(delta, p - t)), yhat, y)


def log(v):
    return max(math.log(v), -100.0) if v > 0 else -100.0


def bce(yhat, y):
    tiny = 1e-40                                            # another floor than torch's: finite is enough
    return mean(
        lambda p, t: -(t * log(p) + (1 - t) * log(1 - p)),
        lambda p, t: (1 - t) / max(1 - p, tiny) - t / max(p, tiny), yhat, y)


def bce_with_logits(s, y):
    return mean(
        lambda v, t: max(v, 0.0) - v * t + math.log1p(math.exp(-abs(v))), lambda v, t: sig(v) - t, s, y)


def cross_entropy(S, y):
    N, K = S.shape
    loss, dS = 0.0, np.zeros((N, K))
    for n in range(N):
        top = max(S[n])
        log_sum = top + math.log(math.fsum(math.exp(v - top) for v in S[n]))
        loss += (log_sum - S[n, y[n]]) / N
        for k in range(K):
            dS[n, k] = (math.exp(S[n, k] - log_sum) - (k == y[n])) / N
    return loss, dS
