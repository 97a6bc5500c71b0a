"""Wrong variants of the scaling; misconceptions.py names them."""

import numpy as np

from . import solution as ref


# --- standardize_fit
def fit_ddof(X):
    X = np.asarray(X, dtype=float)
    return X.mean(axis=0), X.std(axis=0, ddof=1)


def fit_per_row(X):
    return np.mean(X, axis=1, dtype=float), np.std(X, axis=1, dtype=float)


def fit_one_number(X):
    return np.float64(np.mean(X, dtype=float)), np.float64(np.std(X, dtype=float))


def fit_variance(X):
    mu, sigma = ref.standardize_fit(X)
    return mu, sigma**2


def fit_keepdims(X):
    mu, sigma = ref.standardize_fit(X)
    return mu[None, :], sigma[None, :]


def fit_keeps_float32(X):
    mu, sigma = ref.standardize_fit(X)
    return (mu.astype(np.float32), sigma.astype(np.float32)) if X.dtype == np.float32 else (mu, sigma)


def fit_float32(X):
    mu, sigma = ref.standardize_fit(X)
    return mu.astype(np.float32), sigma.astype(np.float32)


def fit_mean_of_squares(X):
    X = np.asarray(X, dtype=float)
    mu = X.mean(axis=0)
    return mu, np.sqrt(np.maximum((X * X).mean(axis=0) - mu * mu, 0.0))


def fit_in_place(X):
    mu, sigma = ref.standardize_fit(X)
    if X.dtype == np.float64:
        X -= mu
    return mu, sigma


def fit_rounded_constant(X):
    X = np.asarray(X, dtype=float)
    return X.mean(axis=0), X.std(axis=0)


def fit_adds_epsilon(X):
    mu, sigma = ref.standardize_fit(X)
    return mu, sigma + 1e-8


def fit_sixty_thousand(X):
    mu = np.sum(X, axis=0, dtype=float) / 60000
    return mu, np.sqrt(np.sum((X - mu) ** 2, axis=0) / 60000)


def fit_mnist_constants(X):
    return np.full(X.shape[1], 0.1307), np.full(X.shape[1], 0.3081)


def fit_min_max(X):
    X = np.asarray(X, dtype=float)
    return X.min(axis=0), X.max(axis=0) - X.min(axis=0)


def fit_swapped(X):
    return ref.standardize_fit(X)[::-1]


def fit_scale_one(X):
    mu, sigma = ref.standardize_fit(X)
    return mu, np.where(sigma == 0, 1.0, sigma)


# --- standardize_apply
def apply_own_statistics(X, mu, sigma):
    return ref.standardize_apply(X, *ref.standardize_fit(X))


def apply_zero_over_zero(X, mu, sigma):
    with np.errstate(all="ignore"):
        return (X - mu) / sigma


def apply_epsilon(X, mu, sigma):
    return (X - mu) / (sigma + 1e-8)


def apply_nan_to_num(X, mu, sigma):
    return np.nan_to_num(apply_zero_over_zero(X, mu, sigma))


def apply_zeroed(X, mu, sigma):
    return np.where(sigma == 0, 0.0, ref.standardize_apply(X, mu, sigma))


def apply_variance(X, mu, sigma):
    return ref.standardize_apply(X, mu, sigma**2)


def apply_not_centred(X, mu, sigma):
    return ref.standardize_apply(X, np.zeros_like(mu), sigma)


def apply_not_scaled(X, mu, sigma):
    return ref.standardize_apply(X, mu, np.ones_like(sigma))


def apply_mean_after(X, mu, sigma):
    return X / np.where(sigma == 0, 1.0, sigma) - mu


def apply_inverse(X, mu, sigma):
    return X * sigma + mu


def apply_squeezes(X, mu, sigma):
    return np.squeeze(ref.standardize_apply(X, mu, sigma))


def apply_in_place(X, mu, sigma):
    Z = ref.standardize_apply(X, mu, sigma)
    if X.dtype == np.float64:
        X[...] = Z
    return Z


def apply_keeps_bytes(X, mu, sigma):
    Z = ref.standardize_apply(X, mu, sigma)
    return Z.astype(np.int64).astype(X.dtype) if X.dtype.kind in "iu" else Z


def apply_float32(X, mu, sigma):
    return ref.standardize_apply(X, mu, sigma).astype(np.float32)
