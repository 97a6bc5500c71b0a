"""Optimisers, schedules, initialisation, batch normalisation, dropout and weight decay, in NumPy alone.

Row-major, batch first, everything float64. An optimiser makes one step: it gives the new parameter and the new
state and leaves w and g as they are. `state` is {} before the first step; what you keep in it is up to you, and
it comes back to you at the next step of the same parameter. Nothing else is remembered between calls.
"""

import numpy as np


def sgd(w, g, state, lr):
    """w - lr·g. w, g: any equal shape → (new w, new state). Source: Robbins and Monro 1951."""
    # BEGIN SOLUTION
    return w - lr * g, state
    # END SOLUTION


def momentum(w, g, state, lr, alpha):
    """u = α u - lr·g, starting from u = 0; w + u → (new w, new state). Source: Polyak 1964."""
    # BEGIN SOLUTION
    u = alpha * state.get("u", 0.0) - lr * g                             # shape of w
    return w + u, {"u": u}
    # END SOLUTION


def nesterov(w, grad_fn, state, lr, alpha):
    """u = α u - lr·grad_fn(w + α u), starting from u = 0; w + u → (new w, new state).

    grad_fn: array of w's shape → gradient of that shape; called exactly once a step.
    Source: Sutskever et al. 2013, eq. 3 and 4.
    """
    # BEGIN SOLUTION
    inertia = alpha * state.get("u", 0.0)                                # shape of w, or 0
    u = inertia - lr * grad_fn(w + inertia)                              # shape of w
    return w + u, {"u": u}
    # END SOLUTION


def rmsprop(w, g, state, lr, rho, eps):
    """r = ρ r + (1-ρ) g², starting from r = 0; w - lr·g / (ε + √r) → (new w, new state).

    All entry by entry. Source: Tieleman and Hinton 2012.
    """
    # BEGIN SOLUTION
    r = rho * state.get("r", 0.0) + (1.0 - rho) * g * g                  # shape of w
    return w - lr * g / (eps + np.sqrt(r)), {"r": r}
    # END SOLUTION


def adam(w, g, state, lr, beta1, beta2, eps):
    """s = β₁ s + (1-β₁) g,  r = β₂ r + (1-β₂) g²,  both from 0;  w - lr·ŝ / (ε + √r̂) → (new w, new state).

    ŝ = s / (1-β₁ᵗ) and r̂ = r / (1-β₂ᵗ) in step t = 1, 2, …  Source: Kingma and Ba 2015, algorithm 1.
    """
    # BEGIN SOLUTION
    t = state.get("t", 0) + 1
    s = beta1 * state.get("s", 0.0) + (1.0 - beta1) * g                  # shape of w
    r = beta2 * state.get("r", 0.0) + (1.0 - beta2) * g * g              # shape of w
    s_hat = s / (1.0 - beta1**t)                   # the moments start at 0: early on they are too small
    r_hat = r / (1.0 - beta2**t)
    return w - lr * s_hat / (eps + np.sqrt(r_hat)), {"t": t, "s": s, "r": r}
    # END SOLUTION


def lr_inverse(eta0, r, t):
    """Inverse decay η₀ / (1 + r t) in step t = 0, 1, … → float."""
    # BEGIN SOLUTION
    return eta0 / (1.0 + r * t)
    # END SOLUTION


def lr_exp(eta0, lam, t):
    """Exponential decay η₀ exp(-λ t) → float."""
    # BEGIN SOLUTION
    return float(eta0 * np.exp(-lam * t))
    # END SOLUTION


def lr_step(eta0, r, tu, t):
    """Step decay η₀ r^⌊t/tᵤ⌋: times r after every tᵤ steps, constant in between. tu, t: int → float."""
    # BEGIN SOLUTION
    return eta0 * r ** (t // tu)
    # END SOLUTION


def init_lecun_uniform(fan_in, fan_out, shape, rng):
    """Uniform on ±√(3/fan_in): variance 1/fan_in. rng: numpy Generator → float64 array of `shape`.

    Source: LeCun et al. 1998, Efficient BackProp, 4.6. Not all arguments are needed.
    """
    # BEGIN SOLUTION
    bound = np.sqrt(3.0 / fan_in)                  # U[-a, a] has the variance a²/3
    return rng.uniform(-bound, bound, shape)
    # END SOLUTION


def init_xavier_uniform(fan_in, fan_out, shape, rng):
    """Uniform on ±√(6/(fan_in + fan_out)): variance 2/(fan_in + fan_out). Source: Glorot and Bengio 2010, eq. 16."""
    # BEGIN SOLUTION
    bound = np.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, shape)
    # END SOLUTION


def init_he_normal(fan_in, fan_out, shape, rng):
    """Gaussian of mean 0 and variance 2/fan_in, not truncated. Source: He et al. 2015, eq. 10."""
    # BEGIN SOLUTION
    return rng.normal(0.0, np.sqrt(2.0 / fan_in), shape)
    # END SOLUTION


def batchnorm_forward(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    """γ (x - μ) / √(σ² + ε) + β. x: (N, D), gamma, beta: (D,), state: see below → (out (N, D), cache).

    Train mode: μ, σ² (D,) are the mean and the biased variance over the batch, N = 1 included, and `state` is
    updated *in place*: state["mean"] = (1-m) state["mean"] + m μ with m = `momentum`, and state["var"] alike.
    Test mode: μ, σ² are state["mean"], state["var"] (D,), which stay as they are.
    The cache is yours; it only goes to batchnorm_backward. Source: Ioffe and Szegedy 2015, algorithm 1.
    """
    # BEGIN SOLUTION
    if train:
        mean, var = x.mean(axis=0), x.var(axis=0)                        # (D,), (D,)
        state["mean"] = (1.0 - momentum) * state["mean"] + momentum * mean
        state["var"] = (1.0 - momentum) * state["var"] + momentum * var
    else:
        mean, var = state["mean"], state["var"]
    std = np.sqrt(var + eps)                                             # (D,)
    x_hat = (x - mean) / std                                             # (N, D)
    return gamma * x_hat + beta, (x_hat, gamma, std)
    # END SOLUTION


def batchnorm_backward(dout, cache):
    """Gradients after a forward pass in train mode. dout = ∂L/∂out (N, D) → (dx (N, D), dgamma (D,), dbeta (D,)).

    μ and σ² depend on x, too: dx = (d - mean(d) - x̂ mean(d ⊙ x̂)) / √(σ² + ε) with d = ∂L/∂x̂ and means over the
    batch. Source: Ioffe and Szegedy 2015, section 3, summed up.
    """
    # BEGIN SOLUTION
    x_hat, gamma, std = cache
    d = dout * gamma                                                     # (N, D)
    dx = (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0)) / std   # (N, D)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    # END SOLUTION


def dropout_forward(x, p_drop, train, rng):
    """Inverted dropout: each entry is 0 with probability p_drop, else x / (1 - p_drop) → (out, mask), out like x.

    Test mode: out equals x; rng may be None. The mask is yours; it only goes to dropout_backward.
    Raises ValueError unless 0 <= p_drop < 1. Source: Srivastava et al. 2014, section 10.
    """
    # BEGIN SOLUTION
    if not 0.0 <= p_drop < 1.0:
        raise ValueError(f"p_drop: expected 0 <= p_drop < 1, got {p_drop}")
    if not train:
        return x, np.ones_like(x)
    mask = (rng.random(x.shape) >= p_drop) / (1.0 - p_drop)              # 0 or 1/(1-p): the mean stays
    return x * mask, mask
    # END SOLUTION


def dropout_backward(dout, mask):
    """∂L/∂x from dout = ∂L/∂out through the very entries that were kept → array like dout."""
    # BEGIN SOLUTION
    return dout * mask
    # END SOLUTION


def l2_penalty(params, alpha):
    """R = α Σ ‖W‖² over the weights, not the biases. params: list of (W (D, K), b (K,)) → (R float, grads).

    grads: list of (∂R/∂W, ∂R/∂b) of the same shapes, the second all zeros. Source: Krogh and Hertz 1992.
    """
    # BEGIN SOLUTION
    R = alpha * sum(float(np.sum(W * W)) for W, _ in params)
    return R, [(2.0 * alpha * W, np.zeros_like(b)) for W, b in params]
    # END SOLUTION
