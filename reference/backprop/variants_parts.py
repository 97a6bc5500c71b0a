"""Wrong variants of the functions around the network; misconceptions.py gives each its name and advice."""

from itertools import pairwise

import numpy as np

from . import solution as ref


# --- count_params
def count_without_biases(sizes, output_bias=True):
    return sum(a * b for a, b in pairwise(sizes))


def count_output_bias_always(sizes, output_bias=True):
    return ref.count_params(sizes, True)


def count_bias_per_input(sizes, output_bias=True):
    last = 0 if output_bias else sizes[-2]
    return sum(d * k + d for d, k in pairwise(sizes)) - last


def count_input_biases(sizes, output_bias=True):
    return ref.count_params(sizes, output_bias) + sizes[0]


# --- mlp_init
def init_transposed(sizes, seed, scheme):
    return [(np.ascontiguousarray(W.T), b) for W, b in ref.mlp_init(sizes, seed, scheme)]


def init_bias_row(sizes, seed, scheme):
    return [(W, b[None]) for W, b in ref.mlp_init(sizes, seed, scheme)]


def init_random_biases(sizes, seed, scheme):
    rng = np.random.default_rng(seed)
    return [(W, rng.normal(size=b.shape)) for W, b in ref.mlp_init(sizes, seed, scheme)]


def init_xavier_fan_in(sizes, seed, scheme):
    if scheme != "xavier":
        return ref.mlp_init(sizes, seed, scheme)
    rng = np.random.default_rng(seed)
    return [(rng.uniform(-1, 1, (d, k)) * np.sqrt(3 / d), np.zeros(k)) for d, k in pairwise(sizes)]


def init_xavier_gaussian(sizes, seed, scheme):
    if scheme != "xavier":
        return ref.mlp_init(sizes, seed, scheme)
    rng = np.random.default_rng(seed)
    return [(rng.normal(0, np.sqrt(2 / (d + k)), (d, k)), np.zeros(k)) for d, k in pairwise(sizes)]


def init_small_normal(sizes, seed, scheme):
    scale = 0.01 if scheme == "normal" else 1.0
    return [(scale * W, b) for W, b in ref.mlp_init(sizes, seed, scheme)]


def init_same_draw(sizes, seed, scheme):
    return [ref.mlp_init([d, k], seed, scheme)[0] for d, k in pairwise(sizes)]


def init_seed_ignored(sizes, seed, scheme):
    return ref.mlp_init(sizes, 0, scheme)


# --- tiny_net_dw22
def _tiny(x, y, params):
    """(∂L/∂S, w³, a², a¹) of the 3-2-2-1 net."""
    a1 = ref.activate(params["W1"] @ x + params["b1"], "sigmoid")
    a2 = ref.activate(params["W2"] @ a1 + params["b2"], "sigmoid")
    return 2 * ((params["W3"] @ a2)[0] - y), params["W3"][0], a2, a1


def tiny_slope_of_activation(x, y, params):
    dS, w3, a2, a1 = _tiny(x, y, params)
    return float(dS * w3[1] * ref.slope(a2[1], "sigmoid") * a1[1])


def tiny_row_convention(x, y, params):
    return ref.tiny_net_dw22(x, y, params | {"W2": params["W2"].T})


def tiny_no_loss_gradient(x, y, params):
    _, w3, a2, a1 = _tiny(x, y, params)
    return float(w3[1] * a2[1] * (1 - a2[1]) * a1[1])


def tiny_half_loss(x, y, params):
    return 0.5 * ref.tiny_net_dw22(x, y, params)


def tiny_sign(x, y, params):
    return -ref.tiny_net_dw22(x, y, params)


def tiny_own_layer_activation(x, y, params):
    dS, w3, a2, _ = _tiny(x, y, params)
    return float(dS * w3[1] * a2[1] * (1 - a2[1]) * a2[1])


def tiny_column_one(x, y, params):
    dS, w3, a2, a1 = _tiny(x, y, params)
    return float(dS * w3[1] * a2[1] * (1 - a2[1]) * a1[0])


def tiny_first_unit(x, y, params):
    dS, w3, a2, a1 = _tiny(x, y, params)
    return float(dS * w3[0] * a2[0] * (1 - a2[0]) * a1[0])


# --- numerical_gradient
def numerical_forward(f, x, h=1e-5):
    x = np.array(x, dtype=np.float64)
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        base = f(x.copy())
        moved = x.copy()
        moved[i] += h
        grad[i] = (f(moved) - base) / h
    return grad


def numerical_not_restored(f, x, h=1e-5):
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        grad[i] = (above - f(x)) / (2 * h)
    return grad


def numerical_restored_by_arithmetic(f, x, h=1e-5):
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        grad[i] = (above - f(x)) / (2 * h)
        x[i] += h
    return grad


def numerical_integer_step(f, x, h=1e-5):
    x = np.array(x)
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        grad[i] = (above - f(x)) / (2 * h)
        x[i] = kept
    return grad


def numerical_divides_by_h(f, x, h=1e-5):
    return 2 * ref.numerical_gradient(f, x, h)


def numerical_moves_all(f, x, h=1e-5):
    x = np.asarray(x, dtype=np.float64)
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


def numerical_moves_rows(f, x, h=1e-5):
    x = np.array(x, dtype=np.float64)
    grad = np.zeros_like(x)
    for i in range(len(x)):
        step = np.zeros_like(x)
        step[i] = h
        grad[i] = (f(x + step) - f(x - step)) / (2 * h)
    return grad


# --- rel_error
def error_elementwise_max(a, b):
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


def error_zero_over_zero(a, b):
    with np.errstate(invalid="ignore"):
        return float(np.linalg.norm(a - b) / np.float64(np.linalg.norm(a) + np.linalg.norm(b)))


def error_one_sided(a, b):
    scale = np.linalg.norm(a)
    return float(np.linalg.norm(a - b) / scale) if scale else 0.0


def error_absolute(a, b):
    return float(np.linalg.norm(a - b))


def error_squared(a, b):
    scale = np.sum(a * a) + np.sum(b * b)
    return float(np.sum((a - b) ** 2) / scale) if scale else 0.0


def error_spectral(a, b):
    order = 2 if a.ndim == 2 else None
    scale = np.linalg.norm(a, order) + np.linalg.norm(b, order)
    return float(np.linalg.norm(a - b, order) / scale) if scale else 0.0
