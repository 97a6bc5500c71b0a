"""Caches are objects with methods, sums over time are single einsums, results are views in any memory order."""

import numpy as np
import torch


def sigmoid(z):
    return 0.5 * (1.0 + np.tanh(0.5 * z))


class Step:
    """One step's memory; `join` stacks x and h into one input, as one matrix [Wx; Wh] does the work."""

    def __init__(self, x, h, Wx, Wh, **more):
        self.joined = np.hstack([x, h])
        self.W = np.vstack([Wx, Wh])
        self.d = x.shape[1]
        self.__dict__.update(more)

    def back(self, dU):
        both = dU @ self.W.T
        dW = np.einsum("ni,nj->ij", self.joined, dU)
        return both[:, : self.d], both[:, self.d :], dW[: self.d], dW[self.d :], np.ones(len(dU)) @ dU


def rnn_step(x, h, Wx, Wh, b):
    out = np.tanh(np.hstack([x, h]) @ np.vstack([Wx, Wh]) + b)
    return np.asfortranarray(out), Step(x, h, Wx, Wh, out=out)


def rnn_step_backward(dh_next, cache):
    return cache.back(dh_next - dh_next * np.square(cache.out))


class Sequence:
    def __init__(self, x, states, Wx, Wh):
        self.x, self.states, self.Wx, self.Wh = x, states, Wx, Wh


def rnn_forward(x, h0, Wx, Wh, b):
    inputs = x @ Wx + b  # all steps at once (N, T, H)
    states = np.zeros((x.shape[1] + 1, *h0.shape))
    states[0] = h0
    for t in range(x.shape[1]):
        states[t + 1] = np.tanh(inputs[:, t] + states[t] @ Wh)
    return np.moveaxis(states[1:], 0, 1), Sequence(x.copy(), states, Wx.copy(), Wh.copy())


def rnn_backward(dh, cache):
    deltas = np.zeros(cache.states[1:].shape)  # (T, N, H)
    arriving = np.zeros(cache.states[0].shape)
    for t in range(len(deltas))[::-1]:
        deltas[t] = (dh[:, t] + arriving) * (1.0 - cache.states[t + 1] ** 2)
        arriving = deltas[t] @ cache.Wh.T
    dWx = np.einsum("ntd,tnh->dh", cache.x, deltas)
    dWh = np.einsum("tnk,tnh->kh", cache.states[:-1], deltas)
    return np.einsum("tnh,dh->ntd", deltas, cache.Wx), arriving, dWx, dWh, deltas.sum(axis=(0, 1))


def lstm_step_forward(x, h, c, Wx, Wh, b):
    blocks = (x @ Wx + h @ Wh + b).reshape(len(x), 4, -1).swapaxes(0, 1)  # (4, N, H)
    i, f, o = 1.0 / (1.0 + np.exp(-np.clip(blocks[[0, 1, 3]], -500, 500)))
    g = np.tanh(blocks[2])
    new = i * g + f * c
    memory = Step(x, h, Wx, Wh, c=c, i=i, f=f, g=g, o=o, new=new)
    return np.tanh(new) * o, new, memory


def lstm_step_backward(dh_next, dc_next, cache):
    m = cache
    t = np.tanh(m.new)
    dc = dc_next + dh_next * m.o / np.cosh(m.new) ** 2
    dU = np.stack([dc * m.g * m.i * (1 - m.i), dc * m.c * m.f * (1 - m.f), dc * m.i * (1 - m.g**2),
                   dh_next * t * m.o * (1 - m.o)], axis=1)  # (N, 4, H)
    dx, dh, dWx, dWh, db = m.back(dU.reshape(len(dU), -1))
    return dx, dh, dc * m.f, dWx, dWh, db


def lstm_forward(x, h0, c0, Wx, Wh, b):
    outs = []
    for t in range(x.shape[1]):
        h0, c0, _ = lstm_step_forward(x[:, t], h0, c0, Wx, Wh, b)
        outs.append((h0, c0))
    stacked = np.array(outs)  # (T, 2, N, H)
    return tuple(stacked.transpose(1, 2, 0, 3))


class GatedStep:
    pass


def gru_step_forward(x, h, Wx, Wh, bx, bh):
    m, k = GatedStep(), h.shape[1]
    m.x, m.h, m.Wx, m.Wh = x, h, Wx, Wh
    X, S = x @ Wx + bx, h @ Wh + bh
    m.rz = sigmoid((X + S)[:, : 2 * k])
    m.inner = S[:, 2 * k :]
    m.n = np.tanh(X[:, 2 * k :] + m.rz[:, :k] * m.inner)
    z = m.rz[:, k:]
    return m.n - z * m.n + z * h, m


def gru_step_backward(dh_next, cache):
    m, k = cache, cache.h.shape[1]
    r, z = m.rz[:, :k], m.rz[:, k:]
    dX = np.zeros((len(z), 3 * k), order="F")
    dX[:, 2 * k :] = dh_next * (1 - z) * (1 - m.n**2)
    dX[:, : 2 * k] = np.hstack([dX[:, 2 * k :] * m.inner, dh_next * (m.h - m.n)]) * m.rz * (1 - m.rz)
    dS = dX.copy()
    dS[:, 2 * k :] *= r
    dh = np.einsum("nj,kj->nk", dS, m.Wh) + z * dh_next
    return dX @ m.Wx.T, dh, (dX.T @ m.x).T, (dS.T @ m.h).T, dX.sum(0), dS.sum(0)


def clip_gradients(grads, max_norm):
    flat = np.concatenate([grad.ravel() for grad in grads])
    factor = min(1.0, max_norm / (np.linalg.norm(flat) + 1e-6))  # as torch does
    return [factor * grad for grad in grads]


class CharRNN(torch.nn.Module):
    """Time first inside, views outside."""

    def __init__(self, vocabulary, hidden, kind="lstm"):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, hidden)
        self.rnn = getattr(torch.nn, kind.upper())(hidden, hidden)
        self.head = torch.nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state=None):
        states, state = self.rnn(self.embedding(tokens.t()), state)
        return self.head(states).transpose(0, 1), state


def train_step(model, x, y, state, lr):
    if state is not None:
        state = tuple(s.detach() for s in state) if isinstance(state, (tuple, list)) else state.detach()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    optimizer.zero_grad()
    scores, state = model(x, state)
    loss = torch.nn.CrossEntropyLoss()(scores.transpose(1, 2), y)
    loss.backward()
    optimizer.step()
    return loss.detach(), state


def train_pass(model, tokens, length, lr):
    state, losses = None, []
    for x, y in zip(tokens[:, :-1].split(length, dim=1), tokens[:, 1:].split(length, dim=1)):
        loss, state = train_step(model, x, y, state, lr)
        losses.append(loss)
    return losses
