"""Wrong dropouts and penalties; misconceptions.py gives each its name and advice."""

import numpy as np

from . import solution as ref


# --- dropout
def dropped(draw, factor, test=lambda x, p, rng: x):
    """out = x ⊙ kept · factor(p) with kept = draw(rng, shape, p), and this test mode."""
    def wrong(x, p_drop, train, rng):
        if not 0 <= p_drop < 1:
            raise ValueError("p_drop")
        if not train:
            return test(x, p_drop, rng), np.ones_like(x)
        mask = draw(rng, x.shape, p_drop) * factor(p_drop)
        return x * mask, mask
    return wrong


def plain(rng, shape, p):
    return rng.random(shape) >= p


def grown(p):
    return 1 / (1 - p)


def exactly(rng, shape, p):
    flat = np.ones(int(np.prod(shape)))
    flat[: round(p * flat.size)] = 0
    return rng.permutation(flat).reshape(shape)


dropout_keeps_p = dropped(lambda rng, shape, p: rng.random(shape) < p, lambda p: 1 / p if p else 1.0)
dropout_keeps_p_scaled = dropped(lambda rng, shape, p: rng.random(shape) < p, grown)
dropout_unscaled = dropped(plain, lambda p: 1.0)
dropout_classic = dropped(plain, lambda p: 1.0, lambda x, p, rng: x * (1 - p))
dropout_times_keep = dropped(plain, lambda p: 1 - p)
dropout_over_p = dropped(plain, lambda p: 1 / p if p else 1.0)
dropout_gaussian = dropped(lambda rng, shape, p: rng.standard_normal(shape) >= p, grown)
dropout_scales_test = dropped(plain, grown, lambda x, p, rng: x * (1 - p))
dropout_drops_at_test = dropped(
    plain, grown, lambda x, p, rng: x * plain(rng or np.random.default_rng(0), x.shape, p) * grown(p)
)
dropout_exact_count = dropped(exactly, grown)
dropout_whole_columns = dropped(lambda rng, shape, p: np.ones(shape) * plain(rng, shape[-1:], p), grown)
dropout_whole_rows = dropped(lambda rng, shape, p: np.ones(shape) * plain(rng, (shape[0], 1), p), grown)
dropout_fixed_seed = dropped(lambda rng, shape, p: plain(np.random.default_rng(0), shape, p), grown)
dropout_unseeded = dropped(lambda rng, shape, p: plain(np.random, shape, p), grown)


def dropout_accepts_all(x, p_drop, train, rng):
    if train and p_drop >= 1:
        return np.zeros_like(x), np.zeros_like(x)
    return ref.dropout_forward(x, max(p_drop, 0.0), train, rng)


def dropout_in_place(x, p_drop, train, rng):
    out, mask = ref.dropout_forward(x, p_drop, train, rng)
    x[...] = out
    return out, mask


def backward_new_mask(dout, mask):
    fresh = np.random.default_rng(len(dout)).permutation(mask.ravel()).reshape(mask.shape)
    return dout * fresh


def backward_no_mask(dout, mask):
    return dout * mask.max()


def backward_ignores(dout, mask):
    return dout


def backward_unscaled(dout, mask):
    return dout * (mask > 0)


def backward_scaled_twice(dout, mask):
    return dout * mask**2


def backward_in_place(dout, mask):
    dout *= mask
    return dout


# --- weight decay
def l2_as(of_weight=1.0, of_gradient=2.0, biases=False, bias_gradient=False):
    """R and gradients with these factors, the biases counted in either or in both."""
    def wrong(params, alpha):
        R = alpha * of_weight * sum(np.sum(W**2) + biases * np.sum(b**2) for W, b in params)
        return R, [(of_gradient * alpha * W, bias_gradient * of_gradient * alpha * b) for W, b in params]
    return wrong


def l2_norms(params, alpha):
    R = alpha * float(np.sum([np.linalg.norm(W) for W, _ in params]))
    return R, ref.l2_penalty(params, alpha)[1]


def l2_last_layer(params, alpha):
    return alpha * float(np.sum(params[-1][0] ** 2)), ref.l2_penalty(params, alpha)[1]


def l2_mean(params, alpha):
    R = alpha * float(np.sum([np.mean(W**2) for W, _ in params]))
    return R, [(2 * alpha * W / W.size, np.zeros_like(b)) for W, b in params]


def l2_no_alpha_in_gradient(params, alpha):
    return ref.l2_penalty(params, alpha)[0], ref.l2_penalty(params, 1.0)[1]


def l2_none_for_bias(params, alpha):
    R, grads = ref.l2_penalty(params, alpha)
    return R, [(dW, None) for dW, _ in grads]


def l2_in_place(params, alpha):
    R, grads = ref.l2_penalty(params, alpha)
    for (W, _), (dW, _) in zip(params, grads, strict=True):
        W -= dW
    return R, grads
