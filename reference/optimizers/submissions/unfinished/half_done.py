# expect: missing
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
    raise NotImplementedError("adam: not written yet")


def lr_inverse(eta0, r, t):
    return eta0 / (1 + r * t)


def lr_exp(eta0, lam, t):
    return eta0 * np.exp(-lam * t)


def lr_step(eta0, r, tu, t):
    return eta0 * r ** (t // tu)


def init_lecun_uniform(fan_in, fan_out, shape, rng):
    limit = np.sqrt(3 / fan_in)
    return rng.uniform(-limit, limit, size=shape)


def init_xavier_uniform(fan_in, fan_out, shape, rng):
    limit = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, size=shape)


def init_he_normal(fan_in, fan_out, shape, rng):
    raise NotImplementedError("init_he_normal: not written yet")


def batchnorm_forward(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    raise NotImplementedError("batchnorm_forward: not written yet")


def batchnorm_backward(dout, cache):
    raise NotImplementedError("batchnorm_backward: not written yet")


def dropout_forward(x, p_drop, train, rng):
    raise NotImplementedError("dropout_forward: not written yet")


def dropout_backward(dout, mask):
    raise NotImplementedError("dropout_backward: not written yet")


def l2_penalty(params, alpha):
    raise NotImplementedError("l2_penalty: not written yet")
