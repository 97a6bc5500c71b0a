"""Wrong variants of the plain RNN; misconceptions.py gives each its name and advice."""

import numpy as np

from grader.checks import stateful

from . import solution as ref


# --- rnn_step
def _step(x, h, Wx, Wh, b, mix, squash=np.tanh):
    h_next = squash(mix(x, h, Wx, Wh, b))
    return h_next, (x, h, Wx, Wh, h_next)


def step_without_state(x, h, Wx, Wh, b):
    return _step(x, h, Wx, Wh, b, lambda x, h, Wx, Wh, b: x @ Wx + b)


def step_transposed(x, h, Wx, Wh, b):
    return _step(x, h, Wx, Wh, b, lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh.T + b)


def step_without_bias(x, h, Wx, Wh, b):
    return _step(x, h, Wx, Wh, b, lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh)


def step_bias_twice(x, h, Wx, Wh, b):
    return _step(x, h, Wx, Wh, b, lambda x, h, Wx, Wh, b: (x @ Wx + b) + (h @ Wh + b))


def step_adds_state(x, h, Wx, Wh, b):
    return _step(x, h, Wx, Wh, b, lambda x, h, Wx, Wh, b: x @ Wx + h + b)


def step_sigmoid(x, h, Wx, Wh, b):
    return _step(x, h, Wx, Wh, b, lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh + b, ref.sigmoid)


def step_linear(x, h, Wx, Wh, b):
    return _step(x, h, Wx, Wh, b, lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh + b, lambda u: u)


def step_caches_new_state(x, h, Wx, Wh, b):
    h_next = np.tanh(x @ Wx + h @ Wh + b)
    return h_next, (x, h_next, Wx, Wh, h_next)


# --- rnn_step_backward
def _step_back(dh_next, cache, slope=None, pull=None, bias=None):
    x, h, Wx, Wh, h_next = cache
    delta = dh_next * (1.0 - h_next**2 if slope is None else slope(h_next))
    dh = delta @ Wh.T if pull is None else pull(delta, Wh)
    db = delta.sum(axis=0) if bias is None else bias(delta)
    return delta @ Wx.T, dh, x.T @ delta, h.T @ delta, db


def step_back_without_slope(dh_next, cache):
    return _step_back(dh_next, cache, slope=np.ones_like)


def step_back_tanh_twice(dh_next, cache):
    return _step_back(dh_next, cache, slope=lambda h_next: 1.0 - np.tanh(h_next) ** 2)


def step_back_sigmoid_slope(dh_next, cache):
    return _step_back(dh_next, cache, slope=lambda h_next: h_next * (1.0 - h_next))


def step_back_no_transpose(dh_next, cache):
    return _step_back(dh_next, cache, pull=lambda delta, Wh: delta @ Wh)


def step_back_past_weights(dh_next, cache):
    return _step_back(dh_next, cache, pull=lambda delta, Wh: delta)


def step_back_bias_not_summed(dh_next, cache):
    return _step_back(dh_next, cache, bias=lambda delta: delta)


def step_back_bias_row(dh_next, cache):
    return _step_back(dh_next, cache, bias=lambda delta: delta.sum(axis=0, keepdims=True))


def step_back_bias_mean(dh_next, cache):
    return _step_back(dh_next, cache, bias=lambda delta: delta.mean(axis=0))


def step_back_in_place(dh_next, cache):
    h_next = cache[-1]
    dh_next *= 1.0 - h_next**2
    return _step_back(dh_next, cache, slope=np.ones_like)


# --- rnn_forward
def _states(x, h0, Wx, Wh, b):
    """The states as a list of (N, H), and the caches."""
    h, caches = ref.rnn_forward(x, h0, Wx, Wh, b)
    return [h[:, t] for t in range(h.shape[1])], caches


def forward_state_not_carried(x, h0, Wx, Wh, b):
    steps = [ref.rnn_step(x[:, t], h0, Wx, Wh, b) for t in range(x.shape[1])]
    return np.stack([h for h, _ in steps], axis=1), [cache for _, cache in steps]


def forward_ignores_h0(x, h0, Wx, Wh, b):
    return ref.rnn_forward(x, np.zeros_like(h0), Wx, Wh, b)


def forward_time_first(x, h0, Wx, Wh, b):
    states, caches = _states(x, h0, Wx, Wh, b)
    return np.stack(states), caches


def forward_over_examples(x, h0, Wx, Wh, b):
    h, caches = ref.rnn_forward(x.transpose(1, 0, 2), h0, Wx, Wh, b)
    return h.transpose(1, 0, 2), caches


def forward_with_h0(x, h0, Wx, Wh, b):
    states, caches = _states(x, h0, Wx, Wh, b)
    return np.stack([h0, *states[:-1]], axis=1), caches


def forward_one_more(x, h0, Wx, Wh, b):
    states, caches = _states(x, h0, Wx, Wh, b)
    return np.stack([h0, *states], axis=1), caches


def forward_last_only(x, h0, Wx, Wh, b):
    states, caches = _states(x, h0, Wx, Wh, b)
    return states[-1], caches


def forward_last_cache(x, h0, Wx, Wh, b):
    h, caches = ref.rnn_forward(x, h0, Wx, Wh, b)
    return h, caches[-1:] * len(caches)


def forward_into_float32(x, h0, Wx, Wh, b):
    h, caches = ref.rnn_forward(x, h0, Wx, Wh, b)
    return h.astype(np.float32), caches


@stateful
def forward_keeps_state():
    last = {}  # shape of h0 → the last state of the call before

    def forward(x, h0, Wx, Wh, b):
        h, caches = ref.rnn_forward(x, last.get(h0.shape, h0), Wx, Wh, b)
        last[h0.shape] = h[:, -1]
        return h, caches

    return forward


class LatestSteps:
    """Looks like the cache of one forward pass, and is that of the last one."""

    def __getitem__(self, t):
        return LATEST[t]


LATEST = []


def forward_one_cache_for_all(x, h0, Wx, Wh, b):
    h, LATEST[:] = ref.rnn_forward(x, h0, Wx, Wh, b)
    return h, LatestSteps()


# --- rnn_backward
def _back(dh, cache, arriving=lambda own, carry: own + carry, gather=sum, steps=reversed):
    """The loop with one part replaced: what arrives at a step, how the parts of the weights' gradients join."""
    length, carry = dh.shape[1], np.zeros_like(dh[:, 0])
    dx, parts = [None] * length, []
    for t in steps(range(length)):
        dx[t], carry, *part = ref.rnn_step_backward(arriving(dh[:, t], carry), cache[t])
        parts.append(part)
    return np.stack(dx, axis=1), carry, *(gather(list(column)) for column in zip(*parts, strict=True))


def back_without_later_steps(dh, cache):
    return _back(dh, cache, arriving=lambda own, carry: own)


def back_last_loss_only(dh, cache):
    length = dh.shape[1]
    steps = list(range(length))
    own = [np.zeros_like(dh[:, 0])] * (length - 1) + [dh[:, -1]]
    return _back(np.stack([own[t] for t in steps], axis=1), cache)


def back_overwrites(dh, cache):
    return _back(dh, cache, gather=lambda parts: parts[-1])


def back_overwrites_bias(dh, cache):
    dx, dh0, dWx, dWh, _ = ref.rnn_backward(dh, cache)
    return dx, dh0, dWx, dWh, _back(dh, cache, gather=lambda parts: parts[-1])[-1]


def back_mean_over_time(dh, cache):
    return _back(dh, cache, gather=lambda parts: sum(parts) / len(parts))


def back_mean_over_batch(dh, cache):
    return _back(dh, cache, gather=lambda parts: sum(parts) / len(dh))


def back_bias_per_step(dh, cache):
    dx, dh0, dWx, dWh, _ = ref.rnn_backward(dh, cache)
    return dx, dh0, dWx, dWh, _back(dh, cache, gather=lambda parts: np.stack(parts[::-1]))[-1]


def back_forwards_in_time(dh, cache):
    return _back(dh, cache, steps=iter)


def back_dx_reversed(dh, cache):
    dx, *rest = ref.rnn_backward(dh, cache)
    return dx[:, ::-1].copy(), *rest


def back_stops_at_first_state(dh, cache):
    dx, _, *rest = ref.rnn_backward(dh, cache)
    carry = np.zeros_like(dh[:, 0])
    for t in range(dh.shape[1] - 1, 0, -1):
        _, carry, *_ = ref.rnn_step_backward(dh[:, t] + carry, cache[t])
    return dx, dh[:, 0] + carry, *rest


def back_zero_dh0(dh, cache):
    dx, dh0, *rest = ref.rnn_backward(dh, cache)
    return dx, np.zeros_like(dh0), *rest


def back_in_place(dh, cache):
    result = ref.rnn_backward(dh.copy(), cache)
    for t in range(dh.shape[1] - 1, 0, -1):
        dh[:, t - 1] += ref.rnn_step_backward(dh[:, t], cache[t])[1]
    return result


def back_uses_cache_up(dh, cache):
    result = ref.rnn_backward(dh, cache)
    cache.clear()
    return result
