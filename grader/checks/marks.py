"""`@points(n)`: what turns a pytest test into a check."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeVar

import pytest

from grader.core.errors import SpecError

T = TypeVar("T", bound=Callable[..., Any])


def points(
    n: int | float | str | Fraction, *, partial: bool = False, diagnose: bool = True
) -> Callable[[T], T]:
    """The check is worth `n` points, all or nothing; with `partial` each case of a parametrised check has its share.

    diagnose=False: do not run the misconceptions on it (a training check that takes seconds). Raises SpecError.
    """
    try:
        worth = Fraction(str(n))
    except (ValueError, ZeroDivisionError):
        raise SpecError(f"points({n!r}): expected a number") from None
    if worth <= 0:
        raise SpecError(f"points({n!r}): expected a number above 0")
    return pytest.mark.points(worth, partial=partial, diagnose=diagnose)


MARK = "points"
