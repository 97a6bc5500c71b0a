"""Wrong variants of the losses for regression, most frequent first within each function."""

import numpy as np

from . import solution as ref
from .cards import LIKELY, SUBMITTED, wrong


def scaled(result, loss=1.0, slope=1.0):
    """A loss and its gradient, each times a factor."""
    return result[0] * loss, result[1] * slope


def rows(y):
    """How many entries share one row: what a mean over rows alone forgets to divide by."""
    return y.size / len(y)


# --- mse
@wrong("mse/gradient-without-two", SUBMITTED, "The derivative of e² is 2e; only ½e² has the derivative e.")
def mse_without_two(yhat, y):
    return scaled(ref.mse(yhat, y), slope=0.5)


@wrong("mse/half", "Bishop 2006, eq. 1.2, has the ½", "Here MSE has no ½: the mean of e², with the gradient 2e/n.")
def mse_half(yhat, y):
    return scaled(ref.mse(yhat, y), 0.5, 0.5)


@wrong("mse/gradient-without-n", SUBMITTED, "The loss is a mean: its gradient keeps the 1/n, n = number of entries.")
def mse_without_n(yhat, y):
    return scaled(ref.mse(yhat, y), slope=y.size)


@wrong("mse/sum", SUBMITTED, "The mean over all entries, not their sum: divide loss and gradient by n.")
def mse_sum(yhat, y):
    return scaled(ref.mse(yhat, y), y.size, y.size)


@wrong("mse/gradient-over-rows", SUBMITTED,
       "The gradient is divided by the same n as the loss: all entries, y.size, not len(y).")
def mse_gradient_rows(yhat, y):
    return scaled(ref.mse(yhat, y), slope=rows(y))


@wrong("mse/mean-over-rows", SUBMITTED, "n counts all entries, N·K in a (N, K) array; len(y) counts the rows only.")
def mse_rows(yhat, y):
    return scaled(ref.mse(yhat, y), rows(y), rows(y))


@wrong("mse/gradient-sign", SUBMITTED, "By the prediction: 2(yhat - y)/n. With y - yhat, descent climbs.")
def mse_sign(yhat, y):
    return scaled(ref.mse(yhat, y), slope=-1.0)


@wrong("mse/root", LIKELY, "That is the RMSE: the mean squared error has no square root.")
def mse_root(yhat, y):
    loss, slope = ref.mse(yhat, y)
    return float(np.sqrt(loss)), slope / (2.0 * np.sqrt(loss))


@wrong("mse/in-place", SUBMITTED, "yhat -= y writes into the caller's array: yhat - y makes a new one.")
def mse_in_place(yhat, y):
    yhat -= y
    return float(np.mean(yhat**2)), 2.0 * yhat / yhat.size


# --- mae
@wrong("mae/no-absolute-value", LIKELY, "Without |·| errors of opposite sign cancel.")
def mae_signed(yhat, y):
    return float(np.mean(yhat - y)), np.full(y.shape, 1.0 / y.size)


@wrong("mae/gradient-without-n", SUBMITTED, "The loss is a mean: its gradient is ±1/n, n = number of entries.")
def mae_without_n(yhat, y):
    return scaled(ref.mae(yhat, y), slope=y.size)


@wrong("mae/sum", SUBMITTED, "The mean over all entries, not their sum: divide loss and gradient by n.")
def mae_sum(yhat, y):
    return scaled(ref.mae(yhat, y), y.size, y.size)


@wrong("mae/mean-over-rows", SUBMITTED, "n counts all entries, N·K in a (N, K) array; len(y) counts the rows only.")
def mae_rows(yhat, y):
    return scaled(ref.mae(yhat, y), rows(y), rows(y))


@wrong("mae/gradient-over-rows", SUBMITTED,
       "The gradient is divided by the same n as the loss: all entries, y.size, not len(y).")
def mae_gradient_rows(yhat, y):
    return scaled(ref.mae(yhat, y), slope=rows(y))


@wrong("mae/gradient-sign", SUBMITTED, "|yhat - y| grows with yhat where yhat > y: sign(yhat - y)/n.")
def mae_sign(yhat, y):
    return scaled(ref.mae(yhat, y), slope=-1.0)


@wrong("mae/zero-over-zero", LIKELY,
       "e/|e| is 0/0 = nan where the prediction is exact: np.sign(e) is 0 there, a valid subgradient.")
def mae_nan(yhat, y):
    e = yhat - y
    with np.errstate(invalid="ignore"):
        return float(np.mean(np.abs(e))), e / np.abs(e) / e.size


# --- msle
@wrong("msle/log1p", "scikit-learn and Keras take ln(1 + v)",
       "Here the logarithms are of the values themselves, as on the slide; libraries take ln(1 + v).")
def msle_log1p(yhat, y):
    r = np.log1p(yhat) - np.log1p(y)
    return float(np.mean(r**2)), 2.0 * r / (1.0 + yhat) / r.size


@wrong("msle/log10", LIKELY, "log without a base is the natural logarithm: np.log, not np.log10.")
def msle_log10(yhat, y):
    return scaled(ref.msle(yhat, y), np.log10(np.e) ** 2, np.log10(np.e) ** 2)


@wrong("msle/gradient-without-chain", SUBMITTED, "d ln(yhat)/d yhat = 1/yhat: divide by the prediction.")
def msle_no_chain(yhat, y):
    loss, slope = ref.msle(yhat, y)
    return loss, slope * yhat


@wrong("msle/gradient-over-y", LIKELY, "The derivative is by the prediction: divide by yhat, not by y.")
def msle_over_y(yhat, y):
    loss, slope = ref.msle(yhat, y)
    return loss, slope * yhat / y


@wrong("msle/gradient-without-two", SUBMITTED, "The derivative of r² is 2r: the 2 is missing.")
def msle_without_two(yhat, y):
    return scaled(ref.msle(yhat, y), slope=0.5)


@wrong("msle/gradient-without-n", SUBMITTED, "The loss is a mean: its gradient keeps the 1/n.")
def msle_without_n(yhat, y):
    return scaled(ref.msle(yhat, y), slope=y.size)


@wrong("msle/gradient-sign", SUBMITTED, "By the prediction: 2(ln yhat - ln y)/(n·yhat), prediction minus target.")
def msle_sign(yhat, y):
    return scaled(ref.msle(yhat, y), slope=-1.0)


@wrong("msle/sum", SUBMITTED, "The mean over all entries, not their sum: divide loss and gradient by n.")
def msle_sum(yhat, y):
    return scaled(ref.msle(yhat, y), y.size, y.size)


@wrong("msle/log-of-difference", LIKELY,
       "The difference of the logarithms, ln yhat - ln y; the logarithm of the difference is something else.")
def msle_log_of_difference(yhat, y):
    e = np.abs(yhat - y) + 1.0
    return float(np.mean(np.log(e) ** 2)), 2.0 * np.log(e) / e * np.sign(yhat - y) / e.size


# --- huber
def _huber(yhat, y, delta, inside, outside, slope_outside, slope_inside=None):
    e = yhat - y
    near = np.abs(e) <= delta
    loss = np.where(near, inside(e), outside(np.abs(e)))
    slope = np.where(near, e if slope_inside is None else slope_inside(e), slope_outside(e))
    return float(np.mean(loss)), slope / e.size


@wrong("huber/no-offset", "S4 L1778 has the offset",
       "The lines are δ|e| - ½δ²: without -½δ² the loss jumps where they meet the parabola.")
def huber_no_offset(yhat, y, delta=1.0):
    return _huber(yhat, y, delta, lambda e: e**2 / 2, lambda a: delta * a, lambda e: delta * np.sign(e))


@wrong("huber/whole-offset", LIKELY, "The offset is ½δ², not δ²: at |e| = δ both branches must give ½δ².")
def huber_whole_offset(yhat, y, delta=1.0):
    return _huber(
        yhat, y, delta, lambda e: e**2 / 2, lambda a: delta * a - delta**2, lambda e: delta * np.sign(e)
    )


@wrong("huber/no-half", SUBMITTED, "The parabola is ½e²: with e² it meets the lines neither in value nor in slope.")
def huber_no_half(yhat, y, delta=1.0):
    return _huber(
        yhat, y, delta, lambda e: e**2, lambda a: delta * a - delta**2 / 2, lambda e: delta * np.sign(e),
        lambda e: 2 * e,
    )


@wrong("huber/delta-ignored", SUBMITTED, "Use the argument δ: 1 is only its default.")
def huber_delta_ignored(yhat, y, delta=1.0):
    return ref.huber(yhat, y, 1.0)


@wrong("huber/smooth-l1", "torch's SmoothL1Loss",
       "Smooth L1 is this loss divided by δ: here the parabola is ½e² and the lines have the slope δ.")
def huber_smooth_l1(yhat, y, delta=1.0):
    return scaled(ref.huber(yhat, y, delta), 1.0 / delta, 1.0 / delta)


@wrong("huber/slope-without-delta", SUBMITTED, "Beyond δ the slope is ±δ, the derivative of δ|e|, not ±1.")
def huber_slope_without_delta(yhat, y, delta=1.0):
    e = yhat - y
    slope = np.where(np.abs(e) <= delta, e, np.sign(e)) / e.size
    return ref.huber(yhat, y, delta)[0], slope


@wrong("huber/slope-not-cut", SUBMITTED, "Beyond ±δ the slope stays ±δ: e/n everywhere is the slope of ½·MSE.")
def huber_slope_not_cut(yhat, y, delta=1.0):
    return ref.huber(yhat, y, delta)[0], (yhat - y) / y.size


@wrong("huber/slope-unsigned", LIKELY, "Beyond -δ the slope is -δ: take the sign of the error along.")
def huber_slope_unsigned(yhat, y, delta=1.0):
    e = yhat - y
    return ref.huber(yhat, y, delta)[0], np.where(np.abs(e) <= delta, e, delta) / e.size


@wrong("huber/negative-side-parabola", SUBMITTED,
       "Compare |e| with δ: an error of -5 is large as well, and e <= δ takes it for a small one.")
def huber_one_sided(yhat, y, delta=1.0):
    e = yhat - y
    loss = np.where(e <= delta, 0.5 * e**2, delta * e - 0.5 * delta**2)
    return float(np.mean(loss)), np.where(e <= delta, e, delta) / e.size


@wrong("huber/gradient-without-n", SUBMITTED, "The loss is a mean: its gradient keeps the 1/n.")
def huber_without_n(yhat, y, delta=1.0):
    return scaled(ref.huber(yhat, y, delta), slope=y.size)


@wrong("huber/gradient-sign", SUBMITTED, "By the prediction: e = yhat - y, cut off at ±δ, over n.")
def huber_sign(yhat, y, delta=1.0):
    return scaled(ref.huber(yhat, y, delta), slope=-1.0)


@wrong("huber/sum", SUBMITTED, "The mean over all entries, not their sum: divide loss and gradient by n.")
def huber_sum(yhat, y, delta=1.0):
    return scaled(ref.huber(yhat, y, delta), y.size, y.size)
