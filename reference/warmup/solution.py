"""From raw bytes to mini-batches: what stands between a data set and the first gradient, in NumPy alone.

An example is a row (batch first): X (N, D) or (N, H, W), y (N,). Real-valued results are float64.
Functions leave their arguments as they found them and remember nothing from one call to the next.
"""

# BEGIN SOLUTION
import math
import struct

# END SOLUTION
import numpy as np


def one_hot(y, k):
    """Labels as rows with a single 1. y: (N,) integers in 0..k-1, any width → (N, k) float64.

    Raises ValueError if y has not exactly one axis, or for a label below 0 or above k-1.
    Source: the pets table, Boudart, Deep Learning, ULiège.
    """
    # BEGIN SOLUTION
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"y: expected shape (N,), got {y.shape}")
    if y.min() < 0 or y.max() >= k:                # y = -1 would quietly index from the end
        raise ValueError(f"y: expected labels in 0..{k - 1}, got {y.min()}..{y.max()}")
    Y = np.zeros((len(y), k))                      # (N, k)
    Y[np.arange(len(y)), y] = 1.0                  # entry (n, y_n) of every row n
    return Y
    # END SOLUTION


def train_val_test_split(n, fractions, seed):
    """Indices of three disjoint parts of n examples, at random: (train, val, test), integers of one axis each.

    fractions: three numbers ≥ 0 that add up to 1 within 1e-9; each size is within one of n times its
    fraction. The same seed gives the same parts. Raises ValueError for other fractions.
    Source: train, validation and test sets, Marza, Introduction to Deep Learning, INSA Lyon.
    """
    # BEGIN SOLUTION
    if min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-9:      # 0.7 + 0.2 + 0.1 is not exactly 1
        raise ValueError(f"fractions: expected three numbers >= 0 with the sum 1, got {fractions}")
    order = np.random.default_rng(seed).permutation(n)            # (n,)
    first, second = round(n * fractions[0]), round(n * (fractions[0] + fractions[1]))
    return order[:first], order[first:second], order[second:]
    # END SOLUTION


def standardize_fit(X):
    """Mean and standard deviation of each column. X: (N, D) of any number type → mu (D,), sigma (D,), float64.

    sigma² = Σ (x - mu)² / N, and sigma is exactly 0 for a column whose values are all equal.
    Source: standardisation of the inputs, Boudart, Deep Learning, ULiège.
    """
    # BEGIN SOLUTION
    X = np.asarray(X, dtype=np.float64)
    mu = X.mean(axis=0)                                           # (D,)
    sigma = np.sqrt(np.mean((X - mu) ** 2, axis=0))               # (D,)
    constant = X.min(axis=0) == X.max(axis=0)                     # (D,) there, rounding gives sigma = 1e-17
    return mu, np.where(constant, 0.0, sigma)
    # END SOLUTION


def standardize_apply(X, mu, sigma):
    """(X - mu) / sigma, column by column. X: (M, D), mu (D,), sigma (D,) → (M, D) float64.

    Where sigma is 0 it divides by 1. mu and sigma come from the training set, whatever X is.
    Source: standardisation of the inputs, Boudart, Deep Learning, ULiège.
    """
    # BEGIN SOLUTION
    scale = np.where(sigma == 0, 1.0, sigma)                      # (D,)
    return (np.asarray(X, dtype=np.float64) - mu) / scale         # (M, D)
    # END SOLUTION


def iterate_minibatches(X, y, batch, rng=None, drop_last=False):
    """One epoch: yield (X_b, y_b) of `batch` rows each, the last one with what is left unless drop_last.

    X: (N, ...), y: (N, ...), batch: rows ≥ 1. With a numpy Generator the rows come in a random order drawn
    from it, X and y alike, without one in their own. Raises ValueError if len(X) != len(y) or batch < 1.
    Source: epochs and training batches, Marza, INSA Lyon; mini-batch SGD, Thome, Cnam.
    """
    # BEGIN SOLUTION
    n = len(X)
    if len(y) != n or batch < 1:
        raise ValueError(f"expected as many rows in X and y and batch >= 1, got {n}, {len(y)} and {batch}")
    order = np.arange(n) if rng is None else rng.permutation(n)   # one order for X and y
    stop = n - n % batch if drop_last else n
    for start in range(0, stop, batch):
        rows = order[start:start + batch]                         # (batch,), or shorter at the end
        yield X[rows], y[rows]
    # END SOLUTION


def parse_idx(data):
    """The array in an IDX file, the format of MNIST. data: bytes → uint8 of the shape that the header gives.

    Two zero bytes, the type 0x08 (uint8), the number of axes, each size as 4 bytes, most significant first,
    then the values, last axis fastest. Raises ValueError for another header and for missing or surplus bytes.
    Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database, "File formats".
    """
    # BEGIN SOLUTION
    if len(data) < 4 or data[:3] != b"\x00\x00\x08":
        raise ValueError(f"expected the magic number 00 00 08, got {data[:3].hex(' ')}")
    start = 4 + 4 * data[3]                                       # bytes of header
    if len(data) < start:
        raise ValueError(f"expected a header of {start} bytes, got {len(data)}")
    shape = struct.unpack(f">{data[3]}I", data[4:start])
    if len(data) - start != math.prod(shape):
        raise ValueError(f"expected {math.prod(shape)} values for the shape {shape}, got {len(data) - start}")
    return np.frombuffer(data, dtype=np.uint8, offset=start).reshape(shape)
    # END SOLUTION
