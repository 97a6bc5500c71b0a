# expect: failed recurrent.train_step/zero-grad-missing
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


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
    H = h.shape[1]
    a = x @ Wx + h @ Wh + b
    i = sigmoid(a[:, 0:H])
    f = sigmoid(a[:, H:2 * H])
    g = np.tanh(a[:, 2 * H:3 * H])
    o = sigmoid(a[:, 3 * H:4 * H])
    c_new = f * c + i * g
    h_new = o * np.tanh(c_new)
    return h_new, c_new, (x, h, c, Wx, Wh, i, f, g, o, c_new)


def lstm_step_backward(dh_next, dc_next, cache):
    x, h, c, Wx, Wh, i, f, g, o, c_new = cache
    H = h.shape[1]
    t = np.tanh(c_new)
    do = dh_next * t
    dc = dc_next + dh_next * o * (1 - t * t)
    di = dc * g
    df = dc * c
    dg = dc * i
    da = np.zeros((x.shape[0], 4 * H))
    da[:, 0:H] = di * i * (1 - i)
    da[:, H:2 * H] = df * f * (1 - f)
    da[:, 2 * H:3 * H] = dg * (1 - g * g)
    da[:, 3 * H:4 * H] = do * o * (1 - o)
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, h.T @ da, da.sum(axis=0)


def lstm_forward(x, h0, c0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    hs = np.zeros((N, T, H))
    cs = np.zeros((N, T, H))
    h, c = h0, c0
    for t in range(T):
        h, c, _ = lstm_step_forward(x[:, t, :], h, c, Wx, Wh, b)
        hs[:, t, :] = h
        cs[:, t, :] = c
    return hs, cs


def gru_step_forward(x, h, Wx, Wh, bx, bh):
    H = h.shape[1]
    ax = x @ Wx + bx
    ah = h @ Wh + bh
    r = sigmoid(ax[:, :H] + ah[:, :H])
    z = sigmoid(ax[:, H:2 * H] + ah[:, H:2 * H])
    q = ah[:, 2 * H:]
    n = np.tanh(ax[:, 2 * H:] + r * q)
    h_new = (1 - z) * n + z * h
    return h_new, (x, h, Wx, Wh, r, z, n, q)


def gru_step_backward(dh_next, cache):
    x, h, Wx, Wh, r, z, n, q = cache
    dn = dh_next * (1 - z)
    dz = dh_next * (h - n)
    dh = dh_next * z
    dan = dn * (1 - n ** 2)
    dar = dan * q * r * (1 - r)
    daz = dz * z * (1 - z)
    dax = np.hstack([dar, daz, dan])
    dah = np.hstack([dar, daz, dan * r])
    dh = dh + dah @ Wh.T
    return dax @ Wx.T, dh, x.T @ dax, h.T @ dah, dax.sum(axis=0), dah.sum(axis=0)


def clip_gradients(grads, max_norm):
    total = 0.0
    for g in grads:
        total += np.sum(g * g)
    norm = np.sqrt(total)
    if norm <= max_norm:
        return grads
    return [g * max_norm / norm for g in grads]


class CharRNN(nn.Module):
    def __init__(self, vocabulary, hidden, kind="lstm"):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden)
        if kind == "lstm":
            self.rnn = nn.LSTM(hidden, hidden, batch_first=True)
        else:
            self.rnn = nn.RNN(hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state=None):
        emb = self.embedding(tokens)
        out, state = self.rnn(emb, state)
        return self.head(out), state


def train_step(model, x, y, state, lr):
    logits, state = model(x, state)
    N, T, V = logits.shape
    loss = F.cross_entropy(logits.reshape(N * T, V), y.reshape(N * T))
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    if isinstance(state, tuple):
        state = (state[0].detach(), state[1].detach())
    else:
        state = state.detach()
    return loss.item(), state


def train_pass(model, tokens, length, lr):
    losses = []
    state = None
    L = tokens.shape[1] - 1
    for start in range(0, L, length):
        end = min(start + length, L)
        x = tokens[:, start:end]
        y = tokens[:, start + 1:end + 1]
        loss, state = train_step(model, x, y, state, lr)
        losses.append(loss)
    return losses
