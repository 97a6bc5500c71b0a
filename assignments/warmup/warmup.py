"""From raw bytes to mini-batches: what stands between a data set and the first gradient, in NumPy alone.

An example is a row (batch first): X (N, D) or (N, H, W), y (N,). Real-valued results are float64.
Functions leave their arguments as they found them and remember nothing from one call to the next.
"""

import numpy as np


def one_hot(y, k):
    """Labels as rows with a single 1. y: (N,) integers in 0..k-1, any width → (N, k) float64.

    Raises ValueError if y has not exactly one axis, or for a label below 0 or above k-1.
    Source: the pets table, Boudart, Deep Learning, ULiège.
    """
    raise NotImplementedError("one_hot: not written yet")


def train_val_test_split(n, fractions, seed):
    """Indices of three disjoint parts of n examples, at random: (train, val, test), integers of one axis each.

    fractions: three numbers ≥ 0 that add up to 1 within 1e-9; each size is within one of n times its
    fraction. The same seed gives the same parts. Raises ValueError for other fractions.
    Source: train, validation and test sets, Marza, Introduction to Deep Learning, INSA Lyon.
    """
    raise NotImplementedError("train_val_test_split: not written yet")


def standardize_fit(X):
    """Mean and standard deviation of each column. X: (N, D) of any number type → mu (D,), sigma (D,), float64.

    sigma² = Σ (x - mu)² / N, and sigma is exactly 0 for a column whose values are all equal.
    Source: standardisation of the inputs, Boudart, Deep Learning, ULiège.
    """
    raise NotImplementedError("standardize_fit: not written yet")


def standardize_apply(X, mu, sigma):
    """(X - mu) / sigma, column by column. X: (M, D), mu (D,), sigma (D,) → (M, D) float64.

    Where sigma is 0 it divides by 1. mu and sigma come from the training set, whatever X is.
    Source: standardisation of the inputs, Boudart, Deep Learning, ULiège.
    """
    raise NotImplementedError("standardize_apply: not written yet")


def iterate_minibatches(X, y, batch, rng=None, drop_last=False):
    """One epoch: yield (X_b, y_b) of `batch` rows each, the last one with what is left unless drop_last.

    X: (N, ...), y: (N, ...), batch: rows ≥ 1. With a numpy Generator the rows come in a random order drawn
    from it, X and y alike, without one in their own. Raises ValueError if len(X) != len(y) or batch < 1.
    Source: epochs and training batches, Marza, INSA Lyon; mini-batch SGD, Thome, Cnam.
    """
    raise NotImplementedError("iterate_minibatches: not written yet")


def parse_idx(data):
    """The array in an IDX file, the format of MNIST. data: bytes → uint8 of the shape that the header gives.

    Two zero bytes, the type 0x08 (uint8), the number of axes, each size as 4 bytes, most significant first,
    then the values, last axis fastest. Raises ValueError for another header and for missing or surplus bytes.
    Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database, "File formats".
    """
    raise NotImplementedError("parse_idx: not written yet")
