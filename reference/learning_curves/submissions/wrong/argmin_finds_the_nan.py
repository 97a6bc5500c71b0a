# expect: failed learning_curves.report_card/nan-is-lowest
# mistake: report_card: plain np.argmin, which returns the first nan as the lowest val loss.
import numpy as np


def _running_mean(v, n):
    c = np.concatenate([[0.0], np.cumsum(v)])
    return (c[n:] - c[:-n]) / n


def _measure(train, val):
    """everything in units of the first train loss"""
    T = train.size
    n = max(1, T // 10)
    t, v = train / train[0], val / train[0]
    mt, mv = _running_mean(t, n), _running_mean(v, n)      # entry i: epochs i .. i+n-1
    jumps = v[T // 2 + 1:-1] - (v[T // 2:-2] + v[T // 2 + 2:]) / 2
    return {
        "progress": 1.0 - mt[-1],
        "train_trend": mt[T // 2] - mt[-1],
        "val_trend": mv[T // 2] - mv[-1],
        "rebound": mv[-1] - mv.min(),
        "gap": mv[-1] - mt[-1],
        "swing": np.median(np.abs(jumps)),
    }


def diagnose(history):
    train = np.array(history["train_loss"], dtype=float)
    val = np.array(history["val_loss"], dtype=float)
    if np.isnan(train + val).any() or np.isinf(train + val).any():
        return "diverging"
    f = _measure(train, val)
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
    if f["rebound"] > 0.15:
        return "overfit"
    if f["train_trend"] > 0.12:
        return "plateau_val"
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
    k = int(np.argmin(val))
    return dict(
        epochs=int(val.size),
        best_epoch=k,
        best_val_loss=float(val[k]),
        gap=float(val[k] - train[k]),
        diagnosis=diagnose(history),
    )
