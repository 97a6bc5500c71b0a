"""A multi-layer perceptron, forwards and backwards, in NumPy alone.

Row-major, batch first: X (N, D), W (D, K), b (K,), everything float64. `params` is a list of (W, b), first
layer first. The activation follows every layer but the last, whose outputs S (N, K) are the logits.
Functions leave their arguments as they found them.
"""

import numpy as np


def activate(U, act):
    """Activation f(U), entry by entry; `act` is "sigmoid", "tanh" or "relu". Given: nothing to write here."""
    if act == "sigmoid":
        return 0.5 * (1.0 + np.tanh(0.5 * U))      # equals 1/(1+exp(-U)) and never overflows
    if act == "tanh":
        return np.tanh(U)
    if act == "relu":
        return np.maximum(U, 0.0)
    raise ValueError(f"act: {act!r} is none of 'sigmoid', 'tanh', 'relu'")


def softmax_ce(S, y):
    """Mean cross-entropy of softmax(S) and its gradient. S: (N, K), y: (N,) int → (float, dS (N, K)). Given.

    dS = (softmax(S) - onehot(y)) / N: the 1/N of the mean is already inside.
    """
    Z = S - S.max(axis=1, keepdims=True)                                 # (N, K)
    log_p = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))             # (N, K)
    rows = np.arange(len(y))
    dS = np.exp(log_p)                                                   # (N, K)
    dS[rows, y] -= 1.0
    return float(-log_p[rows, y].mean()), dS / len(y)


def count_params(sizes, output_bias=True):
    """Weights and biases of an MLP with layer widths `sizes`, inputs first → int.

    Each layer of K units on D inputs has D·K weights and K biases; the last has none if not `output_bias`.
    """
    raise NotImplementedError("count_params: not written yet")


def mlp_init(sizes, seed, scheme):
    """Fresh parameters: list of (W (D, K), b (K,)) float64, biases zero, the same for the same `seed`.

    W by `scheme`: "zeros"; "normal", N(0, 1); "xavier", uniform on [-r, r] with r = √(6 / (D + K)) (Glorot
    and Bengio 2010, eq. 16). Draw from np.random.default_rng(seed), one layer after the other.
    Raises ValueError for another scheme.
    """
    raise NotImplementedError("mlp_init: not written yet")


def mlp_forward(X, params, act):
    """Logits and whatever the way back needs. X: (N, D) → (S (N, K), cache).

    U = H W + b for each layer and H = f(U) after each but the last. The cache is yours, any object: it is
    only given back to your mlp_backward, possibly twice, possibly after other forward passes.
    """
    raise NotImplementedError("mlp_forward: not written yet")


def mlp_backward(dS, cache):
    """Gradients of the loss from dS = ∂L/∂S (N, K) → list of (dW (D, K), db (K,)), first layer first.

    Δᴸ = dS;  dWˡ = Hˡ⁻¹ᵀ Δˡ;  dbˡ = Σ_rows Δˡ;  Δˡ⁻¹ = (Δˡ Wˡᵀ) ⊙ f'(Uˡ⁻¹).
    Source: Rumelhart, Hinton and Williams 1986. Any 1/N is in dS already.
    """
    raise NotImplementedError("mlp_backward: not written yet")


def tiny_net_dw22(x, y, params):
    """∂L/∂w²₂₂ of the lecture's 3-2-2-1 sigmoid net, in its *column* convention → float.

    x: (3,), y: float, params: {"W1": (2, 3), "b1": (2,), "W2": (2, 2), "b2": (2,), "W3": (1, 2)}.
    h¹ = W¹x + b¹, a¹ = σ(h¹), h² = W²a¹ + b², a² = σ(h²), S = W³a², L = (S - y)².
    w²₂₂ is row 2, column 2 of W², counted from 1.
    """
    raise NotImplementedError("tiny_net_dw22: not written yet")


def numerical_gradient(f, x, h=1e-5):
    """Centred differences (f(x + h eᵢ) - f(x - h eᵢ)) / 2h, two calls per entry → float64, shape of x.

    f: array of x's shape → float. x: any shape, 0-d too, and any real dtype. Error O(h²): h²/6 · f‴.
    """
    raise NotImplementedError("numerical_gradient: not written yet")


def rel_error(a, b):
    """‖a - b‖ / (‖a‖ + ‖b‖) over all entries, any shape → float in [0, 1]; 0 if both are all zero."""
    raise NotImplementedError("rel_error: not written yet")


def mlp_train_step(X, y, params, act, lr):
    """One step of gradient descent on softmax_ce. X: (N, D), y: (N,) int → (loss before it, new params).

    All gradients belong to the old parameters: θ ← θ - lr · ∂L/∂θ, in new arrays.
    """
    raise NotImplementedError("mlp_train_step: not written yet")


def train_xor(seed):
    """Parameters of a tanh MLP with 2 inputs and 2 logits that has learnt XOR → list of (W, b).

    The same seed gives the same parameters. Hidden widths, number of steps and restarts are free.
    """
    raise NotImplementedError("train_xor: not written yet")
