"""The gradebook: what happened is added, never changed; marks are computed from it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Table, insert, select

from grader.core.errors import UsageError
from grader.core.mark import Mark, points
from grader.core.policy import Policy
from grader.core.result import SubmissionResult
from grader.core.roster import Student
from grader.core.text import one_line
from grader.gradebook import archive, codec, reading, register, schema
from grader.gradebook.history import events
from grader.gradebook.ledger import GpuUse, day, gpu_uses
from grader.gradebook.policy_file import read_policy
from grader.gradebook.records import (
    Event,
    Grading,
    Kind,
    Revision,
    Submission,
    earned_points,
    named,
    standing,
    written,
)
from grader.gradebook.retry import Patience
from grader.gradebook.store import PATIENCE, Store
from grader.gradebook.verify import problems

GRADER = "grader"
"""The author of what nobody decided: hand-ins found, results recorded."""


class Gradebook:
    """Every method that writes is one transaction, on disk when it returns; see `open_gradebook`."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now

    def enrol(self, students: Sequence[Student], author: str = GRADER) -> None:
        """Take over a roster; students who are known already get what it says now. The same again adds nothing."""
        rows = [
            {"student": named(one.id), "place": place}
            | {key: value for key, value in asdict(one).items() if key != "id"}
            for place, one in enumerate(students)
        ]
        known = self.students()
        if any(known.get(one.id) != one for one in students):
            self._add("enrol", schema.enrolments, rows, author, "")

    def students(self) -> dict[str, Student]:
        """The students by id, in the order of the roster."""
        return self._store.read(reading.enrolled)

    def submit(
        self,
        student: str,
        slug: str,
        files: Mapping[str, bytes],
        received: datetime,
        late: bool = False,
        origin: str = "",
        author: str = GRADER,
    ) -> Submission:
        """Put a hand-in on record. The same again (files, time, origin) gives the one that is there.

        author: the user whose file it was, where that is known.
        """
        digest, when, place = archive.files_hash(files), written(received), one_line(origin)
        row = {"student": named(student), "slug": named(slug), "hash": digest, "received": when}
        columns = schema.submissions.c

        def known(db: Connection) -> int | None:
            same = (columns.student == student) & (columns.slug == slug) & (columns.hash == digest)
            same &= (columns.received == when) & (columns.origin == place)
            return db.execute(select(columns.seq).where(same)).scalar()

        def add(db: Connection, seq: int) -> None:
            if db.execute(select(schema.blobs.c.hash).where(schema.blobs.c.hash == digest)).first() is None:
                db.execute(insert(schema.blobs).values(hash=digest, data=archive.packed(files)))
            db.execute(insert(schema.submissions).values(seq=seq, late=late, origin=place, **row))

        seq = self._write("submit", author, "", add, known)
        return next(one for one in self.submissions(slug, student) if one.seq == seq)

    def submissions(self, slug: str | None = None, student: str | None = None) -> tuple[Submission, ...]:
        """The hand-ins on record, by student, assignment and time received."""
        return self._store.read(lambda db: reading.submitted(db, slug, student))

    def files(self, hash: str) -> dict[str, bytes]:
        """The files of a hand-in. Raises UsageError for an unknown hash, GraderError if the blob is damaged."""
        data = self._store.read(lambda db: reading.blob(db, hash))
        if data is None:
            raise UsageError(f"{self._store.shown}: no submission has the hash {hash}")
        return archive.unpacked(data)

    def grading(self, key: str, submission: str, notes: tuple[str, ...] = ()) -> Grading | None:
        """What came out for this content (`Content.key`) the last time, under the asker's name and notes alone."""
        found = self._store.read(lambda db: reading.graded(db, key))
        return found and replace(
            found, result=replace(found.result, submission=submission, notes=notes, quota_note="")
        )

    def record(self, key: str, result: SubmissionResult, tries: int = 1) -> int:
        """Keep a result; gives its number. A second one for the same key and number of tries is not taken."""
        text = codec.encoded(result)
        same = (schema.gradings.c.key == key) & (schema.gradings.c.tries == tries)
        return self._write(
            "grading",
            GRADER,
            "",
            lambda db, seq: db.execute(
                insert(schema.gradings).values(seq=seq, key=key, tries=tries, result=text)
            ),
            lambda db: db.execute(select(schema.gradings.c.seq).where(same)).scalar(),
        )

    def gpu_uses(self, since: datetime | None = None) -> tuple[GpuUse, ...]:
        """The runs that had a GPU, oldest first."""
        return self._store.read(lambda db: gpu_uses(db, since))

    def gpu_today(self, student: str) -> tuple[float, datetime]:
        """GPU-seconds of a student today, and when the next day begins, in the policy's time zone."""
        midnight, next_one = day(self._now(), self.policy().timezone)
        return sum(use.seconds for use in self.gpu_uses(midnight) if use.student == student), next_one

    def revise(self, slug: str, kind: Kind, author: str, reason: str, items: Mapping[int, int]) -> int:
        """Put gradings in force: submission → grading, by their numbers."""

        def add(db: Connection, seq: int) -> None:
            db.execute(insert(schema.revisions).values(seq=seq, slug=named(slug), kind=kind))
            rows = [{"revision": seq, "submission": one, "grading": items[one]} for one in sorted(items)]
            if rows:
                db.execute(insert(schema.revision_items), rows)

        return self._write("revision", author, reason, add)

    def undo(self, slug: str, author: str, reason: str) -> int:
        """Take back the latest revision that is not undone. Raises UsageError if there is none."""

        def add(db: Connection, seq: int) -> None:
            if not standing(reading.revised(db, slug)):
                raise UsageError(f'nothing is left to undo in "{slug}"')
            db.execute(insert(schema.revisions).values(seq=seq, slug=slug, kind="undo"))

        return self._write("revision", author, reason, add)

    def revisions(self, slug: str) -> tuple[Revision, ...]:
        """All revisions of an assignment, oldest first."""
        return self._store.read(lambda db: reading.revised(db, slug))

    def graded(self, slug: str) -> dict[int, Grading]:
        """Submission → the grading in force, under the student's own name."""
        return self._store.read(lambda db: reading.in_force_of(db, slug))

    def override(
        self, student: str, slug: str, points: int | None, author: str, reason: str, check: str = ""
    ) -> int:
        """Set the score, or one check's points, in hundredths; None takes the override back."""
        row = {"student": named(student), "slug": named(slug), "check": one_line(check)}
        return self._decide("override", schema.overrides, row, points, author, reason)

    def mark_manual(
        self, student: str, slug: str, item: str, points: int | None, author: str, reason: str
    ) -> int:
        """Mark a manual item in hundredths; None takes the mark back."""
        row = {"student": named(student), "slug": named(slug), "item": named(item)}
        return self._decide("manual", schema.manual_marks, row, points, author, reason)

    def import_marks(
        self, slug: str, marks: Mapping[str, tuple[int, int]], source: str, author: str, reason: str = ""
    ) -> int:
        """Take over marks made elsewhere: student → hundredths, of how many. They stand in place of hand-ins."""
        rows = []
        for student, (earned, most) in sorted(marks.items()):
            if not 0 <= earned_points(earned, student) <= earned_points(most, student):
                raise UsageError(f"{student}: expected points from 0 to {points(most)}, got {points(earned)}")
            row: dict[str, object] = {
                "student": named(student),
                "slug": named(slug),
                "source": one_line(source),
            }
            rows.append(row | {"points": earned, "most": most})
        if not rows:
            raise UsageError(f"{one_line(source)}: expected at least one mark, found none")
        return self._add("import", schema.imported_marks, rows, author, reason)

    def set_policy(self, text: str, author: str, reason: str, shown: str = "policy.yaml") -> int:
        """Let another policy hold, for everything. Raises SpecError for one that cannot be read."""
        read_policy(text, shown)
        return self._add("policy", schema.policies, [{"text": text}], author, reason)

    def policy(self) -> Policy:
        """The policy that holds."""
        return self._store.read(register.policy)

    def policy_text(self) -> str | None:
        """The policy that holds, as it was written; None if none ever was."""
        return self._store.read(reading.policy_text)

    def slugs(self) -> tuple[str, ...]:
        """The assignments in which anything is on record, by name."""
        return self._store.read(reading.slugs)

    def marks(self, slug: str | None = None, policy: Policy | None = None) -> tuple[Mark, ...]:
        """The marks in one assignment or in all, by assignment, then in the order of the roster.

        policy: one to try, in place of the one that holds.
        """
        return self._store.read(lambda db: register.marks(db, slug, policy))

    def history(self, student: str, slug: str) -> tuple[Event, ...]:
        """Everything that bears on this mark, in the order in which it was written."""
        return self._store.read(lambda db: events(db, student, slug))

    def verify(self) -> list[str]:
        """What does not fit together, a sentence each; empty if all is well."""
        return self._store.read(problems)

    def _decide(
        self, kind: str, table: Table, row: Mapping[str, str], points: int | None, author: str, reason: str
    ) -> int:
        if not one_line(reason):
            raise UsageError(
                f"{row['student']}, {row['slug']}: expected a reason; it is what the student is told"
            )
        given = None if points is None else earned_points(points, row["student"])
        return self._add(kind, table, [{**row, "points": given}], author, reason)

    def _add(
        self, kind: str, table: Table, rows: Iterable[Mapping[str, object]], author: str, reason: str
    ) -> int:
        return self._write(
            kind,
            author,
            reason,
            lambda db, seq: db.execute(insert(table), [{"seq": seq, **row} for row in rows]),
        )

    def _write(
        self,
        kind: str,
        author: str,
        reason: str,
        add: Callable[[Connection, int], object],
        known: Callable[[Connection], int | None] = lambda db: None,
    ) -> int:
        if not one_line(author):
            raise UsageError("expected the name of who does this")
        at = written(self._now())
        return self._store.write(kind, at, one_line(author), one_line(reason), add, known)


@contextmanager
def open_gradebook(
    url: str | Path,
    *,
    create: bool = True,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    patience: Patience = PATIENCE,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[Gradebook]:
    """The gradebook at a path, ``sqlite:///path`` or ``postgresql://…``; made or brought up to date at need.

    create: False refuses where there is none yet. Raises UsageError for what is no gradebook, GraderError for a
    damaged or a newer one, and for trouble that does not pass within `patience`.
    """
    store = Store(url, patience, sleep)
    try:
        store.open(create)
        yield Gradebook(store, now)
    finally:
        store.close()
