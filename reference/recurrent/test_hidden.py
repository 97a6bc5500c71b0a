"""Hidden checks of A12: every gradient against differences of the student's own forward, and what must hold."""

import numpy as np
import pytest

from grader.checks import agree, as_reference, close, ensure, gradcheck, loss_of, points, pure


def draw_rnn(rng, n, t, d, h, scale=0.6):
    """x (n, t, d), h0 (n, h), Wx (d, h), Wh (h, h), b (h,), all float64."""
    return (rng.normal(size=(n, t, d)), rng.normal(size=(n, h)), rng.normal(0.0, scale, (d, h)),
            rng.normal(0.0, scale, (h, h)), rng.normal(0.0, 0.5, h))


def draw_lstm(rng, shape, h):
    """x of this shape (n, …, d), h and c (n, h), Wx (d, 4h), Wh (h, 4h), b (4h,)."""
    n, d = shape[0], shape[-1]
    return (rng.normal(size=shape), rng.normal(size=(n, h)), rng.normal(size=(n, h)),
            rng.normal(0.0, 0.7, (d, 4 * h)), rng.normal(0.0, 0.7, (h, 4 * h)), rng.normal(0.0, 0.5, 4 * h))


def draw_gru(rng, n, d, h):
    """x (n, d), h (n, h), Wx (d, 3h), Wh (h, 3h), bx, bh (3h,)."""
    return (rng.normal(size=(n, d)), rng.normal(size=(n, h)), rng.normal(0.0, 0.7, (d, 3 * h)),
            rng.normal(0.0, 0.7, (h, 3 * h)), rng.normal(0.0, 0.5, 3 * h), rng.normal(0.0, 0.5, 3 * h))


def named(names, arrays):
    """"x h" and two arrays → {"x": …, "h": …}; one result too few or too many is said, not cut off."""
    ensure(len(arrays) == len(names.split()), "one gradient for each argument, in the order of the arguments")
    return dict(zip(names.split(), arrays, strict=True))


@points(6, partial=True)
@pytest.mark.parametrize(("n", "t", "d", "h"), [(2, 4, 3, 5), (1, 3, 2, 4), (3, 1, 4, 2)])
def test_bptt_matches_differences(student, rng, n, t, d, h):
    """Back-propagation through time fits centred differences of your own rnn_forward, for every argument."""
    args, weights = draw_rnn(rng, n, t, d, h), rng.normal(size=(n, t, h))
    _, cache = student.rnn_forward(*args)
    grads = named("x h0 Wx Wh b", student.rnn_backward(weights, cache))
    gradcheck(loss_of(student.rnn_forward, *args, weights=weights, pick=0), named("x h0 Wx Wh b", args), grads)


@points(4)
def test_rnn_backward_values(student, rng):
    """Values and shapes of all five gradients, also with another forward pass between, and for N = T = D = H."""
    for n, t, d, h in [(2, 5, 3, 4), (3, 3, 3, 3), (1, 2, 4, 3)]:
        _, cache = student.rnn_forward(*draw_rnn(rng, n, t, d, h))
        student.rnn_forward(*draw_rnn(rng, n, t, d, h))
        grads = student.rnn_backward(rng.normal(size=(n, t, h)), cache)
        as_reference(grads, of=student.rnn_backward, what="(dx, dh0, dWx, dWh, db)")


@points(1)
def test_gradient_fades(student, rng):
    """Sent back over twelve steps with ‖Wh‖ = 0.5, the gradient shrinks at least by a half at every step."""
    x, h0, Wx, Wh, b = draw_rnn(rng, 1, 12, 2, 3)
    Wh = 0.5 * Wh / np.linalg.norm(Wh, 2)
    _, cache = student.rnn_forward(x, h0, Wx, Wh, b)
    dh = np.zeros((1, 12, 3))
    dh[:, -1] = rng.normal(size=3)                                    # the loss looks at the last state alone
    _, dh0, *_ = student.rnn_backward(dh, cache)
    # 1e6: what arrives is tiny and has to be compared as a ratio
    ratio = as_reference(1e6 * np.linalg.norm(dh0), of=student.rnn_backward, what="10⁶ ‖dh0‖")
    ensure(0 < ratio <= 1e6 * 0.5**12 * np.linalg.norm(dh), "‖dh0‖ ≤ 0.5¹² ‖dh‖, and not zero")


@points(4, partial=True)
@pytest.mark.parametrize("pick", [0, 1], ids=["through h_next", "through c_next"])
def test_lstm_step_matches_differences(student, rng, pick):
    """The way back through an LSTM step fits centred differences, with a loss on h_next and with one on c_next."""
    args, weights = draw_lstm(rng, (2, 3), 4), rng.normal(size=(2, 4))
    *_, cache = student.lstm_step_forward(*args)
    into = (weights, np.zeros((2, 4))) if pick == 0 else (np.zeros((2, 4)), weights)
    grads = named("x h c Wx Wh b", student.lstm_step_backward(*into, cache))
    losses = loss_of(student.lstm_step_forward, *args, weights=weights, pick=pick)
    gradcheck(losses, named("x h c Wx Wh b", args), grads)


@points(2)
def test_lstm_step_backward_values(student, rng):
    """Gradients that come in at h_next and c_next together; N = 1; N = D = H."""
    for n, d, h in [(3, 2, 5), (1, 4, 2), (3, 3, 3)]:
        *_, cache = student.lstm_step_forward(*draw_lstm(rng, (n, d), h))
        grads = student.lstm_step_backward(rng.normal(size=(n, h)), rng.normal(size=(n, h)), cache)
        as_reference(grads, of=student.lstm_step_backward, what="(dx, dh, dc, dWx, dWh, db)")


@points(3)
def test_lstm_forward(student, rng):
    """An LSTM hands h and c on from step to step, starting at h0 and c0; T = 1, N = 1 and N = T work as well."""
    cases = [draw_lstm(rng, (n, t, d), h) for n, t, d, h in [(3, 4, 2, 5), (2, 1, 3, 2), (1, 5, 2, 3), (3, 3, 3, 3)]]
    agree(student.lstm_forward.batch, cases)


@points(2)
def test_open_forget_gate_copies_the_cell(student, rng):
    """With f = 1 and i = 0 the cell state comes through unchanged, and so does the gradient on its way back."""
    x, h, c, Wx, Wh, _ = draw_lstm(rng, (2, 20, 3), 4)
    b = np.repeat([-1000.0, 1000.0, 0.0, 0.0], 4)                     # blocks i, f, g, o
    _, cs = student.lstm_forward(x, h, c, Wx, Wh, b)
    close(cs, np.repeat(c[:, None], 20, axis=1), what="c after each of twenty steps")
    h_next, c_next, cache = student.lstm_step_forward(x[:, 0].copy(), h, c, Wx, Wh, b)
    as_reference((h_next, c_next), of=student.lstm_step_forward, what="(h_next, c_next) with f = 1, i = 0")
    grads = student.lstm_step_backward(np.zeros((2, 4)), np.ones((2, 4)), cache)
    ensure(len(grads) == 6, "lstm_step_backward gives dx, dh, dc, dWx, dWh, db")
    close(grads[2], np.ones((2, 4)), what="the gradient dc for dc_next = 1, dh_next = 0")


@points(3)
def test_gru_step_matches_differences(student, rng):
    """The way back through a GRU step fits centred differences, for every argument."""
    args, weights = draw_gru(rng, 2, 3, 4), rng.normal(size=(2, 4))
    _, cache = student.gru_step_forward(*args)
    grads = named("x h Wx Wh bx bh", student.gru_step_backward(weights, cache))
    losses = loss_of(student.gru_step_forward, *args, weights=weights, pick=0)
    gradcheck(losses, named("x h Wx Wh bx bh", args), grads)


@points(1)
def test_gru_step_backward_values(student, rng):
    """Values and shapes of all six gradients; N = 1; N = D = H."""
    for n, d, h in [(4, 2, 3), (1, 3, 2), (3, 3, 3)]:
        _, cache = student.gru_step_forward(*draw_gru(rng, n, d, h))
        grads = student.gru_step_backward(rng.normal(size=(n, h)), cache)
        as_reference(grads, of=student.gru_step_backward, what="(dx, dh, dWx, dWh, dbx, dbh)")


@points(2)
def test_clip_keeps_the_direction(student, rng):
    """Clipping by the global norm shrinks all arrays by one factor to norm max_norm and leaves small ones alone."""
    shapes = [(3, 4), (4,), (2, 3, 2), (1,)]
    grads = [rng.normal(0.0, scale, shape) for scale, shape in zip([4.0, 0.1, 1.0, 2.0], shapes, strict=True)]
    norm = float(np.sqrt(sum(float(np.sum(grad**2)) for grad in grads)))
    for max_norm in (0.5, 0.9 * norm, 1.1 * norm):
        clipped = student.clip_gradients(grads, max_norm)
        as_reference(clipped, of=student.clip_gradients, what="the clipped gradients", rtol=1e-5)
    zeros = student.clip_gradients([np.zeros((2, 2)), np.zeros(3)], 1.0)
    as_reference(zeros, of=student.clip_gradients, what="zero gradients, clipped")


def serves_twice(function, *incoming, cache):
    """The way back leaves the gradients that come in alone, and the cache is as good as before."""
    first, after = function.observed(*(array.copy() for array in incoming), cache)
    unchanged = all(np.array_equal(left, given) for left, given in zip(after, incoming, strict=False))
    ensure(unchanged, f"`{function.name}` leaves the gradients that it is given as they are")
    again = function(*incoming, after[-1])
    ensure(len(again) == len(first), f"`{function.name}` gives as many gradients from the same cache again")
    for place, (one, two) in enumerate(zip(first, again, strict=True)):
        close(two, one, what=f"item [{place}] of `{function.name}`, the second time from the same cache")


@points(1)
def test_rnn_arguments_stay_as_they_are(student, rng):
    """The RNN functions and clipping leave their arguments unchanged; calls can be repeated, a cache serves twice."""
    x, h0, Wx, Wh, b = draw_rnn(rng, 3, 4, 2, 3)
    pure(student.rnn_step, x[:, 0].copy(), h0, Wx, Wh, b)
    pure(student.rnn_forward, x, h0, Wx, Wh, b)
    _, cache = student.rnn_step(x[:, 0].copy(), h0, Wx, Wh, b)
    serves_twice(student.rnn_step_backward, rng.normal(size=(3, 3)), cache=cache)
    _, cache = student.rnn_forward(x, h0, Wx, Wh, b)
    serves_twice(student.rnn_backward, rng.normal(size=(3, 4, 3)), cache=cache)
    pure(student.clip_gradients, [rng.normal(size=(2, 3)), rng.normal(size=4)], 0.5)


@points(1)
def test_gated_arguments_stay_as_they_are(student, rng):
    """The LSTM and GRU functions leave their arguments unchanged; calls can be repeated, a cache serves twice."""
    x, *rest = draw_lstm(rng, (3, 4, 2), 3)
    pure(student.lstm_forward, x, *rest)
    pure(student.lstm_step_forward, x[:, 0].copy(), *rest)
    *_, cache = student.lstm_step_forward(x[:, 0].copy(), *rest)
    serves_twice(student.lstm_step_backward, rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), cache=cache)
    args = draw_gru(rng, 3, 2, 4)
    pure(student.gru_step_forward, *args)
    _, cache = student.gru_step_forward(*args)
    serves_twice(student.gru_step_backward, rng.normal(size=(3, 4)), cache=cache)
