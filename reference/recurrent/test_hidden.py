"""Hidden checks of A12: every gradient against differences of the student's own forward, and what must hold."""

import numpy as np
import pytest
import torch

from grader.checks import agree, as_reference, close, drive, ensure, gradcheck, loss_of, points, pure

KINDS = pytest.mark.parametrize("kind", ["rnn", "lstm"])


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


def draw_weights(rng, vocabulary, hidden, kind, scale):
    """Name → float32 array of a CharRNN, named as torch names its parts, uniform on ±scale/√H (torch: scale 1)."""
    blocks = {"rnn": 1, "lstm": 4}[kind] * hidden
    shapes = {
        "embedding.weight": (vocabulary, hidden),
        "rnn.weight_ih_l0": (blocks, hidden), "rnn.weight_hh_l0": (blocks, hidden),
        "rnn.bias_ih_l0": (blocks,), "rnn.bias_hh_l0": (blocks,),
        "head.weight": (vocabulary, hidden), "head.bias": (vocabulary,),
    }
    high = scale / np.sqrt(hidden)
    return {name: rng.uniform(-high, high, shape).astype(np.float32) for name, shape in shapes.items()}


def loaded(student, rng, vocabulary, hidden, kind, scale=2.0):
    """A CharRNN with drawn weights; its parameters must have torch's names and shapes."""
    net = student.CharRNN(vocabulary, hidden, kind)
    shapes = {name: list(np.shape(value)) for name, value in drive.state_dict(net).items()}
    as_reference(shapes, of=student.CharRNN, what=f'names and shapes of the parameters for kind "{kind}"')
    drive.load_state_dict(net, draw_weights(rng, vocabulary, hidden, kind, scale))
    return net


def draw_tokens(rng, vocabulary, *shape):
    """int64 tensor of this shape, entries in 0..vocabulary-1."""
    return torch.from_numpy(rng.integers(0, vocabulary, size=shape))


def draw_state(rng, n, hidden, kind):
    """h (1, n, hidden) float32 for "rnn", (h, c) of two such for "lstm"."""
    h, c = torch.from_numpy(rng.normal(size=(2, 1, n, hidden)).astype(np.float32))
    return h if kind == "rnn" else (h, c)


@points(2)
def test_charrnn_reads_in_pieces(student, rng):
    """A text read in pieces, each from the state after the last, gives the scores of the whole; N = 1, T = 1, N = T."""
    for kind, n, cut in [("lstm", 1, 1), ("rnn", 1, 3), ("lstm", 5, 2)]:
        net, text = loaded(student, rng, 6, 4, kind), draw_tokens(rng, 6, n, 5)
        whole = net(text)
        as_reference(whole, of=student.CharRNN, what="(logits, state) of a text", rtol=1e-4, atol=1e-5)
        state, pieces = None, []
        for piece in (text[:, :cut], text[:, cut:]):
            logits, state = net(piece, state)
            pieces.append(np.asarray(logits))
        close(np.concatenate(pieces, axis=1), np.asarray(whole[0]), rtol=1e-4, atol=1e-5, what="scores of both pieces")


@points(4, partial=True)
@KINDS
def test_train_step(student, rng, kind):
    """Two steps of descent in a row: loss and state of each window, and all weights; x and y stay as they are."""
    net, state = loaded(student, rng, 7, 4, kind), draw_state(rng, 3, 4, kind)
    for t in (5, 3):
        x, y = draw_tokens(rng, 7, 3, t), draw_tokens(rng, 7, 3, t)
        given = [x.clone(), y.clone()]
        (loss, state), after = student.train_step.observed(net, x, y, state, 0.5)
        as_reference(float(loss), of=student.train_step, what="the loss", rtol=1e-4)
        as_reference(state, of=student.train_step, what="the state after the window", rtol=1e-4, atol=1e-5)
        as_reference(drive.state_dict(net), of=student.train_step, what="the weights", rtol=1e-4, atol=1e-5)
        same = all(np.array_equal(left, right) for left, right in zip(after[1:3], given, strict=True))
        ensure(same, "`train_step` leaves x and y as they are")
    loss, _ = student.train_step(net, y[:1, :1], x[:1, :1], None, 0.5)
    as_reference(float(loss), of=student.train_step, what="the loss of one character, N = T = 1", rtol=1e-4)


@points(4, partial=True)
@KINDS
def test_train_pass(student, rng, kind):
    """One loss for each window, in order, the last one shorter; the weights afterwards; a second pass starts anew."""
    for n, count, length in [(2, 9, 3), (1, 7, 3), (3, 5, 10), (2, 9, 3)]:
        net, tokens = loaded(student, rng, 6, 4, kind), draw_tokens(rng, 6, n, count)
        losses, after = student.train_pass.observed(net, tokens, length, 0.5)
        losses = losses if isinstance(losses, float) else [float(loss) for loss in losses]
        what = f"the losses of {count - 1} predictions in windows of {length}"
        as_reference(losses, of=student.train_pass, what=what, rtol=1e-4)
        weights = drive.state_dict(net)
        as_reference(weights, of=student.train_pass, what="the weights after the pass", rtol=1e-4, atol=1e-5)
        ensure(np.array_equal(after[1], tokens), "`train_pass` leaves the tokens as they are")


@points(2, claims=[])
def test_lstm_remembers_over_twenty_steps(student, rng):
    """Trained to name a text's first character at every step, an LSTM knows it after twenty: in 95 % of texts."""

    def texts(n):
        """n texts of 20: the first character is one of four, the others of four others; and what is to be named."""
        x = rng.integers(4, 8, size=(n, 20))
        x[:, 0] -= 4
        return torch.from_numpy(x), torch.from_numpy(np.repeat(x[:, :1], 20, axis=1))

    net = loaded(student, rng, 8, 16, "lstm", scale=3.0)
    for _ in range(250):
        student.train_step(net, *texts(16), None, 2.0)
    x, y = texts(200)
    logits = drive.forward(net, x)[0]
    right = np.argmax(np.asarray(logits), axis=-1)[:, -1] == np.asarray(y)[:, -1]
    ensure(np.mean(right) >= 0.95, "at the last step the first character is named in 95 % of 200 texts")
