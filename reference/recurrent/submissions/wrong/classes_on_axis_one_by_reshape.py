# expect: failed recurrent.train_step/reshaped-axes
# mistake: train_step: the logits (N, T, V) are brought to (N, V, T) for the cross-entropy by a reshape, which shuffles the numbers instead of exchanging the axes
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def sigmoid(z):
    return 0.5 * (1.0 + np.tanh(0.5 * z))


class Schritt:
    """Merkt sich alles, was der Rückweg braucht."""

    def __init__(self, **werte):
        self.__dict__.update(werte)


def linear_zurueck(dU, eingang, W):
    return dU @ W.T, eingang.T @ dU


def rnn_step(x, h, Wx, Wh, b):
    h_next = np.tanh(x @ Wx + h @ Wh + b)
    return h_next, Schritt(x=x, h=h, Wx=Wx, Wh=Wh, neu=h_next)


def rnn_step_backward(dh_next, cache):
    delta = dh_next * (1 - cache.neu * cache.neu)
    dx, dWx = linear_zurueck(delta, cache.x, cache.Wx)
    dh, dWh = linear_zurueck(delta, cache.h, cache.Wh)
    return dx, dh, dWx, dWh, delta.sum(0)


def rnn_forward(x, h0, Wx, Wh, b):
    zustand, alle, caches = h0, [], []
    for t in range(x.shape[1]):
        zustand, cache = rnn_step(x[:, t, :], zustand, Wx, Wh, b)
        alle.append(zustand)
        caches.append(cache)
    return np.stack(alle, axis=1), tuple(caches)


def rnn_backward(dh, cache):
    T = len(cache)
    dx = [None] * T
    dWx = dWh = db = 0.0
    zurueck = 0.0                          # was vom nächsten Schritt kommt
    for t in range(T)[::-1]:
        dx[t], zurueck, a, b, c = rnn_step_backward(dh[:, t, :] + zurueck, cache[t])
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return np.stack(dx, axis=1), zurueck, dWx, dWh, db


def lstm_step_forward(x, h, c, Wx, Wh, b):
    U = x @ Wx + h @ Wh + b
    H = h.shape[1]
    i, f, o = sigmoid(U[:, :H]), sigmoid(U[:, H:2*H]), sigmoid(U[:, 3*H:])
    g = np.tanh(U[:, 2*H:3*H])
    c_next = i * g + f * c
    h_next = o * np.tanh(c_next)
    return h_next, c_next, Schritt(x=x, h=h, c=c, Wx=Wx, Wh=Wh, i=i, f=f, g=g, o=o, th=np.tanh(c_next))


def lstm_step_backward(dh_next, dc_next, cache):
    k = cache
    gamma = dc_next + dh_next * k.o * (1 - k.th**2)
    dU = np.concatenate([
        gamma * k.g * k.i * (1 - k.i),
        gamma * k.c * k.f * (1 - k.f),
        gamma * k.i * (1 - k.g**2),
        dh_next * k.th * k.o * (1 - k.o),
    ], axis=1)
    dx, dWx = linear_zurueck(dU, k.x, k.Wx)
    dh, dWh = linear_zurueck(dU, k.h, k.Wh)
    return dx, dh, gamma * k.f, dWx, dWh, dU.sum(0)


def lstm_forward(x, h0, c0, Wx, Wh, b):
    N, T, _ = x.shape
    h, c = np.empty((N, T, h0.shape[1])), np.empty((N, T, h0.shape[1]))
    for t in range(T):
        vorher = (h0, c0) if t == 0 else (h[:, t - 1], c[:, t - 1])
        h[:, t], c[:, t], _ = lstm_step_forward(x[:, t], *vorher, Wx, Wh, b)
    return h, c


def gru_step_forward(x, h, Wx, Wh, bx, bh):
    H = h.shape[1]
    X, S = x @ Wx + bx, h @ Wh + bh
    rz = sigmoid(X[:, :2*H] + S[:, :2*H])
    r, z = rz[:, :H], rz[:, H:]
    n = np.tanh(X[:, 2*H:] + r * S[:, 2*H:])
    return n + z * (h - n), Schritt(x=x, h=h, Wx=Wx, Wh=Wh, r=r, z=z, n=n, Sn=S[:, 2*H:])


def gru_step_backward(dh_next, cache):
    k = cache
    dn = dh_next * (1 - k.z) * (1 - k.n**2)
    dr = dn * k.Sn * k.r * (1 - k.r)
    dz = dh_next * (k.h - k.n) * k.z * (1 - k.z)
    dX = np.concatenate([dr, dz, dn], axis=1)
    dS = np.concatenate([dr, dz, k.r * dn], axis=1)
    dx, dWx = linear_zurueck(dX, k.x, k.Wx)
    dh, dWh = linear_zurueck(dS, k.h, k.Wh)
    return dx, dh + k.z * dh_next, dWx, dWh, dX.sum(0), dS.sum(0)


def clip_gradients(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads]))
    faktor = min(1.0, max_norm / norm) if norm > 0 else 1.0
    return [faktor * g for g in grads]


class CharRNN(nn.Module):
    def __init__(self, vocabulary: int, hidden: int, kind: str = "lstm") -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.rnn = {"rnn": nn.RNN, "lstm": nn.LSTM}[kind](hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state=None):
        ausgang, state = self.rnn(self.embedding(tokens), state)
        return self.head(ausgang), state


def train_step(model, x, y, state, lr):
    N, T = x.shape
    logits, state = model(x, state)
    # cross_entropy will die Klassen auf Achse 1
    verlust = F.cross_entropy(logits.reshape(N, -1, T), y)
    gradienten = torch.autograd.grad(verlust, list(model.parameters()))
    with torch.no_grad():
        for w, g in zip(model.parameters(), gradienten):
            w.sub_(lr * g)
    # Rückweg abschneiden
    state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
    return verlust.item(), state


def train_pass(model, tokens, length, lr):
    verluste = []
    zustand = None
    anzahl = tokens.shape[1] - 1
    a = 0
    while a < anzahl:
        e = min(a + length, anzahl)
        verlust, zustand = train_step(model, tokens[:, a:e], tokens[:, a + 1 : e + 1], zustand, lr)
        verluste.append(verlust)
        a = e
    return verluste
