import numpy as np


def one_hot(y, k):
    return (np.arange(k)[None, :] == y[:, None]) * 1.0


def linear_forward(X, W, b):
    return (W.T @ X.T).T + b.reshape(1, -1)


def fit_least_squares(x, y):
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    spread = np.sum(np.square(x - mean_x))
    if np.ptp(x) == 0:
        raise ValueError("the slope is undefined")
    slope = np.sum((x - mean_x) * y) / spread
    return slope, mean_y - slope * mean_x


def poly_features(x, d):
    columns = np.ones((d + 1, len(x)))
    for j in range(1, d + 1):
        columns[j] = columns[j - 1] * x
    return columns.T


def mse(y, yhat):
    assert_same(y, yhat)
    return np.square(y - yhat).mean()


def assert_same(y, yhat):
    if y.shape != yhat.shape:
        raise ValueError(f"{y.shape} and {yhat.shape}")


def softmax(S):
    shifted = (S.T - S.max(axis=1)).T
    e = np.exp(shifted)
    return np.divide(e.T, e.sum(1)).T


def cross_entropy(A, y, from_logits):
    Y = one_hot(y, A.shape[1])
    if from_logits:
        top = A.max(axis=1)
        log_sum = top + np.log(np.exp(A - top[:, None]).sum(axis=1))
        return np.mean(log_sum - (A * Y).sum(axis=1))
    return -np.mean(np.log((A * Y).sum(axis=1) + 1e-8))


def softmax_ce_backward(S, y):
    return (softmax(S) - one_hot(y, S.shape[1])) / S.shape[0]


def logreg_grads(X, y, W, b):
    S = linear_forward(X, W, b)
    dS = softmax_ce_backward(S, y)
    return cross_entropy(S, y, from_logits=True), (dS.T @ X).T, np.ones(len(X)) @ dS


def sgd_step(params, grads, lr):
    for p, g in zip(params, grads):
        p[...] = p - lr * g


def softmax_regression_epoch(X, y, W, b, lr, batch):
    params = [W.copy(), b.copy()]
    loss_of_rows = np.zeros(len(X))
    steps = -(-len(X) // batch)
    for i in range(steps):
        part = slice(i * batch, (i + 1) * batch)
        loss, *grads = logreg_grads(X[part], y[part], *params)
        loss_of_rows[part] = loss
        sgd_step(params, grads, lr)
    return params[0], params[1], loss_of_rows.mean()
