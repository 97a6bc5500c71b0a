"""What a student has of GPU time, said where a hand-in is made: a day's ration; what is left, if a gradebook tells."""

from __future__ import annotations

from grader.core.assignment import Assignment
from grader.core.errors import GraderError
from grader.grading.quota import Quota, a_day


def ration(assignment: Assignment, student: str, url: str | None) -> str:
    """Empty where the assignment does not ration. A gradebook that cannot be read is told, and spoils no hand-in."""
    text = a_day(assignment)
    if not text or not url:
        return text
    try:
        from grader.cli.gradebook_place import known_students  # an extra, which a student need not have
        from grader.gradebook.book import open_gradebook

        with open_gradebook(url, create=False) as book:
            quota = Quota.of(assignment, book, student) if student in known_students(book) else None
    except (GraderError, ModuleNotFoundError) as error:
        return f"{text}; what is left cannot be told: {error}"
    if quota is None:
        return f"{text}; what is left cannot be told: the gradebook does not know you"
    return f"{text}; {max(0.0, quota.limit - quota.used):.1f} are left until {quota.until}"
