"""The marks of the class, from what is on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from grader.core.mark import Entry, Mark
from grader.core.policy import Policy
from grader.gradebook import reading
from grader.gradebook.marking import marks_of
from grader.gradebook.policy_file import read_policy


def policy(connection: Connection) -> Policy:
    """The policy that holds."""
    text = reading.policy_text(connection)
    return Policy() if text is None else read_policy(text, "the policy on record")


def marks(connection: Connection, slug: str | None, under: Policy | None = None) -> tuple[Mark, ...]:
    """In one assignment or in all: by assignment, then as in the roster, then by id. Who is enrolled always has one.

    under: a policy to try, in place of the one that holds.
    """
    rules = under or policy(connection)
    # late days tie the assignments of a student together; without them the others need not be read
    entries = reading.entries(connection, None if rules.pool else slug)
    roster = list(reading.enrolled(connection))
    students = [*roster, *sorted({student for student, _ in entries} - set(roster))]
    slugs = sorted({name for _, name in entries} | ({slug} if slug else set()))
    found: dict[tuple[str, str], Mark] = {}
    for student in students:
        wanted = [
            entries.get((student, name), Entry(student=student, slug=name))
            for name in slugs
            if student in roster or (student, name) in entries
        ]
        for mark in marks_of(wanted, rules):
            found[mark.slug, student] = mark
    return tuple(
        mark
        for name in ([slug] if slug else slugs)
        for mark in _complete([found[name, student] for student in students if (name, student) in found])
    )


def _complete(of_one: list[Mark]) -> Iterator[Mark]:
    """Where nothing is graded yet, the maximum is that of the others in the assignment."""
    most = max((mark.max for mark in of_one), default=0)
    for mark in of_one:
        if mark.max:
            yield mark
        else:
            yield replace(mark, max=most, high=most if mark.attempt and mark.provisional else mark.high)
