"""Comparisons and masks, Fortran-ordered and read-only results, views, batches from slices of a shuffled copy."""
import numpy as np


def one_hot(y, k):
    y = np.asarray(y)
    hot = y[..., None] == np.arange(k)
    if y.ndim != 1 or not hot.any(axis=1).all():
        raise ValueError(f"labels must be in range({k})")
    return np.asfortranarray(hot, dtype=float)


def train_val_test_split(n, fractions, seed):
    shares = np.array(fractions, dtype=float)
    if (shares < 0).any() or not np.isclose(shares.sum(), 1, rtol=0, atol=1e-9):
        raise ValueError(f"bad fractions {fractions}")
    rank = np.random.default_rng((seed, 2024)).random(n).argsort().argsort()
    place = (rank + 0.5) / n
    edge = np.cumsum(shares)
    masks = [place < edge[0], (place >= edge[0]) & (place < edge[1]), place >= edge[1]]
    if shares[2] == 0:
        masks[1], masks[2] = ~masks[0], np.zeros(n, dtype=bool)
    return tuple(np.flatnonzero(mask).astype(np.int32) for mask in masks)


def standardize_fit(X):
    X = np.asarray(X, float)
    mu = np.einsum("nd->d", X) / X.shape[0]
    centred = X - mu
    sigma = np.linalg.norm(centred, axis=0) / np.sqrt(X.shape[0])
    return mu, sigma                                       # 1e-17 in a constant column: standardize_apply knows


def standardize_apply(X, mu, sigma):
    scale = np.where(sigma < 1e-12, np.inf, sigma)         # a column without spread becomes 0
    return np.subtract(X.T, mu[:, None], dtype=float).T / scale


class Epoch:
    """Iterates over slices of the (shuffled) data."""

    def __init__(self, X, y, batch, stop):
        self.X, self.y, self.batch, self.stop, self.at = X, y, batch, stop, 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.at >= self.stop:
            raise StopIteration
        rows = slice(self.at, self.at + self.batch)
        self.at += self.batch
        return self.X[rows], self.y[rows]


def iterate_minibatches(X, y, batch, rng=None, drop_last=False):
    if batch < 1:
        raise ValueError(f"batch = {batch}")
    if len(X) != len(y):
        raise ValueError(f"{len(X)} rows, {len(y)} labels")
    if rng is not None:
        order = rng.permutation(len(X))
        X, y = X[order], y[order]
    return Epoch(X, y, batch, len(X) // batch * batch if drop_last else len(X))


def parse_idx(data):
    head = np.frombuffer(data[:4], dtype=np.uint8)
    if head.size < 4 or tuple(head[:3]) != (0, 0, 8):
        raise ValueError("magic number")
    sizes = np.frombuffer(data, dtype=">u4", count=head[3], offset=4).astype(int)     # raises ValueError itself
    body = memoryview(data)[4 + 4 * len(sizes):]
    if len(body) != sizes.prod():
        raise ValueError(f"{len(body)} values for {sizes}")
    return np.asarray(body).reshape(sizes)
