"""Hidden checks of A14: forty other curves, and what a diagnosis must not depend on.

The generator is word for word that of the public checks.
"""

import numpy as np
import pytest

from grader.checks import agree, as_reference, ensure, points, pure, redraw

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
def test_forty_other_curves(student, rng, label):
    """Curves that you have not seen get the right label: one point a class, five curves in each."""
    labels = told(student, [draw_history(rng, label, number) for number in range(5)])
    five = f"five curves of class {label}{BLOWN.get(label, '')}"
    as_reference(labels, of=student.diagnose, what=f"your labels for {five}")


def smooth_history(label, rng, T, late=0.0, noise=0.0):
    """A history of T epochs without noise (or little), its shape drawn from rng."""
    s = np.clip((np.linspace(0.0, 1.0, T) - late) / (1.0 - late), 0.0, 1.0)
    train, val = draw_shapes(rng, label, s)
    return {"train_loss": train + noise * rng.normal(size=T), "val_loss": val + noise * rng.normal(size=T)}


def several(labels):
    """A constant answer is indifferent to everything: such a check gives points for three labels or more."""
    ensure(len(set(labels)) > 2, "curves of different classes get different labels (three or more)")


@points(2)
def test_scale(student, rng):
    """The label does not change if both losses are multiplied by 100 or by 0.01."""
    histories = [draw_history(rng, label, 0) for label in LABELS]
    labels = [told(student, [scaled(history, by) for history in histories]) for by in (1.0, 100.0, 0.01)]
    ensure(labels[0] == labels[1] == labels[2], "the same curves in another unit get the same labels")
    several(labels[0])


def scaled(history, by):
    """The history in another unit."""
    return {name: by * curve for name, curve in history.items()}


@points(2)
def test_length(student, rng):
    """The label does not change if the same shapes are sampled with 20, 60 or 200 epochs."""
    seeds = [int(seed) for seed in rng.integers(1 << 32, size=len(LABELS))]
    kept = [pair for pair in zip(LABELS, seeds, strict=True) if pair[0] != "unrepresentative_val"]
    labels = [
        told(student, [smooth_history(label, np.random.default_rng(seed), T) for label, seed in kept])
        for T in (60, 20, 200)
    ]
    ensure(labels[0] == labels[1] == labels[2], "the same shapes get the same labels for every T")
    several(labels[0])


@points(1)
def test_noise(student, rng):
    """A little noise (1 % of the start) does not change the label."""
    seeds = [int(seed) for seed in rng.integers(1 << 32, size=len(LABELS))]
    kept = [pair for pair in zip(LABELS, seeds, strict=True) if pair[0] != "unrepresentative_val"]
    labels = []
    for noise in (0.0, 0.01):
        drawn = [smooth_history(label, np.random.default_rng(seed), 80, noise=noise) for label, seed in kept]
        labels.append(told(student, drawn))
    ensure(labels[0] == labels[1], "the same curves with and without noise get the same labels")
    several(labels[0])


@points(2)
def test_beginning(student, rng):
    """Neither a late start nor a gap in the first epochs changes the label."""
    seeds = [int(seed) for seed in rng.integers(1 << 32, size=len(LABELS))]
    kept = [(label, seed) for label, seed in zip(LABELS, seeds, strict=True)
            if label not in ("unrepresentative_val", "underfit")]
    plain, late, apart = (
        [smooth_history(label, np.random.default_rng(seed), 90, late=start) for label, seed in kept]
        for start in (0.0, 0.25, 0.0)
    )
    for history in apart:
        history["val_loss"] = history["val_loss"] + 0.5 * np.exp(-np.linspace(0.0, 1.0, 90) / 0.03)
    labels = [told(student, histories) for histories in (plain, late, apart)]
    same = {"after a late start": labels[1] == labels[0], "with an early gap": labels[2] == labels[0]}
    as_reference(same, of=student.diagnose, what="whether the labels stay the same")
    several(labels[0])


@points(3)
def test_what_tells_classes_apart(student, rng):
    """Curves that share a train curve, or their first and last losses, are told apart by the rest."""
    s, n = np.linspace(0.0, 1.0, 100), rng.uniform(0.0, 0.02)
    fallen, low, high = np.exp(-s / 0.06), 0.08 + n, 0.6 + n
    train, slow = low + (1 - low) * fallen, 0.35 * np.exp(-s / 0.06) + (0.65 - low) * (1 - s) + low
    flat = high + (1 - high) * fallen
    turned = 0.2 + 0.8 * fallen + (high - 0.2) * np.clip((s - 0.3) / 0.7, 0, 1)
    halfway, finished = 1 - 0.7 * s, 0.3 + 0.7 * fallen
    swinging = flat + draw_swings(rng, 100)
    pairs = {
        "val decides: close to train, or high": ((train, train + 0.02), (train, flat)),
        "val decides: flat, or swinging": ((train, flat), (train, swinging)),
        "the same ends: val flat, or down and up again": ((train, flat), (train, turned)),
        "the same ends: train finished, or still falling": ((train, flat), (slow, flat)),
        "the same ends: both finished, or both still falling": (
            (finished, finished + 0.02), (halfway, halfway + 0.02)),
    }
    curves = [curves for pair in pairs.values() for curves in pair]
    labels = told(student, [{"train_loss": t, "val_loss": v} for t, v in curves])
    differ = {name: labels[2 * i] != labels[2 * i + 1] for i, name in enumerate(pairs)}
    as_reference(differ, of=student.diagnose, what="whether two curves get different labels")


@points(2)
def test_runs_that_blow_up(student, rng):
    """A run is diverging if its losses end in nan or inf, or if train climbs; not if val alone climbs."""
    classes = ("overfit", "diverging", "good")
    falls, rises, healthy = (smooth_history(label, rng, 60, noise=0.005) for label in classes)
    ends = {"ends in nan": np.nan, "ends in inf": np.inf}
    histories = {"train climbs": rises, "val alone climbs": falls}
    for name, value in ends.items():
        histories[name] = {key: np.where(np.arange(60) < 50, curve, value) for key, curve in healthy.items()}
    last = {key: np.where(np.arange(60) < 59, curve, np.nan) for key, curve in healthy.items()}
    histories["the last epoch alone is nan"] = last
    labels = told(student, list(histories.values()))
    diverging = {name: label == "diverging" for name, label in zip(histories, labels, strict=True)}
    as_reference(diverging, of=student.diagnose, what="whether a run is called diverging")


@points(1)
def test_arguments(student, rng):
    """No function changes its arguments, remembers earlier calls or relies on the order of a dict's keys."""
    history = draw_history(rng, "overfit", 2)
    pure(student.diagnose, history)
    pure(student.report_card, history)
    pure(student.stop_epoch, history["val_loss"], 2)
    other_way = {"lr": np.full(3, 0.1), "val_loss": history["val_loss"], "train_loss": history["train_loss"]}
    several_keys = told(student, [history, other_way])
    ensure(several_keys[0] == several_keys[1], "the keys of a history are looked up by name")


@points(2)
def test_report_cards(student, rng):
    """Report cards of random runs, with ties, with nan and with inf at the end: all but the diagnosis."""
    drawn = (("overfit", 1), ("diverging", 3), ("diverging", 4))
    histories = [draw_history(rng, label, number) for label, number in drawn]
    tied = draw_history(rng, "plateau_val", 0)
    tied["val_loss"] = np.maximum(tied["val_loss"], np.quantile(tied["val_loss"], 0.3))
    histories.append(tied)
    below = draw_history(rng, "good", 0)
    below["val_loss"] = 0.9 * below["train_loss"]                            # dropout may put val below train
    histories.append(below)
    for number, history in enumerate(histories, start=1):
        card = student.report_card(history)
        ensure(isinstance(card, dict), "the report card is a dict")
        values = {key: card.get(key) for key in ("epochs", "best_epoch", "best_val_loss", "gap")}
        as_reference(values, of=student.report_card, what=f"report card {number}")
        ensure(isinstance(card.get("diagnosis"), str), "card['diagnosis'] is a str")


@points(1)
def test_stop_epochs(student, rng):
    """Early stopping on random, falling and diverging runs, for a patience of 1 to 5."""
    walks = [np.abs(np.cumsum(rng.normal(-0.05, 0.2, size=30)) + 4.0) for _ in range(8)]
    cases = [(walk.round(1), patience) for walk in walks for patience in (1, 2, 3, 5)]   # rounded: with ties
    falling = np.linspace(2.0, 1.0, 12)
    blown = np.concatenate([falling[:4], [np.nan, 1.2, np.inf, np.nan, np.nan]])
    cases += [(falling, 1), (falling[:1], 1), (blown, 1), (blown, 2), (blown, 3)]
    agree(student.stop_epoch.batch, cases)
