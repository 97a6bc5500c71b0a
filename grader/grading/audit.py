"""Judge the assignment: would its checks catch every misconception, and spare every right submission?"""

from __future__ import annotations

from collections.abc import Callable

from grader.core.audit import Audit, Finding
from grader.grading import examples, matrix, purity
from grader.grading.course import Course
from grader.grading.desk import Desk, with_desk
from grader.grading.forgiven import Forgiven, read_forgiven


def audit(
    course: Course,
    slug: str,
    jobs: int = 1,
    sandboxed: bool = True,
    full: bool = False,
    step: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Audit:
    """Audit one assignment.

    full: slow checks run for every misconception and example, not only for those that they claim.
    step: told what is going on, and how much of how much is done.
    Raises UsageError, SpecError, SandboxError.
    """
    course.assignment(slug)  # an unknown slug is told before a missing reference
    outcome = Audit(slug)
    forgiven = read_forgiven(course.reference(slug))
    claims: dict[str, tuple[str, ...]] = {}

    def look(desk: Desk) -> None:
        outcome.points = float(desk.assignment.points)
        claims.update({check.id: check.claims for check in desk.checks if check.claims is not None})
        matrix.fill(desk, outcome, forgiven, full, step)
        outcome.findings += purity.unwatched(desk)
        outcome.findings += _stale(desk, forgiven)

    with_desk(course, slug, look)
    slow = examples.SlowChecks(claims, full)
    examples.audit_examples(course, slug, jobs, sandboxed, outcome, forgiven, slow, step)
    return outcome


def _stale(desk: Desk, forgiven: Forgiven) -> list[Finding]:
    subjects = {card.id for card, _ in desk.oracle.reference.misconceptions}
    subjects |= set(examples.example_names(desk.course.reference(desk.assignment.slug)))
    return forgiven.stale(subjects, {check.id for check in desk.checks})
