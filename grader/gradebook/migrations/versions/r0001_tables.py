"""The first tables, and triggers that keep them append-only whoever writes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "journal", "enrolments", "blobs", "submissions", "gradings", "revisions", "revision_items", "overrides",
    "manual_marks", "policies", "imported_marks",
)  # fmt: skip


def upgrade() -> None:
    """Make everything."""
    _journal()
    _work()
    _decisions()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION gradebook_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the gradebook is append-only'; END $$"
        )
    for table in TABLES:
        _protect(table)


def _protect(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION gradebook_append_only()"
        )
        return
    for action in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{action} BEFORE {action.upper()} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the gradebook is append-only'); END"
        )


def _seq() -> sa.Column[int]:
    return sa.Column("seq", sa.Integer, sa.ForeignKey("journal.seq"), primary_key=True, autoincrement=False)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        *_text("author", "reason"),
    )
    op.create_table(
        "enrolments",
        _seq(),
        sa.Column("student", sa.Text, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        *_text("name", "email"),
        sa.Column("extra_time", sa.Integer, nullable=False),
        sa.Column("large_print", sa.Boolean, nullable=False),
        sa.Column("accessible", sa.Boolean, nullable=False),
    )


def _work() -> None:
    op.create_table(
        "blobs",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "submissions",
        _seq(),
        *_text("student", "slug"),
        sa.Column("hash", sa.String(64), sa.ForeignKey("blobs.hash"), nullable=False),
        sa.Column("received", sa.String(32), nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        *_text("origin"),
        sa.UniqueConstraint("student", "slug", "hash", "received", "origin", name="one_submission"),
    )
    op.create_index("ix_submissions_slug", "submissions", ["slug"])
    op.create_table(
        "gradings",
        _seq(),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        *_text("result"),
        sa.UniqueConstraint("key", "tries", name="one_grading"),
    )


def _decisions() -> None:
    op.create_table("revisions", _seq(), *_text("slug"), sa.Column("kind", sa.String(16), nullable=False))
    op.create_index("ix_revisions_slug", "revisions", ["slug"])
    op.create_table(
        "revision_items",
        sa.Column("revision", sa.Integer, sa.ForeignKey("revisions.seq"), primary_key=True),
        sa.Column("submission", sa.Integer, sa.ForeignKey("submissions.seq"), primary_key=True),
        sa.Column("grading", sa.Integer, sa.ForeignKey("gradings.seq"), nullable=False),
    )
    for table, what in (("overrides", "check"), ("manual_marks", "item")):
        op.create_table(table, _seq(), *_text("student", "slug", what), sa.Column("points", sa.Integer))
    op.create_table("policies", _seq(), *_text("text"))
    op.create_table(
        "imported_marks",
        _seq(),
        sa.Column("student", sa.Text, primary_key=True),
        sa.Column("slug", sa.Text, primary_key=True),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("most", sa.Integer, nullable=False),
        *_text("source"),
    )
