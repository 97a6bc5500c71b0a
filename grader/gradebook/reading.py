"""Questions to the database; the answers are the nouns of `records` and `core.mark`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from grader.core.errors import GraderError
from grader.core.mark import Attempt, Decision, Entry, Imported
from grader.core.result import SubmissionResult
from grader.core.roster import Student
from grader.gradebook import codec
from grader.gradebook.records import Grading, Revision, Submission, in_force, instant
from grader.gradebook.schema import (
    blobs,
    enrolments,
    gradings,
    imported_marks,
    journal,
    manual_marks,
    overrides,
    policies,
    revision_items,
    revisions,
    submissions,
)

Pair = tuple[str, str]
"""student, slug"""


def enrolled(connection: Connection) -> dict[str, Student]:
    """The students by id, in the order of the roster; what was said last about each holds."""
    rows = connection.execute(select(enrolments).order_by(enrolments.c.seq)).mappings()
    latest = {row["student"]: row for row in rows}
    return {
        row["student"]: Student(
            id=row["student"],
            name=row["name"],
            email=row["email"],
            extra_time=row["extra_time"],
            large_print=row["large_print"],
            accessible=row["accessible"],
        )
        for row in sorted(latest.values(), key=lambda row: (row["place"], row["student"]))
    }


def submitted(
    connection: Connection, slug: str | None = None, student: str | None = None
) -> tuple[Submission, ...]:
    """The submissions, by student, assignment and time received."""
    rows = chosen(connection, submissions, slug, student)
    numbers: dict[Pair, int] = defaultdict(int)
    found = []
    for row in sorted(
        rows, key=lambda row: (row["student"], row["slug"], row["received"], row["hash"], row["seq"])
    ):
        pair = (row["student"], row["slug"])
        numbers[pair] += 1
        found.append(
            Submission(
                seq=row["seq"],
                student=row["student"],
                slug=row["slug"],
                hash=row["hash"],
                received=instant(row["received"]),
                late=row["late"],
                origin=row["origin"],
                attempt=numbers[pair],
                author=row["author"],
            )
        )
    return tuple(found)


def slugs(connection: Connection) -> tuple[str, ...]:
    """The assignments in which anything is on record, by name."""
    tables = (submissions, overrides, manual_marks, imported_marks)
    every = (connection.execute(select(table.c.slug).distinct()).scalars() for table in tables)
    return tuple(sorted({slug for some in every for slug in some}))


def blob(connection: Connection, hash: str) -> bytes | None:
    """The packed files of this hash."""
    return connection.execute(select(blobs.c.data).where(blobs.c.hash == hash)).scalar()


def graded(connection: Connection, key: str) -> Grading | None:
    """The latest grading of this content."""
    row = connection.execute(
        select(gradings).where(gradings.c.key == key).order_by(gradings.c.tries.desc()).limit(1)
    ).first()
    return None if row is None else _grading(row)


def revised(connection: Connection, slug: str | None = None) -> tuple[Revision, ...]:
    """The revisions in the order in which they were made."""
    query = select(revision_items).join(revisions, revisions.c.seq == revision_items.c.revision)
    items: dict[int, dict[int, int]] = defaultdict(dict)
    for row in connection.execute(query if slug is None else query.where(revisions.c.slug == slug)):
        items[row.revision][row.submission] = row.grading
    return tuple(
        Revision(row["seq"], row["slug"], row["kind"], items.get(row["seq"], {}))
        for row in chosen(connection, revisions, slug)
    )


def forces(connection: Connection, slug: str | None = None) -> dict[int, int]:
    """Submission → grading in force, over all assignments or in one; an undo counts for its own assignment."""
    by_slug: dict[str, list[Revision]] = defaultdict(list)
    for revision in revised(connection, slug):
        by_slug[revision.slug].append(revision)
    return {submission: grading for one in by_slug.values() for submission, grading in in_force(one).items()}


def in_force_of(connection: Connection, slug: str | None = None) -> dict[int, Grading]:
    """Submission → the grading in force.

    Under the student's own id and without the remarks of an intake and the ration of GPUs: the same content may have
    been handed in by somebody else first.
    """
    force = forces(connection, slug)
    found = gradings_of(connection, force.values())
    return {
        one.seq: replace(grading, result=_for(grading.result, one.student))
        for one in submitted(connection, slug)
        if (grading := found.get(force.get(one.seq, 0)))
    }


def _for(result: SubmissionResult, student: str) -> SubmissionResult:
    ration = result.quota_note if result.submission == student else ""
    return replace(result, submission=student, notes=(), quota_note=ration)


def gradings_of(connection: Connection, numbers: Iterable[int]) -> dict[int, Grading]:
    """Gradings by their numbers."""
    wanted = sorted(set(numbers))
    found = {}
    for start in range(0, len(wanted), 500):  # databases bound the length of a statement
        query = select(gradings).where(gradings.c.seq.in_(wanted[start : start + 500]))
        for row in connection.execute(query):
            found[row.seq] = _grading(row)
    return found


def _grading(row: Row[Any]) -> Grading:
    try:
        return Grading(row.seq, row.key, row.tries, codec.decoded(row.result))
    except GraderError as error:
        raise GraderError(f"grading {row.seq}: {error}") from None


def policy_text(connection: Connection) -> str | None:
    """The policy that holds, as written."""
    return connection.execute(select(policies.c.text).order_by(policies.c.seq.desc()).limit(1)).scalar()


def entries(connection: Connection, slug: str | None = None) -> dict[Pair, Entry]:
    """All that is on record, by student and assignment."""
    found = in_force_of(connection, slug)
    attempts: dict[Pair, list[Attempt]] = defaultdict(list)
    for one in submitted(connection, slug):
        grading = found.get(one.seq)
        attempts[one.student, one.slug].append(
            Attempt(
                submission=one.seq,
                hash=one.hash,
                received=one.received,
                late=one.late,
                origin=one.origin,
                result=None if grading is None else grading.result,
            )
        )
    by_check = _decisions(connection, overrides, "check", slug)
    manual = _decisions(connection, manual_marks, "item", slug)
    imports = _imports(connection, slug)
    pairs = attempts.keys() | by_check.keys() | manual.keys() | imports.keys()
    return {
        pair: Entry(
            student=pair[0],
            slug=pair[1],
            attempts=tuple(attempts.get(pair, ())),
            checks={check: one for check, one in by_check.get(pair, {}).items() if check},
            manual=manual.get(pair, {}),
            score=by_check.get(pair, {}).get(""),
            imported=imports.get(pair),
        )
        for pair in sorted(pairs)
    }


def _decisions(
    connection: Connection, table: Table, what: str, slug: str | None
) -> dict[Pair, Mapping[str, Decision]]:
    found: dict[Pair, dict[str, Decision]] = defaultdict(dict)
    for row in chosen(connection, table, slug):
        decided = found[row["student"], row["slug"]]
        if row["points"] is None:
            decided.pop(row[what], None)
        else:
            decided[row[what]] = Decision(row["points"], row["author"], row["reason"], instant(row["at"]))
    return {pair: decided for pair, decided in found.items() if decided}


def _imports(connection: Connection, slug: str | None) -> dict[Pair, Imported]:
    return {
        (row["student"], row["slug"]): Imported(
            row["points"], row["most"], row["source"], row["author"], instant(row["at"])
        )
        for row in chosen(connection, imported_marks, slug)
    }


def chosen(
    connection: Connection, table: Table, slug: str | None, student: str | None = None
) -> list[Mapping[str, Any]]:
    """Rows with what the journal says of them, oldest first."""
    query = select(table, journal.c.at, journal.c.author, journal.c.reason).join(
        journal, journal.c.seq == table.c.seq
    )
    if slug is not None:
        query = query.where(table.c.slug == slug)
    if student is not None:
        query = query.where(table.c.student == student)
    return [dict(row) for row in connection.execute(query.order_by(table.c.seq)).mappings()]
