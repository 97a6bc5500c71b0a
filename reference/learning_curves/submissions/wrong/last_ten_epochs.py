# expect: failed learning_curves.diagnose/slope-per-epoch
import numpy as np


def avg(x, a, b):
    part = x[int(a * len(x)):int(b * len(x))]
    return part.mean()


def diagnose(history):
    train = history["train_loss"]
    val = history["val_loss"]
    if np.isnan(train).any() or np.isinf(train).any():
        return "diverging"
    start = train[0]
    train = train / start
    val = val / start
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
        if slope(train) < -0.006:
            return "plateau_val"
        return "unrepresentative_train"
    if slope(val) < -0.006:
        return "stopped_early"
    return "good"


def slope(y):
    y = y[-len(y) // 3:]
    x = np.arange(len(y))
    return ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()


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
