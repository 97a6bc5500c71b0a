"""What a gradebook says of a submission beside its result, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """All texts; empty for what there is nothing to say of.

    Attributes:
        name: whose it is, for instructors alone. late: how late.
        mark: points, where lateness or a person made something else of the score; most: out of how many; why: how.
    """

    name: str = ""
    late: str = ""
    mark: str = ""
    most: str = ""
    why: str = ""
