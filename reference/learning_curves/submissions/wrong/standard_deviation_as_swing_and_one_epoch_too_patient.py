# expect: failed learning_curves.diagnose/swings-smoothed-away
# mistake: diagnose: measures the swing of val as the standard deviation of its second half, so a val loss that climbs smoothly (overfit) counts as jumping.
# second mistake: stop_epoch: stops only when more than `patience` epochs have gone by without improvement, one epoch too late.
import numpy as np


def diagnose(history):
    train = np.asarray(history["train_loss"])
    val = np.asarray(history["val_loss"])
    if not (np.isfinite(train).all() and np.isfinite(val).all()):
        return "diverging"

    # unit of the loss does not matter
    scale = train[0]
    train, val = train / scale, val / scale

    T = len(train)
    n = max(1, T // 10)
    half = T // 2
    train_end, val_end = train[-n:].mean(), val[-n:].mean()
    train_mid, val_mid = train[half:half + n].mean(), val[half:half + n].mean()
    val_low = np.convolve(val, np.ones(n) / n, mode="valid").min()
    noise = np.std(val[half:])

    if train_end > 1.25:
        return "diverging"
    if noise > 0.1:
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
    best = float("inf")
    wait = 0
    for epoch, loss in enumerate(val_loss):
        if loss < best or epoch == 0:
            best = loss if loss == loss else float("inf")
            wait = 0
        else:
            wait += 1
            if wait > patience:
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
