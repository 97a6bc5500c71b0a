"""Wrong variants of softmax and cross-entropy; misconceptions.py gives each its name and advice."""

import numpy as np

from . import solution as ref


# --- softmax
def softmax_no_shift(S):
    E = np.exp(S)
    return E / E.sum(axis=1, keepdims=True)


def softmax_over_columns(S):
    E = np.exp(S - S.max(axis=0))
    return E / E.sum(axis=0)


def softmax_over_everything(S):
    E = np.exp(S - S.max())
    return E / E.sum()


def softmax_no_keepdims(S):
    E = np.exp(S - S.max(axis=1, keepdims=True))
    return E / E.sum(axis=1)


def softmax_shift_no_keepdims(S):
    E = np.exp(S - S.max(axis=1))
    return E / E.sum(axis=1, keepdims=True)


def softmax_one_shift(S):
    E = np.exp(S - S.max())
    return E / E.sum(axis=1, keepdims=True)


def softmax_clips(S):
    E = np.exp(np.clip(S, -500.0, 500.0))
    return E / E.sum(axis=1, keepdims=True)


def softmax_twice(S):
    return ref.softmax(ref.softmax(S))


def softmax_in_place(S):
    S -= S.max(axis=1, keepdims=True)
    np.exp(S, out=S)
    S /= S.sum(axis=1, keepdims=True)
    return S


def softmax_sigmoid(S):
    return 0.5 + 0.5 * np.tanh(0.5 * S)


def softmax_of_magnitudes(S):
    return S / S.sum(axis=1, keepdims=True)


def softmax_log(S):
    Z = S - S.max(axis=1, keepdims=True)
    return Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))


def softmax_hardest(S):
    E = np.exp(S - S.max(axis=1, keepdims=True))
    return E / E.max(axis=1, keepdims=True)


def softmax_float32(S):
    return ref.softmax(S).astype(np.float32)


# --- cross_entropy
def log_probabilities(A, from_logits):
    """ln p of every entry (N, K)."""
    return softmax_log(A) if from_logits else np.log(A)


def ce_log_of_softmax(A, y, from_logits):
    P = ref.softmax(A) if from_logits else A
    return ref.cross_entropy(P, y, False)


def ce_clipped(A, y, from_logits):
    P = ref.softmax(A) if from_logits else A
    return ref.cross_entropy(np.clip(P, 1e-12, 1.0), y, False)


def ce_log10(A, y, from_logits):
    return ref.cross_entropy(A, y, from_logits) / np.log(10.0)


def ce_log2(A, y, from_logits):
    return ref.cross_entropy(A, y, from_logits) / np.log(2.0)


def ce_sum(A, y, from_logits):
    return ref.cross_entropy(A, y, from_logits) * len(y)


def ce_mean_over_classes(A, y, from_logits):
    return ref.cross_entropy(A, y, from_logits) / A.shape[1]


def ce_no_minus(A, y, from_logits):
    return -ref.cross_entropy(A, y, from_logits)


def ce_softmax_of_probabilities(A, y, from_logits):
    return ref.cross_entropy(A, y, True)


def ce_takes_probabilities_only(A, y, from_logits):
    return ref.cross_entropy(A, y, False)


def ce_softmax_twice(A, y, from_logits):
    return ref.cross_entropy(ref.softmax(A) if from_logits else A, y, from_logits)


def ce_switch_inverted(A, y, from_logits):
    return ref.cross_entropy(A, y, not from_logits)


def ce_all_pairs(A, y, from_logits):
    return float(-log_probabilities(A, from_logits)[:, y].mean())


def ce_of_the_largest(A, y, from_logits):
    return float(-log_probabilities(A, from_logits).max(axis=1).mean())


def ce_per_row(A, y, from_logits):
    return -log_probabilities(A, from_logits)[np.arange(len(y)), y]


def ce_log_of_mean(A, y, from_logits):
    P = ref.softmax(A) if from_logits else A
    return float(-np.log(P[np.arange(len(y)), y].mean()))


def ce_binary_terms(A, y, from_logits):
    P = ref.softmax(A) if from_logits else A
    others = np.arange(A.shape[1]) != y[:, None]
    return ref.cross_entropy(A, y, from_logits) - float(np.log1p(-P[others]).sum() / len(y))


def ce_classes_from_labels(A, y, from_logits):
    Y = np.eye(y.max() + 1)[y]
    return float(-(Y * log_probabilities(A, from_logits)).sum() / len(y))


def ce_ten_classes(A, y, from_logits):
    Y = np.zeros((len(y), 10))
    Y[np.arange(len(y)), y] = 1.0
    return float(-(Y * log_probabilities(A, from_logits)).sum() / len(y))


def ce_guarded(A, y, from_logits):
    return ref.cross_entropy(A, y, True) if from_logits else ref.cross_entropy(A + 1e-8, y, False)


# --- softmax_ce_backward
def backward_no_mean(S, y):
    return ref.softmax_ce_backward(S, y) * len(y)


def backward_sign(S, y):
    return -ref.softmax_ce_backward(S, y)


def backward_label_as_row(S, y):
    dS = ref.softmax(S)
    dS[y] -= 1.0
    return dS / len(y)


def backward_label_in_all_rows(S, y):
    dS = ref.softmax(S)
    dS[:, y] -= 1.0
    return dS / len(y)


def backward_over_n_k(S, y):
    return ref.softmax_ce_backward(S, y) / S.shape[1]


def backward_no_onehot(S, y):
    return ref.softmax(S) / len(y)


def backward_from_scores(S, y):
    return (S - np.eye(S.shape[1])[y]) / len(y)


def backward_by_probabilities(S, y):
    Y = np.eye(S.shape[1])[y]
    return -Y / ref.softmax(S) / len(y)


def backward_true_class_only(S, y):
    return ref.softmax_ce_backward(S, y) * np.eye(S.shape[1])[y]


def backward_diagonal(S, y):
    P = ref.softmax(S)
    return ref.softmax_ce_backward(S, y) * P * (1.0 - P)


def backward_classes_from_labels(S, y):
    return (ref.softmax(S) - np.eye(y.max() + 1)[y]) / len(y)


def backward_ten_classes(S, y):
    Y = np.zeros((len(y), 10))
    Y[np.arange(len(y)), y] = 1.0
    return (ref.softmax(S) - Y) / len(y)


def backward_labels_from_one(S, y):
    return ref.softmax_ce_backward(S, y - 1)


def backward_in_place(S, y):
    S[:] = ref.softmax_ce_backward(S, y)
    return S
