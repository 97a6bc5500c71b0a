"""Public checks of A12: the handout's worked examples, square shapes where no error warns, states handed on."""

import numpy as np
import torch

from grader.checks import agree, as_reference, close, drive, ensure, points


def draw_rnn(rng, n, d, h):
    """x (n, d), h (n, h), Wx (d, h), Wh (h, h), b (h,), all float64."""
    return (rng.normal(size=(n, d)), rng.normal(size=(n, h)), rng.normal(0.0, 0.6, (d, h)),
            rng.normal(0.0, 0.6, (h, h)), rng.normal(0.0, 0.5, h))


@points(3)
def test_rnn_worked_example(student):
    """The handout's three steps by hand: the states, and every gradient of L = h₂ + h₃."""
    x = np.array([[[1.0], [0.0], [-1.0]]])                                    # (N, T, D) = (1, 3, 1)
    h, cache = student.rnn_forward(x, np.array([[-0.4]]), np.array([[1.0]]), np.array([[0.5]]), np.zeros(1))
    as_reference(h, of=student.rnn_forward, what="the states h₁, h₂, h₃")
    grads = student.rnn_backward(np.array([[[0.0], [1.0], [1.0]]]), cache)
    as_reference(grads, of=student.rnn_backward, what="(dx, dh0, dWx, dWh, db) of L = h₂ + h₃")


@points(2)
def test_rnn_step(student, rng):
    """One RNN step gives tanh(x Wx + h Wh + b), for N = D = H, for N = 1 and for a wide state."""
    cases = [draw_rnn(rng, n, d, h) for n, d, h in [(3, 3, 3), (1, 4, 2), (5, 2, 6)]]
    agree(student.rnn_step.batch, cases, pick=0)


@points(3)
def test_rnn_step_backward_square(student, rng):
    """The way back through one step when N = D = H: here no shape warns of a wrong transpose."""
    for n, d, h in [(4, 4, 4), (1, 3, 2)]:
        _, cache = student.rnn_step(*draw_rnn(rng, n, d, h))
        grads = student.rnn_step_backward(rng.normal(size=(n, h)), cache)
        as_reference(grads, of=student.rnn_step_backward, what=f"(dx, dh, dWx, dWh, db), N, D, H = {n}, {d}, {h}")


@points(3)
def test_rnn_forward_hands_the_state_on(student, rng):
    """A sequence starts at h0, each step at the state before; also for T = 1, N = 1 and in a second call."""
    cases = []
    for n, t, d, h in [(3, 4, 2, 5), (2, 1, 3, 4), (1, 5, 2, 3), (4, 4, 3, 3)]:
        _, *rest = draw_rnn(rng, n, d, h)
        cases.append((rng.normal(size=(n, t, d)), *rest))
    cases.insert(1, cases[0])                                                 # once more: nothing is left over
    agree(student.rnn_forward.batch, cases, pick=0)


@points(3)
def test_lstm_worked_example(student, rng):
    """The handout's LSTM step: i, f, g, o = 0.5, 0.75, 0.6, 0.8 take c = 2 to 1.8; then random shapes."""
    Wx, Wh = np.log([[1.0, 3.0, 2.0, 4.0]]), np.zeros((1, 4))
    args = (np.array([[1.0]]), np.array([[0.0]]), np.array([[2.0]]), Wx, Wh, np.zeros(4))
    h, c, cache = student.lstm_step_forward(*args)
    as_reference((h, c), of=student.lstm_step_forward, what="(h_next, c_next) of the worked example")
    grads = student.lstm_step_backward(np.array([[1.0]]), np.array([[0.0]]), cache)
    as_reference(grads, of=student.lstm_step_backward, what="(dx, dh, dc, dWx, dWh, db) of L = h_next")
    for n, d, k in [(3, 2, 4), (1, 3, 2)]:
        state, cell = rng.normal(size=(n, k)), rng.normal(size=(n, k))
        Wx, Wh, b = rng.normal(size=(d, 4 * k)), rng.normal(size=(k, 4 * k)), rng.normal(size=4 * k)
        h, c, _ = student.lstm_step_forward(rng.normal(size=(n, d)), state, cell, Wx, Wh, b)
        as_reference((h, c), of=student.lstm_step_forward, what=f"(h_next, c_next), N, D, H = {n}, {d}, {k}")


@points(3)
def test_gru_worked_example(student, rng):
    """The handout's GRU step: r, z, n = 0.75, 0.25, 0.6 take h = 1 to 0.7; then random shapes."""
    Wx, Wh = np.log([[3.0, 1 / 3, 1.0]]), np.log([[1.0, 1.0, 2.0]])
    bh = np.array([0.0, 0.0, np.log(2.0) / 3])
    cases = [(np.array([[1.0]]), np.array([[1.0]]), Wx, Wh, np.zeros(3), bh)]
    for n, d, h in [(3, 2, 4), (1, 3, 2)]:
        x, state = rng.normal(size=(n, d)), rng.normal(size=(n, h))
        cases.append((x, state, rng.normal(size=(d, 3 * h)), rng.normal(size=(h, 3 * h)),
                      rng.normal(size=3 * h), rng.normal(size=3 * h)))
    agree(student.gru_step_forward.batch, cases, pick=0)


@points(3)
def test_clip_worked_example(student):
    """Norms 3 and 4 make a global norm of 5: clipped to 1 all shrink to a fifth, below max_norm all stay."""
    grads = [np.array([[1.0, 2.0, 2.0]]), np.array([0.0, 4.0, 0.0])]
    for max_norm in (1.0, 5.0, 10.0):
        clipped = student.clip_gradients([grad.copy() for grad in grads], max_norm)
        # 1e-5: some libraries divide by norm + 1e-6
        as_reference(clipped, of=student.clip_gradients, what=f"the gradients at max_norm {max_norm:g}", rtol=1e-5)
    close(student.clip_gradients([np.zeros(2)], 1.0)[0], 0.0, what="two zeros, clipped to norm 1")


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
def test_charrnn_has_three_parts(student):
    """The parameters are those of embedding, rnn and head: an nn.RNN or an nn.LSTM, as kind says."""
    for kind in ("rnn", "lstm"):
        state = drive.state_dict(student.CharRNN(7, 5, kind))
        shapes = {name: list(np.shape(value)) for name, value in state.items()}
        as_reference(shapes, of=student.CharRNN, what=f'names and shapes of the parameters for kind "{kind}"')
        total = sum(int(np.prod(shape)) for shape in shapes.values())
        close(total, {"rnn": 137, "lstm": 317}[kind], what=f'number of parameters for kind "{kind}", V = 7, H = 5')


@points(3)
def test_charrnn_scores_and_state(student, rng):
    """With given weights: the scores (N, T, V) and the state after the last step, from a given state and from None."""
    for kind in ("rnn", "lstm"):
        net, tokens = loaded(student, rng, 7, 5, kind), draw_tokens(rng, 7, 3, 4)
        for state, start in ((draw_state(rng, 3, 5, kind), "a given state"), (None, "None")):
            what = f'(logits, state) for kind "{kind}", from {start}'
            as_reference(net(tokens, state), of=student.CharRNN, what=what, rtol=1e-4, atol=1e-5)


@points(3, claims=["recurrent.train_step/detach-missing", "recurrent.train_step/graph-retained"])
def test_memorises_thirty_characters(student, rng):
    """After 100 passes in windows of ten, an LSTM of 24 units knows a text of thirty characters by heart."""
    net, text = loaded(student, rng, 8, 24, "lstm"), draw_tokens(rng, 8, 1, 31)
    for _ in range(100):
        student.train_pass(net, text, 10, 1.0)
    logits = drive.forward(net, text[:, :-1])[0]
    right = np.argmax(np.asarray(logits), axis=-1) == np.asarray(text[:, 1:])
    ensure(np.mean(right) == 1.0, "each of the thirty characters is predicted from those before it")
