"""What two submissions that are too alike have in common: the pair and the places that match."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Lines of a file, counted from 1, both ends included."""

    file: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Match:
    """The same code in both submissions, up to names, numbers and layout."""

    one: Place
    other: Place


@dataclass(frozen=True, slots=True)
class Pair:
    """Two submissions that share more than chance explains.

    Attributes:
        share: of the smaller one's own fingerprints, how many the other has too: 0 to 1.
        matched: in the order of the first submission.
    """

    one: str
    other: str
    share: float
    matched: tuple[Match, ...]

    @property
    def lines(self) -> int:
        """How many lines of the first submission match."""
        return sum(match.one.last - match.one.first + 1 for match in self.matched)
