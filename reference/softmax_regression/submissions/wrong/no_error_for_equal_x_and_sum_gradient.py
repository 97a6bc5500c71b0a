# expect: failed softmax_regression.fit_least_squares/vertical
# mistake: fit_least_squares: all x equal is not refused, the division 0/0 gives nan.
# second mistake: softmax_ce_backward: returns P - Y without the 1/N of the mean.
import numpy as np


def _un_parmi_K(y, K):
    """étiquettes (N,) -> one-hot (N, K)"""
    Y = np.zeros((y.shape[0], K))
    for n in range(y.shape[0]):
        Y[n, y[n]] = 1.0
    return Y


def linear_forward(X, W, b):
    return np.dot(X, W) + b


def fit_least_squares(x, y):
    moyenne_x = np.mean(x)
    moyenne_y = np.mean(y)
    dx = x - moyenne_x
    dy = y - moyenne_y
    coef_dir = np.sum(dx * dy) / np.sum(dx * dx)
    q = moyenne_y - coef_dir * moyenne_x
    return float(coef_dir), float(q)


def poly_features(x, d):
    x = x.astype(float)
    F = np.ones((x.shape[0], d + 1))
    for k in range(1, d + 1):
        F[:, k] = F[:, k - 1] * x
    return F


def mse(y, yhat):
    if np.shape(y) != np.shape(yhat):
        raise ValueError("les formes ne sont pas les memes")
    erreur = y - yhat
    return float(np.mean(erreur * erreur))


def softmax(S):
    P = np.zeros(S.shape)
    for n in range(S.shape[0]):
        ligne = S[n] - np.max(S[n])
        e = np.exp(ligne)
        P[n] = e / np.sum(e)
    return P


def cross_entropy(A, y, from_logits):
    N = A.shape[0]
    perte = 0.0
    for n in range(N):
        if from_logits:
            m = np.max(A[n])
            perte += m + np.log(np.sum(np.exp(A[n] - m))) - A[n, y[n]]
        else:
            perte += -np.log(A[n, y[n]])
    return perte / N


def softmax_ce_backward(S, y):
    K = S.shape[1]
    P = softmax(S)
    Y = _un_parmi_K(y, K)
    return P - Y


def logreg_grads(X, y, W, b):
    N = X.shape[0]
    # propagation avant
    scores = np.dot(X, W) + b
    # propagation arriere
    Z0 = scores - np.max(scores, axis=1, keepdims=True)
    P = np.exp(Z0)
    Z = np.sum(P, axis=1, keepdims=True)
    perte = np.mean(np.log(Z[:, 0]) - Z0[np.arange(N), y])
    P = P / Z
    delta = P - np.eye(W.shape[1])[y]
    delta = delta / N
    dW = np.dot(X.T, delta)
    db = np.sum(delta, axis=0)
    return perte, dW, db


def sgd_step(params, grads, lr):
    for theta, g in zip(params, grads):
        theta[...] = theta - lr * g


def softmax_regression_epoch(X, y, W, b, lr, batch):
    N = X.shape[0]
    W = np.array(W)
    b = np.array(b)
    cumul = 0.0
    debut = 0
    while debut < N:
        fin = min(debut + batch, N)
        perte, dW, db = logreg_grads(X[debut:fin], y[debut:fin], W, b)
        cumul = cumul + perte * (fin - debut)
        W = W - lr * dW
        b = b - lr * db
        debut = fin
    return W, b, cumul / N
