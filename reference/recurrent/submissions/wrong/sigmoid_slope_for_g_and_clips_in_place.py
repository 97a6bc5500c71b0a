# expect: failed recurrent.lstm_step_backward/candidate-slope
# mistake: lstm_step_backward: the slope of the candidate g is taken as g (1 - g), as if it were a sigmoid, instead of 1 - g squared
# second mistake: clip_gradients: the arrays that were passed in are themselves scaled in place
# Reseaux recurrents, TP 12
import numpy as np

def sigmoid(z):
    return 0.5 * (1.0 + np.tanh(0.5 * z))

def blocs(U, H):
    return [U[:, k:k + H] for k in range(0, U.shape[1], H)]

# --- RNN simple
def rnn_step(x, h, Wx, Wh, b):
    a = x @ Wx + h @ Wh + b
    suivant = np.tanh(a)
    cache = (x, h, Wx, Wh, suivant)
    return suivant, cache

def rnn_step_backward(dh_next, cache):
    x, h, Wx, Wh, suivant = cache
    delta = (1 - suivant ** 2) * dh_next
    dx = delta @ Wx.T
    dh = delta @ Wh.T
    dWx = x.T @ delta
    dWh = h.T @ delta
    db = delta.sum(axis=0)
    return dx, dh, dWx, dWh, db

def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    caches = []
    etat = h0
    for t in range(T):
        etat, cache = rnn_step(x[:, t], etat, Wx, Wh, b)
        h[:, t] = etat
        caches.append(cache)
    return h, caches

def rnn_backward(dh, cache):
    T = dh.shape[1]
    N, D = cache[0][0].shape
    H = dh.shape[2]
    dx = np.zeros((N, T, D))
    dWx, dWh, db = np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    dh_futur = np.zeros((N, H))
    t = T - 1
    while t >= 0:
        dx[:, t], dh_futur, gWx, gWh, gb = rnn_step_backward(dh[:, t] + dh_futur, cache[t])
        dWx += gWx
        dWh += gWh
        db += gb
        t -= 1
    return dx, dh_futur, dWx, dWh, db

# --- LSTM
def lstm_step_forward(x, h, c, Wx, Wh, b):
    Ui, Uf, Ug, Uo = blocs(x @ Wx + h @ Wh + b, h.shape[1])
    i = sigmoid(Ui)
    f = sigmoid(Uf)
    g = np.tanh(Ug)
    o = sigmoid(Uo)
    c_next = f * c + i * g
    h_next = o * np.tanh(c_next)
    return h_next, c_next, (x, h, c, Wx, Wh, i, f, g, o, c_next)

def lstm_step_backward(dh_next, dc_next, cache):
    x, h, c, Wx, Wh, i, f, g, o, c_next = cache
    th = np.tanh(c_next)
    # la cellule recoit deux gradients
    dcell = dc_next + dh_next * o * (1 - th ** 2)
    dUi = dcell * g * i * (1 - i)
    dUf = dcell * c * f * (1 - f)
    dUg = dcell * i * g * (1 - g)
    dUo = dh_next * th * o * (1 - o)
    dU = np.concatenate([dUi, dUf, dUg, dUo], axis=1)
    return dU @ Wx.T, dU @ Wh.T, dcell * f, x.T @ dU, h.T @ dU, dU.sum(axis=0)

def lstm_forward(x, h0, c0, Wx, Wh, b):
    N, T, D = x.shape
    H = Wh.shape[0]
    h, c = np.zeros((N, T, H)), np.zeros((N, T, H))
    h_prec, c_prec = h0, c0
    for t in range(T):
        h_prec, c_prec, _ = lstm_step_forward(x[:, t], h_prec, c_prec, Wx, Wh, b)
        h[:, t] = h_prec
        c[:, t] = c_prec
    return h, c

# --- GRU
def gru_step_forward(x, h, Wx, Wh, bx, bh):
    H = h.shape[1]
    Xr, Xz, Xn = blocs(x @ Wx + bx, H)
    Sr, Sz, Sn = blocs(h @ Wh + bh, H)
    r, z = sigmoid(Xr + Sr), sigmoid(Xz + Sz)
    n = np.tanh(Xn + r * Sn)
    h_next = (1 - z) * n + z * h
    return h_next, (x, h, Wx, Wh, r, z, n, Sn)

def gru_step_backward(dh_next, cache):
    x, h, Wx, Wh, r, z, n, Sn = cache
    dn = dh_next * (1 - z)
    dz = dh_next * h - dh_next * n
    dXn = dn * (1 - n ** 2)
    dr = dXn * Sn
    dXr = dr * r * (1 - r)
    dXz = dz * z * (1 - z)
    dX = np.concatenate([dXr, dXz, dXn], axis=1)
    dS = np.concatenate([dXr, dXz, r * dXn], axis=1)
    dh = z * dh_next + dS @ Wh.T
    return dX @ Wx.T, dh, x.T @ dX, h.T @ dS, dX.sum(axis=0), dS.sum(axis=0)

# --- ecretage
def clip_gradients(grads, max_norm):
    norme = np.sqrt(sum([np.sum(g ** 2) for g in grads]))
    if norme > max_norm:
        facteur = max_norm / norme
        for g in grads:
            g *= facteur
    return grads
