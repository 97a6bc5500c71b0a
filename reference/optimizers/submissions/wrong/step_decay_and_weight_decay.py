# expect: failed optimizers.lr_step/no-floor
import numpy as np


def sgd(w, g, state, lr):
    w_new = w - lr * g
    return w_new, state


def momentum(w, g, state, lr, alpha):
    if "v" not in state:
        state["v"] = np.zeros_like(w)
    state["v"] = alpha * state["v"] - lr * g
    return w + state["v"], state


def nesterov(w, grad_fn, state, lr, alpha):
    if "v" not in state:
        state["v"] = np.zeros_like(w)
    v = state["v"]
    g = grad_fn(w + alpha * v)
    v = alpha * v - lr * g
    state["v"] = v
    return w + v, state


def rmsprop(w, g, state, lr, rho, eps):
    if "cache" not in state:
        state["cache"] = np.zeros_like(w)
    state["cache"] = rho * state["cache"] + (1 - rho) * g**2
    return w - lr * g / (np.sqrt(state["cache"]) + eps), state


def adam(w, g, state, lr, beta1, beta2, eps):
    if not state:
        state = {"m": np.zeros_like(w), "v": np.zeros_like(w), "t": 0}
    state["t"] += 1
    state["m"] = beta1 * state["m"] + (1 - beta1) * g
    state["v"] = beta2 * state["v"] + (1 - beta2) * g**2
    m_hat = state["m"] / (1 - beta1 ** state["t"])
    v_hat = state["v"] / (1 - beta2 ** state["t"])
    w_new = w - lr * m_hat / (np.sqrt(v_hat) + eps)
    return w_new, state


def lr_inverse(eta0, r, t):
    return eta0 / (1 + r * t)


def lr_exp(eta0, lam, t):
    return eta0 * np.exp(-lam * t)


def lr_step(eta0, r, tu, t):
    return eta0 * r ** (t / tu)


def init_lecun_uniform(fan_in, fan_out, shape, rng):
    limit = np.sqrt(3 / fan_in)
    return rng.uniform(-limit, limit, size=shape)


def init_xavier_uniform(fan_in, fan_out, shape, rng):
    limit = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, size=shape)


def init_he_normal(fan_in, fan_out, shape, rng):
    std = np.sqrt(2 / fan_in)
    return rng.normal(0, std, size=shape)


def batchnorm_forward(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    if train:
        mu = np.mean(x, axis=0)
        var = np.var(x, axis=0)
        state["mean"] = momentum * mu + (1 - momentum) * state["mean"]
        state["var"] = momentum * var + (1 - momentum) * state["var"]
    else:
        mu = state["mean"]
        var = state["var"]
    std = np.sqrt(var + eps)
    x_norm = (x - mu) / std
    out = gamma * x_norm + beta
    cache = {"x_norm": x_norm, "std": std, "gamma": gamma}
    return out, cache


def batchnorm_backward(dout, cache):
    x_norm, std, gamma = cache["x_norm"], cache["std"], cache["gamma"]
    N = dout.shape[0]
    dgamma = np.sum(dout * x_norm, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx_norm = dout * gamma
    dx = (N * dx_norm - dx_norm.sum(axis=0) - x_norm * (dx_norm * x_norm).sum(axis=0)) / (N * std)
    return dx, dgamma, dbeta


def dropout_forward(x, p_drop, train, rng):
    if p_drop < 0 or p_drop >= 1:
        raise ValueError("p_drop should be in [0, 1)")
    if not train:
        return x, None
    mask = (rng.random(x.shape) > p_drop) / (1 - p_drop)
    return x * mask, mask


def dropout_backward(dout, mask):
    return dout * mask


def l2_penalty(params, alpha):
    R = 0.0
    grads = []
    for W, b in params:
        R += alpha * np.sum(W**2)
        grads.append((alpha * W, np.zeros_like(b)))
    return R, grads
