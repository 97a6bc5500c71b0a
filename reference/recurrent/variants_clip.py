"""Wrong variants of clipping; misconceptions.py gives each its name and advice."""

import numpy as np

from . import solution as ref


def clip_each_entry(grads, max_norm):
    return [np.clip(grad, -max_norm, max_norm) for grad in grads]


def clip_each_array(grads, max_norm):
    return [ref.clip_gradients([grad], max_norm)[0] for grad in grads]


def _scaled(grads, max_norm, norm):
    return [grad * (max_norm / norm if norm > max_norm else 1.0) for grad in grads]


def clip_scales_up(grads, max_norm):
    norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
    return [grad * (max_norm / norm) for grad in grads] if norm else list(grads)


def clip_zero_over_zero(grads, max_norm):
    norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
    with np.errstate(invalid="ignore"):
        return [grad / norm * min(norm, max_norm) for grad in grads]


def clip_without_root(grads, max_norm):
    return _scaled(grads, max_norm, sum(np.sum(grad**2) for grad in grads))


def clip_sum_of_norms(grads, max_norm):
    return _scaled(grads, max_norm, sum(np.linalg.norm(grad) for grad in grads))


def clip_largest_norm(grads, max_norm):
    return _scaled(grads, max_norm, max(np.linalg.norm(grad) for grad in grads))


def clip_largest_entry(grads, max_norm):
    return _scaled(grads, max_norm, max(np.abs(grad).max() for grad in grads))


def clip_root_mean_square(grads, max_norm):
    count = sum(grad.size for grad in grads)
    return _scaled(grads, max_norm, np.sqrt(sum(np.sum(grad**2) for grad in grads) / count))


def clip_to_unit_norm(grads, max_norm):
    norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
    return [grad / norm if norm > max_norm else grad for grad in grads]


def clip_in_place(grads, max_norm):
    for grad, clipped in zip(grads, ref.clip_gradients(grads, max_norm), strict=True):
        grad[...] = clipped
    return grads


def clip_with_epsilon(grads, max_norm):
    norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
    return [grad * min(1.0, max_norm / (norm + 1e-6)) for grad in grads]
