# expect: failed recurrent.rnn_backward/later-steps-forgotten
# mistake: rnn_backward: each step only gets the direct gradient dh[:, t], what comes back from the later steps is not added
"""Rekurrente Netze (Uebung 12)."""
import numpy as np


def sigmoid(z):
    return 0.5 * (1.0 + np.tanh(0.5 * z))


class Schritt:
    """merkt sich alles was der Rueckweg braucht"""

    def __init__(self, **werte):
        self.__dict__.update(werte)


def rnn_step(x, h, Wx, Wh, b):
    u = x.dot(Wx) + h.dot(Wh) + b
    h_neu = np.tanh(u)
    return h_neu, Schritt(x=x, h=h, Wx=Wx, Wh=Wh, h_neu=h_neu)


def rnn_step_backward(dh_next, cache):
    # Ableitung von tanh ist 1 - tanh^2
    delta = dh_next * (1.0 - cache.h_neu * cache.h_neu)
    dx = delta.dot(cache.Wx.T)
    dh = delta.dot(cache.Wh.T)
    dWx = cache.x.T.dot(delta)
    dWh = cache.h.T.dot(delta)
    db = np.sum(delta, axis=0)
    return dx, dh, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    schritte = []
    zustaende = []
    h = h0
    for t in range(x.shape[1]):
        h, schritt = rnn_step(x[:, t, :], h, Wx, Wh, b)
        zustaende.append(h)
        schritte.append(schritt)
    return np.stack(zustaende, axis=1), schritte


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    D = cache[0].x.shape[1]
    dx = np.zeros((N, T, D))
    dWx = np.zeros((D, H))
    dWh = np.zeros((H, H))
    db = np.zeros(H)
    for t in reversed(range(T)):
        dx_t, dh0, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t, :], cache[t])
        dx[:, t, :] = dx_t
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dh0, dWx, dWh, db      # dh0 vom letzten Durchlauf (t = 0)


def lstm_step_forward(x, h, c, Wx, Wh, b):
    H = h.shape[1]
    U = x.dot(Wx) + h.dot(Wh) + b
    i = sigmoid(U[:, 0 * H:1 * H])    # input gate
    f = sigmoid(U[:, 1 * H:2 * H])    # forget gate
    g = np.tanh(U[:, 2 * H:3 * H])    # Kandidat
    o = sigmoid(U[:, 3 * H:4 * H])    # output gate
    c_neu = f * c + i * g
    h_neu = o * np.tanh(c_neu)
    return h_neu, c_neu, Schritt(x=x, h=h, c=c, Wx=Wx, Wh=Wh, i=i, f=f, g=g, o=o, c_neu=c_neu)


def lstm_step_backward(dh_next, dc_next, cache):
    s = cache
    H = s.h.shape[1]
    tanh_c = np.tanh(s.c_neu)
    # zwei Wege zur Zelle
    gamma = dc_next + dh_next * s.o * (1 - tanh_c ** 2)
    di = gamma * s.g
    df = gamma * s.c
    dg = gamma * s.i
    do = dh_next * tanh_c
    dU = np.zeros((s.h.shape[0], 4 * H))
    dU[:, 0 * H:1 * H] = di * s.i * (1 - s.i)
    dU[:, 1 * H:2 * H] = df * s.f * (1 - s.f)
    dU[:, 2 * H:3 * H] = dg * (1 - s.g ** 2)
    dU[:, 3 * H:4 * H] = do * s.o * (1 - s.o)
    dx = dU.dot(s.Wx.T)
    dh = dU.dot(s.Wh.T)
    dc = gamma * s.f
    return dx, dh, dc, s.x.T.dot(dU), s.h.T.dot(dU), dU.sum(axis=0)


def lstm_forward(x, h0, c0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h_alle = np.zeros((N, T, H))
    c_alle = np.zeros((N, T, H))
    h, c = h0, c0
    for t in range(T):
        h, c, _ = lstm_step_forward(x[:, t, :], h, c, Wx, Wh, b)
        h_alle[:, t, :] = h
        c_alle[:, t, :] = c
    return h_alle, c_alle


def gru_step_forward(x, h, Wx, Wh, bx, bh):
    H = h.shape[1]
    X = x.dot(Wx) + bx
    S = h.dot(Wh) + bh
    Xr, Xz, Xn = X[:, :H], X[:, H:2 * H], X[:, 2 * H:]
    Sr, Sz, Sn = S[:, :H], S[:, H:2 * H], S[:, 2 * H:]
    r = sigmoid(Xr + Sr)
    z = sigmoid(Xz + Sz)
    n = np.tanh(Xn + r * Sn)
    h_neu = (1 - z) * n + z * h
    return h_neu, Schritt(x=x, h=h, Wx=Wx, Wh=Wh, r=r, z=z, n=n, Sn=Sn)


def gru_step_backward(dh_next, cache):
    s = cache
    # h_neu = (1 - z) n + z h
    dn = dh_next * (1 - s.z)
    dz = dh_next * (s.h - s.n)
    # durch tanh
    dXn = dn * (1 - s.n ** 2)
    dSn = dXn * s.r
    dr = dXn * s.Sn
    # durch die sigmoids
    dXr = dr * s.r * (1 - s.r)
    dXz = dz * s.z * (1 - s.z)
    dX = np.concatenate([dXr, dXz, dXn], axis=1)
    dS = np.concatenate([dXr, dXz, dSn], axis=1)
    dx = dX.dot(s.Wx.T)
    dh = dS.dot(s.Wh.T)
    dh = dh + dh_next * s.z       # der direkte Weg
    dWx = s.x.T.dot(dX)
    dWh = s.h.T.dot(dS)
    return dx, dh, dWx, dWh, dX.sum(axis=0), dS.sum(axis=0)


def clip_gradients(grads, max_norm):
    quadrate = 0.0
    for g in grads:
        quadrate += np.sum(g * g)
    norm = np.sqrt(quadrate)
    faktor = 1.0
    if norm > max_norm:
        faktor = max_norm / norm
    return [faktor * g for g in grads]
