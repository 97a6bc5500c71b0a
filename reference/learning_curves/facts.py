"""What exams ask of learning curves, splits and the choice of a model beside the assignment's functions."""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np


def chosen_model(train: Sequence[float], val: Sequence[float], by: str = "val") -> str:
    """Letter (A, B, …) of the model with the lowest train loss, validation loss, sum of both, or gap between them.

    by: "val", the right one, else "train", "sum" or "gap" (val - train in absolute value). The first of equals.
    Source: Goodfellow, Bengio and Courville 2016, section 5.3.1. Raises ValueError for another `by`.
    """
    scores = {
        "val": list(val),
        "train": list(train),
        "sum": [a + b for a, b in zip(train, val, strict=True)],
        "gap": [abs(b - a) for a, b in zip(train, val, strict=True)],
    }
    if by not in scores:
        raise ValueError(f"by: expected one of {', '.join(scores)}, got {by!r}")
    return chr(ord("A") + scores[by].index(min(scores[by])))


def cross_validation_fits(folds: int, choices: Sequence[int], refit: bool = True) -> int:
    """Trainings of a grid search with cross-validation: one per fold and combination, and a last one on all data.

    choices: number of values of each hyper-parameter. Source: scikit-learn, GridSearchCV with refit=True.
    """
    return folds * math.prod(choices) + int(refit)


def majority_accuracy(counts: Sequence[int]) -> float:
    """Accuracy of a classifier that always names the most frequent class. counts: examples of each class."""
    return max(counts) / sum(counts)


def accuracy_deviation(accuracy: float, n: int) -> float:
    """Standard deviation of an accuracy measured on n independent examples: √(a(1 - a)/n), the binomial one."""
    return math.sqrt(accuracy * (1.0 - accuracy) / n)


LABELS = (
    "good",
    "underfit",
    "stopped_early",
    "overfit",
    "plateau_val",
    "unrepresentative_train",
    "unrepresentative_val",
    "diverging",
)


def typical_history(label: str, speed: float = 1.0, scale: float = 1.0) -> dict[str, np.ndarray]:
    """Losses of 36 epochs as the handout's class `label` shows them: {"train_loss": (36,), "val_loss": (36,)}.

    speed: 0.8 to 1.3, of the first fall; scale: the train loss before training, about. Source of the classes: Brownlee
    2019, by way of the Liège lecture. Raises ValueError for another label.
    """
    u = np.arange(36) / 35.0  # from 0 to 1
    fall = np.exp(-8.0 * speed * u)
    late = np.maximum(u - 0.35, 0.0)
    curves = {
        "good": (0.1 + 0.9 * fall, 0.15 + 0.87 * fall),
        "underfit": (0.85 + 0.15 * fall, 0.9 + 0.13 * fall),
        "stopped_early": (1.0 - 0.6 * u * speed, 1.03 - 0.57 * u * speed),
        "overfit": (0.04 + 0.96 * fall, 0.32 + 0.7 * fall + 0.7 * speed * late),
        "plateau_val": (0.03 + 0.97 * (1.0 - u) ** (1.2 + 0.4 * speed), 0.58 + 0.44 * fall),
        "unrepresentative_train": (0.1 + 0.9 * fall, 0.5 + 0.53 * fall),
        "unrepresentative_val": (0.1 + 0.9 * fall, 0.5 + 0.5 * fall + 0.17 * np.cos(3.0 * np.arange(36))),
        "diverging": (0.4 + 0.6 * fall + 1.3 * speed * late, 0.45 + 0.6 * fall + 1.3 * speed * late),
    }
    if label not in curves:
        raise ValueError(f"label: expected one of {', '.join(LABELS)}, got {label!r}")
    train, val = curves[label]
    return {"train_loss": scale * train, "val_loss": scale * val}


def typical_curves(label: str, speed: float = 1.0, scale: float = 1.0) -> dict[str, np.ndarray]:
    """`typical_history` under the names that a figure shows: {"training": (36,), "validation": (36,)}."""
    run = typical_history(label, speed, scale)
    return {"training": run["train_loss"], "validation": run["val_loss"]}


def recall(table: Sequence[Sequence[float]], of: int) -> Fraction:
    """Share of the examples of class `of` that are found: table[of][of] / sum of row `of`.

    table: counts, rows are true classes, columns predicted ones. Source: scikit-learn, recall_score.
    """
    return Fraction(int(table[of][of]), int(sum(table[of])))


def precision(table: Sequence[Sequence[float]], of: int) -> Fraction:
    """Share of the predictions of class `of` that are right: table[of][of] / sum of column `of`.

    table: counts, rows are true classes, columns predicted ones. Source: scikit-learn, precision_score.
    """
    return Fraction(int(table[of][of]), int(sum(row[of] for row in table)))


def accuracy(table: Sequence[Sequence[float]]) -> Fraction:
    """Share of all examples that stand on the diagonal of a table of counts."""
    return Fraction(int(sum(row[i] for i, row in enumerate(table))), int(sum(map(sum, table))))
