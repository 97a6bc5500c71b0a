"""Wrong initialisations and batch normalisations; misconceptions.py gives each its name and advice."""

import numpy as np

from . import solution as ref


# --- initialisation
def uniform(bound):
    """Uniform on ±bound(fan_in, fan_out)."""
    def wrong(fan_in, fan_out, shape, rng):
        a = bound(fan_in, fan_out)
        return rng.uniform(-a, a, shape)
    return wrong


def normal(spread):
    """Gaussian of standard deviation spread(fan_in, fan_out)."""
    def wrong(fan_in, fan_out, shape, rng):
        return rng.normal(0.0, spread(fan_in, fan_out), shape)
    return wrong


def unseeded(name):
    """Draws from NumPy's global generator."""
    def wrong(fan_in, fan_out, shape, rng):
        return getattr(ref, name)(fan_in, fan_out, shape, np.random)
    return wrong


def fans_of_shape(name):
    """Takes the fans from the first two entries of the shape."""
    def wrong(fan_in, fan_out, shape, rng):
        return getattr(ref, name)(shape[0], shape[1], shape, rng)
    return wrong


def he_truncated(fan_in, fan_out, shape, rng):
    z = rng.normal(size=shape)
    while np.any(np.abs(z) > 2):
        z = np.where(np.abs(z) > 2, rng.normal(size=shape), z)
    return z * np.sqrt(2 / fan_in) / 0.8796


# --- batch normalisation, forward
def _normalised(x, gamma, beta, mean, std):
    x_hat = (x - mean) / std
    return gamma * x_hat + beta, (x_hat, gamma, std * np.ones(x.shape[1]))


def _update(state, mean, var, m):
    state["mean"] = (1 - m) * state["mean"] + m * mean
    state["var"] = (1 - m) * state["var"] + m * var


def bn_as(std_train=lambda v, e: np.sqrt(v + e), std_test=lambda v, e: np.sqrt(v + e), ddof=0):
    """Batch norm with these denominators in the two modes."""
    def wrong(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
        if not train:
            return _normalised(x, gamma, beta, state["mean"], std_test(state["var"], eps))
        with np.errstate(all="ignore"):
            mean, var = x.mean(axis=0), x.var(axis=0)
            _update(state, mean, var, momentum)
            return _normalised(x, gamma, beta, mean, std_train(x.var(axis=0, ddof=ddof), eps))
    return wrong


def outside(var, eps):
    return np.sqrt(var) + eps


bn_eps_outside = bn_as(outside, outside)
bn_eps_outside_train = bn_as(std_train=outside)
bn_eps_outside_test = bn_as(std_test=outside)
bn_no_eps = bn_as(lambda v, e: np.sqrt(v), lambda v, e: np.sqrt(v))
bn_variance = bn_as(lambda v, e: v + e, lambda v, e: v + e)
bn_ddof_one = bn_as(ddof=1)


def bn_axis_one(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    if not train:
        return ref.batchnorm_forward(x, gamma, beta, state, train, momentum, eps)
    ref.batchnorm_forward(x, gamma, beta, state, train, momentum, eps)
    mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma * x_hat + beta, (x_hat, gamma, np.sqrt(x.var(axis=0) + eps))


def bn_whole_array(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    if not train:
        return ref.batchnorm_forward(x, gamma, beta, state, train, momentum, eps)
    mean, var = np.full(x.shape[1], x.mean()), np.full(x.shape[1], x.var())
    _update(state, mean, var, momentum)
    return _normalised(x, gamma, beta, mean, np.sqrt(var + eps))


def bn_batch_at_test(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    passing = state if train else {"mean": state["mean"], "var": state["var"]}
    return ref.batchnorm_forward(x, gamma, beta, passing, True, momentum, eps)


def bn_updates_at_test(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    result = ref.batchnorm_forward(x, gamma, beta, state, train, momentum, eps)
    if not train:
        _update(state, x.mean(axis=0), x.var(axis=0), momentum)
    return result


def bn_running_in_train(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    if train:
        _update(state, x.mean(axis=0), x.var(axis=0), momentum)
    return ref.batchnorm_forward(x, gamma, beta, state, False, momentum, eps)


def bn_momentum_swapped(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    return ref.batchnorm_forward(x, gamma, beta, state, train, 1 - momentum, eps)


def bn_state_untouched(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    return ref.batchnorm_forward(x, gamma, beta, dict(state), train, momentum, eps)


def bn_running_std(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    old = state["var"]
    result = ref.batchnorm_forward(x, gamma, beta, state, train, momentum, eps)
    if train:
        state["var"] = (1 - momentum) * old + momentum * x.std(axis=0)
    return result


def bn_last_batch_only(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    return ref.batchnorm_forward(x, gamma, beta, state, train, 1.0 if train else momentum, eps)


def _bn_unbiased(fewest):
    def wrong(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
        old = state["var"]
        result = ref.batchnorm_forward(x, gamma, beta, state, train, momentum, eps)
        if train:
            spread = ((x - x.mean(axis=0)) ** 2).sum(axis=0)
            with np.errstate(all="ignore"):
                state["var"] = (1 - momentum) * old + momentum * spread / np.maximum(len(x) - 1, fewest)
        return result
    return wrong


bn_unbiased = _bn_unbiased(1)
bn_unbiased_of_one = _bn_unbiased(0)


def bn_refuses_one(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    if train and len(x) < 2:
        raise ValueError("expected more than 1 value per channel when training")
    return ref.batchnorm_forward(x, gamma, beta, state, train, momentum, eps)


def bn_in_place(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    out, cache = ref.batchnorm_forward(x, gamma, beta, state, train, momentum, eps)
    x[...] = cache[0]
    return out, cache


# --- batch normalisation, backward
def bn_back(with_mean=1.0, with_var=1.0, lost=0):
    """dx with the ways through μ and σ² weighted, and means over N - lost rows."""
    def wrong(dout, cache):
        x_hat, gamma, std = cache
        d, n = dout * gamma, max(len(dout) - lost, 1)
        through = with_mean * d.sum(axis=0) + with_var * x_hat * (d * x_hat).sum(axis=0)
        return (d - through / n) / std, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    return wrong


def bn_back_summed(dout, cache):
    x_hat, gamma, std = cache
    d = dout * gamma
    dx = (d - d.sum(axis=0) - x_hat * (d * x_hat).sum(axis=0)) / std
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


def bn_back_no_gamma(dout, cache):
    x_hat, gamma, std = cache
    return ref.batchnorm_backward(dout, (x_hat, np.ones_like(gamma), std))


def bn_back_means(dout, cache):
    dx, dgamma, dbeta = ref.batchnorm_backward(dout, cache)
    return dx, dgamma / len(dout), dbeta / len(dout)


def bn_back_rows(dout, cache):
    dx, _, _ = ref.batchnorm_backward(dout, cache)
    return dx, dout * cache[0], dout


def bn_back_keepdims(dout, cache):
    dx, dgamma, dbeta = ref.batchnorm_backward(dout, cache)
    return dx, dgamma[None], dbeta[None]


def bn_back_dgamma_of_out(dout, cache):
    gamma = cache[1]
    dx, dgamma, dbeta = ref.batchnorm_backward(dout, cache)
    return dx, dgamma * gamma, dbeta


def bn_back_in_place(dout, cache):
    result = ref.batchnorm_backward(dout, cache)
    dout *= cache[1]
    return result
