"""Wrong variants of the three functions; misconceptions.py gives each its name and advice.

Most ways of misreading a curve are a step left out or put in before the reference's own rules.
"""

import numpy as np

from . import solution as ref


def curves(history):
    """Both curves in units of the start of train."""
    train, val = history["train_loss"], history["val_loss"]
    return train / train[0], val / train[0]


# --- diagnose
def last_values_only(history):
    train, val = curves(history)
    if not np.isfinite(train[-1] + val[-1]) or train[-1] > 1.2:
        return "diverging"
    if train[-1] > 0.7:
        return "underfit"
    if val[-1] - train[-1] > 0.2:
        return "overfit"
    return "stopped_early" if train[-1] > 0.4 else "good"


def ignores_val(history):
    return ref.diagnose({"train_loss": history["train_loss"], "val_loss": history["train_loss"]})


def absolute_thresholds(history):
    train, val = history["train_loss"], history["val_loss"]
    return ref.verdict(train, val) if np.isfinite(train + val).all() else "diverging"


def gap_is_overfitting(history):
    label = ref.diagnose(history)
    return "overfit" if label in ("plateau_val", "unrepresentative_train") else label


def gap_at_the_first_epoch(history):
    train, val = curves(history)
    return "overfit" if val[0] - train[0] > 0.15 else ref.diagnose(history)


def lowest_single_epoch(history):
    label, val = ref.diagnose(history), history["val_loss"]
    settled = label in ("good", "stopped_early", "plateau_val", "unrepresentative_train", "overfit")
    return "overfit" if settled and val[-1] > val.min() else label


def any_rise_diverges(history):
    return "diverging" if np.any(np.diff(history["train_loss"]) > 0) else ref.diagnose(history)


def nan_blind(history):
    blind = np.isnan(history["val_loss"]).any()    # no rule holds, and the last line of most rule sets is "good"
    return "good" if blind else ref.diagnose(history)


def only_nan_diverges(history):
    label = ref.diagnose(history)
    return "underfit" if label == "diverging" and np.isfinite(history["train_loss"]).all() else label


def climbing_val_diverges(history):
    label = ref.diagnose(history)
    return "diverging" if label == "overfit" else label


def swaps_the_curves(history):
    return ref.diagnose({"train_loss": history["val_loss"], "val_loss": history["train_loss"]})


def swaps_the_sets(history):
    label = ref.diagnose(history)
    train, val = "unrepresentative_train", "unrepresentative_val"
    return {train: val, val: train}.get(label, label)


def swings_smoothed_away(history):
    label = ref.diagnose(history)
    return "unrepresentative_train" if label == "unrepresentative_val" else label


def trends_before_swings(history):
    label = ref.diagnose(history)
    if label != "unrepresentative_val":
        return label
    val = curves(history)[1]
    n = max(1, len(val) // 10)
    return "overfit" if ref.level(val, len(val) - n, n) - ref.lowest(val, n) > 0.16 else label


def last_twenty_epochs(history):
    train, val = curves(history)
    return ref.verdict(train[-20:], val[-20:]) if np.isfinite(train + val).all() else "diverging"


def slope_per_epoch(history):
    label, done = ref.diagnose(history), {"stopped_early": "good", "plateau_val": "unrepresentative_train"}
    if label not in done:
        return label
    train = curves(history)[0]
    half = train[len(train) // 2:]
    return label if np.polyfit(np.arange(len(half)), half, 1)[0] < -0.006 else done[label]


def judges_the_beginning(history):
    label, train = ref.diagnose(history), curves(history)[0]
    T = len(train)
    slow = np.mean(train[T // 10:T // 5]) > 0.9
    return "underfit" if slow and label != "diverging" else label


def levels_only(history):
    label = ref.diagnose(history)
    return {"stopped_early": "good", "plateau_val": "unrepresentative_train"}.get(label, label)


def train_still_falls(history):
    label = ref.diagnose(history)
    return "stopped_early" if label == "plateau_val" else label


def by_position(history):
    train, val = list(history.values())[:2]
    return ref.diagnose({"train_loss": train, "val_loss": val})


def divides_in_place(history):
    unit = history["train_loss"][0]
    history["train_loss"] /= unit
    history["val_loss"] /= unit
    return ref.diagnose(history)


def always_good(history):
    return "good"


def spelled_otherwise(history):
    label = ref.diagnose(history)
    return {"overfit": "overfitting", "underfit": "underfitting"}.get(label, label)


# --- stop_epoch
def waiting(val_loss, patience, better, reset=True, enough=lambda waited, patience: waited == patience):
    """Early stopping with its parts exchangeable; better(loss, best, previous) → bool."""
    if patience < 1:
        raise ValueError("patience")
    best, previous, waited = np.inf, np.inf, 0
    for epoch, loss in enumerate(val_loss):
        if better(loss, best, previous):
            best, waited = loss, waited * (not reset)
        else:
            waited += 1
        previous = loss
        if enough(waited, patience):
            return epoch
    return len(val_loss) - 1


def counts_in_total(val_loss, patience):
    return waiting(val_loss, patience, lambda loss, best, previous: loss < best, reset=False)


def one_more(val_loss, patience):
    return waiting(val_loss, patience, lambda loss, best, previous: loss < best, enough=lambda w, p: w > p)


def against_the_previous(val_loss, patience):
    return waiting(val_loss, patience, lambda loss, best, previous: loss < previous)


def equal_is_better(val_loss, patience):
    return waiting(val_loss, patience, lambda loss, best, previous: loss <= best)


def nan_is_better(val_loss, patience):
    return waiting(val_loss, patience, lambda loss, best, previous: not loss >= best)


def gives_the_best(val_loss, patience):
    end = ref.stop_epoch(val_loss, patience)
    return int(np.nanargmin(val_loss[:end + 1]))


def counts_epochs(val_loss, patience):
    return ref.stop_epoch(val_loss, patience) + 1


def none_if_never(val_loss, patience):
    waited = len(val_loss) - 1 - gives_the_best(val_loss, patience)
    return None if waited < patience else ref.stop_epoch(val_loss, patience)


def any_patience(val_loss, patience):
    return ref.stop_epoch(val_loss, max(1, patience))


# --- report_card
def card_at(history, best, **other):
    """The report card as if `best` were the best epoch."""
    train, val = history["train_loss"], history["val_loss"]
    card = {"epochs": len(val), "best_epoch": int(best), "best_val_loss": float(val[best])}
    return card | {"gap": float(val[best] - train[best]), "diagnosis": ref.diagnose(history)} | other


def lowest_train(history):
    return card_at(history, np.nanargmin(history["train_loss"]))


def last_epoch(history):
    return card_at(history, len(history["val_loss"]) - 1)


def nan_is_lowest(history):
    return card_at(history, np.argmin(history["val_loss"]))


def last_of_equals(history):
    val = history["val_loss"]
    return card_at(history, np.flatnonzero(val == np.nanmin(val))[-1])


def epoch_from_one(history):
    card = ref.report_card(history)
    return card | {"best_epoch": card["best_epoch"] + 1}


def gap_sign(history):
    card = ref.report_card(history)
    return card | {"gap": -card["gap"]}


def gap_absolute(history):
    card = ref.report_card(history)
    return card | {"gap": abs(card["gap"])}


def gap_at_the_end(history):
    return ref.report_card(history) | {"gap": float(history["val_loss"][-1] - history["train_loss"][-1])}


def gap_of_the_lowest(history):
    gap = float(np.nanmin(history["val_loss"]) - np.nanmin(history["train_loss"]))
    return ref.report_card(history) | {"gap": gap}


def counts_the_keys(history):
    return ref.report_card(history) | {"epochs": len(history)}
