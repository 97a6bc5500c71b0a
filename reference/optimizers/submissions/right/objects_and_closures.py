"""States, caches and masks are objects of my own; momentum as torch has it; the running variance divides by N - 1."""

import numpy as np


class Memory:
    def __init__(self, w):
        self.t, self.first, self.second = 0, np.zeros(np.shape(w)), np.zeros(np.shape(w))


def memory(state, w):
    return state.setdefault("memory", Memory(w))          # updates the state that came in


def sgd(w, g, state, lr):
    return np.subtract(w, np.multiply(g, lr)), state


def momentum(w, g, state, lr, alpha):
    m = memory(state, w)
    m.first = alpha * m.first + g
    return w - lr * m.first, state


def nesterov(w, grad_fn, state, lr, alpha):
    m = memory(state, w)
    m.first = alpha * m.first + grad_fn(w - lr * alpha * m.first)
    return w - lr * m.first, state


def rmsprop(w, g, state, lr, rho, eps):
    m = memory(state, w)
    m.second = m.second + (1 - rho) * (np.square(g) - m.second)
    return w - lr / (np.sqrt(m.second) + eps) * g, state


def adam(w, g, state, lr, beta1, beta2, eps):
    m = memory(state, w)
    m.t += 1
    m.first = m.first + (1 - beta1) * (g - m.first)
    m.second = m.second + (1 - beta2) * (np.square(g) - m.second)
    corrected = np.sqrt(m.second) / np.sqrt(1 - beta2**m.t)
    return np.asfortranarray(w - lr / (1 - beta1**m.t) * m.first / (corrected + eps)).reshape(np.shape(w)), state


def lr_inverse(eta0, r, t):
    return np.float64(eta0) / np.float64(1 + r * t)


def lr_exp(eta0, lam, t):
    return np.array(eta0 / np.exp(lam * t))               # 0-d


def lr_step(eta0, r, tu, t):
    return eta0 * r ** np.floor(t / tu)


def symmetric(variance, shape, rng):
    return np.sqrt(12 * variance) * (rng.random(size=shape[::-1]).T - 0.5)


def init_lecun_uniform(fan_in, fan_out, shape, rng):
    return symmetric(1.0 / fan_in, shape, rng)


def init_xavier_uniform(fan_in, fan_out, shape, rng):
    return symmetric(2.0 / (fan_in + fan_out), shape, rng)


def init_he_normal(fan_in, fan_out, shape, rng):
    return np.asfortranarray(rng.standard_normal(shape[::-1]).T / np.sqrt(fan_in / 2))


class Normalised:
    def __init__(self, x, mean, var, eps):
        self.centred, self.scale = x - mean, (var + eps) ** -0.5

    def backward(self, d):
        # the chain rule step by step: out of x̂ into the centred x, the scale, the variance, the mean
        n = len(d)
        dscale = np.einsum("nd,nd->d", d, self.centred)
        dvar = -0.5 * dscale * self.scale**3
        dcentred = d * self.scale + 2 / n * self.centred * dvar
        return dcentred - np.einsum("nd->d", dcentred) / n


def batchnorm_forward(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    mean, var = state["mean"], state["var"]
    if train:
        n = len(x)
        mean = np.einsum("nd->d", x) / n
        var = np.einsum("nd,nd->d", x - mean, x - mean) / n
        running = var * n / max(n - 1, 1)
        state.update(
            mean=state["mean"] + momentum * (mean - state["mean"]),
            var=state["var"] + momentum * (running - state["var"]),
        )
    step = Normalised(x, mean, var, eps)
    x_hat = step.centred * step.scale

    def backward(dout):
        return step.backward(dout * gamma), np.einsum("nd,nd->d", dout, x_hat), np.einsum("nd->d", dout)

    return np.asfortranarray(beta + x_hat * gamma), backward


def batchnorm_backward(dout, cache):
    return cache(dout)


class Mask:
    def __init__(self, kept, p):
        self.kept, self.p = kept, p


def dropout_forward(x, p_drop, train, rng):
    if not (p_drop >= 0 and p_drop < 1):
        raise ValueError(p_drop)
    if not train:
        return x, None
    mask = Mask(rng.binomial(1, 1 - p_drop, size=x.shape).astype(bool), p_drop)
    return dropout_backward(x, mask), mask


def dropout_backward(dout, mask):
    return np.where(mask.kept, dout / (1 - mask.p), 0.0)


def l2_penalty(params, alpha):
    R = np.float64(0)
    grads = ()
    for W, b in reversed(params):
        R = R + np.einsum("dk,dk", W, W) * alpha
        grads = ((alpha * (W + W), 0 * b), *grads)
    return R, grads
