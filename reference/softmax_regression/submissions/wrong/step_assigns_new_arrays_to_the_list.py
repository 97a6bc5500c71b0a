# expect: failed softmax_regression.sgd_step/replaces-entries
# mistake: sgd_step: puts new arrays into the list (params[i] = params[i] - ...) instead of changing the arrays themselves.
"""A1 - linear regression, softmax regression"""
import numpy as np


def _log_softmax(S):
    Z = S - np.max(S, axis=1, keepdims=True)
    return Z - np.log(np.sum(np.exp(Z), axis=1, keepdims=True))


def _onehot(y, K):
    return (y[:, None] == np.arange(K)[None, :]).astype(np.float64)


def linear_forward(X, W, b):
    """X (N, D), W (D, K), b (K,) -> scores (N, K)"""
    scores = X.dot(W)
    scores = scores + b[None, :]
    return scores


def fit_least_squares(x, y):
    """closed form solution for w and b"""
    N = x.shape[0]
    x_bar = np.sum(x) / N
    y_bar = np.sum(y) / N
    numerator = 0.0
    denominator = 0.0
    all_equal = True
    for n in range(N):
        numerator += (x[n] - x_bar) * (y[n] - y_bar)
        denominator += (x[n] - x_bar) ** 2
        if x[n] != x[0]:
            all_equal = False
    if all_equal:
        raise ValueError("x is constant, slope undefined")
    w = numerator / denominator
    b = y_bar - w * x_bar
    return w, b


def poly_features(x, d):
    """column j is x to the power of j"""
    xf = np.array(x, dtype=np.float64)
    columns = [xf ** j for j in range(d + 1)]
    return np.stack(columns, axis=1)


def mse(y, yhat):
    """mean of squared errors"""
    if y.shape != yhat.shape:
        raise ValueError("y and yhat must have the same shape")
    return ((yhat - y) ** 2).sum() / y.size


def softmax(S):
    """row-wise softmax, shifted by the maximum so that exp does not overflow"""
    return np.exp(_log_softmax(S))


def cross_entropy(A, y, from_logits):
    """mean negative log-likelihood of the right classes"""
    if from_logits:
        logp = _log_softmax(A)
    else:
        logp = np.log(np.where(_onehot(y, A.shape[1]) > 0, A, 1.0))
    picked = logp[np.arange(A.shape[0]), y]
    return -np.sum(picked) / A.shape[0]


def softmax_ce_backward(S, y):
    """(P - Y) / N"""
    N, K = S.shape
    return (np.exp(_log_softmax(S)) - _onehot(y, K)) / N


def logreg_grads(X, y, W, b):
    """forward and backward pass of the classifier"""
    N = X.shape[0]
    logp = _log_softmax(X.dot(W) + b)
    loss = -np.sum(logp[np.arange(N), y]) / N
    dS = (np.exp(logp) - _onehot(y, W.shape[1])) / N
    dW = X.T.dot(dS)
    db = np.sum(dS, axis=0)
    return loss, dW, db


def sgd_step(params, grads, lr):
    """theta <- theta - lr * grad"""
    for i in range(len(params)):
        params[i] = params[i] - lr * grads[i]


def softmax_regression_epoch(X, y, W, b, lr, batch):
    """one pass over the data"""
    N = X.shape[0]
    W_new = W.copy()
    b_new = b.copy()
    loss_sum = 0.0
    n_batches = int(np.ceil(N / batch))
    for k in range(n_batches):
        rows = slice(k * batch, (k + 1) * batch)
        X_b = X[rows]
        y_b = y[rows]
        loss, dW, db = logreg_grads(X_b, y_b, W_new, b_new)
        loss_sum += loss * X_b.shape[0]
        W_new = W_new - lr * dW
        b_new = b_new - lr * db
    return W_new, b_new, loss_sum / N
