# expect: failed optimizers.batchnorm_backward/no-statistics
# mistake: batchnorm_backward: mean and variance are treated as constants, dx is only dout * gamma / std
# second mistake: l2_penalty: the gradient is alpha W without the factor 2, although R has no one half
"""
Optimizers & co.

Every optimizer copies its state into a new dict, so that nothing is changed behind the caller's back.
"""
import math

import numpy as np


# ------------------------------------------------------------
# 1. optimizers
# ------------------------------------------------------------

def sgd(w, g, state, lr):
    w_new = w - lr * g
    return w_new, dict(state)


def momentum(w, g, state, lr, alpha):
    new_state = dict(state)
    if "velocity" not in new_state:
        new_state["velocity"] = np.zeros_like(w)
    velocity = alpha * new_state["velocity"] - lr * g
    new_state["velocity"] = velocity
    w_new = w + velocity
    return w_new, new_state


def nesterov(w, grad_fn, state, lr, alpha):
    new_state = dict(state)
    if "velocity" not in new_state:
        new_state["velocity"] = np.zeros_like(w)
    velocity = new_state["velocity"]
    # gradient at the place where the velocity carries us
    look_ahead = w + alpha * velocity
    gradient = grad_fn(look_ahead)
    velocity = alpha * velocity - lr * gradient
    new_state["velocity"] = velocity
    w_new = w + velocity
    return w_new, new_state


def rmsprop(w, g, state, lr, rho, eps):
    new_state = dict(state)
    if "cache" not in new_state:
        new_state["cache"] = np.zeros_like(w)
    cache = rho * new_state["cache"] + (1 - rho) * np.square(g)
    new_state["cache"] = cache
    w_new = w - lr * g / (np.sqrt(cache) + eps)
    return w_new, new_state


def adam(w, g, state, lr, beta1, beta2, eps):
    new_state = dict(state)
    if not new_state:
        new_state["m"] = np.zeros_like(w)
        new_state["v"] = np.zeros_like(w)
        new_state["step"] = 0
    step = new_state["step"] + 1
    m = beta1 * new_state["m"] + (1 - beta1) * g
    v = beta2 * new_state["v"] + (1 - beta2) * np.square(g)
    m_unbiased = m / (1 - math.pow(beta1, step))
    v_unbiased = v / (1 - math.pow(beta2, step))
    w_new = w - lr * m_unbiased / (np.sqrt(v_unbiased) + eps)
    new_state["m"], new_state["v"], new_state["step"] = m, v, step
    return w_new, new_state


# ------------------------------------------------------------
# 2. learning rates
# ------------------------------------------------------------

def lr_inverse(eta0, r, t):
    return float(eta0 / (1.0 + r * t))


def lr_exp(eta0, lam, t):
    return eta0 * math.exp(-lam * t)


def lr_step(eta0, r, tu, t):
    number_of_drops = math.floor(t / tu)
    return float(eta0 * r ** number_of_drops)


# ------------------------------------------------------------
# 3. initialisation
# ------------------------------------------------------------

def init_lecun_uniform(fan_in, fan_out, shape, rng):
    bound = math.sqrt(3.0 / fan_in)
    return rng.uniform(low=-bound, high=bound, size=shape)


def init_xavier_uniform(fan_in, fan_out, shape, rng):
    bound = math.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(low=-bound, high=bound, size=shape)


def init_he_normal(fan_in, fan_out, shape, rng):
    std = math.sqrt(2.0 / fan_in)
    return rng.normal(loc=0.0, scale=std, size=shape)


# ------------------------------------------------------------
# 4. batch normalisation
# ------------------------------------------------------------

def batchnorm_forward(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    N = x.shape[0]
    if train:
        mean = np.sum(x, axis=0) / N
        centred = x - mean
        var = np.sum(centred ** 2, axis=0) / N
        state["mean"] = (1 - momentum) * state["mean"] + momentum * mean
        state["var"] = (1 - momentum) * state["var"] + momentum * var
    else:
        centred = x - state["mean"]
        var = state["var"]
    inv_std = 1.0 / np.sqrt(var + eps)
    x_hat = centred * inv_std
    out = gamma * x_hat + beta
    cache = {"x_hat": x_hat, "inv_std": inv_std, "gamma": gamma}
    return out, cache


def batchnorm_backward(dout, cache):
    x_hat, inv_std, gamma = cache["x_hat"], cache["inv_std"], cache["gamma"]

    # parameters
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)

    # input
    dx_hat = dout * gamma
    dx = dx_hat * inv_std
    return dx, dgamma, dbeta


# ------------------------------------------------------------
# 5. dropout
# ------------------------------------------------------------

def dropout_forward(x, p_drop, train, rng):
    if p_drop < 0 or p_drop >= 1:
        raise ValueError("p_drop has to be at least 0 and below 1")
    if train:
        p_keep = 1.0 - p_drop
        mask = rng.uniform(size=x.shape) < p_keep
        mask = mask / p_keep
        out = x * mask
    else:
        mask = None
        out = np.array(x)
    return out, mask


def dropout_backward(dout, mask):
    if mask is None:
        return np.array(dout)
    return dout * mask


# ------------------------------------------------------------
# 6. weight decay
# ------------------------------------------------------------

def l2_penalty(params, alpha):
    R = 0.0
    grads = []
    for W, b in params:
        R += alpha * np.sum(W * W)
        dW = alpha * W
        db = np.zeros(b.shape)
        grads.append((dW, db))
    return float(R), grads
