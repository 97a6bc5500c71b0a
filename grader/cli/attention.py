"""What a person has to look at after `grader batch`: nothing is dropped silently, and nobody loses points silently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from grader.core.mark import Mark
from grader.core.text import one_line
from grader.grading.arrivals import Arrivals
from grader.grading.gradings import faulty
from grader.grading.handin import contradictions


def person_needed(arrivals: Arrivals, marks: Sequence[Mark]) -> bool:
    """List it, each part under a heading; False if that is nothing."""
    parts = [
        (f"Not taken ({{}}), found in the layout: {arrivals.layout}", _left(arrivals)),
        ("Refused ({}): nothing of it could be graded; what came is on record", _refused(arrivals, marks)),
        ("To be looked at ({})", _odd(arrivals)),
        ("Provisional ({}): the grader could not decide every check", _undecided(marks)),
        ("Receipts that say something else ({}); what was graded here holds", _false(arrivals, marks)),
    ]
    needed = False
    for heading, found in parts:
        lines = [one_line(line) for line in found]
        if lines:
            click.echo(f"\n{heading.format(len(lines))}")
            for line in lines:
                click.echo(f"  {line}")
            needed = True
    return needed


def _left(arrivals: Arrivals) -> Iterator[str]:
    return (f"{one.path} {one.why}: {one.done}" for one in arrivals.leftovers)


def _odd(arrivals: Arrivals) -> Iterator[str]:
    return (f"{one.path} {one.why}: {one.done}" for one in arrivals.doubts)


def _refused(arrivals: Arrivals, marks: Sequence[Mark]) -> Iterator[str]:
    """Of the attempts that count."""
    counting = {mark.attempt.submission for mark in marks if mark.attempt}
    for one in arrivals.hand_ins:
        if one.refusal is not None and one.submission.seq in counting:
            yield f"{one.submission.student}: {one.refusal}"


def _undecided(marks: Sequence[Mark]) -> Iterator[str]:
    for mark in marks:
        result = mark.attempt.result if mark.attempt else None
        if result is not None and result.score().provisional:
            names = ", ".join(check.id for check in result.checks if check.undecided)
            aside = "set aside, the grader failed: " if faulty(result) else ""
            yield f"{mark.student}: {aside}{names}"


def _false(arrivals: Arrivals, marks: Sequence[Mark]) -> Iterator[str]:
    """Receipts of the attempts that count."""
    graded = {mark.attempt.submission: mark.attempt.result for mark in marks if mark.attempt}
    for one in arrivals.hand_ins:
        result = graded.get(one.submission.seq)
        if one.claim is not None and result is not None:
            receipt, student = one.claim
            for text in contradictions(receipt, student, result):
                yield f"{student.id}: {text}"
