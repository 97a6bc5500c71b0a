"""`@points(n)`: what turns a pytest test into a check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import pytest

from grader.core.errors import SpecError

T = TypeVar("T", bound=Callable[..., Any])


def points(
    n: int | float | str | Fraction, *, partial: bool = False, claims: Sequence[str] | None = None
) -> Callable[[T], T]:
    """The check is worth `n` points, all or nothing; with `partial` each case of a parametrised check has its share.

    claims: makes it a slow check (training, say): diagnosis and audit run only these misconceptions on it.
    Raises SpecError.
    """
    try:
        worth = Fraction(str(n))
    except (ValueError, ZeroDivisionError):
        raise SpecError(f"points({n!r}): expected a number") from None
    if worth <= 0:
        raise SpecError(f"points({n!r}): expected a number above 0")
    if isinstance(claims, str):
        raise SpecError(f'points(claims="{claims}"): expected a list of misconception ids')
    return pytest.mark.points(worth, partial=partial, claims=None if claims is None else tuple(claims))


MARK = "points"
