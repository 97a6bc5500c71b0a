"""The ration of GPU-seconds that one student has in a day, and what reports say of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """Attributes: limit: GPU-seconds a day; used: those of today so far; until: when the next day begins, in words."""

    limit: float
    used: float
    until: str

    def over(self, spent: float) -> bool:
        """Is nothing left after `spent` GPU-seconds more? A check that runs already goes on within its own budget."""
        return self.used + spent >= self.limit

    def exhausted(self, spent: float) -> str:
        """Why a check is not run."""
        return (
            f"{self.used + spent:.1f} of today's {self.limit:g} GPU-seconds are used up; "
            f"this check runs when it is graded again after {self.until}. Nothing is lost."
        )

    def left_after(self, spent: float) -> str:
        """What is left, before a student runs out; in tens, since a submission could spend to tell something."""
        left = max(0, int(self.limit - self.used - spent) // 10 * 10)
        return f"GPU-seconds left today: {left} of {self.limit:g} (until {self.until})."
