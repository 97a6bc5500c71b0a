"""Wrong variants of the network itself; misconceptions.py gives each its name and advice."""

import numpy as np

from . import solution as ref


# --- mlp_forward
def _forward(X, params, act, layer, last_active=False):
    H, layers = X, []
    for W, b in params:
        U = layer(H, W, b)
        layers.append((H, W, U))
        H = ref.activate(U, act)
    return (H if last_active else U), (act, layers)


def forward_activates_output(X, params, act):
    return _forward(X, params, act, lambda H, W, b: H @ W + b, last_active=True)


def forward_without_activation(X, params, act):
    H, layers = X, []
    for W, b in params:
        layers.append((H, W, H @ W + b))
        H = H @ W + b
    return H, (act, layers)


def forward_without_bias(X, params, act):
    return _forward(X, params, act, lambda H, W, b: H @ W)


def forward_overwrites_cache(X, params, act):
    S, (_, layers) = ref.mlp_forward(X, params, act)
    return S, (act, [layers[-1]] * len(layers))


def forward_in_float32(X, params, act):
    small = [(W.astype(np.float32), b.astype(np.float32)) for W, b in params]
    return ref.mlp_forward(X.astype(np.float32), small, act)


# --- mlp_backward
def _backward(dS, cache, pull=None, slope=None, record=None):
    """The way back with one of its three formulas replaced: Δ through W, f', and the pair (dW, db)."""
    act, layers = cache
    pull = pull or (lambda delta, W: delta @ W.T)
    slope = slope or ref.slope
    record = record or (lambda H, delta: (H.T @ delta, delta.sum(axis=0)))
    grads, delta = [], dS
    for depth in range(len(layers) - 1, -1, -1):
        H, W, _ = layers[depth]
        grads.append(record(H, delta))
        if depth:
            delta = pull(delta, W) * slope(layers[depth - 1][2], act)
    return grads[::-1]


def backward_no_transpose(dS, cache):
    return _backward(dS, cache, pull=lambda delta, W: delta @ W)


def backward_slope_of_activation(dS, cache):
    return _backward(dS, cache, slope=lambda U, act: ref.slope(ref.activate(U, act), act))


def backward_mean_twice(dS, cache):
    return [(dW / len(dS), db / len(dS)) for dW, db in ref.mlp_backward(dS, cache)]


def backward_no_bias_gradient(dS, cache):
    return _backward(dS, cache, record=lambda H, delta: (H.T @ delta, np.zeros(delta.shape[1])))


def backward_bias_not_summed(dS, cache):
    return _backward(dS, cache, record=lambda H, delta: (H.T @ delta, delta.copy()))


def backward_bias_keepdims(dS, cache):
    return _backward(dS, cache, record=lambda H, delta: (H.T @ delta, delta.sum(axis=0, keepdims=True)))


def backward_bias_mean(dS, cache):
    return _backward(dS, cache, record=lambda H, delta: (H.T @ delta, delta.mean(axis=0)))


def backward_no_slope(dS, cache):
    return _backward(dS, cache, slope=lambda U, act: 1.0)


def backward_sigmoid_slope_always(dS, cache):
    def slope(U, act):
        H = ref.activate(U, act)
        return H * (1 - H)

    return _backward(dS, cache, slope=slope)


def backward_tanh_slope_of_u(dS, cache):
    return _backward(dS, cache, slope=lambda U, act: 1 - U**2 if act == "tanh" else ref.slope(U, act))


def backward_slope_on_output(dS, cache):
    act, layers = cache
    return ref.mlp_backward(dS * ref.slope(layers[-1][2], act), cache)


def backward_preactivation_input(dS, cache):
    act, layers = cache
    inputs = [layers[0][0]] + [U for _, _, U in layers[:-1]]
    return ref.mlp_backward(dS, (act, [(H, W, U) for H, (_, W, U) in zip(inputs, layers, strict=True)]))


def backward_reversed_order(dS, cache):
    return ref.mlp_backward(dS, cache)[::-1]


def backward_transposed_gradient(dS, cache):
    return _backward(dS, cache, record=lambda H, delta: (delta.T @ H, delta.sum(axis=0)))


def backward_slide_transpose(dS, cache):
    return _backward(dS, cache, pull=lambda delta, W: delta.T @ W)


def backward_relu_kink(dS, cache):
    def slope(U, act):
        return (U >= 0).astype(U.dtype) if act == "relu" else ref.slope(U, act)

    return _backward(dS, cache, slope=slope)


# --- mlp_train_step
def step_updated_weights(X, y, params, act, lr):
    S, cache = ref.mlp_forward(X, params, act)
    loss, delta = ref.softmax_ce(S, y)
    layers, new = cache[1], [None] * len(params)
    for depth in reversed(range(len(params))):
        H, (W, b) = layers[depth][0], params[depth]
        new[depth] = (W - lr * H.T @ delta, b - lr * delta.sum(axis=0))
        if depth:
            delta = (delta @ new[depth][0].T) * ref.slope(layers[depth - 1][2], act)
    return loss, new


def step_in_place(X, y, params, act, lr):
    loss, new = ref.mlp_train_step(X, y, params, act, lr)
    for (W, b), (new_W, new_b) in zip(params, new, strict=True):
        W[...], b[...] = new_W, new_b
    return loss, params


def step_ascent(X, y, params, act, lr):
    return ref.mlp_train_step(X, y, params, act, -lr)


def step_loss_after(X, y, params, act, lr):
    _, new = ref.mlp_train_step(X, y, params, act, lr)
    return ref.softmax_ce(ref.mlp_forward(X, new, act)[0], y)[0], new


def step_sum_of_losses(X, y, params, act, lr):
    loss, new = ref.mlp_train_step(X, y, params, act, lr * len(y))
    return loss * len(y), new


def step_biases_stay(X, y, params, act, lr):
    loss, new = ref.mlp_train_step(X, y, params, act, lr)
    return loss, [(W, b) for (W, _), (_, b) in zip(new, params, strict=True)]


# --- train_xor
XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])


def _fit(params, steps=200):
    for _ in range(steps):
        _, params = ref.mlp_train_step(*XOR, params, "tanh", 1.0)
    return params


def xor_without_hidden_layer(seed):
    return _fit(ref.mlp_init([2, 2], seed, "normal"))


def xor_two_units(seed):
    return _fit(ref.mlp_init([2, 2, 2], seed, "normal"))


def xor_from_zeros(seed):
    return _fit(ref.mlp_init([2, 8, 2], seed, "zeros"))


def xor_seed_ignored(seed):
    return ref.train_xor(0)
