# expect: missing
import numpy as np
import torch.nn as nn


def sigmoid(z):
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def rnn_step(x, h, Wx, Wh, b):
    a = np.dot(x, Wx) + np.dot(h, Wh) + b
    out = np.tanh(a)
    cache = {"x": x, "h": h, "Wx": Wx, "Wh": Wh, "out": out}
    return out, cache


def rnn_step_backward(dh_next, cache):
    da = dh_next * (1 - cache["out"] ** 2)
    dx = np.dot(da, cache["Wx"].T)
    dh = np.dot(da, cache["Wh"].T)
    dWx = np.dot(cache["x"].T, da)
    dWh = np.dot(cache["h"].T, da)
    db = np.sum(da, axis=0)
    return dx, dh, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    hs = np.zeros((N, T, H))
    cache = []
    prev = h0
    for t in range(T):
        prev, c = rnn_step(x[:, t, :], prev, Wx, Wh, b)
        hs[:, t, :] = prev
        cache.append(c)
    return hs, cache


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    D = cache[0]["x"].shape[1]
    dx = np.zeros((N, T, D))
    dWx = np.zeros((D, H))
    dWh = np.zeros((H, H))
    db = np.zeros(H)
    dprev = np.zeros((N, H))
    for t in range(T - 1, -1, -1):
        dtotal = dh[:, t, :] + dprev
        dx[:, t, :], dprev, dWx_t, dWh_t, db_t = rnn_step_backward(dtotal, cache[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev, dWx, dWh, db


def lstm_step_forward(x, h, c, Wx, Wh, b):
    raise NotImplementedError


def clip_gradients(grads, max_norm):
    raise NotImplementedError  # tomorrow


class CharRNN(nn.Module):
    def __init__(self, vocabulary, hidden, kind="lstm"):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.rnn = nn.LSTM(hidden, hidden, batch_first=True) if kind == "lstm" else nn.RNN(hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state=None):
        raise NotImplementedError


def train_pass(model, tokens, length, lr):
    raise NotImplementedError  # after train_step
