# expect: failed learning_curves.diagnose/absolute-thresholds
import numpy as np


def avg(x, a, b):
    part = x[int(a * len(x)):int(b * len(x))]
    return part.mean()


def diagnose(history):
    train = history["train_loss"]
    val = history["val_loss"]
    if np.isnan(train).any() or np.isinf(train).any():
        return "diverging"
    t_end = avg(train, 0.9, 1)
    v_end = avg(val, 0.9, 1)
    if t_end > 1.25:
        return "diverging"
    if t_end > 0.75:
        return "underfit"
    half = val[len(val) // 2:]
    wiggle = np.abs(np.diff(np.diff(half))).mean()
    if wiggle > 0.2:
        return "unrepresentative_val"
    v_low = min(avg(val, i / 10, (i + 1) / 10) for i in range(10))
    if v_end > v_low + 0.2:
        return "overfit"
    if v_end - t_end > 0.2:
        if avg(train, 0.5, 0.6) - t_end > 0.1:
            return "plateau_val"
        return "unrepresentative_train"
    if avg(val, 0.5, 0.6) - v_end > 0.07:
        return "stopped_early"
    return "good"


def stop_epoch(val_loss, patience):
    if patience < 1:
        raise ValueError("patience too small")
    best = float("inf")
    bad = 0
    for i in range(len(val_loss)):
        if val_loss[i] < best:
            best = val_loss[i]
            bad = 0
        else:
            bad = bad + 1
            if bad >= patience:
                return i
    return len(val_loss) - 1


def report_card(history):
    val = history["val_loss"]
    train = history["train_loss"]
    best = int(np.nanargmin(val))
    return {
        "epochs": len(val),
        "best_epoch": best,
        "best_val_loss": float(val[best]),
        "gap": float(val[best]) - float(train[best]),
        "diagnosis": diagnose(history),
    }
