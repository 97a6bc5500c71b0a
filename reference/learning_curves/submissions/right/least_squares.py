"""Straight lines fitted to the halves of the curves: slopes, intercepts and residuals instead of means."""

import numpy as np


def line(y):
    """Value at the left end, value at the right end, and spread around the fitted line."""
    x = np.linspace(0, 1, len(y))
    A = np.stack([np.ones_like(x), x], axis=1)
    coef, *_ = np.linalg.lstsq(A, y, rcond=None)
    return coef[0], coef.sum(), np.std(y - A @ coef)


def diagnose(history):
    train = np.asarray(history["train_loss"], dtype=float)
    val = np.asarray(history["val_loss"], dtype=float)
    if np.isnan(train).any() or np.isinf(train).any() or np.isnan(val).any() or np.isinf(val).any():
        return "diverging"
    top = train[:1].max()
    quarter = len(train) // 4
    t_parts = [line(part / top) for part in np.array_split(train, 4)]
    v_parts = [line(part / top) for part in np.array_split(val, 4)]
    t0, t1, _ = line(train[-2 * quarter:] / top)
    v0, v1, spread = line(val[-2 * quarter:] / top)
    if t1 > 1.15:
        return "diverging"
    if t1 > 0.71:
        return "underfit"
    if spread > 0.12:                    # around the line, so a steep climb has none
        return "unrepresentative_val"
    bottom = min((a + b) / 2 for a, b, _ in v_parts)
    if v1 - bottom > 0.15 and v1 > v0:
        return "overfit"
    if v1 - v0 < -0.09:
        return "stopped_early"
    if v1 - t1 < 0.2:
        return "good"
    if (t_parts[2][0] + t_parts[2][1]) / 2 - t_parts[3][1] > 0.1:
        return "plateau_val"
    return "unrepresentative_train"


def stop_epoch(val_loss, patience):
    if patience <= 0:
        raise ValueError("patience must be positive")
    so_far = np.fmin.accumulate(np.asarray(val_loss))
    for t in range(patience, len(so_far)):
        if so_far[t] == so_far[t - patience]:
            return t
    return len(so_far) - 1


def report_card(history):
    t, v = history["train_loss"], history["val_loss"]
    filled = np.where(np.isnan(v), np.inf, v)
    i = filled.argmin()
    return {"diagnosis": diagnose(history), "epochs": v.size, "best_epoch": i,
            "best_val_loss": v[i], "gap": v[i] - t[i]}
