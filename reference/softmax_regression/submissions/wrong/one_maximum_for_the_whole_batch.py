# expect: failed softmax_regression.softmax/one-shift
# mistake: softmax: subtracts the maximum of the whole matrix instead of that of each row, so rows with much smaller scores give 0/0.
import numpy as np


class _SoftmaxCE:
    """Softmax + cross-entropy layer: forward() remembers P, backward() uses it."""

    def forward(self, scores, labels):
        self.labels = labels
        self.rows = np.arange(scores.shape[0])
        top = np.amax(scores, axis=1).reshape(-1, 1)
        e = np.exp(scores - top)
        z = e.sum(axis=1).reshape(-1, 1)
        self.P = e / z
        losses = (top + np.log(z)).ravel() - scores[self.rows, labels]
        return losses.mean()

    def backward(self):
        grad = self.P.copy()
        grad[self.rows, self.labels] -= 1.0
        grad *= 1.0 / len(self.rows)
        return grad


def linear_forward(X, W, b):
    return np.einsum("nd,dk->nk", X, W) + b


def fit_least_squares(x, y):
    if len(set(x.tolist())) == 1:
        raise ValueError("cannot fit a line: all x equal")
    cov = np.mean((x - np.mean(x)) * (y - np.mean(y)))
    w = cov / np.var(x)
    b = np.mean(y) - w * np.mean(x)
    return w, b


def poly_features(x, d):
    return np.vander(x.astype(np.float64), d + 1, increasing=True)


def mse(y, yhat):
    if y.shape != yhat.shape:
        raise ValueError("shape mismatch")
    r = (y - yhat).ravel()
    return r @ r / r.size


def softmax(S):
    # numerically stable
    e = np.exp(S - np.max(S))
    return e / e.sum(axis=1).reshape(-1, 1)


def cross_entropy(A, y, from_logits):
    if from_logits:
        return _SoftmaxCE().forward(A, y)
    return np.mean(-np.log(A[np.arange(A.shape[0]), y]))


def softmax_ce_backward(S, y):
    layer = _SoftmaxCE()
    layer.forward(S, y)
    return layer.backward()


def logreg_grads(X, y, W, b):
    layer = _SoftmaxCE()
    loss = layer.forward(X @ W + b, y)
    dS = layer.backward()
    return loss, X.T @ dS, dS.sum(axis=0)


def sgd_step(params, grads, lr):
    for p, g in zip(params, grads):
        np.subtract(p, lr * g, out=p)


def softmax_regression_epoch(X, y, W, b, lr, batch):
    theta = [W.copy(), b.copy()]
    row_losses = []
    for start in range(0, X.shape[0], batch):
        xs, ys = X[start:start + batch], y[start:start + batch]
        loss, dW, db = logreg_grads(xs, ys, *theta)
        row_losses += [loss] * len(ys)
        theta = [theta[0] - lr * dW, theta[1] - lr * db]
    return theta[0], theta[1], float(np.mean(row_losses))
