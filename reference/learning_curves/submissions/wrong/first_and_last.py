# expect: failed learning_curves.diagnose/last-values-only
import numpy as np


def diagnose(history):
    t, v = history["train_loss"], history["val_loss"]
    t1, t2 = t[0], t[-1]
    v2 = v[-1]
    if np.isnan(t2) or np.isinf(t2) or t2 > 1.1 * t1:
        return "diverging"
    if t2 > 0.75 * t1:
        return "underfit"
    if v2 - t2 > 0.25 * t1:
        return "overfit"
    if t2 > 0.42 * t1:
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
