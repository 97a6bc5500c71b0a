# expect: failed learning_curves.diagnose/gap-is-overfitting
# mistake: diagnose: a large gap at the end with train settled is called overfit even if val never rises, so unrepresentative_train is taken for overfit.
"""Reading learning curves.

The numbers of a history are collected once in `_features`, the decision is a chain of ifs in `diagnose`.
"""
import numpy as np


def _running_mean(v, n):
    c = np.concatenate([[0.0], np.cumsum(v)])
    return (c[n:] - c[:-n]) / n


def _features(train, val):
    """everything in units of the first train loss"""
    T = train.size
    n = max(1, T // 10)
    t, v = train / train[0], val / train[0]
    rt, rv = _running_mean(t, n), _running_mean(v, n)      # entry i: epochs i .. i+n-1
    jumps = v[T // 2 + 1:-1] - (v[T // 2:-2] + v[T // 2 + 2:]) / 2
    return {
        "progress": 1.0 - rt[-1],
        "train_trend": rt[T // 2] - rt[-1],
        "val_trend": rv[T // 2] - rv[-1],
        "rebound": rv[-1] - rv.min(),
        "gap": rv[-1] - rt[-1],
        "swing": np.median(np.abs(jumps)),
    }


def diagnose(history):
    train = np.array(history["train_loss"], dtype=float)
    val = np.array(history["val_loss"], dtype=float)
    if np.isnan(train + val).any() or np.isinf(train + val).any():
        return "diverging"
    f = _features(train, val)
    if f["progress"] < -0.3:
        return "diverging"
    if f["swing"] >= 0.1:                      # before anything that reads a trend of val
        return "unrepresentative_val"
    if f["progress"] < 0.3:
        return "underfit"
    if f["gap"] < 0.2:
        # curves end together
        return "stopped_early" if f["train_trend"] > 0.09 else "good"
    # curves end apart
    if f["train_trend"] > 0.12:
        return "plateau_val"
    if f["gap"] > 0.25:
        return "overfit"                       # val much worse than train
    return "unrepresentative_train"


def stop_epoch(val_loss, patience):
    """walk along the curve, count epochs without improvement"""
    if patience < 1:
        raise ValueError(f"patience = {patience}")
    T = len(val_loss)
    lowest = val_loss[0]
    if np.isnan(lowest):
        lowest = np.inf
    count = 0
    for t in range(1, T):
        improved = val_loss[t] < lowest
        if improved:
            lowest = val_loss[t]
            count = 0
        else:
            count += 1
        if count == patience:
            return t
    return T - 1


def report_card(history):
    train = np.array(history["train_loss"], dtype=float)
    val = np.array(history["val_loss"], dtype=float)
    clean = np.where(np.isnan(val), np.inf, val)
    k = int(np.argmin(clean))
    return dict(
        epochs=int(val.size),
        best_epoch=k,
        best_val_loss=float(val[k]),
        gap=float(val[k] - train[k]),
        diagnosis=diagnose(history),
    )
