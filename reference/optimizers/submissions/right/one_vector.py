"""Everything of an optimiser in one stacked array, updated in place; batch norm through a projection matrix."""

import numpy as np


def _rows(state, w, count):
    if "rows" not in state:
        state["rows"] = np.zeros((count, *np.shape(w)))
        state["steps"] = np.int64(0)
    state["steps"] = state["steps"] + 1
    return state["rows"]


def sgd(w, g, state, lr):
    new = w.copy()
    new -= lr * g
    return new, {"steps": state.get("steps", 0) + 1}


def momentum(w, g, state, lr, alpha):
    (u,) = rows = _rows(state, w, 1)
    rows[0] = u * alpha - g * lr
    return rows[0] + w, state


def nesterov(w, grad_fn, state, lr, alpha):
    rows = _rows(state, w, 1)
    rows[0] *= alpha
    look = w + rows[0]
    rows[0] -= lr * grad_fn(look)
    return w + rows[0], state


def rmsprop(w, g, state, lr, rho, eps):
    rows = _rows(state, w, 1)
    rows[0] *= rho
    rows[0] += (1 - rho) * g**2
    return w - lr * g / (np.sqrt(rows[0]) + eps), state


def adam(w, g, state, lr, beta1, beta2, eps):
    rows = _rows(state, w, 2)
    decay = np.array([beta1, beta2]).reshape(2, *[1] * np.ndim(w))
    rows *= decay
    rows += (1 - decay) * np.stack([g, g**2])
    s, r = rows / (1 - decay ** state["steps"])
    return w - lr * s / (np.sqrt(r) + eps), state


def lr_inverse(eta0, r, t):
    return eta0 * (1 + r * t) ** -1


def lr_exp(eta0, lam, t):
    return eta0 * np.e ** (-lam * t)


def lr_step(eta0, r, tu, t):
    return float(np.prod([eta0] + [r] * int(t / tu)))


def init_lecun_uniform(fan_in, fan_out, shape, rng):
    return rng.uniform(-1, 1, shape) * (3 / fan_in) ** 0.5


def init_xavier_uniform(fan_in, fan_out, shape, rng):
    return rng.uniform(-1, 1, np.prod(shape)).reshape(shape) * (6 / (fan_in + fan_out)) ** 0.5


def init_he_normal(fan_in, fan_out, shape, rng):
    return rng.standard_normal(size=shape) * (2 / fan_in) ** 0.5


def batchnorm_forward(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    if not train:
        scale = gamma / np.sqrt(state["var"] + eps)
        return x * scale + (beta - state["mean"] * scale), None
    n = x.shape[0]
    centre = np.eye(n) - 1 / n
    xc = centre @ x
    sigma2 = (xc * xc).sum(0) / n
    for key, value in (("mean", x.sum(0) / n), ("var", sigma2)):
        state[key][:] = (1 - momentum) * state[key] + momentum * value
    scale = np.sqrt(sigma2 + eps)
    return xc / scale * gamma + beta, {"xc": xc, "scale": scale, "gamma": gamma.tolist(), "centre": centre}


def batchnorm_backward(dout, cache):
    x_hat = cache["xc"] / cache["scale"]
    n, d = dout.shape
    dx = np.empty((n, d))
    for j in range(d):
        jacobian = (cache["centre"] - np.outer(x_hat[:, j], x_hat[:, j]) / n) / cache["scale"][j]
        dx[:, j] = cache["gamma"][j] * (jacobian @ dout[:, j])
    return [dx, (dout * x_hat).sum(0), dout.sum(0)]


def dropout_forward(x, p_drop, train, rng):
    if not 0 <= p_drop < 1:
        raise ValueError("0 <= p_drop < 1")
    if not train:
        return x * 1.0, 1.0
    keep = 1 - p_drop
    mask = (rng.uniform(size=x.shape) < keep).astype(np.int8)
    return x * mask / keep, (mask, keep)


def dropout_backward(dout, mask):
    kept, keep = mask
    return dout * kept / keep


def l2_penalty(params, alpha):
    everything = np.concatenate([W.ravel() for W, _ in params])
    return float(alpha * everything @ everything), [(2 * alpha * W, np.zeros(len(b))) for W, b in params]
