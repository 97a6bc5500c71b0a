"""Every number by itself: plain loops over flattened arrays, states full of Python lists."""

import math

import numpy as np


def flat(a):
    return [float(v) for v in np.asarray(a).ravel()]


def like(values, a):
    return np.array(values, dtype=float).reshape(np.shape(a))


def sgd(w, g, state, lr):
    return like([a - lr * b for a, b in zip(flat(w), flat(g))], w), {}


def momentum(w, g, state, lr, alpha):
    old = state.get("velocity") or [0.0] * np.size(w)
    velocity = [alpha * u - lr * b for u, b in zip(old, flat(g))]
    return like([a + u for a, u in zip(flat(w), velocity)], w), {"velocity": velocity}


def nesterov(w, grad_fn, state, lr, alpha):
    old = state.get("velocity") or [0.0] * np.size(w)
    ahead = like([a + alpha * u for a, u in zip(flat(w), old)], w)
    return momentum(w, grad_fn(ahead), state, lr, alpha)


def rmsprop(w, g, state, lr, rho, eps):
    r = state.get("r") or [0.0] * np.size(w)
    new = []
    for i, (a, b) in enumerate(zip(flat(w), flat(g))):
        r[i] = rho * r[i] + (1 - rho) * b * b
        new.append(a - lr * b / (eps + math.sqrt(r[i])))
    return like(new, w), {"r": r}


def adam(w, g, state, lr, beta1, beta2, eps):
    t, s, r = state.get("all") or (0, [0.0] * np.size(w), [0.0] * np.size(w))
    t += 1
    new = []
    for i, (a, b) in enumerate(zip(flat(w), flat(g))):
        s[i] = beta1 * s[i] + (1 - beta1) * b
        r[i] = beta2 * r[i] + (1 - beta2) * b * b
        new.append(a - lr * (s[i] / (1 - beta1**t)) / (math.sqrt(r[i] / (1 - beta2**t)) + eps))
    return like(new, w), {"all": (t, s, r)}


def lr_inverse(eta0, r, t):
    return eta0 / (1 + r * t)


def lr_exp(eta0, lam, t):
    return eta0 * math.exp(-lam * t)


def lr_step(eta0, r, tu, t):
    rate = eta0
    while t >= tu:
        rate *= r
        t -= tu
    return rate


def init_lecun_uniform(fan_in, fan_out, shape, rng):
    bound = math.sqrt(3 / fan_in)
    return np.array([(2 * v - 1) * bound for v in rng.random(math.prod(shape))]).reshape(shape)


def init_xavier_uniform(fan_in, fan_out, shape, rng):
    return init_lecun_uniform((fan_in + fan_out) / 2, 0, shape, rng)


def init_he_normal(fan_in, fan_out, shape, rng):
    # Box and Muller
    n = math.prod(shape)
    radius, angle = np.sqrt(-2 * np.log(1 - rng.random(n))), 2 * np.pi * rng.random(n)
    return (radius * np.cos(angle) * math.sqrt(2 / fan_in)).reshape(shape)


def batchnorm_forward(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    n, d = x.shape
    out, hats, roots = np.zeros((n, d)), [], []
    for j in range(d):
        mu, var = state["mean"][j], state["var"][j]
        if train:
            mu = sum(x[i, j] for i in range(n)) / n
            var = sum((x[i, j] - mu) ** 2 for i in range(n)) / n
            state["mean"][j] += momentum * (mu - state["mean"][j])
            state["var"][j] += momentum * (var - state["var"][j])
        root = math.sqrt(var + eps)
        hat = [(x[i, j] - mu) / root for i in range(n)]
        for i in range(n):
            out[i, j] = gamma[j] * hat[i] + beta[j]
        hats.append(hat)
        roots.append(root)
    return out, [hats, roots, flat(gamma)]


def batchnorm_backward(dout, cache):
    hats, roots, gamma = cache
    n, d = dout.shape
    dx, dgamma, dbeta = np.zeros((n, d)), np.zeros(d), np.zeros(d)
    for j in range(d):
        for i in range(n):
            dgamma[j] += dout[i, j] * hats[j][i]
            dbeta[j] += dout[i, j]
        for i in range(n):
            dx[i, j] = gamma[j] / roots[j] * (dout[i, j] - dbeta[j] / n - hats[j][i] * dgamma[j] / n)
    return dx, dgamma, dbeta


def dropout_forward(x, p_drop, train, rng):
    if p_drop < 0 or p_drop >= 1:
        raise ValueError("p_drop must lie in [0, 1)")
    if not train or p_drop == 0:
        return x.copy(), [1.0] * x.size
    mask = [0.0 if rng.random() < p_drop else 1 / (1 - p_drop) for _ in range(x.size)]
    return like([a * m for a, m in zip(flat(x), mask)], x), mask


def dropout_backward(dout, mask):
    return like([a * m for a, m in zip(flat(dout), mask)], dout)


def l2_penalty(params, alpha):
    total, grads = 0.0, []
    for W, b in params:
        for v in flat(W):
            total += v * v
        grads.append([like([2 * alpha * v for v in flat(W)], W), like([0.0] * len(b), b)])
    return alpha * total, grads
