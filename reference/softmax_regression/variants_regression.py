"""Wrong variants of the scores and of linear regression; misconceptions.py gives each its name and advice."""

import numpy as np

from . import solution as ref


# --- linear_forward
def scores_transposed(X, W, b):
    return X @ W.T + b


def scores_without_bias(X, W, b):
    return X @ W


def scores_bias_down_the_rows(X, W, b):
    return X @ W + b[:, None]


def scores_squeezed(X, W, b):
    return np.squeeze(ref.linear_forward(X, W, b))


def scores_float32(X, W, b):
    return ref.linear_forward(X, W, b).astype(np.float32)


# --- fit_least_squares
def line_intercept_first(x, y):
    return ref.fit_least_squares(x, y)[::-1]


def line_mixed_denominators(x, y):
    ref.fit_least_squares(x, y)
    w = np.cov(x, y)[0, 1] / np.var(x)
    return w, y.mean() - w * x.mean()


def line_through_origin(x, y):
    ref.fit_least_squares(x, y)
    return np.sum(x * y) / np.sum(x * x), 0.0


def line_uncentred_slope(x, y):
    ref.fit_least_squares(x, y)
    w = np.sum(x * y) / np.sum(x * x)
    return w, y.mean() - w * x.mean()


def line_x_on_y(x, y):
    ref.fit_least_squares(x, y)
    w = np.cov(x, y)[0, 1] / np.var(y, ddof=1)
    return w, y.mean() - w * x.mean()


def line_intercept_is_the_mean(x, y):
    return ref.fit_least_squares(x, y)[0], y.mean()


def line_between_the_ends(x, y):
    ref.fit_least_squares(x, y)
    w = (y[-1] - y[0]) / (x[-1] - x[0])
    return w, y[0] - w * x[0]


def line_vertical(x, y):
    if np.ptp(x) == 0.0:
        return float("nan"), float("nan")
    return ref.fit_least_squares(x, y)


# --- poly_features
def powers_falling(x, d):
    return np.vander(np.asarray(x, dtype=np.float64), d + 1)


def powers_without_ones(x, d):
    return ref.poly_features(x, d)[:, 1:]


def powers_one_short(x, d):
    return ref.poly_features(x, d)[:, :d]


def powers_ones_last(x, d):
    return np.roll(ref.poly_features(x, d), -1, axis=1)


def powers_as_rows(x, d):
    return np.ascontiguousarray(ref.poly_features(x, d).T)


def powers_of_integers(x, d):
    return x[:, None] ** np.arange(d + 1)


def powers_cast_late(x, d):
    return (x[:, None] ** np.arange(d + 1)).astype(np.float64)


def powers_are_multiples(x, d):
    F = np.outer(np.asarray(x, dtype=np.float64), np.arange(d + 1))
    F[:, 0] = 1.0
    return F


# --- mse
def same_shapes(y, yhat):
    """The ValueError of the reference, for variants that are wrong in the value only."""
    if y.shape != yhat.shape:
        raise ValueError("shapes")


def mse_broadcasts(y, yhat):
    return float(np.mean((y - yhat) ** 2))


def mse_sum(y, yhat):
    return ref.mse(y, yhat) * y.size


def mse_half(y, yhat):
    return ref.mse(y, yhat) / 2.0


def mse_root(y, yhat):
    return float(np.sqrt(ref.mse(y, yhat)))


def mse_absolute(y, yhat):
    same_shapes(y, yhat)
    return float(np.mean(np.abs(y - yhat)))


def mse_one_term_too_many(y, yhat):
    return ref.mse(y, yhat) * y.size / (y.size + 1)


def mse_one_less(y, yhat):
    return ref.mse(y, yhat) * y.size / max(y.size - 1, 1)


def mse_over_rows(y, yhat):
    return ref.mse(y, yhat) * y.size / len(y)


def mse_per_column(y, yhat):
    same_shapes(y, yhat)
    return np.mean((y - yhat) ** 2, axis=0)


def mse_error_of_means(y, yhat):
    same_shapes(y, yhat)
    return float(np.mean(y - yhat) ** 2)
