# expect: failed recurrent.CharRNN/time-first
# mistake: CharRNN: nn.RNN and nn.LSTM are built without batch_first=True, so they run along the batch axis instead of the time axis
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def sigmoid(z):
    """1 / (1 + exp(-z)), entry by entry, without overflow. Given: nothing to write here."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def rnn_step(x, h, Wx, Wh, b):
    h_next = np.tanh(x @ Wx + h @ Wh + b)
    return h_next, (x, h, Wx, Wh, h_next)


def rnn_step_backward(dh_next, cache):
    x, h, Wx, Wh, h_next = cache
    delta = dh_next * (1 - h_next**2)
    return delta @ Wx.T, delta @ Wh.T, x.T @ delta, h.T @ delta, delta.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    caches = []
    prev = h0
    for t in range(T):
        prev, cache = rnn_step(x[:, t], prev, Wx, Wh, b)
        h[:, t] = prev
        caches.append(cache)
    return h, caches


def rnn_backward(dh, caches):
    N, T, H = dh.shape
    x, h, Wx, Wh, _ = caches[0]
    dx = np.zeros((N, T, x.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        dx[:, t], dprev, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t] + dprev, caches[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev, dWx, dWh, db


def lstm_step_forward(x, h, c, Wx, Wh, b):
    U = x @ Wx + h @ Wh + b
    Ui, Uf, Ug, Uo = np.split(U, 4, axis=1)
    i, f, g, o = sigmoid(Ui), sigmoid(Uf), np.tanh(Ug), sigmoid(Uo)
    c_next = f * c + i * g
    tanh_c = np.tanh(c_next)
    h_next = o * tanh_c
    return h_next, c_next, (x, h, c, Wx, Wh, i, f, g, o, tanh_c)


def lstm_step_backward(dh_next, dc_next, cache):
    x, h, c, Wx, Wh, i, f, g, o, tanh_c = cache
    do = dh_next * tanh_c
    dc_total = dc_next + dh_next * o * (1 - tanh_c**2)
    df = dc_total * c
    di = dc_total * g
    dg = dc_total * i
    dU = np.hstack([di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)])
    return dU @ Wx.T, dU @ Wh.T, dc_total * f, x.T @ dU, h.T @ dU, dU.sum(axis=0)


def lstm_forward(x, h0, c0, Wx, Wh, b):
    h, c = h0, c0
    hs, cs = [], []
    for t in range(x.shape[1]):
        h, c, _ = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


def gru_step_forward(x, h, Wx, Wh, bx, bh):
    Xr, Xz, Xn = np.split(x @ Wx + bx, 3, axis=1)
    Sr, Sz, Sn = np.split(h @ Wh + bh, 3, axis=1)
    r = sigmoid(Xr + Sr)
    z = sigmoid(Xz + Sz)
    n = np.tanh(Xn + r * Sn)
    h_next = (1 - z) * n + z * h
    return h_next, (x, h, Wx, Wh, r, z, n, Sn)


def gru_step_backward(dh_next, cache):
    x, h, Wx, Wh, r, z, n, Sn = cache
    dn = dh_next * (1 - z) * (1 - n**2)
    dz = dh_next * (h - n) * z * (1 - z)
    dr = dn * Sn * r * (1 - r)
    dX = np.hstack([dr, dz, dn])
    dS = np.hstack([dr, dz, dn * r])
    dh = dS @ Wh.T + dh_next * z
    return dX @ Wx.T, dh, x.T @ dX, h.T @ dS, dX.sum(axis=0), dS.sum(axis=0)


def clip_gradients(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if norm > max_norm:
        return [g * (max_norm / norm) for g in grads]
    return list(grads)


class CharRNN(nn.Module):
    def __init__(self, vocabulary: int, hidden: int, kind: str = "lstm") -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden)
        if kind == "lstm":
            self.rnn = nn.LSTM(hidden, hidden)
        else:
            self.rnn = nn.RNN(hidden, hidden)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state=None):
        out, state = self.rnn(self.embedding(tokens), state)
        return self.head(out), state


def detached(state):
    if isinstance(state, tuple):
        return tuple(s.detach() for s in state)
    return state.detach()


def train_step(model, x, y, state, lr):
    logits, state = model(x, state)
    loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    return loss.item(), detached(state)


def train_pass(model, tokens, length, lr):
    losses, state = [], None
    L = tokens.shape[1] - 1
    for start in range(0, L, length):
        end = min(start + length, L)
        loss, state = train_step(model, tokens[:, start:end], tokens[:, start + 1 : end + 1], state, lr)
        losses.append(loss)
    return losses
