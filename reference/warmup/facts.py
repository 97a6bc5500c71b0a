"""Facts on splits, mini-batches and files that only exam questions compute."""

import math


def batches_per_epoch(n, batch, drop_last=False):
    """Mini-batches in one epoch over n rows: ⌈n/batch⌉, or ⌊n/batch⌋ with drop_last. Source: iterate_minibatches."""
    return n // batch if drop_last else -(-n // batch)


def last_batch_rows(n, batch):
    """Rows of an epoch's last mini-batch without drop_last. Source: iterate_minibatches."""
    return n - (batches_per_epoch(n, batch) - 1) * batch


def nested_split(n, test, val):
    """(train, val, test) sizes if `test` of all rows is cut off first, then `val` of what is left. Shares in percent.

    Source: two calls of scikit-learn's train_test_split; only for shares that give whole numbers (else ValueError).
    """
    held, rest = divmod(n * test, 100)
    chosen, left = divmod((n - held) * val, 100)
    if rest or left:
        raise ValueError(f"{test} % and {val} % of {n} are no whole numbers")
    return n - held - chosen, chosen, held


def idx_bytes(shape):
    """Bytes of an IDX file of uint8 values: 4, 4 for each axis, 1 for each value. Source: MNIST database."""
    return 4 + 4 * len(shape) + math.prod(shape)


def one_hot_bytes(n, k, size):
    """Bytes of n one-hot rows of k entries of `size` bytes each. Source: NumPy, ndarray.nbytes."""
    return n * k * size
