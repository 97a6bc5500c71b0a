# expect: failed recurrent.train_step/zero-grad-missing
# mistake: train_step: the gradients are never set to zero, so those of all earlier steps are added to those of this one
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def sigmoid(z):
    return 0.5 * (1.0 + np.tanh(0.5 * z))


# ---------------------------------------------------------------------- RNN
def rnn_step(x, h, Wx, Wh, b):
    a = np.dot(x, Wx) + np.dot(h, Wh) + b
    h_next = np.tanh(a)
    cache = {"x": x, "h": h, "Wx": Wx, "Wh": Wh, "h_next": h_next}
    return h_next, cache


def rnn_step_backward(dh_next, cache):
    da = dh_next * (1.0 - np.square(cache["h_next"]))
    dx = np.dot(da, cache["Wx"].T)
    dh = np.dot(da, cache["Wh"].T)
    dWx = np.dot(cache["x"].T, da)
    dWh = np.dot(cache["h"].T, da)
    db = np.sum(da, axis=0)
    return dx, dh, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    states = np.zeros((N, T + 1, H))
    states[:, 0] = h0
    for t in range(T):
        states[:, t + 1] = np.tanh(np.dot(x[:, t], Wx) + np.dot(states[:, t], Wh) + b)
    cache = {"x": x, "states": states, "Wx": Wx, "Wh": Wh}
    return states[:, 1:].copy(), cache


def rnn_backward(dh, cache):
    x, states, Wx, Wh = cache["x"], cache["states"], cache["Wx"], cache["Wh"]
    N, T, H = dh.shape
    dx = np.zeros(x.shape)
    dWx = np.zeros(Wx.shape)
    dWh = np.zeros(Wh.shape)
    db = np.zeros(H)
    from_future = np.zeros((N, H))
    for t in range(T - 1, -1, -1):
        arrives = dh[:, t] + from_future
        da = arrives * (1.0 - np.square(states[:, t + 1]))
        dx[:, t] = np.dot(da, Wx.T)
        dWx = dWx + np.dot(x[:, t].T, da)
        dWh = dWh + np.dot(states[:, t].T, da)
        db = db + np.sum(da, axis=0)
        from_future = np.dot(da, Wh.T)
    return dx, from_future, dWx, dWh, db


# ---------------------------------------------------------------------- LSTM
def lstm_step_forward(x, h, c, Wx, Wh, b):
    H = h.shape[1]
    U = np.dot(x, Wx) + np.dot(h, Wh) + b
    i = sigmoid(U[:, 0 * H : 1 * H])
    f = sigmoid(U[:, 1 * H : 2 * H])
    g = np.tanh(U[:, 2 * H : 3 * H])
    o = sigmoid(U[:, 3 * H : 4 * H])
    c_next = f * c + i * g
    h_next = o * np.tanh(c_next)
    cache = {"x": x, "h": h, "c": c, "Wx": Wx, "Wh": Wh, "i": i, "f": f, "g": g, "o": o, "c_next": c_next}
    return h_next, c_next, cache


def lstm_step_backward(dh_next, dc_next, cache):
    i, f, g, o = cache["i"], cache["f"], cache["g"], cache["o"]
    H = i.shape[1]
    tc = np.tanh(cache["c_next"])
    gamma = dc_next + dh_next * o * (1.0 - tc * tc)

    dU = np.zeros((i.shape[0], 4 * H))
    dU[:, 0 * H : 1 * H] = gamma * g * i * (1.0 - i)
    dU[:, 1 * H : 2 * H] = gamma * cache["c"] * f * (1.0 - f)
    dU[:, 2 * H : 3 * H] = gamma * i * (1.0 - g * g)
    dU[:, 3 * H : 4 * H] = dh_next * tc * o * (1.0 - o)

    dx = np.dot(dU, cache["Wx"].T)
    dh = np.dot(dU, cache["Wh"].T)
    dc = gamma * f
    dWx = np.dot(cache["x"].T, dU)
    dWh = np.dot(cache["h"].T, dU)
    db = np.sum(dU, axis=0)
    return dx, dh, dc, dWx, dWh, db


def lstm_forward(x, h0, c0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    c = np.zeros((N, T, h0.shape[1]))
    h_prev, c_prev = h0, c0
    for t in range(T):
        h_prev, c_prev, _ = lstm_step_forward(x[:, t], h_prev, c_prev, Wx, Wh, b)
        h[:, t] = h_prev
        c[:, t] = c_prev
    return h, c


# ---------------------------------------------------------------------- GRU
def gru_step_forward(x, h, Wx, Wh, bx, bh):
    H = h.shape[1]
    X = np.dot(x, Wx) + bx
    S = np.dot(h, Wh) + bh
    r = sigmoid(X[:, :H] + S[:, :H])
    z = sigmoid(X[:, H : 2 * H] + S[:, H : 2 * H])
    Sn = S[:, 2 * H :]
    n = np.tanh(X[:, 2 * H :] + r * Sn)
    h_next = (1.0 - z) * n + z * h
    cache = {"x": x, "h": h, "Wx": Wx, "Wh": Wh, "r": r, "z": z, "n": n, "Sn": Sn}
    return h_next, cache


def gru_step_backward(dh_next, cache):
    r, z, n, Sn, h = cache["r"], cache["z"], cache["n"], cache["Sn"], cache["h"]
    dn = dh_next * (1.0 - z)
    dz = dh_next * (h - n)
    dan = dn * (1.0 - n * n)
    dr = dan * Sn
    dar = dr * r * (1.0 - r)
    daz = dz * z * (1.0 - z)
    dX = np.concatenate((dar, daz, dan), axis=1)
    dS = np.concatenate((dar, daz, dan * r), axis=1)
    dx = np.dot(dX, cache["Wx"].T)
    dh = np.dot(dS, cache["Wh"].T) + dh_next * z
    dWx = np.dot(cache["x"].T, dX)
    dWh = np.dot(h.T, dS)
    return dx, dh, dWx, dWh, np.sum(dX, axis=0), np.sum(dS, axis=0)


# ---------------------------------------------------------------------- clipping
def clip_gradients(grads, max_norm):
    total = 0.0
    for g in grads:
        total += np.sum(g * g)
    norm = np.sqrt(total)
    if norm <= max_norm:
        return [g.copy() for g in grads]
    factor = max_norm / norm
    return [g * factor for g in grads]


# ---------------------------------------------------------------------- torch
class CharRNN(nn.Module):
    def __init__(self, vocabulary, hidden, kind="lstm"):
        super().__init__()
        self.kind = kind
        self.embedding = nn.Embedding(num_embeddings=vocabulary, embedding_dim=hidden)
        layer = nn.RNN if kind == "rnn" else nn.LSTM
        self.rnn = layer(input_size=hidden, hidden_size=hidden, batch_first=True)
        self.head = nn.Linear(in_features=hidden, out_features=vocabulary)

    def forward(self, tokens, state=None):
        e = self.embedding(tokens)
        out, new_state = self.rnn(e, state)
        logits = self.head(out)
        return logits, new_state


def train_step(model, x, y, state, lr):
    # truncated BPTT: cut the old state
    if state is not None:
        if isinstance(state, tuple):
            state = (state[0].detach(), state[1].detach())
        else:
            state = state.detach()

    logits, new_state = model(x, state)
    V = logits.shape[-1]
    loss = F.cross_entropy(logits.reshape(-1, V), y.reshape(-1))
    loss.backward()
    with torch.no_grad():
        for w in model.parameters():
            w.copy_(w - lr * w.grad)

    if isinstance(new_state, tuple):
        new_state = (new_state[0].detach(), new_state[1].detach())
    else:
        new_state = new_state.detach()
    return loss.item(), new_state


def train_pass(model, tokens, length, lr):
    inputs = tokens[:, :-1]
    targets = tokens[:, 1:]
    losses = []
    state = None
    for t in range(0, inputs.shape[1], length):
        loss, state = train_step(model, inputs[:, t : t + length], targets[:, t : t + length], state, lr)
        losses.append(loss)
    return losses
