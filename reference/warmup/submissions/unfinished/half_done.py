# expect: missing
import numpy as np


def one_hot(y, k):
    y = np.array(y)
    if len(y.shape) != 1:
        raise ValueError("y must have shape (N,)")
    if np.any(y < 0) or np.any(y >= k):
        raise ValueError("label out of range")
    out = np.zeros((y.shape[0], k))
    for i in range(y.shape[0]):
        out[i, y[i]] = 1
    return out


def train_val_test_split(n, fractions, seed):
    if any(f < 0 for f in fractions) or abs(sum(fractions) - 1) > 1e-9:
        raise ValueError("fractions have to be >= 0 and sum to 1")
    rng = np.random.default_rng(seed)
    idx = rng.permutation(n)
    n_train = int(round(n * fractions[0]))
    n_train_val = int(round(n * (fractions[0] + fractions[1])))
    return idx[:n_train], idx[n_train:n_train_val], idx[n_train_val:]


def standardize_fit(X):
    X = X.astype(np.float64)
    mu = np.mean(X, axis=0)
    sigma = np.std(X, axis=0)
    sigma[np.max(X, axis=0) == np.min(X, axis=0)] = 0
    return mu, sigma


def standardize_apply(X, mu, sigma):
    divisor = sigma.copy()
    divisor[divisor == 0] = 1
    return (X - mu) / divisor


def iterate_minibatches(X, y, batch, rng=None, drop_last=False):
    # TODO
    raise NotImplementedError


def parse_idx(data):
    raise NotImplementedError("parse_idx: not written yet")
