"""Optimisers, schedules, initialisation, batch normalisation, dropout and weight decay, in NumPy alone.

Row-major, batch first, everything float64. An optimiser makes one step: it gives the new parameter and the new
state and leaves w and g as they are. `state` is {} before the first step; what you keep in it is up to you, and
it comes back to you at the next step of the same parameter. Nothing else is remembered between calls.
"""

import numpy as np


def sgd(w, g, state, lr):
    """w - lr·g. w, g: any equal shape → (new w, new state). Source: Robbins and Monro 1951."""
    raise NotImplementedError("sgd: not written yet")


def momentum(w, g, state, lr, alpha):
    """u = α u - lr·g, starting from u = 0; w + u → (new w, new state). Source: Polyak 1964."""
    raise NotImplementedError("momentum: not written yet")


def nesterov(w, grad_fn, state, lr, alpha):
    """u = α u - lr·grad_fn(w + α u), starting from u = 0; w + u → (new w, new state).

    grad_fn: array of w's shape → gradient of that shape; called exactly once a step.
    Source: Sutskever et al. 2013, eq. 3 and 4.
    """
    raise NotImplementedError("nesterov: not written yet")


def rmsprop(w, g, state, lr, rho, eps):
    """r = ρ r + (1-ρ) g², starting from r = 0; w - lr·g / (ε + √r) → (new w, new state).

    All entry by entry. Source: Tieleman and Hinton 2012.
    """
    raise NotImplementedError("rmsprop: not written yet")


def adam(w, g, state, lr, beta1, beta2, eps):
    """s = β₁ s + (1-β₁) g,  r = β₂ r + (1-β₂) g²,  both from 0;  w - lr·ŝ / (ε + √r̂) → (new w, new state).

    ŝ = s / (1-β₁ᵗ) and r̂ = r / (1-β₂ᵗ) in step t = 1, 2, …  Source: Kingma and Ba 2015, algorithm 1.
    """
    raise NotImplementedError("adam: not written yet")


def lr_inverse(eta0, r, t):
    """Inverse decay η₀ / (1 + r t) in step t = 0, 1, … → float."""
    raise NotImplementedError("lr_inverse: not written yet")


def lr_exp(eta0, lam, t):
    """Exponential decay η₀ exp(-λ t) → float."""
    raise NotImplementedError("lr_exp: not written yet")


def lr_step(eta0, r, tu, t):
    """Step decay η₀ r^⌊t/tᵤ⌋: times r after every tᵤ steps, constant in between. tu, t: int → float."""
    raise NotImplementedError("lr_step: not written yet")


def init_lecun_uniform(fan_in, fan_out, shape, rng):
    """Uniform on ±√(3/fan_in): variance 1/fan_in. rng: numpy Generator → float64 array of `shape`.

    Source: LeCun et al. 1998, Efficient BackProp, 4.6. Not all arguments are needed.
    """
    raise NotImplementedError("init_lecun_uniform: not written yet")


def init_xavier_uniform(fan_in, fan_out, shape, rng):
    """Uniform on ±√(6/(fan_in + fan_out)): variance 2/(fan_in + fan_out). Source: Glorot and Bengio 2010, eq. 16."""
    raise NotImplementedError("init_xavier_uniform: not written yet")


def init_he_normal(fan_in, fan_out, shape, rng):
    """Gaussian of mean 0 and variance 2/fan_in, not truncated. Source: He et al. 2015, eq. 10."""
    raise NotImplementedError("init_he_normal: not written yet")


def batchnorm_forward(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    """γ (x - μ) / √(σ² + ε) + β. x: (N, D), gamma, beta: (D,), state: see below → (out (N, D), cache).

    Train mode: μ, σ² (D,) are the mean and the biased variance over the batch, N = 1 included, and `state` is
    updated *in place*: state["mean"] = (1-m) state["mean"] + m μ with m = `momentum`, and state["var"] alike.
    Test mode: μ, σ² are state["mean"], state["var"] (D,), which stay as they are.
    The cache is yours; it only goes to batchnorm_backward. Source: Ioffe and Szegedy 2015, algorithm 1.
    """
    raise NotImplementedError("batchnorm_forward: not written yet")


def batchnorm_backward(dout, cache):
    """Gradients after a forward pass in train mode. dout = ∂L/∂out (N, D) → (dx (N, D), dgamma (D,), dbeta (D,)).

    μ and σ² depend on x, too: dx = (d - mean(d) - x̂ mean(d ⊙ x̂)) / √(σ² + ε) with d = ∂L/∂x̂ and means over the
    batch. Source: Ioffe and Szegedy 2015, section 3, summed up.
    """
    raise NotImplementedError("batchnorm_backward: not written yet")


def dropout_forward(x, p_drop, train, rng):
    """Inverted dropout: each entry is 0 with probability p_drop, else x / (1 - p_drop) → (out, mask), out like x.

    Test mode: out equals x; rng may be None. The mask is yours; it only goes to dropout_backward.
    Raises ValueError unless 0 <= p_drop < 1. Source: Srivastava et al. 2014, section 10.
    """
    raise NotImplementedError("dropout_forward: not written yet")


def dropout_backward(dout, mask):
    """∂L/∂x from dout = ∂L/∂out through the very entries that were kept → array like dout."""
    raise NotImplementedError("dropout_backward: not written yet")


def l2_penalty(params, alpha):
    """R = α Σ ‖W‖² over the weights, not the biases. params: list of (W (D, K), b (K,)) → (R float, grads).

    grads: list of (∂R/∂W, ∂R/∂b) of the same shapes, the second all zeros. Source: Krogh and Hertz 1992.
    """
    raise NotImplementedError("l2_penalty: not written yet")
