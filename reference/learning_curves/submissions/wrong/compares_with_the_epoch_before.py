# expect: failed learning_curves.stop_epoch/against-the-previous
# mistake: stop_epoch: an epoch improves if it is below the epoch just before it, not below the lowest so far.
import numpy as np


def diagnose(history):
    train = np.asarray(history["train_loss"])
    val = np.asarray(history["val_loss"])
    if not (np.isfinite(train).all() and np.isfinite(val).all()):
        return "diverging"

    scale = train[0]
    train, val = train / scale, val / scale

    T = len(train)
    n = max(1, T // 10)
    mid = T // 2
    train_end, val_end = train[-n:].mean(), val[-n:].mean()
    train_mid, val_mid = train[mid:mid + n].mean(), val[mid:mid + n].mean()
    val_low = np.convolve(val, np.ones(n) / n, mode="valid").min()
    tail = val[mid:]
    jitter = np.median(np.abs(tail[1:-1] - 0.5 * (tail[:-2] + tail[2:])))

    if train_end > 1.25:
        return "diverging"
    if jitter > 0.1:
        return "unrepresentative_val"
    if train_end > 0.7:
        return "underfit"
    if val_end - val_low > 0.15:
        return "overfit"
    if train_mid - train_end > 0.09:
        if val_mid - val_end > 0.08:
            return "stopped_early"
        return "plateau_val"
    if val_end - train_end > 0.2:
        return "unrepresentative_train"
    return "good"


def stop_epoch(val_loss, patience):
    if patience < 1:
        raise ValueError("patience must be at least 1")
    wait = 0
    for epoch in range(1, len(val_loss)):
        if val_loss[epoch] < val_loss[epoch - 1]:
            wait = 0
        else:
            wait += 1
            if wait >= patience:
                return epoch
    return len(val_loss) - 1


def report_card(history):
    train, val = history["train_loss"], history["val_loss"]
    best = int(np.nanargmin(val))
    return {
        "epochs": len(val),
        "best_epoch": best,
        "best_val_loss": float(val[best]),
        "gap": float(val[best] - train[best]),
        "diagnosis": diagnose(history),
    }
