"""Loops and lists, no fancy indexing, an epoch as a finished list, RandomState in place of default_rng."""
import math

import numpy as np


def one_hot(y, k):
    if len(np.shape(y)) != 1:
        raise ValueError("labels must be a vector")
    rows = []
    for label in y:
        label = int(label)
        if not 0 <= label < k:
            raise ValueError("no such class: " + str(label))
        rows.append([0.0] * label + [1.0] + [0.0] * (k - label - 1))
    return np.array(rows)


def train_val_test_split(n, fractions, seed):
    total = 0.0
    for fraction in fractions:
        if fraction < 0:
            raise ValueError("negative fraction")
        total += fraction
    if not math.isclose(total, 1.0, abs_tol=1e-9):
        raise ValueError("fractions must sum to one")
    indices = list(range(n))
    np.random.RandomState(seed).shuffle(indices)
    a = math.floor(n * fractions[0] + 0.5)
    b = math.floor(n * (fractions[0] + fractions[1]) + 0.5)
    return [indices[:a], indices[a:b], indices[b:]]


def standardize_fit(X):
    n, d = len(X), len(X[0])
    mu, sigma = np.zeros(d), np.zeros(d)
    for j in range(d):
        column = [float(X[i][j]) for i in range(n)]
        mu[j] = math.fsum(column) / n
        squares = math.fsum((v - mu[j]) ** 2 for v in column)
        sigma[j] = math.sqrt(squares / n) if max(column) > min(column) else 1.0     # as scikit-learn's scale_
    return [mu, sigma]


def standardize_apply(X, mu, sigma):
    Z = np.zeros((len(X), len(mu)))
    for i in range(len(X)):
        for j in range(len(mu)):
            Z[i, j] = float(X[i, j]) - mu[j]
            if sigma[j] > 0:
                Z[i, j] /= sigma[j]
    return Z


def iterate_minibatches(X, y, batch, rng=None, drop_last=False):
    n = len(X)
    if n != len(y) or batch < 1:
        raise ValueError("cannot make batches")
    if rng is not None:
        order = np.arange(n)
        rng.shuffle(order)                       # the same draws as rng.permutation(n)
    else:
        order = range(n)
    result, xs, ys = [], [], []
    for i in order:
        xs.append(X[i])
        ys.append(y[i])
        if len(xs) == batch:
            result.append([np.array(xs), np.array(ys)])
            xs, ys = [], []
    if xs and not drop_last:
        result.append([np.array(xs), np.array(ys)])
    return result


def parse_idx(data):
    if len(data) < 4 or data[0] != 0 or data[1] != 0 or data[2] != 8:
        raise ValueError("not an idx file of bytes")
    axes, position, shape = data[3], 4, []
    for _ in range(axes):
        if position + 4 > len(data):
            raise ValueError("header too short")
        size = 0
        for byte in data[position:position + 4]:
            size = 256 * size + byte
        shape.append(size)
        position += 4
    count = 1
    for size in shape:
        count *= size
    if len(data) != position + count:
        raise ValueError("wrong number of values")
    return np.array(list(data[position:]), dtype="uint8").reshape(shape)
