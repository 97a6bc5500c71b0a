"""Centred differences and memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.checks import gradcheck, memory_below
from grader.checks.run import CheckFailed
from grader.core.errors import SpecError

FORWARD = """
import numpy as np
def loss(w, b):
    return float(np.sum(np.tanh(w @ b)))
def grads(w, b):
    d = 1 - np.tanh(w @ b) ** 2
    return {gw}, {gb}
"""
RIGHT = FORWARD.format(gw="np.outer(d, b)", gb="w.T @ d")
KINK = (
    "import numpy as np\ndef loss(w):\n    return float(np.abs(w).sum())\ndef grad(w):\n    return np.sign(w)"
)


def body(student: Any, rng: Any) -> None:
    w, b = rng.normal(size=(3, 2)), rng.normal(size=2)

    def losses(points: list[dict[str, Any]]) -> list[float]:
        return [
            outcome.get() for outcome in student.loss.batch([(point["w"], point["b"]) for point in points])
        ]

    gw, gb = student.grads(w, b)
    gradcheck(losses, {"w": w, "b": b}, {"w": gw, "b": gb})


def test_a_right_gradient_passes(trial: Any) -> None:
    """Analytic gradients of a smooth loss are within 1e-6."""
    assert trial.run(body, RIGHT)[1] is None


@pytest.mark.parametrize(
    ("gw", "gb", "words"),
    [
        ("2 * np.outer(d, b)", "w.T @ d", "the gradient of w does not fit"),
        ("np.outer(d, b)", "-w.T @ d", "the gradient of b does not fit"),
        ("np.outer(d, b) * (1 + 1e-5)", "w.T @ d", "the gradient of w does not fit"),
        ("np.outer(d, b).T", "w.T @ d", "the gradient of w must have the shape of w"),
        ("None", "w.T @ d", "must have the shape of w"),
        ("np.outer(d, b) * np.nan", "w.T @ d", "the gradient of w is not finite"),
        ("np.zeros((3, 2))", "w.T @ d", "the gradient of w does not fit"),
        ("'text'", "w.T @ d", "must have the shape of w"),
    ],
)
def test_a_wrong_gradient_is_found(trial: Any, gw: str, gb: str, words: str) -> None:
    """Factor, sign, a relative error of 1e-5, shape, nan: the array is named."""
    error = trial.run(body, FORWARD.format(gw=gw, gb=gb))[1]
    assert isinstance(error, CheckFailed)
    assert words in error.text


def test_a_loss_that_is_not_finite_is_named(trial: Any) -> None:
    """It is the forward pass then, not the gradient."""
    error = trial.run(body, RIGHT.replace("float(np.sum", "float('nan') * float(np.sum"))[1]
    assert isinstance(error, CheckFailed)
    assert "the loss is not finite" in error.text


@pytest.mark.parametrize("points", [[0.4, -1.2], [3.0, 0.1]])
def test_away_from_kinks_a_kinked_function_passes(trial: Any, points: list[float]) -> None:
    """|w| is smooth where it is looked at."""

    def kinked(student: Any, rng: Any) -> None:
        w = np.array(points)
        gradcheck(lambda ps: [student.loss(p["w"]) for p in ps], {"w": w}, {"w": student.grad(w)}, kinks=True)

    assert trial.run(kinked, KINK)[1] is None


def test_on_a_kink_no_gradient_is_right(trial: Any) -> None:
    """At the kink itself the differences say 0; a student's ±1 fails, so checks must redraw."""

    def kinked(student: Any, rng: Any) -> None:
        w = np.zeros(1)
        gradcheck(lambda ps: [student.loss(p["w"]) for p in ps], {"w": w}, {"w": np.ones(1)}, kinks=True)

    assert isinstance(trial.run(kinked, KINK)[1], CheckFailed)


def test_a_gradient_of_zero_passes(trial: Any) -> None:
    """Round-off of the differences of a constant loss is no error; 0/0 is none either."""

    def constant(student: Any, rng: Any) -> None:
        gradcheck(lambda ps: [1e3] * len(ps), {"w": np.ones(3)}, {"w": np.zeros(3)})

    assert trial.run(constant, "")[1] is None


def test_gradcheck_moves_one_entry_at_a_time(trial: Any) -> None:
    """Two points an entry, ±h, the inputs themselves untouched."""
    seen: list[Any] = []

    def look(student: Any, rng: Any) -> None:
        w = np.array([[1.0, 2.0]])
        gradcheck(lambda ps: seen.extend(ps) or [0.0] * len(ps), {"w": w}, {"w": np.zeros((1, 2))}, h=0.5)
        assert w.tolist() == [[1.0, 2.0]]

    assert trial.run(look, "")[1] is None
    assert [p["w"].tolist() for p in seen] == [[[1.5, 2.0]], [[0.5, 2.0]], [[1.0, 2.5]], [[1.0, 1.5]]]


def test_memory_below_uses_what_the_channel_counts(trial: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Peak after the call less what was there before; the size has a unit."""
    counted = iter([(100 << 20, 100 << 20), (0, 150 << 20)] * 2)
    monkeypatch.setattr("grader.checks.loopback.Loopback.memory_bytes", lambda self: next(counted))
    assert trial.run(lambda s, r: memory_below("60MiB", s.f), "def f(): ...")[1] is None
    error = trial.run(lambda s, r: memory_below("40MiB", s.f), "def f(): ...")[1]
    assert isinstance(error, CheckFailed)
    assert "more memory than the 40MiB that are allowed" in error.text
    assert isinstance(trial.run(lambda s, r: memory_below("plenty", s.f), "def f(): ...")[1], SpecError)
