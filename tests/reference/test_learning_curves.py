"""The reference of A14 against the generator's labels, the handout's table and examples, and plain loops."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

_ROOT = Path(__file__).parents[2]
_REFERENCE = _ROOT / "reference" / "learning_curves"


def load(path, name):
    """The module in this file."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ref = load(_REFERENCE / "solution.py", "reference_learning_curves")
public = load(_ROOT / "assignments" / "learning_curves" / "test_public.py", "public_learning_curves")
hidden = load(_REFERENCE / "test_hidden.py", "hidden_learning_curves")
RIGHT = sorted((_REFERENCE / "submissions" / "right").glob("*.py"))

ANY = (-math.inf, math.inf)
SETTLED = (-0.06, 0.06)
CALM = (0.0, 0.03)
# the handout's table: 1 - train end, train and val middle - end, val end - lowest, gap, swing
TABLE = {
    "good": ((0.55, 1), SETTLED, SETTLED, (-0.01, 0.06), (-0.1, 0.1), CALM),
    "underfit": ((-0.2, 0.2), (-0.15, 0.15), (-0.15, 0.15), (-0.01, 0.15), (-0.15, 0.15), (0, 0.08)),
    "stopped_early": ((0.4, 0.85), (0.12, 1), (0.1, 1), (-0.01, 0.03), (-0.1, 0.1), CALM),
    "overfit": ((0.8, 1), SETTLED, (-1, -0.15), (0.27, 1), (0.4, 1.2), CALM),
    "plateau_val": ((0.85, 1), (0.18, 1), SETTLED, (-0.01, 0.06), (0.3, 1), CALM),
    "unrepresentative_train": ((0.8, 1), SETTLED, SETTLED, (-0.01, 0.06), (0.3, 1), CALM),
    "unrepresentative_val": ((0.8, 1), SETTLED, ANY, ANY, (0, 1.2), (0.12, 1)),
    "diverging": ((-9, -0.4), (-9, -0.7), (-9, -0.7), (0.8, 9), (-0.5, 0.5), (0, 0.05)),
}
VAL = np.array([1.0, 0.8, 0.7, 0.72, 0.71, 0.69, 0.75, 0.76, 0.77, 0.78])


def draw(label, count, seed=1):
    """`count` histories of a class, from the public generator."""
    rng = np.random.default_rng(seed)
    return [public.draw_history(rng, label, number % 5) for number in range(count)]


def quantities(history):
    """The six columns of the handout's table, in plain loops."""
    unit = history["train_loss"][0]
    train, val = ([float(x / unit) for x in history[name]] for name in ("train_loss", "val_loss"))
    T, n = len(train), max(1, len(train) // 10)
    mean = [[math.fsum(y[i : i + n]) / n for i in range(T - n + 1)] for y in (train, val)]
    half = T // 2
    bends = [abs(val[t] - (val[t - 1] + val[t + 1]) / 2) for t in range(half + 1, T - 1)]
    train_end, val_end = mean[0][-1], mean[1][-1]
    return (
        1 - train_end,
        mean[0][half] - train_end,
        mean[1][half] - val_end,
        val_end - min(mean[1]),
        val_end - train_end,
        float(np.median(bends)),
    )


@pytest.mark.parametrize("label", public.LABELS)
def test_generated_curves_keep_the_distances_of_the_handout(label):
    """Each of 300 finite curves of a class lies within every range that the handout promises."""
    for history in draw(label, 300):
        if not np.isfinite(history["train_loss"]).all():
            continue
        for got, (low, high) in zip(quantities(history), TABLE[label], strict=True):
            assert low <= got <= high
        assert 20 <= len(history["train_loss"]) <= 200
        assert min(history["train_loss"].min(), history["val_loss"].min()) > 0


@pytest.mark.parametrize("path", [_REFERENCE / "solution.py", *RIGHT], ids=lambda path: path.stem)
def test_four_sets_of_rules_get_every_curve_right(path):
    """Means, least squares, medians and nearest templates agree with the generator on 200 curves a class."""
    module = load(path, f"right_{path.stem}")
    for label in public.LABELS:
        assert {module.diagnose(history) for history in draw(label, 200, seed=2)} == {label}


def test_hidden_and_public_curves_are_drawn_alike():
    """The generators of both check files give the same curves from the same seed."""
    assert public.LABELS == hidden.LABELS
    for label in public.LABELS:
        rng = np.random.default_rng(3)
        for number, history in enumerate(draw(label, 5, seed=3)):
            other = hidden.draw_history(rng, label, number)
            for name in history:
                np.testing.assert_array_equal(history[name], other[name])


@pytest.mark.parametrize("label", public.LABELS)
def test_the_label_has_no_unit(label):
    """Multiplying both losses by the same number changes no label."""
    for history in draw(label, 20):
        for scale in (1e-6, 3.0, 1e6):
            assert ref.diagnose({name: scale * curve for name, curve in history.items()}) == label


def test_a_constant_run_is_underfit():
    """Two flat curves are underfit."""
    assert ref.diagnose({"train_loss": np.full(20, 2.3), "val_loss": np.full(20, 2.3)}) == "underfit"


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["train_loss", "val_loss"])
def test_one_value_that_is_not_finite_is_diverging(name, value):
    """A single nan or inf at the end of either curve makes the run diverging, without a warning."""
    for label in public.LABELS:
        (history,) = draw(label, 1)
        history[name] = np.append(history[name][:-1], value)
        assert ref.diagnose(history) == "diverging"


def test_swing_is_blind_to_straight_lines():
    """zigzag is 0 on a line and h on a zigzag of height h around one."""
    t = np.arange(40.0)
    assert ref.zigzag(5.0 - 0.3 * t) == pytest.approx(0.0, abs=1e-12)
    assert ref.zigzag(0.3 * t + 0.1 * (-1) ** t) == pytest.approx(0.2)


def test_lowest_is_the_lowest_window():
    """`lowest` is the smallest mean over n neighbours, found by a loop."""
    curve = np.random.default_rng(4).normal(size=30)
    for n in (1, 3, 30):
        windows = [curve[i : i + n].mean() for i in range(30 - n + 1)]
        assert ref.lowest(curve, n) == pytest.approx(min(windows))


@pytest.mark.parametrize(("patience", "epoch"), [(1, 3), (2, 4), (3, 8), (4, 9), (5, 9)])
def test_early_stopping_on_the_handouts_run(patience, epoch):
    """The handout's run stops where the handout says."""
    assert ref.stop_epoch(VAL, patience) == epoch


def stop_by_definition(val, patience):
    """The definition word by word: an epoch improves if it is strictly below all numbers before it."""
    improves = [all(not loss >= v for v in val[:t] if v == v) and loss == loss for t, loss in enumerate(val)]
    for t in range(patience - 1, len(val)):
        if not any(improves[t - patience + 1 : t + 1]):
            return t
    return len(val) - 1


@settings(derandomize=True, database=None, max_examples=150, deadline=None)
@given(
    hnp.arrays(
        np.float64, st.integers(1, 25), elements=st.sampled_from([0.1, 0.5, 0.7, 1.0, math.inf, math.nan])
    ),
    st.integers(1, 6),
)
def test_early_stopping_follows_its_definition(val, patience):
    """The loop agrees with the definition, ties, inf and nan included; more patience never stops earlier."""
    val[0] = 0.9
    stop = ref.stop_epoch(val, patience)
    assert stop == stop_by_definition(val.tolist(), patience)
    assert stop <= ref.stop_epoch(val, patience + 1)


@pytest.mark.parametrize("patience", [0, -1])
def test_no_patience_is_refused(patience):
    """A patience below 1 raises ValueError with its value."""
    with pytest.raises(ValueError, match=str(patience)):
        ref.stop_epoch(VAL, patience)


def test_report_card_of_the_handout():
    """The handout's twenty epochs give the card that it prints, in plain Python types."""
    train = [2.30, 1.90, 1.58, 1.33, 1.13, 0.97, 0.85, 0.75, 0.67, 0.61]
    train += [0.56, 0.52, 0.49, 0.46, 0.44, 0.42, 0.41, 0.40, 0.39, 0.38]
    val = [2.31, 1.95, 1.68, 1.48, 1.34, 1.25, 1.19, 1.16, 1.15, 1.16]
    val += [1.15, 1.20, 1.28, 1.37, 1.47, 1.58, 1.69, 1.80, 1.91, 2.03]
    card = ref.report_card({"train_loss": np.array(train), "val_loss": np.array(val)})
    gap = card.pop("gap")
    assert gap == pytest.approx(0.48)
    assert card == {"epochs": 20, "best_epoch": 8, "best_val_loss": 1.15, "diagnosis": "overfit"}
    assert [type(card[key]) for key in ("epochs", "best_epoch", "best_val_loss")] == [int, int, float]


def test_report_card_of_a_run_that_blew_up():
    """nan and inf are never best; best epoch and gap come from the finite part."""
    for history in draw("diverging", 20):
        train, val = history["train_loss"].tolist(), history["val_loss"].tolist()
        best = min((loss, t) for t, loss in enumerate(val) if math.isfinite(loss))[1]
        card = ref.report_card(history)
        assert (card["best_epoch"], card["best_val_loss"]) == (best, val[best])
        assert card["gap"] == val[best] - train[best]
        assert card["diagnosis"] == "diverging"


def test_functions_leave_the_history_alone():
    """No function writes into the arrays of a history, which may be read-only."""
    for label in public.LABELS:
        (history,) = draw(label, 1)
        for curve in history.values():
            curve.setflags(write=False)
        ref.report_card(history)
        ref.stop_epoch(history["val_loss"], 3)
