"""Every sum written out as a loop; lists of numbers inside, arrays only at the door."""

import math

import numpy as np
import torch
from torch import nn


def sigmoid(z):
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def sig(z):
    if z >= 0:
        return 1.0 / (1.0 + math.exp(-z))
    e = math.exp(z)
    return e / (1.0 + e)


def matmul(A, B):
    rows, inner, columns = len(A), len(B), len(B[0])
    return [[sum(A[i][k] * B[k][j] for k in range(inner)) for j in range(columns)] for i in range(rows)]


def affine(A, W, b):
    product = matmul(A, W)
    return [[value + b[j] for j, value in enumerate(row)] for row in product]


def flip(A):
    return [list(column) for column in zip(*A)]


def plus(A, B):
    return [[a + b for a, b in zip(p, q)] for p, q in zip(A, B)]


def column_sums(A):
    return [sum(column) for column in zip(*A)]


def rnn_step(x, h, Wx, Wh, b):
    total = plus(affine(x, Wx, b), matmul(h, Wh))
    out = [[math.tanh(value) for value in row] for row in total]
    return np.array(out), [x.tolist(), h.tolist(), Wx.tolist(), Wh.tolist(), out]


def rnn_step_backward(dh_next, cache):
    x, h, Wx, Wh, out = cache
    delta = [[d * (1.0 + y) * (1.0 - y) for d, y in zip(p, q)] for p, q in zip(dh_next, out)]
    dx, dh = matmul(delta, flip(Wx)), matmul(delta, flip(Wh))
    return [np.array(A) for A in (dx, dh, matmul(flip(x), delta), matmul(flip(h), delta), column_sums(delta))]


def rnn_forward(x, h0, Wx, Wh, b):
    out = np.empty((x.shape[0], x.shape[1], h0.shape[1]))
    caches = {}
    for t in range(x.shape[1]):
        out[:, t], caches[str(t)] = rnn_step(x[:, t], out[:, t - 1] if t else h0, Wx, Wh, b)
    return out, caches


def rnn_backward(dh, cache):
    steps = dh.shape[1]
    coming, dxs, sums = np.zeros((dh.shape[0], dh.shape[2])), {}, []
    for t in range(steps - 1, -1, -1):
        dxs[t], coming, *weights = rnn_step_backward(coming + dh[:, t], cache[str(t)])
        sums.append(weights)
    dx = np.array([[dxs[t][n] for t in range(steps)] for n in range(dh.shape[0])])
    dWx, dWh, db = (np.sum([parts[k] for parts in sums], axis=0) for k in range(3))
    return [dx, coming, dWx, dWh, db]


def lstm_step_forward(x, h, c, Wx, Wh, b):
    U = plus(affine(x, Wx, b), matmul(h, Wh))
    width = h.shape[1]
    h_next, c_next, gates = np.zeros(h.shape), np.zeros(h.shape), []
    for n in range(len(U)):
        row = []
        for k in range(width):
            i, f = sig(U[n][k]), sig(U[n][width + k])
            g, o = math.tanh(U[n][2 * width + k]), sig(U[n][3 * width + k])
            c_next[n, k] = f * c[n, k] + i * g
            h_next[n, k] = o * math.tanh(c_next[n, k])
            row.append((i, f, g, o))
        gates.append(row)
    return h_next, c_next, {"in": (x, h, c, Wx, Wh), "gates": gates, "cell": c_next.tolist()}


def lstm_step_backward(dh_next, dc_next, cache):
    x, h, c, Wx, Wh = cache["in"]
    count, width = h.shape
    dU, dc = np.zeros((count, 4 * width)), np.zeros((count, width))
    for n in range(count):
        for k in range(width):
            i, f, g, o = cache["gates"][n][k]
            t = math.tanh(cache["cell"][n][k])
            through = dc_next[n, k] + dh_next[n, k] * o * (1 - t * t)
            dU[n, k] = through * g * i * (1 - i)
            dU[n, width + k] = through * c[n, k] * f * (1 - f)
            dU[n, 2 * width + k] = through * i * (1 - g * g)
            dU[n, 3 * width + k] = dh_next[n, k] * t * o * (1 - o)
            dc[n, k] = through * f
    parts = matmul(dU, flip(Wx)), matmul(dU, flip(Wh)), dc, matmul(flip(x), dU), matmul(flip(h), dU), column_sums(dU)
    return tuple(np.array(part) for part in parts)


def lstm_forward(x, h0, c0, Wx, Wh, b):
    hs, cs = [h0], [c0]
    for t in range(x.shape[1]):
        h, c, _ = lstm_step_forward(x[:, t], hs[-1], cs[-1], Wx, Wh, b)
        hs.append(h)
        cs.append(c)
    return [np.array(hs[1:]).swapaxes(0, 1), np.array(cs[1:]).swapaxes(0, 1)]


def gru_step_forward(x, h, Wx, Wh, bx, bh):
    X, S, width = affine(x, Wx, bx), affine(h, Wh, bh), h.shape[1]
    out, gates = np.zeros(h.shape), []
    for n in range(len(X)):
        row = []
        for k in range(width):
            r = sig(X[n][k] + S[n][k])
            z = sig(X[n][width + k] + S[n][width + k])
            new = math.tanh(X[n][2 * width + k] + r * S[n][2 * width + k])
            out[n, k] = new + z * (h[n, k] - new)
            row.append((r, z, new, S[n][2 * width + k]))
        gates.append(row)
    return out, (x, h, Wx, Wh, gates)


def gru_step_backward(dh_next, cache):
    x, h, Wx, Wh, gates = cache
    count, width = h.shape
    dX, dS, dh = (np.zeros((count, size)) for size in (3 * width, 3 * width, width))
    for n in range(count):
        for k in range(width):
            r, z, new, inner = gates[n][k]
            d = dh_next[n, k]
            dnew = d * (1 - z) * (1 - new * new)
            dX[n, k] = dS[n, k] = dnew * inner * r * (1 - r)
            dX[n, width + k] = dS[n, width + k] = d * (h[n, k] - new) * z * (1 - z)
            dX[n, 2 * width + k] = dnew
            dS[n, 2 * width + k] = dnew * r
            dh[n, k] = d * z
    dh = plus(dh.tolist(), matmul(dS, flip(Wh)))
    parts = matmul(dX, flip(Wx)), dh, matmul(flip(x), dX), matmul(flip(h), dS), column_sums(dX), column_sums(dS)
    return [np.array(part) for part in parts]


def clip_gradients(grads, max_norm):
    total = math.sqrt(math.fsum(float(entry) ** 2 for grad in grads for entry in grad.ravel()))
    if total > max_norm:
        return tuple(grad / (total / max_norm) for grad in grads)
    return tuple(grads)


class CharRNN(nn.Module):
    """The layer only holds the weights; the cells are written out and run character by character."""

    def __init__(self, vocabulary, hidden, kind="lstm"):
        super().__init__()
        self.lstm, self.hidden = kind == "lstm", hidden
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.rnn = (nn.LSTM if self.lstm else nn.RNN)(hidden, hidden)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state=None):
        h, c = self.split(state, len(tokens))
        scores = []
        for t in range(tokens.shape[1]):
            u = self.embedding.weight[tokens[:, t]] @ self.rnn.weight_ih_l0.T + self.rnn.bias_ih_l0
            u = u + h @ self.rnn.weight_hh_l0.T + self.rnn.bias_hh_l0
            if self.lstm:
                i, f, g, o = u.chunk(4, dim=1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
            else:
                h = torch.tanh(u)
            scores.append(h @ self.head.weight.T + self.head.bias)
        return torch.stack(scores, dim=1), [h[None], c[None]] if self.lstm else h[None]

    def split(self, state, n):
        if state is None:
            return torch.zeros(n, self.hidden), torch.zeros(n, self.hidden)
        return (state[0][0], state[1][0]) if self.lstm else (state[0], None)


def train_step(model, x, y, state, lr):
    scores, state = model(x, state)
    chosen = scores.gather(2, y[:, :, None])[:, :, 0]
    loss = (torch.logsumexp(scores, dim=2) - chosen).mean()
    weights = list(model.parameters())
    for weight, slope in zip(weights, torch.autograd.grad(loss, weights)):
        weight.data = weight.data - lr * slope
    return float(loss), [part.detach() for part in state] if isinstance(state, list) else state.detach()


def train_pass(model, tokens, length, lr):
    at, state, losses = 0, None, ()
    while at + 1 < tokens.shape[1]:
        piece = tokens[:, at : at + length + 1]
        loss, state = train_step(model, piece[:, :-1], piece[:, 1:], state, lr)
        at, losses = at + length, (*losses, loss)
    return losses
