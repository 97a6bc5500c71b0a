# expect: error warmup.parse_idx/little-endian
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
    if X.shape[0] != y.shape[0]:
        raise ValueError("X and y do not have the same number of rows")
    if batch < 1:
        raise ValueError("batch must be at least 1")
    N = X.shape[0]
    if rng is None:
        idx = np.arange(N)
    else:
        idx = rng.permutation(N)
    for i in range(0, N, batch):
        b = idx[i:i + batch]
        if drop_last and len(b) < batch:
            break
        yield X[b], y[b]


def parse_idx(data):
    if len(data) < 4:
        raise ValueError("file too short")
    if data[0] != 0 or data[1] != 0 or data[2] != 8:
        raise ValueError("wrong magic number")
    ndim = data[3]
    if len(data) < 4 + 4 * ndim:
        raise ValueError("file too short")
    shape = []
    for d in range(ndim):
        shape.append(int(np.frombuffer(data, "<i4", 1, 4 + 4 * d)[0]))
    values = np.frombuffer(data[4 + 4 * ndim:], dtype=np.uint8)
    if len(values) != int(np.prod(shape)):
        raise ValueError("wrong number of values")
    return values.reshape(shape).copy()
