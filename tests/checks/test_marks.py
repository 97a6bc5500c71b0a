"""`@points` and `@misconception`: what they accept, and what they say otherwise."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grader.checks import misconception, points
from grader.checks.misconception import DECLARED
from grader.core.errors import SpecError


def mark_of(decorated: object) -> pytest.Mark:
    mark: pytest.Mark = decorated.pytestmark[-1]  # type: ignore[attr-defined]
    return mark


def _check() -> None: ...


@pytest.mark.parametrize(
    ("n", "worth"),
    [
        (3, 3),
        (0.5, Fraction(1, 2)),
        ("1/3", Fraction(1, 3)),
        (Fraction(2, 7), Fraction(2, 7)),
        (0.1, Fraction(1, 10)),
    ],
)
def test_points_are_exact(n: object, worth: Fraction) -> None:
    """Ints, decimals and fractions become exact fractions."""
    mark = mark_of(points(n)(_check))
    assert mark.args == (worth,)
    assert mark.kwargs == {"partial": False, "claims": None}


@pytest.mark.parametrize("n", [0, -1, "x", "", float("nan"), float("inf"), None, "1/0"])
def test_other_points_are_refused(n: object) -> None:
    """Zero, negative, infinite and meaningless numbers: SpecError with the value."""
    with pytest.raises(SpecError, match=r"points\("):
        points(n)


@pytest.mark.parametrize(
    "name", ["backprop.softmax", "softmax/twice", "Back.f/x", "b.f/Has Space", "b.f/", "b./x", "b.f/x/y", ""]
)
def test_malformed_misconception_ids_are_refused(name: str) -> None:
    """The id must be <slug>.<function>/<name>; the error shows an example."""
    with pytest.raises(SpecError, match="expected an id like"):
        misconception(name, advice="…")


def test_a_misconception_is_declared_and_left_as_it_is() -> None:
    """The decorator returns the function itself; the card knows the function that it replaces."""
    before = len(DECLARED)

    @misconception("tiny.spread/unbiased", advice="Divide by n.", source="S1", accepted=True)
    def wrong(x: float) -> float:
        return x

    card, code = DECLARED.pop()
    assert len(DECLARED) == before
    assert code is wrong
    assert wrong(2.0) == 2.0
    assert (card.function, card.accepted, card.source) == ("spread", True, "S1")
