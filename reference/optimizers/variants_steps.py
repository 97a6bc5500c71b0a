"""Wrong optimisers and schedules; misconceptions.py gives each its name and advice."""

import numpy as np

from . import solution as ref

_LAST = {}  # what the optimisers with one memory for all parameters share


def in_place(name):
    """The reference's step, written into the caller's w."""
    def wrong(w, *rest):
        new, state = getattr(ref, name)(w, *rest)
        w[...] = new
        return w, state
    return wrong


def forgetful(name):
    """Gives back an empty state, so every step is a first step."""
    def wrong(*args):
        return getattr(ref, name)(*args)[0], {}
    return wrong


def shared(name):
    """Keeps the state outside; it starts afresh with {} and then ignores which parameter asks."""
    def wrong(w, g, state, *hyper):
        new, _LAST[name] = getattr(ref, name)(w, g, _LAST[name] if state else {}, *hyper)
        return new, _LAST[name]
    return wrong


def sgd_ascent(w, g, state, lr):
    return w + lr * g, state


def sgd_no_rate(w, g, state, lr):
    return w - g, state


# --- momentum
def momentum_torch(w, g, state, lr, alpha):
    v = alpha * state.get("v", 0.0) + g
    return w - lr * v, {"v": v}


def momentum_damped(w, g, state, lr, alpha):
    u = alpha * state.get("u", 0.0) - (1 - alpha) * lr * g
    return w + u, {"u": u}


def momentum_subtracted(w, g, state, lr, alpha):
    u = alpha * state.get("u", 0.0) - lr * g
    return w - u, {"u": u}


def momentum_old_velocity(w, g, state, lr, alpha):
    u = state.get("u", np.zeros_like(w))
    return w + u, {"u": alpha * u - lr * g}


def momentum_rate_twice(w, g, state, lr, alpha):
    u = alpha * state.get("u", 0.0) - lr * g
    return w + lr * u, {"u": u}


def momentum_no_rate(w, g, state, lr, alpha):
    u = alpha * state.get("u", 0.0) - g
    return w + u, {"u": u}


# --- nesterov
def nesterov_at_w(w, grad_fn, state, lr, alpha):
    return ref.momentum(w, grad_fn(w), state, lr, alpha)


def nesterov_looks_back(w, grad_fn, state, lr, alpha):
    u = alpha * state.get("u", 0.0)
    u = u - lr * grad_fn(w - u)
    return w + u, {"u": u}


def nesterov_whole_velocity(w, grad_fn, state, lr, alpha):
    u = state.get("u", 0.0)
    u = alpha * u - lr * grad_fn(w + u)
    return w + u, {"u": u}


def nesterov_from_ahead(w, grad_fn, state, lr, alpha):
    ahead = w + alpha * state.get("u", 0.0)
    u = alpha * state.get("u", 0.0) - lr * grad_fn(ahead)
    return ahead + u, {"u": u}


def nesterov_no_inertia(w, grad_fn, state, lr, alpha):
    ahead = w + alpha * state.get("u", 0.0)
    u = -lr * grad_fn(ahead)
    return ahead + u, {"u": u}


def nesterov_asks_twice(w, grad_fn, state, lr, alpha):
    grad_fn(w)
    return ref.nesterov(w, grad_fn, state, lr, alpha)


# --- rmsprop
def rmsprop_eps_inside(w, g, state, lr, rho, eps):
    r = rho * state.get("r", 0.0) + (1 - rho) * g**2
    return w - lr * g / np.sqrt(r + eps), {"r": r}


def rmsprop_no_square(w, g, state, lr, rho, eps):
    r = rho * state.get("r", 0.0) + (1 - rho) * g
    return w - lr * g / (np.sqrt(np.abs(r)) + eps), {"r": r}


def rmsprop_swapped(w, g, state, lr, rho, eps):
    return ref.rmsprop(w, g, state, lr, 1 - rho, eps)


def rmsprop_sums_up(w, g, state, lr, rho, eps):
    r = state.get("r", 0.0) + g**2
    return w - lr * g / (np.sqrt(r) + eps), {"r": r}


def rmsprop_no_root(w, g, state, lr, rho, eps):
    r = rho * state.get("r", 0.0) + (1 - rho) * g**2
    return w - lr * g / (r + eps), {"r": r}


def rmsprop_corrected(w, g, state, lr, rho, eps):
    t, r = state.get("t", 0) + 1, rho * state.get("r", 0.0) + (1 - rho) * g**2
    return w - lr * g / (np.sqrt(r / (1 - rho**t)) + eps), {"r": r, "t": t}


def rmsprop_mean_over_entries(w, g, state, lr, rho, eps):
    r = rho * state.get("r", 0.0) + (1 - rho) * np.mean(g**2)
    return w - lr * g / (np.sqrt(r) + eps), {"r": r}


# --- adam
def _moments(g, state, beta1, beta2):
    """(t, s, r) after this step, before any correction."""
    t = state.get("t", 0) + 1
    s = beta1 * state.get("s", 0.0) + (1 - beta1) * g
    return t, s, beta2 * state.get("r", 0.0) + (1 - beta2) * g**2


def adam_as(bias1, bias2, denominator=lambda r, eps: np.sqrt(r) + eps):
    """Adam that divides s by bias1(β₁, t) and r by bias2(β₂, t), and by `denominator` of that."""
    def wrong(w, g, state, lr, beta1, beta2, eps):
        t, s, r = _moments(g, state, beta1, beta2)
        with np.errstate(all="ignore"):
            s_hat, r_hat = s / np.float64(bias1(beta1, t)), r / np.float64(bias2(beta2, t))
            new = w - lr * s_hat / denominator(r_hat, eps)
        return new, {"t": t, "s": s, "r": r}
    return wrong


def right(beta, t):
    return 1 - beta**t


def none(beta, t):
    return 1.0


adam_uncorrected = adam_as(none, none)
adam_from_zero = adam_as(lambda b, t: 1 - b ** (t - 1), lambda b, t: 1 - b ** (t - 1))
adam_from_two = adam_as(lambda b, t: 1 - b ** (t + 1), lambda b, t: 1 - b ** (t + 1))
adam_stuck = adam_as(lambda b, t: 1 - b, lambda b, t: 1 - b)
adam_times_t = adam_as(lambda b, t: 1 - b * t, lambda b, t: 1 - b * t)
adam_first_only = adam_as(right, none)
adam_second_only = adam_as(none, right)
adam_eps_inside = adam_as(right, right, lambda r, eps: np.sqrt(r + eps))
adam_no_eps = adam_as(right, right, lambda r, eps: np.sqrt(r))
adam_no_root = adam_as(right, right, lambda r, eps: r + eps)


def adam_swapped_betas(w, g, state, lr, beta1, beta2, eps):
    return ref.adam(w, g, state, lr, beta2, beta1, eps)


def adam_swapped_weights(w, g, state, lr, beta1, beta2, eps):
    t = state.get("t", 0) + 1
    s = (1 - beta1) * state.get("s", 0.0) + beta1 * g
    r = (1 - beta2) * state.get("r", 0.0) + beta2 * g**2
    step = s / (1 - beta1**t) / (np.sqrt(r / (1 - beta2**t)) + eps)
    return w - lr * step, {"t": t, "s": s, "r": r}


def adam_keeps_corrected(w, g, state, lr, beta1, beta2, eps):
    t, s, r = _moments(g, state, beta1, beta2)
    s, r = s / (1 - beta1**t), r / (1 - beta2**t)
    return w - lr * s / (np.sqrt(r) + eps), {"t": t, "s": s, "r": r}


def adam_uncorrected_eps(w, g, state, lr, beta1, beta2, eps):
    t, s, r = _moments(g, state, beta1, beta2)
    rate = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return w - rate * s / (np.sqrt(r) + eps), {"t": t, "s": s, "r": r}


# --- schedules
def inverse_compounded(eta0, r, t):
    for k in range(1, t + 1):
        eta0 = eta0 / (1 + r * k)
    return eta0


def inverse_power(eta0, r, t):
    return eta0 / (1 + r) ** t


def inverse_no_rate(eta0, r, t):
    return eta0 / (1 + t)


def exp_power(eta0, lam, t):
    return eta0 * lam**t


def exp_grows(eta0, lam, t):
    return float(eta0 * np.exp(lam * t))


def exp_linearised(eta0, lam, t):
    return eta0 * (1 - lam) ** t


def step_smooth(eta0, r, tu, t):
    return eta0 * r ** (t / tu)


def step_early(eta0, r, tu, t):
    return eta0 * r ** ((t + 1) // tu)


def step_late(eta0, r, tu, t):
    return eta0 * r ** (max(t - 1, 0) // tu)


def step_rounded(eta0, r, tu, t):
    return eta0 * r ** round(t / tu)


def step_once(eta0, r, tu, t):
    return eta0 * r if t >= tu else eta0


def step_inverse(eta0, r, tu, t):
    return eta0 / (1 + r * (t // tu))
