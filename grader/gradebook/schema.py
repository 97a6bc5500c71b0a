"""The tables. Rows are added and never changed; every fact hangs on one entry of the journal, which orders all.

Instants are text, UTC with microseconds, so that they sort; points are hundredths. How the tables are made:
`migrations`; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


def _seq() -> Column[int]:
    return Column("seq", Integer, ForeignKey("journal.seq"), primary_key=True, autoincrement=False)


journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("at", String(32), nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
enrolments = Table(
    "enrolments",
    metadata,
    _seq(),
    Column("student", Text, primary_key=True),
    Column("place", Integer, nullable=False),  # in the roster
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("extra_time", Integer, nullable=False),
    Column("large_print", Boolean, nullable=False),
    Column("accessible", Boolean, nullable=False),
)
blobs = Table(
    "blobs",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
submissions = Table(
    "submissions",
    metadata,
    _seq(),
    Column("student", Text, nullable=False),
    Column("slug", Text, nullable=False, index=True),
    Column("hash", String(64), ForeignKey("blobs.hash"), nullable=False),
    Column("received", String(32), nullable=False),
    Column("late", Boolean, nullable=False),
    Column("origin", Text, nullable=False),
    UniqueConstraint("student", "slug", "hash", "received", "origin", name="one_submission"),
)
gradings = Table(
    "gradings",
    metadata,
    _seq(),
    Column("key", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("result", Text, nullable=False),
    UniqueConstraint("key", "tries", name="one_grading"),
)
revisions = Table(
    "revisions",
    metadata,
    _seq(),
    Column("slug", Text, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
)
revision_items = Table(
    "revision_items",
    metadata,
    Column("revision", Integer, ForeignKey("revisions.seq"), primary_key=True, autoincrement=False),
    Column("submission", Integer, ForeignKey("submissions.seq"), primary_key=True, autoincrement=False),
    Column("grading", Integer, ForeignKey("gradings.seq"), nullable=False),
)
overrides = Table(
    "overrides",
    metadata,
    _seq(),
    Column("student", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("check", Text, nullable=False),  # empty: the score itself
    Column("points", Integer),  # NULL: taken back
)
manual_marks = Table(
    "manual_marks",
    metadata,
    _seq(),
    Column("student", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("points", Integer),  # NULL: taken back
)
policies = Table("policies", metadata, _seq(), Column("text", Text, nullable=False))
imported_marks = Table(
    "imported_marks",
    metadata,
    _seq(),
    Column("student", Text, primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("points", Integer, nullable=False),
    Column("most", Integer, nullable=False),
    Column("source", Text, nullable=False),
)

FACTS = {
    "enrol": enrolments,
    "submit": submissions,
    "grading": gradings,
    "revision": revisions,
    "override": overrides,
    "manual": manual_marks,
    "policy": policies,
    "import": imported_marks,
}
"""The kind of a journal entry → the table with what it says."""
