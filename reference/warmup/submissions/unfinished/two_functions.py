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
