# expect: failed optimizers.init_he_normal/variance-as-spread
# mistake: init_he_normal: the variance 2/fan_in is given to rng.normal as standard deviation, the root is missing
import numpy as np


def sgd(w, g, state, lr):
    return w - lr * g, state


def momentum(w, g, state, lr, alpha):
    u = alpha * state.get("u", 0.0) - lr * g
    return w + u, {"u": u}


def nesterov(w, grad_fn, state, lr, alpha):
    u = state.get("u", np.zeros_like(w))
    u = alpha * u - lr * grad_fn(w + alpha * u)
    return w + u, {"u": u}


def rmsprop(w, g, state, lr, rho, eps):
    r = rho * state.get("r", 0.0) + (1 - rho) * g * g
    return w - lr * g / (eps + np.sqrt(r)), {"r": r}


def adam(w, g, state, lr, beta1, beta2, eps):
    t = state.get("t", 0) + 1
    s = beta1 * state.get("s", 0.0) + (1 - beta1) * g
    r = beta2 * state.get("r", 0.0) + (1 - beta2) * g * g
    s_hat = s / (1 - beta1 ** t)
    r_hat = r / (1 - beta2 ** t)
    return w - lr * s_hat / (eps + np.sqrt(r_hat)), {"t": t, "s": s, "r": r}


def lr_inverse(eta0, r, t):
    return eta0 / (1 + r * t)


def lr_exp(eta0, lam, t):
    return float(eta0 * np.exp(-lam * t))


def lr_step(eta0, r, tu, t):
    return eta0 * r ** (t // tu)


def init_lecun_uniform(fan_in, fan_out, shape, rng):
    a = np.sqrt(3 / fan_in)
    return rng.uniform(-a, a, shape)


def init_xavier_uniform(fan_in, fan_out, shape, rng):
    a = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-a, a, shape)


def init_he_normal(fan_in, fan_out, shape, rng):
    return rng.normal(0, 2 / fan_in, shape)


def batchnorm_forward(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    if train:
        mu, var = x.mean(0), x.var(0)
        state["mean"] = (1 - momentum) * state["mean"] + momentum * mu
        state["var"] = (1 - momentum) * state["var"] + momentum * var
    else:
        mu, var = state["mean"], state["var"]
    std = np.sqrt(var + eps)
    xhat = (x - mu) / std
    return gamma * xhat + beta, (xhat, gamma, std)


def batchnorm_backward(dout, cache):
    xhat, gamma, std = cache
    d = dout * gamma
    dx = (d - d.mean(0) - xhat * (d * xhat).mean(0)) / std
    return dx, (dout * xhat).sum(0), dout.sum(0)


def dropout_forward(x, p_drop, train, rng):
    if not 0 <= p_drop < 1:
        raise ValueError("p_drop must be in [0, 1)")
    if not train:
        return x.copy(), np.ones_like(x)
    mask = (rng.random(x.shape) >= p_drop) / (1 - p_drop)
    return x * mask, mask


def dropout_backward(dout, mask):
    return dout * mask


def l2_penalty(params, alpha):
    R = alpha * sum((W ** 2).sum() for W, b in params)
    return float(R), [(2 * alpha * W, np.zeros_like(b)) for W, b in params]
