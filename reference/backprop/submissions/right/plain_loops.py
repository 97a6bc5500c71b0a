"""Everything with Python loops and lists of lists: slow, another order of summation, still right."""

import math
from itertools import pairwise

import numpy as np


def activate(U, act):
    f = {"sigmoid": lambda u: 1 / (1 + math.exp(-u)), "tanh": math.tanh, "relu": lambda u: max(u, 0.0)}[act]
    return np.array([[f(u) for u in row] for row in U])


def softmax_ce(S, y):
    dS, loss = np.zeros(S.shape), 0.0
    for n, row in enumerate(S):
        top = max(row)
        total = sum(math.exp(s - top) for s in row)
        for k, s in enumerate(row):
            dS[n, k] = (math.exp(s - top) / total - (k == y[n])) / len(y)
        loss -= (row[y[n]] - top - math.log(total)) / len(y)
    return float(loss), dS


def count_params(sizes, output_bias=True):
    total = 0
    for layer in range(1, len(sizes)):
        total += (sizes[layer - 1] + 1) * sizes[layer]
    return total if output_bias else total - sizes[-1]


def mlp_init(sizes, seed, scheme):
    if scheme not in ("zeros", "normal", "xavier"):
        raise ValueError("unknown scheme " + scheme)
    rng = np.random.RandomState(seed)                     # another stream than default_rng: allowed
    layers = []
    for d, k in pairwise(sizes):
        W = np.zeros((d, k))
        for i in range(d):
            for j in range(k):
                if scheme == "normal":
                    W[i, j] = rng.randn()
                elif scheme == "xavier":
                    W[i, j] = (2 * rng.rand() - 1) * math.sqrt(6 / (d + k))
        layers.append([W, np.zeros(k)])
    return layers


def mlp_forward(X, params, act):
    inputs, pre = [X], []
    for W, b in params:
        H = inputs[-1]
        U = np.zeros((len(H), len(b)))
        for n in range(len(H)):
            for k in range(len(b)):
                U[n, k] = b[k] + sum(H[n, d] * W[d, k] for d in range(len(W)))
        pre.append(U)
        inputs.append(activate(U, act))
    return pre[-1], {"inputs": inputs, "pre": pre, "weights": [W for W, _ in params], "act": act}


def derivative(u, act):
    if act == "relu":
        return 1.0 if u > 0 else 0.0
    if act == "tanh":
        return 1 / math.cosh(u) ** 2
    return 1 / (2 + math.exp(u) + math.exp(-u))           # sigma' as a function of u alone


def mlp_backward(dS, cache):
    delta, grads = dS, []
    for layer in reversed(range(len(cache["weights"]))):
        H, W = cache["inputs"][layer], cache["weights"][layer]
        rows, D, K = len(H), *W.shape
        dW, db, dH = np.zeros((D, K)), np.zeros(K), np.zeros((rows, D))
        for n in range(rows):
            for k in range(K):
                db[k] += delta[n, k]
                for d in range(D):
                    dW[d, k] += H[n, d] * delta[n, k]
                    dH[n, d] += W[d, k] * delta[n, k]
        grads.insert(0, [dW, db])
        if layer > 0:
            U = cache["pre"][layer - 1]
            for n in range(rows):
                for d in range(D):
                    dH[n, d] *= derivative(U[n, d], cache["act"])
            delta = dH
    return grads


def tiny_net_dw22(x, y, params):
    def sigma(u):
        return 1 / (1 + math.exp(-u))

    W1, b1, W2, b2, W3 = (params[name].tolist() for name in ("W1", "b1", "W2", "b2", "W3"))
    a1 = [sigma(sum(w * v for w, v in zip(W1[i], x, strict=True)) + b1[i]) for i in range(2)]
    a2 = [sigma(W2[i][0] * a1[0] + W2[i][1] * a1[1] + b2[i]) for i in range(2)]
    S = W3[0][0] * a2[0] + W3[0][1] * a2[1]
    return 2 * (S - y) * W3[0][1] * a2[1] * (1 - a2[1]) * a1[1]


def numerical_gradient(f, x, h=1e-5):
    flat = [float(v) for v in np.ravel(x)]
    out = []
    for i in range(len(flat)):
        def at(value, i=i):
            return f(np.array([*flat[:i], value, *flat[i + 1 :]]).reshape(np.shape(x)))

        out.append((at(flat[i] + h) - at(flat[i] - h)) / (2 * h))
    return np.array(out).reshape(np.shape(x))


def rel_error(a, b):
    a, b = np.ravel(a).tolist(), np.ravel(b).tolist()
    if not any(a) and not any(b):
        return 0.0
    return math.dist(a, b) / (math.hypot(*a) + math.hypot(*b))


def mlp_train_step(X, y, params, act, lr):
    S, cache = mlp_forward(X, params, act)
    loss, dS = softmax_ce(S, y)
    new = []
    for (W, b), (dW, db) in zip(params, mlp_backward(dS, cache), strict=True):
        new.append([W - lr * dW, b - lr * db])
    return loss, new


def train_xor(seed):
    X, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), [0, 1, 1, 0]
    for attempt in range(20):
        params = mlp_init([2, 6, 2], seed * 20 + attempt, "normal")
        for _ in range(300):
            _, params = mlp_train_step(X, y, params, "tanh", 1.0)
            if list(mlp_forward(X, params, "tanh")[0].argmax(axis=1)) == y:
                return params
    return params
