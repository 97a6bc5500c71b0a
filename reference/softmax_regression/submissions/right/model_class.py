"""A class does the work; einsum, lstsq, and results in Fortran order."""

import numpy as np


class Softmax:
    def __init__(self, W, b):
        self.theta = np.vstack([W, b[np.newaxis]])

    def log_probabilities(self, X):
        ones = np.ones((X.shape[0], 1))
        self.inputs = np.concatenate([X, ones], axis=1)
        return log_softmax(np.einsum("nd,dk->nk", self.inputs, self.theta))

    def gradients(self, X, y):
        log_p = self.log_probabilities(X)
        target = np.equal.outer(y, np.arange(log_p.shape[1])).astype(np.float64)
        loss = -np.einsum("nk,nk->", target, log_p) / X.shape[0]
        both = np.einsum("nd,nk->dk", self.inputs, np.exp(log_p) - target) / X.shape[0]
        return loss, both

    def step(self, both, lr):
        np.subtract(self.theta, lr * both, out=self.theta)


def log_softmax(S):
    Z = S - np.max(S, axis=-1)[..., None]
    return Z - np.logaddexp.reduce(Z, axis=-1)[..., None]


def linear_forward(X, W, b):
    return np.asfortranarray(np.einsum("nd,dk->nk", X, W) + b)


def fit_least_squares(x, y):
    if np.unique(x).size == 1:
        raise ValueError("all x are equal")
    return np.linalg.lstsq(np.column_stack([x, np.ones_like(x)]), y, rcond=None)[0]


def poly_features(x, d):
    return np.vander(np.asarray(x, float), d + 1)[:, ::-1]


def mse(y, yhat):
    if np.shape(y) != np.shape(yhat):
        raise ValueError("y and yhat must have the same shape")
    difference = np.subtract(y, yhat).ravel()
    return np.dot(difference, difference) / difference.size


def softmax(S):
    return np.asfortranarray(np.exp(log_softmax(S)))


def cross_entropy(A, y, from_logits):
    log_p = log_softmax(A) if from_logits else np.log(np.maximum(A, 1e-300))
    return -np.take_along_axis(log_p, y[:, None], axis=1).mean()


def softmax_ce_backward(S, y):
    target = np.eye(S.shape[1])[y]
    return ((softmax(S) - target).T / len(S)).T


def logreg_grads(X, y, W, b):
    loss, both = Softmax(W, b).gradients(X, y)
    return np.array(loss), both[:-1], both[-1]


def sgd_step(params, grads, lr):
    for p, g in zip(params, grads):
        np.subtract(p, np.multiply(lr, g), out=p)


def softmax_regression_epoch(X, y, W, b, lr, batch):
    model = Softmax(W, b)
    losses, counts = [], []
    for rows in np.split(np.arange(len(X)), range(batch, len(X), batch)):
        loss, both = model.gradients(X[rows], y[rows])
        model.step(both, lr)
        losses.append(loss)
        counts.append(rows.size)
    return model.theta[:-1], model.theta[-1], np.average(losses, weights=counts)
