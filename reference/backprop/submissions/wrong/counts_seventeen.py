# expect: failed backprop.count_params/output-bias-always
import numpy as np


def activate(U, act):
    if act == "sigmoid":
        return 0.5 * (1.0 + np.tanh(0.5 * U))
    if act == "tanh":
        return np.tanh(U)
    if act == "relu":
        return np.maximum(U, 0.0)
    raise ValueError(act)


def softmax_ce(S, y):
    Z = S - S.max(axis=1, keepdims=True)
    log_p = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
    rows = np.arange(len(y))
    dS = np.exp(log_p)
    dS[rows, y] -= 1.0
    return float(-log_p[rows, y].mean()), dS / len(y)


def count_params(sizes, output_bias=True):
    n = 0
    for i in range(len(sizes) - 1):
        n += sizes[i] * sizes[i + 1]
        n += sizes[i + 1]
    return n


def mlp_init(sizes, seed, scheme):
    rng = np.random.default_rng(seed)
    params = []
    for i in range(len(sizes) - 1):
        shape = (sizes[i], sizes[i + 1])
        if scheme == "zeros":
            W = np.zeros(shape)
        elif scheme == "normal":
            W = rng.normal(0, 1, shape)
        elif scheme == "xavier":
            limit = np.sqrt(6 / (sizes[i] + sizes[i + 1]))
            W = rng.uniform(-limit, limit, shape)
        else:
            raise ValueError("scheme")
        params.append((W, np.zeros(sizes[i + 1])))
    return params


def mlp_forward(X, params, act):
    hs, us, ws = [X], [], []
    for i in range(len(params)):
        W, b = params[i]
        u = hs[i] @ W + b
        us.append(u)
        ws.append(W)
        if i < len(params) - 1:
            hs.append(activate(u, act))
    return us[-1], {"hs": hs, "us": us, "ws": ws, "act": act}


def mlp_backward(dS, cache):
    hs, us, ws, act = cache["hs"], cache["us"], cache["ws"], cache["act"]
    grads = [None] * len(ws)
    delta = dS
    for i in range(len(ws) - 1, -1, -1):
        dW = hs[i].T @ delta
        db = np.sum(delta, axis=0)
        grads[i] = (dW, db)
        if i > 0:
            dh = delta @ ws[i].T
            h = hs[i]
            if act == "sigmoid":
                delta = dh * h * (1 - h)
            elif act == "tanh":
                delta = dh * (1 - h * h)
            else:
                delta = dh * (us[i - 1] > 0)
    return grads


def tiny_net_dw22(x, y, params):
    a1 = activate(params["W1"] @ x + params["b1"], "sigmoid")
    a2 = activate(params["W2"] @ a1 + params["b2"], "sigmoid")
    S = (params["W3"] @ a2)[0]
    dS = 2 * (S - y)
    da22 = dS * params["W3"][0][1]
    dh22 = da22 * a2[1] * (1 - a2[1])
    return dh22 * a1[1]


def numerical_gradient(f, x, h=1e-5):
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        plus = x.astype(float)
        minus = x.astype(float)
        plus[i] += h
        minus[i] -= h
        grad[i] = (f(plus) - f(minus)) / (2 * h)
    return grad


def rel_error(a, b):
    top = np.linalg.norm(a - b)
    bottom = np.linalg.norm(a) + np.linalg.norm(b)
    if bottom == 0:
        return 0.0
    return top / bottom


def mlp_train_step(X, y, params, act, lr):
    S, cache = mlp_forward(X, params, act)
    loss, dS = softmax_ce(S, y)
    grads = mlp_backward(dS, cache)
    new_params = []
    for i in range(len(params)):
        new_W = params[i][0] - lr * grads[i][0]
        new_b = params[i][1] - lr * grads[i][1]
        new_params.append((new_W, new_b))
    return loss, new_params


def train_xor(seed):
    X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    y = np.array([0, 1, 1, 0])
    params = mlp_init([2, 10, 2], seed, "xavier")
    for _ in range(200):
        _, params = mlp_train_step(X, y, params, "tanh", 0.8)
    return params
