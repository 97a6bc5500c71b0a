"""Wrong variants of the losses for classification, most frequent first within each function."""

import numpy as np

from . import solution as ref
from .cards import LIKELY, SUBMITTED, wrong


def scaled(result, loss=1.0, slope=1.0):
    """A loss and its gradient, each times a factor."""
    return result[0] * loss, result[1] * slope


# --- bce
def _bce(log_p, log_q, y):
    return float(-np.mean(y * log_p + (1.0 - y) * log_q))


@wrong("bce/not-clamped", SUBMITTED,
       "ln 0 = -∞ makes the loss infinite or, times 0, nan: let no logarithm fall below -100.")
def bce_not_clamped(yhat, y):
    with np.errstate(all="ignore"):
        return _bce(np.log(yhat), np.log(1.0 - yhat), y), (yhat - y) / (yhat * (1.0 - yhat)) / y.size


@wrong("bce/gradient-not-finite", SUBMITTED,
       "-y/p + (1 - y)/(1 - p) divides by 0 at p = 0 and p = 1: keep the denominators away from 0.")
def bce_gradient_not_finite(yhat, y):
    with np.errstate(all="ignore"):
        return ref.bce(yhat, y)[0], (-y / yhat + (1.0 - y) / (1.0 - yhat)) / y.size


def _bce_clipped(yhat, y, eps):
    p = np.clip(yhat, eps, 1.0 - eps)
    return _bce(np.log(p), np.log(1.0 - p), y), (p - y) / (p * (1.0 - p)) / y.size


@wrong("bce/clips-p-at-1e-12", SUBMITTED,
       "Clipping p at 1e-12 stops the loss at 27.6; here the logarithms are cut off, at -100, and p stays as it is.")
def bce_clipped_12(yhat, y):
    return _bce_clipped(yhat, y, 1e-12)


@wrong("bce/clips-p-at-1e-7", "Keras clips at 1e-7",
       "Clipping p at 1e-7 stops the loss at 16.1; here the logarithms are cut off, at -100, and p stays as it is.")
def bce_clipped_7(yhat, y):
    return _bce_clipped(yhat, y, 1e-7)


@wrong("bce/clips-p-at-1e-8", SUBMITTED,
       "Clipping p at 1e-8 stops the loss at 18.4; here the logarithms are cut off, at -100, and p stays as it is.")
def bce_clipped_8(yhat, y):
    return _bce_clipped(yhat, y, 1e-8)


@wrong("bce/clips-p-at-1e-15", "older scikit-learn clips at 1e-15",
       "Clipping p at 1e-15 stops the loss at 34.5; here the logarithms are cut off, at -100, and p stays as it is.")
def bce_clipped_15(yhat, y):
    return _bce_clipped(yhat, y, 1e-15)


@wrong("bce/gradient-by-logits", SUBMITTED,
       "(p - y)/n is the gradient by the logit; by the probability it is (p - y)/(p(1 - p))/n.")
def bce_gradient_by_logits(yhat, y):
    return ref.bce(yhat, y)[0], (yhat - y) / y.size


@wrong("bce/gradient-sign", SUBMITTED, "By the prediction: (p - y)/(p(1 - p))/n, prediction minus target.")
def bce_gradient_sign(yhat, y):
    return scaled(ref.bce(yhat, y), slope=-1.0)


@wrong("bce/sign", SUBMITTED, "Logarithms of probabilities are negative: the minus in front makes the loss positive.")
def bce_sign(yhat, y):
    return scaled(ref.bce(yhat, y), -1.0, -1.0)


@wrong("bce/positives-only", SUBMITTED,
       "Both classes count: y ln p and (1 - y) ln(1 - p); the first alone never punishes a false alarm.")
def bce_positives_only(yhat, y):
    log_p = np.maximum(np.log(np.maximum(yhat, 1e-300)), -100.0)
    return _bce(log_p, 0.0, y), -y / np.maximum(yhat, 1e-12) / y.size


@wrong("bce/gradient-without-n", SUBMITTED, "The loss is a mean: its gradient keeps the 1/n.")
def bce_without_n(yhat, y):
    return scaled(ref.bce(yhat, y), slope=y.size)


@wrong("bce/sum", SUBMITTED, "The mean over all entries, not their sum: divide loss and gradient by n.")
def bce_sum(yhat, y):
    return scaled(ref.bce(yhat, y), y.size, y.size)


@wrong("bce/mean-over-rows", SUBMITTED, "n counts all entries, N·K in a (N, K) array; len(y) counts the rows only.")
def bce_rows(yhat, y):
    return scaled(ref.bce(yhat, y), y.size / len(y), y.size / len(y))


@wrong("bce/log10", LIKELY, "log without a base is the natural logarithm: -ln 0.8 = 0.223, -log10 0.8 = 0.097.")
def bce_log10(yhat, y):
    return scaled(ref.bce(yhat, y), np.log10(np.e), np.log10(np.e))


# --- bce_with_logits
@wrong("bce_with_logits/sigmoid-then-bce", "S4 L1815: \"more numerically stable than BCE\"",
       "σ(40) rounds to 1 and ln(1 - σ) is lost: bring the formula to max(s, 0) - s·y + ln(1 + e^(-|s|)) first.")
def logits_sigmoid_then_bce(s, y):
    p, _ = ref.sigmoid(s)
    return ref.bce(p, y)[0], (p - y) / s.size


@wrong("bce_with_logits/overflow", SUBMITTED,
       "ln(1 + eˢ) overflows for s = 1000: it equals max(s, 0) + ln(1 + e^(-|s|)), which does not.")
def logits_overflow(s, y):
    with np.errstate(all="ignore"):
        return float(np.mean(np.log(1.0 + np.exp(s)) - s * y)), (ref.sigmoid(s)[0] - y) / s.size


@wrong("bce_with_logits/gradient-by-probability", SUBMITTED,
       "The gradient is by the logit s: σ' = p(1 - p) cancels the denominator, (σ(s) - y)/n is left.")
def logits_gradient_by_p(s, y):
    p, _ = ref.sigmoid(s)
    return ref.bce_with_logits(s, y)[0], ref.bce(p, y)[1]


@wrong("bce_with_logits/slope-twice", SUBMITTED,
       "(σ(s) - y)/n is the gradient by the logit already: do not multiply by σ(1 - σ) once more.")
def logits_slope_twice(s, y):
    p, _ = ref.sigmoid(s)
    loss, slope = ref.bce_with_logits(s, y)
    return loss, slope * p * (1.0 - p)


@wrong("bce_with_logits/gradient-without-sigmoid", SUBMITTED,
       "(σ(s) - y)/n: the gradient compares the probability σ(s), not the logit, with y.")
def logits_gradient_without_sigmoid(s, y):
    return ref.bce_with_logits(s, y)[0], (s - y) / s.size


@wrong("bce_with_logits/double-sigmoid", "S4 L1812",
       "The sigmoid is inside this loss: apply it once, to logits, not to probabilities again.")
def logits_double_sigmoid(s, y):
    p, _ = ref.sigmoid(s)
    loss, slope = ref.bce_with_logits(p, y)
    return loss, slope * p * (1.0 - p)


@wrong("bce_with_logits/no-sigmoid", "S4 L1812",
       "The arguments are logits, any real numbers: take σ(s) before the logarithms.")
def logits_no_sigmoid(s, y):
    with np.errstate(all="ignore"):
        return _bce(np.log(s), np.log(1.0 - s), y), (s - y) / (s * (1.0 - s)) / y.size


@wrong("bce_with_logits/gradient-sign", SUBMITTED, "By the logit: (σ(s) - y)/n, prediction minus target.")
def logits_sign(s, y):
    return scaled(ref.bce_with_logits(s, y), slope=-1.0)


@wrong("bce_with_logits/gradient-without-n", SUBMITTED, "The loss is a mean: its gradient keeps the 1/n.")
def logits_without_n(s, y):
    return scaled(ref.bce_with_logits(s, y), slope=s.size)


@wrong("bce_with_logits/sum", SUBMITTED, "The mean over all entries, not their sum: divide loss and gradient by n.")
def logits_sum(s, y):
    return scaled(ref.bce_with_logits(s, y), s.size, s.size)


# --- cross_entropy
def _probabilities(S, axis=1):
    E = np.exp(S - S.max(axis=axis, keepdims=True))
    return E / E.sum(axis=axis, keepdims=True)


def _picked(P, y):
    """Mean of -ln P[n, y[n]] and (P - onehot(y))/N."""
    N = len(y)
    dS = P.copy()
    dS[np.arange(N), y] -= 1.0
    with np.errstate(all="ignore"):
        return float(-np.log(P[np.arange(N), y]).mean()), dS / N


@wrong("cross_entropy/double-softmax", "S4 L1825; torch's CrossEntropyLoss takes logits",
       "The softmax is inside this loss: apply it once. Twice, every row is almost uniform and learning stalls.")
def ce_double_softmax(S, y):
    return _picked(_probabilities(_probabilities(S)), y)


@wrong("cross_entropy/no-softmax", "S4 L1825: \"requires Softmax\"",
       "The arguments are logits, any real numbers: apply the softmax before the logarithm.")
def ce_no_softmax(S, y):
    return _picked(S, y)


@wrong("cross_entropy/overflow", SUBMITTED,
       "e¹⁰⁰⁰ overflows to ∞ and ∞/∞ = nan: subtract each row's maximum first, which changes nothing else.")
def ce_overflow(S, y):
    with np.errstate(all="ignore"):
        E = np.exp(S)
        return _picked(E / E.sum(axis=1, keepdims=True), y)


@wrong("cross_entropy/log-of-zero", SUBMITTED,
       "softmax underflows to 0 and ln 0 = -∞: compute ln softmax = z - ln Σeᶻ, without the quotient in between.")
def ce_log_of_zero(S, y):
    return _picked(_probabilities(S), y)


@wrong("cross_entropy/epsilon-in-log", SUBMITTED,
       "ln(p + 1e-12) stops the loss at 27.6 and shifts every value: z - ln Σeᶻ needs no ε.")
def ce_epsilon(S, y):
    P = _probabilities(S)
    return _picked(P + 1e-12, y)[0], _picked(P, y)[1]


@wrong("cross_entropy/axis-zero", SUBMITTED, "A row is an example: the softmax runs over the classes, axis 1.")
def ce_axis_zero(S, y):
    return _picked(_probabilities(S, axis=0), y)


@wrong("cross_entropy/mean-over-classes", SUBMITTED,
       "The mean is over the N rows: np.mean over all N·K entries divides by K as well.")
def ce_mean_over_classes(S, y):
    return scaled(ref.cross_entropy(S, y), 1.0 / S.shape[1], 1.0 / S.shape[1])


@wrong("cross_entropy/sum", SUBMITTED, "The mean over the rows, not their sum: divide loss and gradient by N.")
def ce_sum(S, y):
    return scaled(ref.cross_entropy(S, y), len(y), len(y))


@wrong("cross_entropy/log10", "S1 L326: -ln 0.8 = 0.22", "Cross-entropy takes natural logarithms: np.log.")
def ce_log10(S, y):
    return scaled(ref.cross_entropy(S, y), np.log10(np.e))


@wrong("cross_entropy/gradient-without-n", SUBMITTED, "The loss is a mean over N rows: its gradient keeps the 1/N.")
def ce_without_n(S, y):
    return scaled(ref.cross_entropy(S, y), slope=len(y))


@wrong("cross_entropy/gradient-sign", SUBMITTED, "By the logits: (softmax(S) - onehot(y))/N, prediction minus target.")
def ce_sign(S, y):
    return scaled(ref.cross_entropy(S, y), slope=-1.0)


@wrong("cross_entropy/whole-rows", SUBMITTED,
       "dS[y] -= 1 picks whole rows; one entry in each row is dS[np.arange(N), y].")
def ce_whole_rows(S, y):
    dS = _probabilities(S)
    kept = y[y < len(y)]
    dS[kept] -= 1.0
    return ref.cross_entropy(S, y)[0], dS / len(y)


@wrong("cross_entropy/gradient-is-softmax", SUBMITTED, "The 1 of the right class is missing: softmax(S) - onehot(y).")
def ce_gradient_softmax(S, y):
    return ref.cross_entropy(S, y)[0], _probabilities(S) / len(y)


@wrong("cross_entropy/gradient-by-probability", "S1 L348",
       "-1/p at the right class is the gradient by the probabilities; by the logits it is (p - onehot)/N.")
def ce_gradient_by_p(S, y):
    P, dS = _probabilities(S), np.zeros(S.shape)
    dS[np.arange(len(y)), y] = -1.0 / np.maximum(P[np.arange(len(y)), y], 1e-300)
    return ref.cross_entropy(S, y)[0], dS / len(y)


@wrong("cross_entropy/in-place", SUBMITTED,
       "S -= S.max(...) writes into the caller's array: S - S.max(...) makes a new one.")
def ce_in_place(S, y):
    S -= S.max(axis=1, keepdims=True)
    return ref.cross_entropy(S, y)
