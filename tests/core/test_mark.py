"""Points as text."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from grader.core.mark import points


@given(st.integers(0, 10**9))
def test_hundredths_are_shown_exactly(hundredths: int) -> None:
    """Always two decimals, and read back they are the same number."""
    assert Decimal(points(hundredths)) * 100 == hundredths
    assert points(hundredths)[-3] == "."
