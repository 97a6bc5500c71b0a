# expect: failed warmup.train_val_test_split/floors-twice
# mistake: train_val_test_split: the sizes of train and validation are both rounded down and the test set takes all that is left, which may be two more than its share
"""Assignment 0 - my solution."""
import struct

import numpy as np


def one_hot(y, k):
    # y has to be a plain vector of labels
    labels = np.array(y)
    if len(labels.shape) != 1:
        raise ValueError("y should have the shape (N,)")

    number_of_examples = labels.shape[0]
    Y = np.zeros((number_of_examples, k), dtype=np.float64)
    for n in range(number_of_examples):
        label = int(labels[n])
        if label < 0 or label > k - 1:
            raise ValueError("the label %d is not between 0 and k-1" % label)
        Y[n, label] = 1.0
    return Y


def train_val_test_split(n, fractions, seed):
    # 1. check the fractions
    total = 0.0
    for fraction in fractions:
        if fraction < 0:
            raise ValueError("fractions must not be negative")
        total = total + fraction
    if abs(total - 1.0) > 1e-9:
        raise ValueError("fractions must add up to one")

    # 2. shuffle all indices
    rng = np.random.default_rng(seed)
    indices = np.arange(n)
    rng.shuffle(indices)

    # 3. cut
    n_train = int(n * fractions[0])
    n_val = int(n * fractions[1])
    train = indices[:n_train]
    val = indices[n_train:n_train + n_val]
    test = indices[n_train + n_val:]      # the rest
    return train, val, test


def standardize_fit(X):
    data = np.array(X, dtype=np.float64)
    N, D = data.shape
    mu = np.zeros(D)
    sigma = np.zeros(D)
    for d in range(D):
        column = data[:, d]
        mu[d] = np.sum(column) / N
        if np.min(column) != np.max(column):
            sigma[d] = np.sqrt(np.sum((column - mu[d]) ** 2) / N)
        # otherwise the column is constant and sigma stays 0
    return mu, sigma


def standardize_apply(X, mu, sigma):
    data = np.array(X, dtype=np.float64)
    safe_sigma = np.array(sigma, dtype=np.float64)   # a copy!
    safe_sigma[safe_sigma == 0] = 1.0
    return (data - mu) / safe_sigma


def iterate_minibatches(X, y, batch, rng=None, drop_last=False):
    if len(X) != len(y):
        raise ValueError("X and y do not fit together")
    if batch < 1:
        raise ValueError("batch has to be at least 1")

    N = len(X)
    if rng is not None:
        order = rng.permutation(N)
    else:
        order = np.arange(N)

    start = 0
    while start < N:
        rows = order[start:start + batch]
        start = start + batch
        if drop_last and len(rows) < batch:
            break
        yield X[rows], y[rows]


def parse_idx(data):
    # --- the magic number
    if len(data) < 4:
        raise ValueError("file is too short")
    zero1, zero2, kind, axes = struct.unpack(">BBBB", data[:4])
    if zero1 != 0 or zero2 != 0:
        raise ValueError("file does not begin with two zero bytes (still zipped?)")
    if kind != 0x08:
        raise ValueError("only uint8 is supported")
    if axes < 1:
        raise ValueError("there has to be an axis")

    # --- the sizes
    header = 4 + 4 * axes
    if len(data) < header:
        raise ValueError("file ends inside of the header")
    shape = struct.unpack(">" + axes * "I", data[4:header])

    # --- the values
    number_of_values = 1
    for size in shape:
        number_of_values = number_of_values * size
    if len(data) != header + number_of_values:
        raise ValueError("file has the wrong length")
    values = np.frombuffer(data, dtype=np.uint8, count=number_of_values, offset=header)
    return values.reshape(shape)
