"""Public checks of A14: forty curves, five of each class, the exact labels, early stopping, the report card.

`draw_history` is the very generator that the hidden checks use, with other seeds: draw as much as you like.
"""

import numpy as np
import pytest

from grader.checks import agree, as_reference, ensure, points, raises, redraw

LABELS = ("good", "underfit", "stopped_early", "overfit", "plateau_val", "unrepresentative_train",
          "unrepresentative_val", "diverging")
BLOWN = {"diverging": ", the last two of which end in inf and in nan"}


def draw_shapes(rng, label, s):
    """Train and val without noise, in units of the start of train. s: (T,), from 0 to 1 → two arrays (T,)."""
    low, high, turn, side = rng.uniform((0.06, 0.5, 0.25, -0.03), (0.15, 0.65, 0.5, 0.05))
    drop = np.exp(-s / rng.uniform(0.04, 0.09))                              # (T,), 1 → 0
    climb = np.clip((s - turn) / (1.0 - turn), 0.0, 1.0)                     # (T,), 0 up to the turn, then 1
    train, val = low + (1.0 - low) * drop, high + (1.0 - high) * drop        # as unrepresentative_*
    if label == "good":
        train = 1.0 - rng.uniform(0.6, 0.94) * (1.0 - drop)
        val = train + side * (1.0 - drop)
    elif label == "underfit":
        train = 1.0 - rng.uniform(0.0, 0.08) * s
        val = train + side
    elif label == "stopped_early":
        tau = rng.uniform(0.9, 3.0)
        train = 1.0 - rng.uniform(0.45, 0.8) * np.expm1(-s / tau) / np.expm1(-1.0 / tau)
        val = train + side * s
    elif label in ("overfit", "diverging"):
        bottom, rise = rng.uniform(0.35, 0.5), rng.uniform(0.35, 0.6)
        val = bottom + (1.0 - bottom) * np.exp(-5.0 * s / turn) + rise * climb
        if label == "diverging":
            train = val + rng.uniform(1.0, 2.0) * climb**2
            val = train * rng.uniform(1.0, 1.1)
    elif label == "plateau_val":
        train = 0.35 * drop + 0.59 * (1.0 - s) + 0.06
        val = high + (1.0 - high) * np.exp(-s / 0.12)
    return train, val


def draw_swings(rng, T):
    """What an unrepresentative validation set adds: random ups and downs of 0.15 to 0.35 → (T,)."""
    half = T // 2
    return redraw(
        lambda: rng.choice((-1.0, 1.0), T) * rng.uniform(0.15, 0.35, T),
        lambda w: np.median(np.abs(w[half + 1:-1] - (w[half:-2] + w[half + 2:]) / 2)) > 0.15,
    )


def draw_history(rng, label, number):
    """One history of a class. number: 0..4; of class diverging, numbers 3 and 4 end in inf and in nan."""
    T, scale = int(rng.integers(20, 201)), 10.0 ** rng.uniform(-1.0, 1.0)
    epochs = np.linspace(0.0, 1.0, T)                                        # (T,)
    late = rng.uniform(0.1, 0.25) if number % 2 else 0.0                     # a late start
    train, val = draw_shapes(rng, label, np.clip((epochs - late) / (1.0 - late), 0.0, 1.0))
    if number % 3 == 1 and label != "underfit":
        val = val + rng.uniform(0.2, 0.6) * np.exp(-epochs / 0.03)           # a gap of the first epochs only
    if label == "unrepresentative_val":
        val = val + draw_swings(rng, T)
    noise = rng.uniform(0.01, 0.03) if label == "underfit" else rng.uniform(0.003, 0.012)
    history = {"train_loss": train, "val_loss": val}
    for name, curve in history.items():
        history[name] = scale * np.maximum(curve + noise * rng.normal(size=T), 1e-3)
        if label == "diverging" and number >= 3:
            tail = T - max(2, T // 8)
            history[name][tail:] = np.inf if number == 3 else np.nan
    return history


def told(student, histories):
    """The labels that diagnose gives to these histories → list of str."""
    labels = [outcome.get() for outcome in student.diagnose.batch([(history,) for history in histories])]
    return [label if isinstance(label, str) else "not a str" for label in labels]


@points(8, partial=True)
@pytest.mark.parametrize("label", LABELS)
def test_forty_curves(student, rng, label):
    """Noisy curves of any length and scale get the right label: one point a class, five curves in each."""
    labels = told(student, [draw_history(rng, label, number) for number in range(5)])
    yours = ", ".join(name if name in LABELS else "none of the eight" for name in labels)
    five = f"five curves of class {label}{BLOWN.get(label, '')}"
    as_reference(labels, of=student.diagnose, what=f"your labels for {five} ({yours})")


@points(2)
def test_labels(student, rng):
    """diagnose answers with one of the eight labels, spelled as in the handout, not always with the same."""
    labels = told(student, [draw_history(rng, label, 0) for label in LABELS])
    odd = [repr(name[:40]) for name in labels if name not in LABELS]
    ensure(not odd, f"every label is one of the eight ({', '.join(odd)} is none of them)")
    ensure(len(set(labels)) > 1, "curves of eight classes do not all get the same label")


@points(3)
def test_report_card(student):
    """The handout's run of twenty epochs: its length, best epoch, lowest val_loss, gap there, diagnosis."""
    history = {
        "train_loss": np.array([2.30, 1.90, 1.58, 1.33, 1.13, 0.97, 0.85, 0.75, 0.67, 0.61,
                                0.56, 0.52, 0.49, 0.46, 0.44, 0.42, 0.41, 0.40, 0.39, 0.38]),
        "val_loss": np.array([2.31, 1.95, 1.68, 1.48, 1.34, 1.25, 1.19, 1.16, 1.15, 1.16,
                              1.15, 1.20, 1.28, 1.37, 1.47, 1.58, 1.69, 1.80, 1.91, 2.03]),
    }
    card, label = student.report_card(history), student.diagnose(history)
    ensure(isinstance(card, dict), "the report card is a dict")
    values = {key: card.get(key) for key in ("epochs", "best_epoch", "best_val_loss", "gap")}
    as_reference(values, of=student.report_card, what="the report card")
    ensure(card.get("diagnosis") == label, "card['diagnosis'] is what diagnose says of this history")


@points(3)
def test_stop_epoch(student):
    """The handout's run stops after epoch 4 with patience 2, which is too early, and after epoch 8 with 3."""
    val = np.array([1.0, 0.8, 0.7, 0.72, 0.71, 0.69, 0.75, 0.76, 0.77, 0.78])
    agree(student.stop_epoch.batch, [(val, 2), (val, 3), (val, 1), (val[:6], 10)])
    agree(student.stop_epoch, np.array([0.9, 0.5, 0.5, 0.5, 0.4, 0.3]), 2)       # equal is not better
    raises(ValueError, student.stop_epoch, val, 0)
