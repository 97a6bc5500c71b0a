# expect: failed recurrent.lstm_step_backward/dc-forgotten
# mistake: lstm_step_backward: dc_next is not added, only the way through h_next reaches the cell state
import numpy as np


def sigmoid(z):
    """1 / (1 + exp(-z)), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def linear_backward(dU, x, h, Wx, Wh):
    """helper: U = x Wx + h Wh + b  ->  dx, dh, dWx, dWh, db"""
    return dU @ Wx.T, dU @ Wh.T, x.T @ dU, h.T @ dU, np.sum(dU, axis=0)


def dsigmoid(s):
    return s * (1 - s)


def dtanh(t):
    return 1 - t * t


# ---------------------------------------------------------------- plain RNN

def rnn_step(x, h, Wx, Wh, b):
    h_next = np.tanh(np.dot(x, Wx) + np.dot(h, Wh) + b)
    cache = {"x": x, "h": h, "Wx": Wx, "Wh": Wh, "h_next": h_next}
    return h_next, cache


def rnn_step_backward(dh_next, cache):
    dU = dh_next * dtanh(cache["h_next"])
    return linear_backward(dU, cache["x"], cache["h"], cache["Wx"], cache["Wh"])


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.empty((N, T, H))
    caches = []
    prev = h0
    for t in range(T):
        h[:, t, :], cache = rnn_step(x[:, t, :], prev, Wx, Wh, b)
        prev = cache["h_next"]
        caches.append(cache)
    return h, {"steps": caches, "D": D}


def rnn_backward(dh, cache):
    steps = cache["steps"]
    N, T, H = dh.shape
    dx = np.empty((N, T, cache["D"]))
    dh_prev = np.zeros((N, H))
    dWx_total, dWh_total, db_total = 0.0, 0.0, 0.0

    for t in range(T)[::-1]:
        dx[:, t, :], dh_prev, dWx, dWh, db = rnn_step_backward(dh[:, t, :] + dh_prev, steps[t])
        dWx_total = dWx_total + dWx
        dWh_total = dWh_total + dWh
        db_total = db_total + db

    return dx, dh_prev, dWx_total, dWh_total, db_total


# ---------------------------------------------------------------- LSTM

def lstm_step_forward(x, h, c, Wx, Wh, b):
    U = np.dot(x, Wx) + np.dot(h, Wh) + b
    Ui, Uf, Ug, Uo = np.split(U, 4, axis=1)
    gates = {"i": sigmoid(Ui), "f": sigmoid(Uf), "g": np.tanh(Ug), "o": sigmoid(Uo)}
    c_next = gates["f"] * c + gates["i"] * gates["g"]
    h_next = gates["o"] * np.tanh(c_next)
    cache = {"x": x, "h": h, "c": c, "Wx": Wx, "Wh": Wh, "c_next": c_next, **gates}
    return h_next, c_next, cache


def lstm_step_backward(dh_next, dc_next, cache):
    i, f, g, o = cache["i"], cache["f"], cache["g"], cache["o"]
    tanh_c = np.tanh(cache["c_next"])

    # h_next = o * tanh(c_next)
    do = dh_next * tanh_c
    dc_total = dh_next * o * dtanh(tanh_c)

    # c_next = f * c + i * g
    df = dc_total * cache["c"]
    dc = dc_total * f
    di = dc_total * g
    dg = dc_total * i

    dU = np.concatenate((di * dsigmoid(i), df * dsigmoid(f), dg * dtanh(g), do * dsigmoid(o)), axis=1)
    dx, dh, dWx, dWh, db = linear_backward(dU, cache["x"], cache["h"], cache["Wx"], cache["Wh"])
    return dx, dh, dc, dWx, dWh, db


def lstm_forward(x, h0, c0, Wx, Wh, b):
    T = x.shape[1]
    h_list, c_list = [h0], [c0]
    for t in range(T):
        h, c, _ = lstm_step_forward(x[:, t, :], h_list[-1], c_list[-1], Wx, Wh, b)
        h_list.append(h)
        c_list.append(c)
    return np.stack(h_list[1:], axis=1), np.stack(c_list[1:], axis=1)


# ---------------------------------------------------------------- GRU

def gru_step_forward(x, h, Wx, Wh, bx, bh):
    Xr, Xz, Xn = np.split(np.dot(x, Wx) + bx, 3, axis=1)
    Sr, Sz, Sn = np.split(np.dot(h, Wh) + bh, 3, axis=1)
    r = sigmoid(Xr + Sr)       # reset gate
    z = sigmoid(Xz + Sz)       # update gate
    n = np.tanh(Xn + r * Sn)   # candidate
    h_next = (1 - z) * n + z * h
    cache = {"x": x, "h": h, "Wx": Wx, "Wh": Wh, "r": r, "z": z, "n": n, "Sn": Sn}
    return h_next, cache


def gru_step_backward(dh_next, cache):
    x, h, r, z, n = cache["x"], cache["h"], cache["r"], cache["z"], cache["n"]
    dn = dh_next * (1 - z)
    dz = dh_next * (h - n)

    dn_pre = dn * dtanh(n)
    dr_pre = dn_pre * cache["Sn"] * dsigmoid(r)
    dz_pre = dz * dsigmoid(z)

    dX = np.concatenate((dr_pre, dz_pre, dn_pre), axis=1)
    dS = np.concatenate((dr_pre, dz_pre, dn_pre * r), axis=1)

    dx, dWx, dbx = dX @ cache["Wx"].T, x.T @ dX, dX.sum(axis=0)
    dh, dWh, dbh = dS @ cache["Wh"].T, h.T @ dS, dS.sum(axis=0)
    dh = dh + z * dh_next
    return dx, dh, dWx, dWh, dbx, dbh


# ---------------------------------------------------------------- clipping

def clip_gradients(grads, max_norm):
    total = np.linalg.norm(np.concatenate([np.ravel(g) for g in grads]))
    if total > max_norm:
        scale = max_norm / total
        return [g * scale for g in grads]
    return grads
