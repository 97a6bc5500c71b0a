"""What exams take from reference/learning_curves/facts.py, against plain counting and the assignment's functions."""

import importlib.util
import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

_FOLDER = Path(__file__).parents[2] / "reference" / "learning_curves"


def load(name):
    """The module in this file of the reference."""
    spec = importlib.util.spec_from_file_location(f"{name}_learning_curves", _FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


facts, ref = load("facts"), load("solution")


def test_the_lecture_s_two_models():
    """Train 4 and 9 against 15 and 13 on new examples: the second is chosen, though the first fits better."""
    assert facts.chosen_model([4, 9], [15, 13]) == "B"
    assert facts.chosen_model([4, 9], [15, 13], "train") == "A"


def test_ways_to_choose():
    """Lowest validation loss, train loss, sum and gap can name four different models; equals go to the first."""
    train, val = [12, 1, 20, 5], [16, 26, 21, 17]
    ways = ("val", "train", "gap", "sum")
    assert [facts.chosen_model(train, val, way) for way in ways] == ["A", "B", "C", "D"]
    assert facts.chosen_model([3, 3], [5, 5]) == "A"
    with pytest.raises(ValueError, match="luck"):
        facts.chosen_model([1], [2], "luck")


@given(st.integers(2, 6), st.lists(st.integers(1, 4), min_size=1, max_size=3), st.booleans())
def test_fits_are_counted_one_by_one(folds, choices, refit):
    """One training for each fold of each combination, and one more if the best is trained again."""
    runs = [run for combination in itertools.product(*map(range, choices)) for run in range(folds)]
    assert facts.cross_validation_fits(folds, choices, refit) == len(runs) + refit


@given(st.lists(st.integers(1, 40), min_size=2, max_size=5))
def test_majority(counts):
    """The accuracy of the most frequent label for every example."""
    labels = np.repeat(np.arange(len(counts)), counts)
    assert facts.majority_accuracy(counts) == pytest.approx((labels == np.argmax(counts)).mean())


@pytest.mark.parametrize(("accuracy", "n"), [(0.5, 4), (0.9, 100), (0.75, 400)])
def test_deviation(accuracy, n):
    """That of the mean of n independent answers, each right with this probability: from the binomial weights."""
    weights = [1.0]
    for _ in range(n):  # Pascal's triangle, row by row
        weights = [
            accuracy * left + (1 - accuracy) * right
            for left, right in zip([0.0, *weights], [*weights, 0.0], strict=True)
        ]
    shares = np.arange(n + 1) / n
    variance = np.dot(weights, shares**2) - np.dot(weights, shares) ** 2
    assert facts.accuracy_deviation(accuracy, n) == pytest.approx(np.sqrt(variance), rel=1e-6)


@pytest.mark.parametrize("label", facts.LABELS)
def test_typical_histories_are_told_apart(label):
    """diagnose gives back the label, for every speed and scale that exams draw."""
    for speed, scale in itertools.product(np.linspace(0.8, 1.3, 11), (0.7, 1.1, 1.6, 2.3, 3.4)):
        history = facts.typical_history(label, float(speed), scale)
        assert {curve.shape for curve in history.values()} == {(36,)}
        assert min(curve.min() for curve in history.values()) > 0
        assert ref.diagnose(history) == label


def test_unknown_label():
    """A label that there is not is refused by name."""
    with pytest.raises(ValueError, match="tired"):
        facts.typical_history("tired")


def test_typical_curves_are_the_typical_history():
    """The same numbers under the names that stand in a figure."""
    run = facts.typical_history("overfit", 0.9, 1.6)
    np.testing.assert_array_equal(
        list(facts.typical_curves("overfit", 0.9, 1.6).values()), list(run.values())
    )


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=3, max_size=3), st.integers(0, 2)
)
def test_shares_of_a_confusion_matrix(counts, of):
    """Recall, precision and accuracy, counted over the examples one by one."""
    examples = [(true, said) for true in range(3) for said in range(3) for _ in range(counts[true][said])]
    found = [said == of for true, said in examples if true == of]
    right = [true == of for true, said in examples if said == of]
    if found:
        assert facts.recall(counts, of) == Fraction(sum(found), len(found))
    if right:
        assert facts.precision(np.array(counts, dtype=float), of) == Fraction(sum(right), len(right))
    if examples:
        assert facts.accuracy(counts) == Fraction(sum(true == said for true, said in examples), len(examples))
