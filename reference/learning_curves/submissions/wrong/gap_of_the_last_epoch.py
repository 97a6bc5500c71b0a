# expect: failed learning_curves.report_card/gap-at-the-end
# mistake: report_card: the gap is taken at the last epoch instead of at the best one.
import numpy as np


class Curve:
    def __init__(self, values):
        self.values = values
        self.T = len(values)
        self.n = max(1, self.T // 10)

    def end(self):
        return np.mean(self.values[self.T - self.n:])

    def middle(self):
        m = self.T // 2
        return np.mean(self.values[m:m + self.n])

    def lowest(self):
        return min(np.mean(self.values[i:i + self.n]) for i in range(self.T - self.n + 1))

    def swing(self):
        dists = []
        for t in range(self.T // 2 + 1, self.T - 1):
            around = 0.5 * (self.values[t - 1] + self.values[t + 1])
            dists.append(abs(self.values[t] - around))
        return np.median(dists)


def diagnose(history):
    train_raw = history["train_loss"]
    val_raw = history["val_loss"]

    if np.any(~np.isfinite(train_raw)) or np.any(~np.isfinite(val_raw)):
        return "diverging"

    unit = train_raw[0]
    train = Curve(train_raw / unit)
    val = Curve(val_raw / unit)

    learned = 1 - train.end()
    train_falls = train.middle() - train.end() > 0.09
    val_falls = val.middle() - val.end() > 0.08
    rise = val.end() - val.lowest()
    gap_end = val.end() - train.end()

    if learned < -0.25:
        return "diverging"
    elif val.swing() > 0.1:
        return "unrepresentative_val"
    elif learned < 0.3:
        return "underfit"
    elif rise > 0.16:
        return "overfit"
    elif train_falls and val_falls:
        return "stopped_early"
    elif train_falls:
        return "plateau_val"
    elif gap_end > 0.2:
        return "unrepresentative_train"
    else:
        return "good"


def stop_epoch(val_loss, patience):
    if patience < 1:
        raise ValueError("patience must be >= 1")
    lowest_so_far = np.inf
    last_improvement = 0
    for epoch in range(len(val_loss)):
        if val_loss[epoch] < lowest_so_far:
            lowest_so_far = val_loss[epoch]
            last_improvement = epoch
        if epoch - last_improvement == patience:
            return epoch
    return len(val_loss) - 1


def report_card(history):
    train = history["train_loss"]
    val = history["val_loss"]

    best_epoch_ = None
    for epoch in range(len(val)):
        if np.isnan(val[epoch]):
            continue
        if best_epoch_ is None or val[epoch] < val[best_epoch_]:
            best_epoch_ = epoch

    card = {}
    card["epochs"] = int(len(train))
    card["best_epoch"] = best_epoch_
    card["best_val_loss"] = float(val[best_epoch_])
    card["gap"] = float(val[-1] - train[-1])
    card["diagnosis"] = diagnose(history)
    return card
