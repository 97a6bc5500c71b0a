# expect: failed recurrent.CharRNN/softmax
# mistake: CharRNN: forward applies a softmax to the output of head and returns probabilities instead of raw scores
# second mistake: train_pass: only full windows are trained, the shorter rest at the end of the text is dropped
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def sigmoid(z):
    return 0.5 * (1.0 + np.tanh(0.5 * z))


class Cache:
    """what the way back needs"""

    def __init__(self, **kw):
        self.__dict__.update(kw)


def linear_back(dU, inp, W):
    return dU @ W.T, inp.T @ dU


def rnn_step(x, h, Wx, Wh, b):
    h_next = np.tanh(x @ Wx + h @ Wh + b)
    return h_next, Cache(x=x, h=h, Wx=Wx, Wh=Wh, neu=h_next)


def rnn_step_backward(dh_next, cache):
    delta = dh_next * (1 - cache.neu * cache.neu)
    dx, dWx = linear_back(delta, cache.x, cache.Wx)
    dh, dWh = linear_back(delta, cache.h, cache.Wh)
    return dx, dh, dWx, dWh, delta.sum(0)


def rnn_forward(x, h0, Wx, Wh, b):
    h, hs, caches = h0, [], []
    for t in range(x.shape[1]):
        h, cache = rnn_step(x[:, t, :], h, Wx, Wh, b)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), tuple(caches)


def rnn_backward(dh, cache):
    T = len(cache)
    dx = [None] * T
    dWx = dWh = db = 0.0
    back = 0.0                          # what comes from step t + 1
    for t in range(T)[::-1]:
        dx[t], back, a, b, c = rnn_step_backward(dh[:, t, :] + back, cache[t])
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return np.stack(dx, axis=1), back, dWx, dWh, db


def lstm_step_forward(x, h, c, Wx, Wh, b):
    U = x @ Wx + h @ Wh + b
    H = h.shape[1]
    i, f, o = sigmoid(U[:, :H]), sigmoid(U[:, H:2*H]), sigmoid(U[:, 3*H:])
    g = np.tanh(U[:, 2*H:3*H])
    c_next = i * g + f * c
    h_next = o * np.tanh(c_next)
    return h_next, c_next, Cache(x=x, h=h, c=c, Wx=Wx, Wh=Wh, i=i, f=f, g=g, o=o, th=np.tanh(c_next))


def lstm_step_backward(dh_next, dc_next, cache):
    k = cache
    gamma = dc_next + dh_next * k.o * (1 - k.th**2)
    dU = np.concatenate([
        gamma * k.g * k.i * (1 - k.i),
        gamma * k.c * k.f * (1 - k.f),
        gamma * k.i * (1 - k.g**2),
        dh_next * k.th * k.o * (1 - k.o),
    ], axis=1)
    dx, dWx = linear_back(dU, k.x, k.Wx)
    dh, dWh = linear_back(dU, k.h, k.Wh)
    return dx, dh, gamma * k.f, dWx, dWh, dU.sum(0)


def lstm_forward(x, h0, c0, Wx, Wh, b):
    N, T, _ = x.shape
    h, c = np.empty((N, T, h0.shape[1])), np.empty((N, T, h0.shape[1]))
    for t in range(T):
        prev = (h0, c0) if t == 0 else (h[:, t - 1], c[:, t - 1])
        h[:, t], c[:, t], _ = lstm_step_forward(x[:, t], *prev, Wx, Wh, b)
    return h, c


def gru_step_forward(x, h, Wx, Wh, bx, bh):
    H = h.shape[1]
    X, S = x @ Wx + bx, h @ Wh + bh
    rz = sigmoid(X[:, :2*H] + S[:, :2*H])
    r, z = rz[:, :H], rz[:, H:]
    n = np.tanh(X[:, 2*H:] + r * S[:, 2*H:])
    return n + z * (h - n), Cache(x=x, h=h, Wx=Wx, Wh=Wh, r=r, z=z, n=n, Sn=S[:, 2*H:])


def gru_step_backward(dh_next, cache):
    k = cache
    dn = dh_next * (1 - k.z) * (1 - k.n**2)
    dr = dn * k.Sn * k.r * (1 - k.r)
    dz = dh_next * (k.h - k.n) * k.z * (1 - k.z)
    dX = np.concatenate([dr, dz, dn], axis=1)
    dS = np.concatenate([dr, dz, k.r * dn], axis=1)
    dx, dWx = linear_back(dX, k.x, k.Wx)
    dh, dWh = linear_back(dS, k.h, k.Wh)
    return dx, dh + k.z * dh_next, dWx, dWh, dX.sum(0), dS.sum(0)


def clip_gradients(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads]))
    scale = min(1.0, max_norm / norm) if norm > 0 else 1.0
    return [scale * g for g in grads]


class CharRNN(nn.Module):
    def __init__(self, vocabulary: int, hidden: int, kind: str = "lstm") -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden)
        if kind == "lstm":
            self.rnn = nn.LSTM(hidden, hidden, batch_first=True)
        else:
            self.rnn = nn.RNN(hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, vocabulary)
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, tokens, state=None):
        x = self.embedding(tokens)
        x, state = self.rnn(x, state)
        x = self.softmax(self.head(x))
        return x, state


def train_step(model, x, y, state, lr):
    # Zustand ohne Vergangenheit
    if isinstance(state, tuple):
        state = tuple(s.detach() for s in state)
    elif state is not None:
        state = state.detach()

    for p in model.parameters():
        p.grad = None
    scores, state = model(x, state)
    N, T, V = scores.shape
    loss = F.cross_entropy(scores.reshape(N * T, V), y.reshape(N * T))
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    return float(loss.detach()), state


def train_pass(model, tokens, length, lr):
    L = tokens.shape[1] - 1
    fenster = L // length
    losses, state = [], None
    for k in range(fenster):
        a, e = k * length, (k + 1) * length
        loss, state = train_step(model, tokens[:, a:e], tokens[:, a + 1 : e + 1], state, lr)
        losses.append(loss)
    return losses
