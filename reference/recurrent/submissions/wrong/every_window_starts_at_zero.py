# expect: failed recurrent.train_pass/state-not-carried
# mistake: train_pass: every window is trained from the state None, the state of the window before is thrown away
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
    d = dh_next * (1 - h_next**2)
    return d @ Wx.T, d @ Wh.T, x.T @ d, h.T @ d, d.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    cache = []
    prev = h0
    for t in range(T):
        prev, c = rnn_step(x[:, t], prev, Wx, Wh, b)
        h[:, t] = prev
        cache.append(c)
    return h, cache


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    x, h, Wx, Wh, _ = cache[0]
    dx = np.zeros((N, T, x.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    dh0 = np.zeros((N, H))
    for t in reversed(range(T)):
        dx[:, t], dh0, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t] + dh0, cache[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dh0, dWx, dWh, db


def lstm_step_forward(x, h, c, Wx, Wh, b):
    U = x @ Wx + h @ Wh + b
    Ui, Uf, Ug, Uo = np.split(U, 4, axis=1)
    i, f, g, o = sigmoid(Ui), sigmoid(Uf), np.tanh(Ug), sigmoid(Uo)
    c_next = f * c + i * g
    tc = np.tanh(c_next)
    h_next = o * tc
    return h_next, c_next, (x, h, c, Wx, Wh, i, f, g, o, tc)


def lstm_step_backward(dh_next, dc_next, cache):
    x, h, c, Wx, Wh, i, f, g, o, tc = cache
    do = dh_next * tc
    dc = dc_next + dh_next * o * (1 - tc**2)
    df = dc * c
    di = dc * g
    dg = dc * i
    dU = np.concatenate([di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)], axis=1)
    return dU @ Wx.T, dU @ Wh.T, dc * f, x.T @ dU, h.T @ dU, dU.sum(axis=0)


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
    dX = np.concatenate([dr, dz, dn], axis=1)
    dS = np.concatenate([dr, dz, dn * r], axis=1)
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
        cell = nn.LSTM if kind == "lstm" else nn.RNN
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.rnn = cell(hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state=None):
        hidden_states, last = self.rnn(self.embedding(tokens), state)
        return self.head(hidden_states), last


def repackage_hidden(h):
    """Wraps hidden states in new tensors, to detach them from their history."""
    if h is None:
        return None
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage_hidden(v) for v in h)


def train_step(model, x, y, state, lr):
    model.zero_grad()
    logits, state = model(x, repackage_hidden(state))
    logp = F.log_softmax(logits, dim=-1)
    loss = -logp.gather(-1, y.unsqueeze(-1)).mean()
    loss.backward()
    for p in model.parameters():
        p.data.add_(p.grad, alpha=-lr)
    return loss.item(), repackage_hidden(state)


def train_pass(model, tokens, length, lr):
    L = tokens.shape[1] - 1
    losses = []
    for i in range(0, L, length):
        j = min(i + length, L)
        x, y = tokens[:, i:j], tokens[:, i + 1 : j + 1]
        loss, _ = train_step(model, x, y, None, lr)
        losses.append(loss)
    return losses
