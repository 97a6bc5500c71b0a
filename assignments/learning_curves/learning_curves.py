"""Reading learning curves: what went wrong in a training run, when to stop it, and a report card.

A history is a dict with "train_loss" and "val_loss", float64 arrays (T,), one value an epoch, counted from 0.
It may hold other keys, which nobody looks at. Functions leave their arguments as they found them.
"""

import numpy as np


def diagnose(history):
    """What two curves tell. history: {"train_loss": (T,), "val_loss": (T,)}, T ≥ 20 → one of eight labels.

    "good", "underfit", "stopped_early", "overfit", "plateau_val", "unrepresentative_train",
    "unrepresentative_val" or "diverging", as the table of the handout tells them apart. Losses are positive,
    of any scale; nan and inf occur in a diverging run only.
    Source of the classes: Brownlee 2019, by way of the Liège lecture.
    """
    raise NotImplementedError("diagnose: not written yet")


def stop_epoch(val_loss, patience):
    """The epoch after which early stopping ends the run. val_loss: (T,), patience: int ≥ 1 → int in 0..T-1.

    It is the first epoch that completes `patience` epochs in a row, none of them strictly below the lowest
    value before; T-1 if there is none. nan is no improvement. Raises ValueError if patience < 1.
    Source: Goodfellow, Bengio and Courville 2016, algorithm 7.1.
    """
    raise NotImplementedError("stop_epoch: not written yet")


def report_card(history):
    """What to note of a run. history: as for `diagnose`, with at least one finite val_loss → dict.

    "epochs": T, int; "best_epoch": the first epoch with the lowest val_loss, nan never being lowest, int;
    "best_val_loss": val_loss there, float; "gap": val_loss - train_loss there, float; "diagnosis": str.
    """
    raise NotImplementedError("report_card: not written yet")
