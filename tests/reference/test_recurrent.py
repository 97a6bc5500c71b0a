"""The reference of A12 against torch's cells and autograd, centred differences and the handout's numbers."""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

_PATH = Path(__file__).parents[2] / "reference" / "recurrent" / "solution.py"
_SPEC = importlib.util.spec_from_file_location("reference_recurrent", _PATH)
ref = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(ref)

SIZES = [(2, 4, 3, 5), (1, 3, 2, 4), (3, 1, 4, 2), (3, 3, 3, 3), (1, 1, 1, 1)]  # N, T, D, H
STEPS = {  # name → (forward, backward, number of states, blocks, number of biases)
    "rnn": (ref.rnn_step, ref.rnn_step_backward, 1, 1, 1),
    "lstm": (ref.lstm_step_forward, ref.lstm_step_backward, 2, 4, 1),
    "gru": (ref.gru_step_forward, ref.gru_step_backward, 1, 3, 2),
}


def draw(rng, n, t, d, h, states, blocks, biases):
    """x (n, t, d) or, with t = 0, (n, d); then the states, Wx, Wh and the biases."""
    shape = (n, t, d) if t else (n, d)
    arrays = [rng.normal(size=shape)] + [rng.normal(size=(n, h)) for _ in range(states)]
    arrays += [rng.normal(size=(d, blocks * h)), rng.normal(size=(h, blocks * h))]
    return arrays + [rng.normal(size=blocks * h) for _ in range(biases)]


def load(module, Wx, Wh, bx, bh, suffix=""):
    """A torch cell or layer in float64 with these weights; torch stores them transposed."""
    values = {"weight_ih": Wx.T, "weight_hh": Wh.T, "bias_ih": bx, "bias_hh": bh}
    state = {name + suffix: torch.tensor(np.ascontiguousarray(value)) for name, value in values.items()}
    module.double().load_state_dict(state)
    return module


def gradients(module, suffix=""):
    """(dWx, dWh, dbx, dbh) of a torch module, in the layout of the reference."""
    grads = [
        getattr(module, name + suffix).grad.numpy()
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    return grads[0].T, grads[1].T, grads[2], grads[3]


def leaf(array):
    """A float64 tensor with requires_grad."""
    return torch.tensor(array, requires_grad=True)


def same(got, want):
    """Arrays agree in shape, dtype and, to 1e-10, value."""
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        b = b.detach().numpy() if isinstance(b, torch.Tensor) else np.asarray(b)
        assert (a.shape, a.dtype) == (b.shape, np.float64)
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_rnn_and_its_gradients_are_torchs(size):
    """States and all gradients through time agree with torch.nn.RNN and autograd, h0 not zero."""
    n, t, d, h = size
    rng = np.random.default_rng(1)
    x, h0, Wx, Wh, b = draw(rng, n, t, d, h, 1, 1, 1)
    dh = rng.normal(size=(n, t, h))
    net = load(torch.nn.RNN(d, h, batch_first=True), Wx, Wh, 0.25 * b, 0.75 * b, "_l0")
    inputs, start = leaf(x), leaf(h0[None])
    out, _ = net(inputs, start)
    out.backward(torch.tensor(dh))
    states, cache = ref.rnn_forward(x, h0, Wx, Wh, b)
    same([states], [out])
    dWx, dWh, db, _ = gradients(net, "_l0")
    same(ref.rnn_backward(dh, cache), [inputs.grad, start.grad[0], dWx, dWh, db])


@pytest.mark.parametrize("size", SIZES)
def test_lstm_forward_is_torchs(size):
    """Hidden states are those of torch.nn.LSTM with the gate order i, f, g, o, and so is the last cell state."""
    n, t, d, h = size
    x, h0, c0, Wx, Wh, b = draw(np.random.default_rng(2), n, t, d, h, 2, 4, 1)
    net = load(torch.nn.LSTM(d, h, batch_first=True), Wx, Wh, b, 0 * b, "_l0")
    out, (_, last) = net(torch.tensor(x), (torch.tensor(h0[None]), torch.tensor(c0[None])))
    hs, cs = ref.lstm_forward(x, h0, c0, Wx, Wh, b)
    same([hs, cs[:, -1]], [out, last[0]])


@pytest.mark.parametrize("size", SIZES)
def test_lstm_step_and_its_gradients_are_torchs(size):
    """One step and its gradients agree with torch.nn.LSTMCell, with gradients into h_next and c_next at once."""
    n, _, d, h = size
    rng = np.random.default_rng(3)
    x, h0, c0, Wx, Wh, b = draw(rng, n, 0, d, h, 2, 4, 1)
    dh, dc = rng.normal(size=(n, h)), rng.normal(size=(n, h))
    cell = load(torch.nn.LSTMCell(d, h), Wx, Wh, b, 0 * b)
    inputs, state, memory = leaf(x), leaf(h0), leaf(c0)
    out = cell(inputs, (state, memory))
    ((out[0] * torch.tensor(dh)).sum() + (out[1] * torch.tensor(dc)).sum()).backward()
    *states, cache = ref.lstm_step_forward(x, h0, c0, Wx, Wh, b)
    same(states, out)
    dWx, dWh, db, _ = gradients(cell)
    same(
        ref.lstm_step_backward(dh, dc, cache),
        [inputs.grad, state.grad, memory.grad, dWx, dWh, db],
    )


@pytest.mark.parametrize("size", SIZES)
def test_gru_step_and_its_gradients_are_torchs(size):
    """One step and its gradients agree with torch.nn.GRUCell, both biases included."""
    n, _, d, h = size
    rng = np.random.default_rng(4)
    x, h0, Wx, Wh, bx, bh = draw(rng, n, 0, d, h, 1, 3, 2)
    dh = rng.normal(size=(n, h))
    cell = load(torch.nn.GRUCell(d, h), Wx, Wh, bx, bh)
    inputs, state = leaf(x), leaf(h0)
    out = cell(inputs, state)
    out.backward(torch.tensor(dh))
    h_next, cache = ref.gru_step_forward(x, h0, Wx, Wh, bx, bh)
    same([h_next], [out])
    same(ref.gru_step_backward(dh, cache), [inputs.grad, state.grad, *gradients(cell)])


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


@pytest.mark.parametrize("name", STEPS)
def test_steps_fit_centred_differences(name):
    """Every gradient of every step fits the differences of its own forward step, through each state it returns."""
    forward, backward, states, blocks, biases = STEPS[name]
    rng = np.random.default_rng(5)
    args = draw(rng, 2, 0, 3, 4, states, blocks, biases)
    weights = [rng.normal(size=(2, 4)) for _ in range(states)]

    def loss(arrays):
        return sum(float((w * out).sum()) for w, out in zip(weights, forward(*arrays)[:states], strict=True))

    near(backward(*weights, forward(*args)[-1]), differences(loss, args))


@pytest.mark.parametrize("size", SIZES[:3])
def test_bptt_fits_centred_differences(size):
    """Back-propagation through time fits the differences of rnn_forward, for every argument."""
    n, t, d, h = size
    rng = np.random.default_rng(6)
    args, dh = draw(rng, n, t, d, h, 1, 1, 1), rng.normal(size=(n, t, h))
    _, cache = ref.rnn_forward(*args)
    near(
        ref.rnn_backward(dh, cache),
        differences(lambda arrays: float((dh * ref.rnn_forward(*arrays)[0]).sum()), args),
    )


def test_rnn_worked_example_is_the_handouts():
    """States and gradients of the three scalar steps are those printed in the handout."""
    x, one = np.array([[[1.0], [0.0], [-1.0]]]), np.ones((1, 1))
    h, cache = ref.rnn_forward(x, -0.4 * one, one, 0.5 * one, np.zeros(1))
    np.testing.assert_allclose(h.ravel(), [0.664037, 0.320333, -0.685721], atol=5e-7)
    dx, dh0, dWx, dWh, db = ref.rnn_backward(np.array([[[0.0], [1.0], [1.0]]]), cache)
    np.testing.assert_allclose(dx.ravel(), [0.317291, 1.135099, 0.529787], atol=5e-7)
    scalars = [grad.item() for grad in (dh0, dWx, dWh, db)]
    np.testing.assert_allclose(scalars, [0.158646, -0.212496, 0.796539, 1.982177], atol=5e-7)


def test_lstm_worked_example_is_the_handouts():
    """With gates 0.5, 0.75, 0.6, 0.8 the cell goes from 2 to 1.8; the gradients are those of the handout."""
    one, Wx = np.ones((1, 1)), np.log([[1.0, 3.0, 2.0, 4.0]])
    h, c, cache = ref.lstm_step_forward(one, 0 * one, 2 * one, Wx, np.zeros((1, 4)), np.zeros(4))
    assert (h.item(), c.item()) == pytest.approx((0.8 * np.tanh(1.8), 1.8), rel=1e-12)
    dx, dh, dc, dWx, dWh, db = ref.lstm_step_backward(one, 0 * one, cache)
    assert (dx.item(), dh.item(), dc.item()) == pytest.approx((0.262515, 0.0, 0.062135), abs=5e-7)
    np.testing.assert_allclose(db, [0.012427, 0.031068, 0.026511, 0.151489], atol=5e-7)
    np.testing.assert_array_equal(dWx[0], db)
    assert not dWh.any()


def test_gru_worked_example_is_the_handouts():
    """With r, z, n = 0.75, 0.25, 0.6 the state goes from 1 to 0.7; the gradients are those of the handout."""
    one, Wx, Wh = np.ones((1, 1)), np.log([[3.0, 1 / 3, 1.0]]), np.log([[1.0, 1.0, 2.0]])
    h, cache = ref.gru_step_forward(one, one, Wx, Wh, np.zeros(3), np.array([0.0, 0.0, np.log(2) / 3]))
    assert h.item() == pytest.approx(0.7, rel=1e-12)
    dx, dh, dWx, dWh, dbx, dbh = ref.gru_step_backward(one, cache)
    assert (dx.item(), dh.item()) == pytest.approx((0.008984, 0.499533), abs=5e-7)
    for got, want in ((dWx[0], 0.48), (dbx, 0.48), (dWh[0], 0.36), (dbh, 0.36)):
        np.testing.assert_allclose(got, [0.083178, 0.075, want], atol=5e-7)


def test_open_forget_gate_copies_the_cell():
    """f = 1 and i = 0 copy c over fifty steps exactly, and its gradient over one, with saturated gates."""
    x, h, c, Wx, Wh, _ = draw(np.random.default_rng(7), 2, 50, 3, 4, 2, 4, 1)
    b = np.repeat([-1000.0, 1000.0, 0.0, 0.0], 4)
    _, cs = ref.lstm_forward(x, h, c, Wx, Wh, b)
    np.testing.assert_array_equal(cs, np.repeat(c[:, None], 50, axis=1))
    *_, cache = ref.lstm_step_forward(x[:, 0], h, c, Wx, Wh, b)
    np.testing.assert_array_equal(ref.lstm_step_backward(0 * h, np.ones((2, 4)), cache)[2], np.ones((2, 4)))


def test_gru_update_gate_keeps_or_replaces():
    """z = 1 copies the old state exactly; z = 0 leaves nothing of it but what the candidate sees."""
    x, h, Wx, Wh, bx, bh = draw(np.random.default_rng(8), 3, 0, 2, 4, 1, 3, 2)
    bx[4:8] = 1000.0
    np.testing.assert_array_equal(ref.gru_step_forward(x, h, Wx, Wh, bx, bh)[0], h)
    bx[4:8], bx[:4] = -1000.0, -1000.0  # r = 0 as well: a plain layer of x
    np.testing.assert_allclose(ref.gru_step_forward(x, h, Wx, Wh, bx, bh)[0], np.tanh((x @ Wx + bx)[:, 8:]))


@settings(derandomize=True, database=None, deadline=None, max_examples=30)
@given(st.integers(1, 3), st.integers(2, 6), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_a_sequence_may_be_cut_anywhere(n, length, cut, seed):
    """Two parts, the second started where the first ended, give the states of the whole: RNN and LSTM."""
    rng, cut = np.random.default_rng(seed), min(cut, length - 1)
    x, h0, Wx, Wh, b = draw(rng, n, length, 2, 3, 1, 1, 1)
    whole, _ = ref.rnn_forward(x, h0, Wx, Wh, b)
    first, _ = ref.rnn_forward(x[:, :cut], h0, Wx, Wh, b)
    second, _ = ref.rnn_forward(x[:, cut:], first[:, -1], Wx, Wh, b)
    np.testing.assert_array_equal(np.concatenate([first, second], axis=1), whole)
    x, h0, c0, Wx, Wh, b = draw(rng, n, length, 2, 3, 2, 4, 1)
    hs, cs = ref.lstm_forward(x, h0, c0, Wx, Wh, b)
    h1, c1 = ref.lstm_forward(x[:, :cut], h0, c0, Wx, Wh, b)
    h2, c2 = ref.lstm_forward(x[:, cut:], h1[:, -1], c1[:, -1], Wx, Wh, b)
    np.testing.assert_array_equal(np.concatenate([h1, h2], axis=1), hs)
    np.testing.assert_array_equal(np.concatenate([c1, c2], axis=1), cs)


def test_gradient_fades_at_least_with_the_norm():
    """‖dh0‖ ≤ ‖Wh‖^T ‖dh_T‖ for a loss on the last state alone, and it falls with every further step."""
    norms = []
    for length in (1, 5, 10, 20):
        rng = np.random.default_rng(9)
        x, h0, Wx, Wh, b = draw(rng, 1, 20, 2, 3, 1, 1, 1)
        Wh /= 2 * np.linalg.norm(Wh, 2)
        dh = np.zeros((1, length, 3))
        dh[0, -1] = 1.0
        dh0 = ref.rnn_backward(dh, ref.rnn_forward(x[:, :length], h0, Wx, Wh, b)[1])[1]
        norms.append(np.linalg.norm(dh0))
        assert norms[-1] <= 0.5**length * np.sqrt(3)
    assert all(a > b for a, b in pairwise(norms))


@pytest.mark.parametrize("max_norm", [0.5, 3.0, 1e3])
def test_clipping_is_torchs(max_norm):
    """Clipped gradients are those of clip_grad_norm_ but for its 1e-6 in the denominator."""
    rng = np.random.default_rng(10)
    grads = [rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=(2, 2, 2))]
    leaves = [torch.zeros(grad.shape, dtype=torch.float64, requires_grad=True) for grad in grads]
    for one, grad in zip(leaves, grads, strict=True):
        one.grad = torch.tensor(grad)
    torch.nn.utils.clip_grad_norm_(leaves, max_norm)
    for got, one in zip(ref.clip_gradients(grads, max_norm), leaves, strict=True):
        np.testing.assert_allclose(got, one.grad.numpy(), rtol=1e-6)


@settings(derandomize=True, database=None, deadline=None, max_examples=50)
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.integers(0, 2**32 - 1))
def test_clipping_keeps_the_direction(scale, max_norm, seed):
    """The clipped norm is the smaller of the two, all arrays share one factor ≤ 1, and clipping twice is once."""
    rng = np.random.default_rng(seed)
    grads = [scale * rng.normal(size=shape) for shape in ((2, 3), (4,), (1,))]
    clipped = ref.clip_gradients(grads, max_norm)
    before, after = (np.linalg.norm(np.concatenate([g.ravel() for g in some])) for some in (grads, clipped))
    assert after == pytest.approx(min(before, max_norm), rel=1e-12)
    for grad, small in zip(grads, clipped, strict=True):
        np.testing.assert_allclose(small * before, grad * after, rtol=1e-9)
    for once, twice in zip(clipped, ref.clip_gradients(clipped, max_norm), strict=True):
        np.testing.assert_allclose(twice, once, rtol=1e-12)


def test_zero_gradients_stay_zero():
    """Clipping zeros gives zeros, without a warning."""
    assert not any(grad.any() for grad in ref.clip_gradients([np.zeros((2, 2)), np.zeros(3)], 1.0))


def test_arguments_stay_and_a_cache_serves_twice():
    """No function writes into its arguments, and two ways back from one cache agree bit for bit."""
    rng = np.random.default_rng(11)
    args, dh = draw(rng, 2, 4, 3, 5, 1, 1, 1), rng.normal(size=(2, 4, 5))
    kept = [array.copy() for array in (*args, dh)]
    _, cache = ref.rnn_forward(*args)
    first = ref.rnn_backward(dh, cache)
    ref.rnn_forward(-args[0], *args[1:])
    for a, b in zip(ref.rnn_backward(dh, cache), first, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip((*args, dh), kept, strict=True):
        np.testing.assert_array_equal(a, b)


def test_sigmoid_is_torchs_and_never_overflows():
    """The given sigmoid agrees with torch, at ±1000 as well."""
    z = np.array([-1000.0, -20.0, -1.0, 0.0, 3.0, 1000.0])
    np.testing.assert_allclose(ref.sigmoid(z), torch.sigmoid(torch.tensor(z)).numpy(), rtol=1e-7, atol=1e-16)
