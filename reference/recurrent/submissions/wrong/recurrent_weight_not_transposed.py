# expect: failed recurrent.rnn_step_backward/no-transpose
# mistake: rnn_step_backward: the gradient to the old state is multiplied by Wh instead of its transpose
import numpy as np


def sigmoid(z):
    return 0.5 * (1.0 + np.tanh(0.5 * z))


# ---- RNN
def rnn_step(x, h, Wx, Wh, b):
    out = np.tanh(x @ Wx + h @ Wh + b)
    return out, (x, h, Wx, Wh, out)


def rnn_step_backward(dh_next, cache):
    x, h, Wx, Wh, out = cache
    d = dh_next * (1 - out ** 2)
    return d @ Wx.T, d @ Wh, x.T @ d, h.T @ d, d.sum(0)


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, _ = x.shape
    hs = np.zeros((N, T + 1, h0.shape[1]))   # hs[:, 0] is h0
    hs[:, 0] = h0
    for t in range(T):
        hs[:, t + 1] = np.tanh(x[:, t] @ Wx + hs[:, t] @ Wh + b)
    return hs[:, 1:].copy(), (x, hs, Wx, Wh)


def rnn_backward(dh, cache):
    x, hs, Wx, Wh = cache
    T = x.shape[1]
    dx, dWx, dWh, db = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wh.shape[1])
    back = 0
    for t in range(T - 1, -1, -1):
        d = (dh[:, t] + back) * (1 - hs[:, t + 1] ** 2)
        back = d @ Wh.T
        dx[:, t] = d @ Wx.T
        dWx += x[:, t].T @ d
        dWh += hs[:, t].T @ d
        db += d.sum(0)
    return dx, back, dWx, dWh, db


# ---- LSTM
def lstm_step_forward(x, h, c, Wx, Wh, b):
    H = h.shape[1]
    U = x @ Wx + h @ Wh + b
    i, f, g, o = sigmoid(U[:, :H]), sigmoid(U[:, H:2*H]), np.tanh(U[:, 2*H:3*H]), sigmoid(U[:, 3*H:])
    c_next = f * c + i * g
    tc = np.tanh(c_next)
    return o * tc, c_next, (x, h, c, Wx, Wh, i, f, g, o, tc)


def lstm_step_backward(dh_next, dc_next, cache):
    x, h, c, Wx, Wh, i, f, g, o, tc = cache
    G = dc_next + dh_next * o * (1 - tc ** 2)
    dU = np.hstack([G * g * i * (1 - i), G * c * f * (1 - f), G * i * (1 - g ** 2), dh_next * tc * o * (1 - o)])
    return dU @ Wx.T, dU @ Wh.T, G * f, x.T @ dU, h.T @ dU, dU.sum(0)


def lstm_forward(x, h0, c0, Wx, Wh, b):
    h, c, hs, cs = h0, c0, [], []
    for t in range(x.shape[1]):
        h, c, _ = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


# ---- GRU
def gru_step_forward(x, h, Wx, Wh, bx, bh):
    H = h.shape[1]
    X, S = x @ Wx + bx, h @ Wh + bh
    r = sigmoid(X[:, :H] + S[:, :H])
    z = sigmoid(X[:, H:2*H] + S[:, H:2*H])
    Sn = S[:, 2*H:]
    n = np.tanh(X[:, 2*H:] + r * Sn)
    return (1 - z) * n + z * h, (x, h, Wx, Wh, r, z, n, Sn)


def gru_step_backward(dh_next, cache):
    x, h, Wx, Wh, r, z, n, Sn = cache
    dan = dh_next * (1 - z) * (1 - n ** 2)
    daz = dh_next * (h - n) * z * (1 - z)
    dar = dan * Sn * r * (1 - r)
    dX = np.hstack([dar, daz, dan])
    dS = np.hstack([dar, daz, dan * r])
    return dX @ Wx.T, dS @ Wh.T + dh_next * z, x.T @ dX, h.T @ dS, dX.sum(0), dS.sum(0)


# ---- clipping
def clip_gradients(grads, max_norm):
    norm = np.sqrt(sum((g ** 2).sum() for g in grads))
    if norm <= max_norm:
        return list(grads)
    return [g * (max_norm / norm) for g in grads]
