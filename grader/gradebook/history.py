"""What happened to one student's mark in one assignment: who, when, why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from grader.core.mark import points
from grader.core.result import SubmissionResult
from grader.core.verdict import Reason
from grader.gradebook import reading
from grader.gradebook.records import Event, Revision, instant
from grader.gradebook.schema import imported_marks, journal, manual_marks, overrides, policies

_REFUSED = (Reason.REFUSED, Reason.NO_FILE)  # of a whole hand-in, not of a check
_VERB = {"grade": "graded", "regrade": "graded again"}


def events(connection: Connection, student: str, slug: str) -> tuple[Event, ...]:
    """Everything that bears on the mark, in the order in which it was written."""
    found = dict(_submissions(connection, student, slug))
    found |= dict(_revisions(connection, student, slug))
    for row in reading.chosen(connection, overrides, slug, student):
        what = f"check {row['check']}" if row["check"] else "score"
        found[row["seq"]] = _decided(what, row["points"])
    for row in reading.chosen(connection, manual_marks, slug, student):
        found[row["seq"]] = _decided(row["item"], row["points"])
    for row in reading.chosen(connection, imported_marks, slug, student):
        found[row["seq"]] = f"{points(row['points'])} of {points(row['most'])} imported from {row['source']}"
    for number in connection.execute(select(policies.c.seq)).scalars():
        found[number] = "the policy was changed"
    rows = connection.execute(select(journal).order_by(journal.c.seq))
    return tuple(
        Event(row.seq, instant(row.at), row.author, found[row.seq], row.reason)
        for row in rows
        if row.seq in found
    )


def _submissions(connection: Connection, student: str, slug: str) -> Iterator[tuple[int, str]]:
    for one in reading.submitted(connection, slug, student):
        place = f" from {one.origin}" if one.origin else ""
        late = ", late as the LMS says" if one.late else ""
        received = one.received.strftime("%Y-%m-%d %H:%M:%S UTC")
        yield one.seq, f"attempt {one.attempt}{place}, received {received}{late} (files {one.hash[:16]})"


def _revisions(connection: Connection, student: str, slug: str) -> Iterator[tuple[int, str]]:
    own = {one.seq: one.attempt for one in reading.submitted(connection, slug, student)}
    revisions = reading.revised(connection, slug)
    wanted = {grading for one in revisions for number, grading in one.items.items() if number in own}
    results = reading.gradings_of(connection, wanted)
    standing: list[Revision] = []
    for revision in revisions:
        touched = [number for number in own if number in revision.items]
        if revision.kind != "undo":
            standing.append(revision)
            told = [f"attempt {own[one]}: {_score(results[revision.items[one]].result)}" for one in touched]
            if told:
                yield revision.seq, f"{_VERB[revision.kind]}, {'; '.join(told)}"
        elif standing:
            undone = standing.pop()
            if own.keys() & undone.items.keys():
                yield revision.seq, f"entry {undone.seq} undone"


def _score(result: SubmissionResult) -> str:
    score = result.score()
    low = points(score.low)
    shown = f"{low} to {points(score.high)}, provisional," if score.provisional else low
    why = next((check.message for check in result.checks if check.reason in _REFUSED), "")
    told = f"{shown} of {points(score.max)} (checks {result.hashes.checks})"
    return f"{told}: refused, {why}" if why else told


def _decided(what: str, given: Any) -> str:
    return f"{what} no longer set by hand" if given is None else f"{what} set to {points(given)}"
