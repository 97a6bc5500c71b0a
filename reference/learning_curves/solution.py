"""Reading learning curves: what went wrong in a training run, when to stop it, and a report card.

A history is a dict with "train_loss" and "val_loss", float64 arrays (T,), one value an epoch, counted from 0.
It may hold other keys, which nobody looks at. Functions leave their arguments as they found them.
"""

import numpy as np


# BEGIN SOLUTION
def level(curve, start, n):
    """Mean of n epochs from `start` on: a level that one noisy epoch cannot move far. curve: (T,) → float."""
    return float(np.mean(curve[start:start + n]))


def lowest(curve, n):
    """Lowest mean of n successive epochs. curve: (T,) → float."""
    return float(np.min(np.convolve(curve, np.full(n, 1.0 / n), mode="valid")))


def zigzag(curve):
    """How far an epoch typically lies from the middle of its two neighbours. curve: (T,), T ≥ 3 → float ≥ 0.

    A straight line has 0 however steep it is, so that a trend is not taken for an oscillation.
    """
    return float(np.median(np.abs(curve[1:-1] - (curve[:-2] + curve[2:]) / 2.0)))


def verdict(train, val):
    """The label of a finite history in units of the start of train. train, val: (T,), (T,) → str."""
    T, n = len(train), max(1, len(train) // 10)
    train_end, val_end = level(train, T - n, n), level(val, T - n, n)
    if train_end - lowest(train, n) > 0.5:
        return "diverging"
    if train_end > 0.72:
        return "underfit"
    if zigzag(val[T // 2:]) > 0.07:                    # before trends: a swing can look like one
        return "unrepresentative_val"
    if val_end - lowest(val, n) > 0.16:
        return "overfit"
    if level(val, T // 2, n) - val_end > 0.07:
        return "stopped_early"
    if val_end - train_end < 0.2:
        return "good"
    still_learning = level(train, T // 2, n) - train_end > 0.12
    return "plateau_val" if still_learning else "unrepresentative_train"


# END SOLUTION
def diagnose(history):
    """What two curves tell. history: {"train_loss": (T,), "val_loss": (T,)}, T ≥ 20 → one of eight labels.

    "good", "underfit", "stopped_early", "overfit", "plateau_val", "unrepresentative_train",
    "unrepresentative_val" or "diverging", as the table of the handout tells them apart. Losses are positive,
    of any scale; nan and inf occur in a diverging run only.
    Source of the classes: Brownlee 2019, by way of the Liège lecture.
    """
    # BEGIN SOLUTION
    train, val = history["train_loss"], history["val_loss"]              # (T,), (T,)
    if not (np.isfinite(train).all() and np.isfinite(val).all()):    # before any mean: nan > x is false
        return "diverging"
    return verdict(train / train[0], val / train[0])                     # the start of train is the unit
    # END SOLUTION


def stop_epoch(val_loss, patience):
    """The epoch after which early stopping ends the run. val_loss: (T,), patience: int ≥ 1 → int in 0..T-1.

    It is the first epoch that completes `patience` epochs in a row, none of them strictly below the lowest
    value before; T-1 if there is none. nan is no improvement. Raises ValueError if patience < 1.
    Source: Goodfellow, Bengio and Courville 2016, algorithm 7.1.
    """
    # BEGIN SOLUTION
    if patience < 1:
        raise ValueError(f"patience: expected 1 or more, got {patience}")
    best, waited = np.inf, 0
    for epoch, loss in enumerate(val_loss):
        if loss < best:                            # nan fails here, and waits
            best, waited = loss, 0
        else:
            waited += 1
        if waited == patience:
            return epoch
    return len(val_loss) - 1
    # END SOLUTION


def report_card(history):
    """What to note of a run. history: as for `diagnose`, with at least one finite val_loss → dict.

    "epochs": T, int; "best_epoch": the first epoch with the lowest val_loss, nan never being lowest, int;
    "best_val_loss": val_loss there, float; "gap": val_loss - train_loss there, float; "diagnosis": str.
    """
    # BEGIN SOLUTION
    train, val = history["train_loss"], history["val_loss"]              # (T,), (T,)
    best = int(np.nanargmin(val))
    return {
        "epochs": len(val),
        "best_epoch": best,
        "best_val_loss": float(val[best]),
        "gap": float(val[best] - train[best]),
        "diagnosis": diagnose(history),
    }
    # END SOLUTION
