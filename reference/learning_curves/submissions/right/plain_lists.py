"""No numpy at all after the first line of each function: lists, medians of fifths, and ratios."""

import math
from statistics import median


def fifths(curve):
    n = len(curve)
    return [median(curve[i * n // 5:(i + 1) * n // 5]) for i in range(5)]


def diagnose(history):
    train, val = history["train_loss"].tolist(), history["val_loss"].tolist()
    if not all(math.isfinite(x) for x in train + val):
        return "diverging"
    first = train[0]
    t, v = fifths(train), fifths(val)
    if t[4] > 1.5 * min(t) and t[4] > 0.95 * first and t[4] - min(t) > 0.3 * first:
        return "diverging"
    if t[4] > 0.75 * first:
        return "underfit"
    n = len(val)
    jumps = []
    for i in range(n // 2 + 1, n - 1):
        jumps.append(abs(2 * val[i] - val[i - 1] - val[i + 1]))
    if median(jumps) > 0.16 * first:
        return "unrepresentative_val"
    if v[4] > min(v) + 0.12 * first:
        return "overfit"
    still_train, still_val = t[2] - t[4], v[2] - v[4]
    if v[4] - t[4] > 0.2 * first:
        return "plateau_val" if still_train > 0.11 * first else "unrepresentative_train"
    return "stopped_early" if still_val + still_train > 0.16 * first else "good"


def stop_epoch(val_loss, patience):
    if patience < 1:
        raise ValueError(patience)
    losses = [math.inf if x != x else x for x in val_loss.tolist()]
    for end in range(patience, len(losses)):
        before = min(losses[:end - patience + 1])
        if all(x >= before for x in losses[end - patience + 1:end + 1]):
            return end
    return len(losses) - 1


def report_card(history):
    pairs = list(zip(history["val_loss"].tolist(), history["train_loss"].tolist()))
    best = None
    for i, (v, _) in enumerate(pairs):
        if v == v and (best is None or v < pairs[best][0]):
            best = i
    v, t = pairs[best]
    return dict(epochs=len(pairs), best_epoch=best, best_val_loss=v, gap=v - t, diagnosis=diagnose(history))
