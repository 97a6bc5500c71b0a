"""The torch part of A12's reference against its NumPy part, torch's SGD, centred differences and the handout."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

_PATH = Path(__file__).parents[2] / "reference" / "recurrent" / "solution.py"
_SPEC = importlib.util.spec_from_file_location("reference_recurrent_torch", _PATH)
ref = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(ref)

KINDS = pytest.mark.parametrize("kind", ["rnn", "lstm"])


def same(got, want):
    """Arrays agree in shape, dtype and, to 1e-10, value."""
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        b = b.detach().numpy() if isinstance(b, torch.Tensor) else np.asarray(b)
        assert (a.shape, a.dtype) == (b.shape, np.float64)
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def differences(loss, arrays, h=1e-5):
    """Centred differences of `loss(arrays)` by every entry of every array."""
    found = []
    for array in arrays:
        numeric = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            kept = array[place]
            array[place] = kept + h
            above = loss(arrays)
            array[place] = kept - h
            numeric[place] = (above - loss(arrays)) / (2 * h)
            array[place] = kept
        found.append(numeric)
    return found


def near(grads, numeric):
    """‖a - n‖ / (‖a‖ + ‖n‖) stays below 1e-7 for each array."""
    assert len(grads) == len(numeric)
    for a, b in zip(grads, numeric, strict=True):
        assert a.shape == b.shape
        assert np.linalg.norm(a - b) <= 1e-7 * (np.linalg.norm(a) + np.linalg.norm(b)) + 1e-10


def char_rnn(vocabulary, hidden, kind, seed=0):
    """A CharRNN in float64 with weights from this seed, twice torch's own scale."""
    net = ref.CharRNN(vocabulary, hidden, kind).double()
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for weight in net.parameters():
            weight.copy_(torch.tensor(rng.uniform(-2.0, 2.0, weight.shape) / np.sqrt(hidden)))
    return net


def characters(rng, vocabulary, *shape):
    """int64 tensor of this shape."""
    return torch.tensor(rng.integers(0, vocabulary, size=shape))


def parts(state):
    """The tensors of a state: [h], or [h, c]."""
    return [state] if isinstance(state, torch.Tensor) else list(state)


def drawn_state(rng, kind, n, hidden):
    """A state of this kind in float64."""
    h, c = torch.tensor(rng.normal(size=(2, 1, n, hidden)))
    return h if kind == "rnn" else (h, c)


def mean_surprise(net, x, y, state):
    """-ln softmax at the target, averaged by a loop over all N·T predictions: the loss in NumPy."""
    with torch.no_grad():
        logits = net(x, state)[0].numpy()
    rows, wanted = logits.reshape(-1, logits.shape[-1]), y.numpy().ravel()
    return float(np.mean([np.log(np.exp(row).sum()) - row[k] for row, k in zip(rows, wanted, strict=True)]))


@KINDS
def test_charrnn_is_the_numpy_cells(kind):
    """Scores and state are those of this file's own NumPy forward pass with the same weights, from a given state."""
    rng, net = np.random.default_rng(12), char_rnn(7, 5, kind)
    tokens, state = characters(rng, 7, 3, 4), drawn_state(rng, kind, 3, 5)
    w = {name: value.detach().numpy() for name, value in net.named_parameters()}
    args = w["rnn.weight_ih_l0"].T, w["rnn.weight_hh_l0"].T, w["rnn.bias_ih_l0"] + w["rnn.bias_hh_l0"]
    x, starts = w["embedding.weight"][tokens.numpy()], [part[0].numpy() for part in parts(state)]
    if kind == "rnn":
        h, _ = ref.rnn_forward(x, *starts, *args)
        last = [h[:, -1]]
    else:
        h, c = ref.lstm_forward(x, *starts, *args)
        last = [h[:, -1], c[:, -1]]
    logits, after = net(tokens, state)
    same([h @ w["head.weight"].T + w["head.bias"]], [logits])
    same([part[None] for part in last], parts(after))


@pytest.mark.parametrize(("kind", "count"), [("rnn", 137), ("lstm", 317)])
def test_charrnn_has_the_handouts_numbers(kind, count):
    """137 and 317 parameters with V = 7 and H = 5, in three parts; scores and state are float32."""
    net = ref.CharRNN(7, 5, kind)
    assert sum(weight.numel() for weight in net.parameters()) == count
    assert [name for name, _ in net.named_children()] == ["embedding", "rnn", "head"]
    logits, state = net(torch.zeros(1, 1, dtype=torch.int64))
    assert (logits.shape, logits.dtype) == ((1, 1, 7), torch.float32)
    assert [tuple(part.shape) for part in parts(state)] == [(1, 1, 5)] * {"rnn": 1, "lstm": 2}[kind]


@settings(derandomize=True, database=None, deadline=None, max_examples=20)
@given(st.sampled_from(["rnn", "lstm"]), st.integers(1, 3), st.integers(2, 6), st.integers(1, 5))
def test_a_text_may_be_read_in_pieces(kind, n, length, cut):
    """Scores and last state of a text are those of its two pieces, the second from the state of the first."""
    net, cut = char_rnn(4, 3, kind), min(cut, length - 1)
    text = characters(np.random.default_rng(length), 4, n, length)
    whole, last = net(text)
    first, state = net(text[:, :cut])
    second, state = net(text[:, cut:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    for a, b in zip(parts(state), parts(last), strict=True):
        torch.testing.assert_close(a, b)


@KINDS
def test_train_step_fits_centred_differences(kind):
    """Each weight moves by -lr times the difference quotient of the mean loss, also after an earlier step."""
    rng, net = np.random.default_rng(13), char_rnn(4, 3, kind)
    state = drawn_state(rng, kind, 2, 3)
    for t in (3, 1):
        x, y = characters(rng, 4, 2, t), characters(rng, 4, 2, t)
        weights = [weight.detach().numpy() for weight in net.parameters()]  # the same memory
        numeric = differences(lambda _, x=x, y=y, start=state: mean_surprise(net, x, y, start), weights)
        before, loss_before = [weight.copy() for weight in weights], mean_surprise(net, x, y, state)
        with torch.no_grad():
            after = parts(net(x, state)[1])
        loss, state = ref.train_step(net, x, y, state, 0.25)
        assert isinstance(loss, float)
        assert loss == pytest.approx(loss_before, rel=1e-12)
        near([(old - new) / 0.25 for old, new in zip(before, weights, strict=True)], numeric)
        for a, b in zip(parts(state), after, strict=True):
            assert not a.requires_grad
            torch.testing.assert_close(a, b)


@KINDS
def test_train_pass_is_truncated_descent(kind):
    """Losses and weights are those of torch's SGD, window by window, with the state as a constant."""
    rng, mine, theirs = np.random.default_rng(14), char_rnn(5, 4, kind), char_rnn(5, 4, kind)
    tokens, state, wanted = characters(rng, 5, 3, 9), None, []
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.5)
    for x, y in [(tokens[:, k : k + 3], tokens[:, k + 1 : k + 4]) for k in (0, 3, 6)]:
        x = x[:, : y.shape[1]]
        optimizer.zero_grad()
        logits, state = theirs(x, state)
        loss = torch.nn.CrossEntropyLoss()(logits.permute(0, 2, 1), y)
        loss.backward()
        optimizer.step()
        constants = [torch.tensor(part.detach().numpy().copy()) for part in parts(state)]
        state = constants[0] if kind == "rnn" else tuple(constants)
        wanted.append(loss.item())
    assert ref.train_pass(mine, tokens, 3, 0.5) == pytest.approx(wanted, rel=1e-12)
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_windows_are_the_handouts(monkeypatch):
    """The text 3 1 4 1 5 9 2 6 in windows of three: 314→141, 159→592, 2→6, each from the state before."""
    seen = []

    def step(model, x, y, state, lr):
        seen.append((x.tolist(), y.tolist(), state))
        return float(len(seen)), len(seen)

    monkeypatch.setattr(ref, "train_step", step)
    losses = ref.train_pass(None, torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]]), 3, 1.0)
    assert losses == [1.0, 2.0, 3.0]
    assert seen == [
        ([[3, 1, 4]], [[1, 4, 1]], None),
        ([[1, 5, 9]], [[5, 9, 2]], 1),
        ([[2]], [[6]], 2),
    ]


def test_an_lstm_learns_thirty_characters_by_heart():
    """As the handout says: 100 passes in windows of ten at lr 1, 24 units, every successor right."""
    torch.manual_seed(0)
    net, text = ref.CharRNN(8, 24), characters(np.random.default_rng(15), 8, 1, 31)
    for _ in range(100):
        ref.train_pass(net, text, 10, 1.0)
    assert torch.equal(net(text[:, :-1])[0].argmax(dim=-1), text[:, 1:])


@pytest.mark.parametrize(("kind", "low", "high"), [("lstm", 0.95, 1.0), ("rnn", 0.0, 0.8)])
def test_twenty_steps_are_too_far_for_the_plain_rnn(kind, low, high):
    """As the handout says: 250 steps at lr 2 from torch's own weights; the LSTM remembers, the RNN does not."""
    rng = np.random.default_rng(16)
    torch.manual_seed(0)
    net = ref.CharRNN(8, 16, kind)

    def texts(n):
        x = rng.integers(4, 8, size=(n, 20))
        x[:, 0] -= 4
        return torch.tensor(x), torch.tensor(np.repeat(x[:, :1], 20, axis=1))

    for _ in range(250):
        ref.train_step(net, *texts(16), None, 2.0)
    x, y = texts(200)
    right = (net(x)[0].argmax(dim=-1) == y)[:, -1].double().mean().item()
    assert low <= right <= high
