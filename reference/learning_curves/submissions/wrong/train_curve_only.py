# expect: failed learning_curves.diagnose/ignores-val
import numpy as np


def diagnose(history):
    loss = history["train_loss"]
    if not np.all(np.isfinite(loss)):
        return "diverging"
    loss = loss / loss[0]
    k = len(loss) // 10
    end = np.median(loss[-k:])
    if end > 1.2:
        return "diverging"
    elif end > 0.7:
        return "underfit"
    elif np.median(loss[len(loss) // 2:len(loss) // 2 + k]) - end > 0.08:
        return "stopped_early"
    else:
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
