"""The ration of GPU-seconds that one student has in a day, and what is said of it before and after it is used."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grader.core.assignment import Assignment
from grader.core.result import SubmissionResult

if TYPE_CHECKING:
    from grader.gradebook.book import Gradebook  # an extra: `grade` does without


@dataclass(frozen=True, slots=True)
class Quota:
    """Attributes: limit: GPU-seconds a day; used: those of today so far; until: when the next day begins, in words."""

    limit: float
    used: float
    until: str

    @classmethod
    def of(cls, assignment: Assignment, book: Gradebook, student: str) -> Quota | None:
        """What the gradebook says of today; None where the assignment does not ration."""
        if assignment.gpu is None or assignment.gpu.quota is None:
            return None
        used, until = book.gpu_today(student)
        return cls(assignment.gpu.quota, used, until.strftime("%Y-%m-%d %H:%M %Z"))

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
        used = f" This run used {_at_most(spent)} of them." if spent else ""
        return f"GPU-seconds left today: {left} of {self.limit:g} (until {self.until}).{used}"


def a_day(assignment: Assignment) -> str:
    """What everybody has; empty where the assignment does not ration."""
    if assignment.gpu is None or assignment.gpu.quota is None:
        return ""
    return f"{assignment.gpu.quota:g} GPU-seconds a day for each student, over all assignments"


def unrecorded(assignment: Assignment, result: SubmissionResult) -> SubmissionResult:
    """The result of a run that no gradebook hears of, with what is known nevertheless."""
    if not (ration := a_day(assignment)):
        return result
    spent = result.measured.gpu_seconds
    used = f"; this run used {_at_most(spent)}, and is not on record" if spent else ""
    return replace(result, quota_note=f"GPU time is rationed: {ration}{used}.")


def _at_most(spent: float) -> str:
    return f"at most {math.ceil(spent / 10) * 10}"
