"""No rules: a history becomes six numbers, and the label of the nearest of eight templates is the answer."""

import numpy as np

#            train end, train falls, val falls, gap, val regained, val swings
TEMPLATES = {
    "good": (0.25, 0.0, 0.0, 0.0, 0.0, 0.0),
    "underfit": (1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "stopped_early": (0.4, 0.15, 0.15, 0.0, 0.0, 0.0),
    "overfit": (0.1, 0.0, -0.15, 0.5, 0.3, 0.0),
    "plateau_val": (0.1, 0.15, 0.0, 0.5, 0.0, 0.0),
    "unrepresentative_train": (0.1, 0.0, 0.0, 0.5, 0.0, 0.0),
    "unrepresentative_val": (0.1, 0.0, 0.0, 0.5, 0.1, 0.2),
    "diverging": (1.6, -0.15, -0.15, 0.0, 0.3, 0.0),
}
NAMES = list(TEMPLATES)
CENTRES = np.array([TEMPLATES[name] for name in NAMES])
LOWEST = np.array([0.0, -0.15, -0.15, 0.0, 0.0, 0.0])
HIGHEST = np.array([1.6, 0.15, 0.15, 0.5, 0.3, 0.2])
WEIGHTS = np.array([1.0, 4.0, 4.0, 2.0, 2.0, 12.0])


def features(train, val):
    bins_t = np.array([np.mean(part) for part in np.array_split(train, 10)])
    bins_v = np.array([np.mean(part) for part in np.array_split(val, 10)])
    late = val[len(val) // 2:]
    swings = np.median(np.abs(np.diff(late, n=2))) / 2
    swings = 0.0 if swings < 0.05 else swings
    return np.array([bins_t[-1], bins_t[5] - bins_t[-1], bins_v[5] - bins_v[-1], bins_v[-1] - bins_t[-1],
                     bins_v[-1] - bins_v.min(), swings])


def diagnose(history):
    both = np.stack([history["train_loss"], history["val_loss"]], axis=1).T      # Fortran order
    if not np.isfinite(both).all():
        return "diverging"
    at = features(*(both / both[0, 0])).clip(LOWEST, HIGHEST)
    distance = (WEIGHTS * np.abs(CENTRES - at)).sum(axis=1)
    return NAMES[distance.argmin()]


class Patience:
    def __init__(self, limit):
        if limit < 1:
            raise ValueError("a patience of at least one epoch")
        self.limit, self.left, self.best = limit, limit, float("inf")

    def is_out(self, loss):
        if loss < self.best:
            self.best, self.left = loss, self.limit
        else:
            self.left -= 1
        return self.left == 0


def stop_epoch(val_loss, patience):
    clock = Patience(patience)
    return next((epoch for epoch, loss in enumerate(val_loss) if clock.is_out(loss)), len(val_loss) - 1)


def report_card(history):
    val = np.ma.masked_invalid(history["val_loss"])
    best = np.int64(val.argmin())
    card = {"epochs": np.shape(history["val_loss"])[0], "best_epoch": best}
    card["best_val_loss"] = history["val_loss"][best:best + 1].sum()
    card["gap"] = np.array(history["val_loss"][best] - history["train_loss"][best])
    card["diagnosis"] = diagnose(history)
    return card
