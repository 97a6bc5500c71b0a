"""How often and how long something is tried again that may work in a moment. Pure; the sleep is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from grader.core.errors import Unavailable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """tries: in all. first: seconds before the second try, `factor` times longer before each further one.

    busy: seconds that the database itself waits, at each try, for a lock that another process holds.
    """

    tries: int = 6
    first: float = 0.1
    factor: float = 2.0
    busy: float = 5.0

    def waits(self) -> tuple[float, ...]:
        """Seconds between the tries."""
        return tuple(self.first * self.factor**index for index in range(self.tries - 1))


def retrying(
    action: Callable[[], T],
    passing: Callable[[Exception], str | None],
    patience: Patience,
    sleep: Callable[[float], object],
) -> T:
    """What `action` gives.

    passing: what is the matter in words if it may pass, None for an error that stays. Raises that error as it is,
    and Unavailable when all tries failed.
    """
    for wait in (*patience.waits(), None):
        try:
            return action()
        except Exception as error:
            trouble = passing(error)
            if trouble is None:
                raise
            if wait is None:
                raise Unavailable(
                    f"{trouble}, tried {patience.tries} times; what was written before is safe: "
                    "run the same command again"
                ) from error
        sleep(wait)
    raise AssertionError("the last try returns or raises")
