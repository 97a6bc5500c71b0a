# expect: failed activations_losses.relu_backward/in-place
# mistake: relu_backward: sets the entries of the incoming dout to zero in place and returns it.
# Aktivierungen und Verlustfunktionen
import numpy as np


def _sig(x):
    # stabil: nur exp von negativen Zahlen
    z = np.exp(-np.abs(x))
    return np.where(x < 0, z, 1.0) / (1.0 + z)


def sigmoid(x):
    ausgabe = _sig(x)
    return ausgabe, x.copy()


def sigmoid_backward(dout, cache):
    s = _sig(cache)
    steigung = s * (1 - s)
    return dout * steigung


def tanh(x):
    ausgabe = np.tanh(x)
    return ausgabe, x.copy()


def tanh_backward(dout, cache):
    steigung = 1 - np.tanh(cache) ** 2
    return dout * steigung


def relu(x):
    ausgabe = x * (x > 0)
    return ausgabe, x.copy()


def relu_backward(dout, cache):
    dx = dout
    dx[cache <= 0] = 0
    return dx


def leaky_relu(x, a=0.1):
    ausgabe = np.maximum(a * x, x)
    return ausgabe, {"x": x.copy(), "a": a}


def leaky_relu_backward(dout, cache):
    x, a = cache["x"], cache["a"]
    steigung = np.full(x.shape, float(a))
    steigung[x > 0] = 1
    return dout * steigung


def elu(x, alpha=1.0):
    negativ = np.exp(np.minimum(x, 0)) - 1          # kein Ueberlauf
    ausgabe = np.where(x >= 0, x, alpha * negativ)
    return ausgabe, {"x": x.copy(), "alpha": alpha}


def elu_backward(dout, cache):
    x, alpha = cache["x"], cache["alpha"]
    steigung = np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))
    return dout * steigung


def maxout(x, W1, b1, W2, b2):
    h1 = x.dot(W1) + b1
    h2 = x.dot(W2) + b2
    gewinner = (h1 > h2).astype(float)              # 1: erstes Stueck
    ausgabe = gewinner * h1 + (1 - gewinner) * h2
    return ausgabe, {"x": x, "W1": W1, "W2": W2, "M": gewinner}


def maxout_backward(dout, cache):
    x, M = cache["x"], cache["M"]
    D1 = dout * M
    D2 = dout * (1 - M)
    dx = D1.dot(cache["W1"].T) + D2.dot(cache["W2"].T)
    dW1, db1 = x.T.dot(D1), D1.sum(axis=0)
    dW2, db2 = x.T.dot(D2), D2.sum(axis=0)
    return dx, dW1, db1, dW2, db2


# --- Verluste ---

def mse(yhat, y):
    fehler = yhat - y
    verlust = (fehler ** 2).mean()
    gradient = 2 * fehler / fehler.size
    return verlust, gradient


def mae(yhat, y):
    fehler = yhat - y
    verlust = np.abs(fehler).mean()
    gradient = ((fehler > 0).astype(float) - (fehler < 0)) / fehler.size
    return verlust, gradient


def msle(yhat, y):
    fehler = np.log(yhat / y)
    verlust = (fehler ** 2).mean()
    gradient = 2 * fehler / yhat / fehler.size
    return verlust, gradient


def huber(yhat, y, delta=1.0):
    fehler = yhat - y
    betrag = np.abs(fehler)
    innen = betrag <= delta
    verlust = (innen * 0.5 * fehler ** 2 + ~innen * (delta * betrag - 0.5 * delta ** 2)).mean()
    gradient = np.maximum(np.minimum(fehler, delta), -delta) / fehler.size
    return verlust, gradient


def _log100(p):
    """ln p, aber nie unter -100"""
    ergebnis = np.full(p.shape, -100.0)
    np.log(p, out=ergebnis, where=p > 0)
    return np.maximum(ergebnis, -100.0)


def bce(yhat, y):
    verlust = -(y * _log100(yhat) + (1 - y) * _log100(1 - yhat)).mean()
    nenner = yhat * (1 - yhat)
    nenner = np.where(nenner < 1e-12, 1e-12, nenner)
    gradient = (yhat - y) / nenner / yhat.size
    return verlust, gradient


def bce_with_logits(s, y):
    # ln(1 + e^s) = max(s, 0) + ln(1 + e^-|s|)
    verlust = (np.maximum(s, 0) + np.log1p(np.exp(-np.abs(s))) - s * y).mean()
    gradient = (_sig(s) - y) / s.size
    return verlust, gradient


def cross_entropy(S, y):
    N = len(S)
    m = S.max(axis=1)
    summe = np.exp(S - m[:, None]).sum(axis=1)
    verlust = (m + np.log(summe) - S[range(N), y]).mean()
    gradient = np.exp(S - m[:, None]) / summe[:, None]
    gradient[range(N), y] -= 1
    gradient /= N
    return verlust, gradient
