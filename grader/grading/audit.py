"""Judge the assignment: would its checks catch every misconception, and spare every right submission?"""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from grader.core.audit import Audit, Finding
from grader.core.errors import GraderError
from grader.grading import examples, matrix, purity
from grader.grading.course import Course
from grader.grading.desk import Desk, with_desk
from grader.grading.forgiven import Forgiven, read_forgiven
from grader.grading.threads import one_thread

_FORK = multiprocessing.get_context("fork")


def audit(
    course: Course,
    slug: str,
    jobs: int = 1,
    sandboxed: bool = True,
    full: bool = False,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> Audit:
    """Audit one assignment: misconceptions in a process of their own, and beside it the example submissions.

    full: slow checks run for every misconception and example, not only for those that they claim.
    step: told how many examples of how many are graded.
    Raises UsageError, SpecError, SandboxError.
    """
    course.assignment(slug)  # an unknown slug is told before a missing reference
    forgiven = read_forgiven(course.reference(slug))
    graded = Audit(slug)
    with _beside(course, slug, forgiven, full) as pipe:
        slow = examples.SlowChecks(_next(pipe), full)
        examples.audit_examples(course, slug, jobs, sandboxed, graded, forgiven, slow, step)
        tried: Audit = _next(pipe)
    return replace(
        graded,
        points=tried.points,
        checks=tried.checks,
        misconceptions=tried.misconceptions,
        findings=[*tried.findings, *graded.findings],
    )


@contextmanager
def _beside(course: Course, slug: str, forgiven: Forgiven, full: bool) -> Iterator[Connection]:
    """A process that sends what the slow checks claim, then the audit of the misconceptions."""
    ours, theirs = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_try_misconceptions, args=(course, slug, forgiven, full, theirs))
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        process.kill()
        process.join()
        ours.close()


def _next(pipe: Connection) -> Any:
    """What the other process sends next. Raises the GraderError that it ended in."""
    try:
        message = pipe.recv()
    except EOFError:
        raise GraderError("the process that tries the misconceptions ended without a word") from None
    if isinstance(message, GraderError):
        raise message
    return message


def _try_misconceptions(course: Course, slug: str, forgiven: Forgiven, full: bool, pipe: Connection) -> None:
    def look(desk: Desk) -> None:
        one_thread()  # the reference may have loaded torch
        claims: Mapping[str, tuple[str, ...]] = {
            check.id: check.claims for check in desk.checks if check.claims is not None
        }
        pipe.send(claims)
        outcome = Audit(slug, points=float(desk.assignment.points))
        matrix.fill(desk, outcome, forgiven, full)
        outcome.findings += purity.unwatched(desk)
        outcome.findings += _stale(desk, forgiven)
        pipe.send(outcome)

    one_thread()
    try:
        with_desk(course, slug, look)
    except GraderError as error:
        pipe.send(error)
    except KeyboardInterrupt:
        pass
    except Exception:
        pipe.send(GraderError(f"the misconceptions could not be tried:\n{traceback.format_exc()}"))


def _stale(desk: Desk, forgiven: Forgiven) -> list[Finding]:
    subjects = {card.id for card, _ in desk.oracle.reference.misconceptions}
    subjects |= set(examples.example_names(desk.course.reference(desk.assignment.slug)))
    return forgiven.stale(subjects, {check.id for check in desk.checks})
