# expect: failed warmup.standardize_apply/epsilon
# mistake: standardize_apply: 1e-8 is added to sigma instead of treating sigma = 0 separately, so new values in a constant column explode
import numpy as np


def one_hot(y, k):
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError("y must be a vector")
    if (y < 0).any() or (y >= k).any():
        raise ValueError("label out of range")
    return np.eye(k)[y]


def train_val_test_split(n, fractions, seed):
    f = np.array(fractions, dtype=float)
    if (f < 0).any() or abs(f.sum() - 1) > 1e-9:
        raise ValueError("bad fractions")
    cuts = np.rint(n * np.cumsum(f)[:2]).astype(int)
    return tuple(np.split(np.random.default_rng(seed).permutation(n), cuts))


def standardize_fit(X):
    X = np.asarray(X, dtype=np.float64)
    mu = X.mean(axis=0)
    sigma = np.sqrt(((X - mu) ** 2).mean(axis=0))
    sigma[X.min(axis=0) == X.max(axis=0)] = 0.0   # rounding, see handout
    return mu, sigma


def standardize_apply(X, mu, sigma):
    X = np.asarray(X, dtype=np.float64)
    return (X - mu) / (sigma + 1e-8)  # no division by zero


def iterate_minibatches(X, y, batch, rng=None, drop_last=False):
    N = len(X)
    if len(y) != N or batch < 1:
        raise ValueError("X and y must have the same length, batch >= 1")
    idx = np.arange(N) if rng is None else rng.permutation(N)
    stop = N - N % batch if drop_last else N
    for i in range(0, stop, batch):
        j = idx[i:min(i + batch, N)]
        yield X[j], y[j]


def parse_idx(data):
    if len(data) < 4 or data[0] != 0 or data[1] != 0 or data[2] != 8 or data[3] < 1:
        raise ValueError("not an idx file of uint8")
    a = data[3]
    start = 4 + 4 * a
    if len(data) < start:
        raise ValueError("header is cut off")
    shape = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(a)]
    size = 1
    for s in shape:
        size *= s
    if len(data) != start + size:
        raise ValueError("wrong number of bytes")
    return np.array(bytearray(data[start:]), dtype=np.uint8).reshape(shape)
