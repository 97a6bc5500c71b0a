"""Whether a gradebook is whole: every hash computed again, every result read, every number accounted for."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from grader.core.errors import GraderError
from grader.gradebook import archive, codec
from grader.gradebook.policy_file import read_policy
from grader.gradebook.schema import (
    FACTS,
    blobs,
    gradings,
    journal,
    metadata,
    policies,
    revision_items,
    submissions,
)


def problems(connection: Connection) -> list[str]:
    """What is wrong, a sentence each; a part that cannot be read does not hide the others."""
    found: list[str] = []
    for check in (_database, _journal, _references, _blobs, _gradings, _policies):
        try:
            found.extend(check(connection))
        except DatabaseError as error:
            found.append(f"{check.__name__.strip('_')}: cannot be read: {error.orig}")
    return found


def _database(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        for row in connection.exec_driver_sql("PRAGMA integrity_check"):
            if row[0] != "ok":
                yield f"the file is damaged: {row[0]}"


def _journal(connection: Connection) -> Iterator[str]:
    kinds = {seq: kind for seq, kind in connection.execute(select(journal.c.seq, journal.c.kind))}
    for seq in sorted(set(range(1, max(kinds, default=0) + 1)) - kinds.keys()):
        yield f"entry {seq} of the journal is missing"
    facts = {kind: set(connection.execute(select(table.c.seq)).scalars()) for kind, table in FACTS.items()}
    for seq, kind in sorted(kinds.items()):
        if seq not in facts.get(kind, ()):
            yield f"entry {seq} of the journal ({kind}) says nothing"
    for kind, numbers in facts.items():
        for seq in sorted(number for number in numbers if kinds.get(number, kind) != kind):
            yield f"entry {seq} of the journal is {kinds[seq]}, but there is {kind} under its number"


def _references(connection: Connection) -> Iterator[str]:
    """Every foreign key, looked up: a database only checks them when a row is written."""
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: str(key.parent)):
            there = select(key.column).where(key.column == key.parent).exists()
            for lost in connection.execute(select(key.parent).where(~there)).scalars():
                yield f"{table.name}.{key.parent.name}: {lost} is not in {key.column.table.name}"


def _blobs(connection: Connection) -> Iterator[str]:
    for hash in connection.execute(select(blobs.c.hash).order_by(blobs.c.hash)).scalars().all():
        data = connection.execute(select(blobs.c.data).where(blobs.c.hash == hash)).scalar_one()
        try:
            if archive.files_hash(archive.unpacked(data)) != hash:
                yield f"files {hash}: their hash is another one now"
        except GraderError as error:
            yield f"files {hash}: {error}"


def _gradings(connection: Connection) -> Iterator[str]:
    hashes: dict[int, str] = {}
    for row in connection.execute(select(gradings.c.seq, gradings.c.result).order_by(gradings.c.seq)):
        try:
            hashes[row.seq] = codec.decoded(row.result).hashes.submission
        except GraderError as error:
            yield f"grading {row.seq}: {error}"
    columns = (revision_items.c.revision, revision_items.c.grading, submissions.c.seq, submissions.c.hash)
    query = select(*columns).join(submissions, submissions.c.seq == revision_items.c.submission)
    query = query.order_by(revision_items.c.revision, submissions.c.seq)
    for revision, grading, submission, hash in connection.execute(query):
        if not hash.startswith(hashes.get(grading, hash)):
            yield f"revision {revision}: grading {grading} is of other files than submission {submission}"


def _policies(connection: Connection) -> Iterator[str]:
    for row in connection.execute(select(policies).order_by(policies.c.seq)):
        try:
            read_policy(row.text, f"policy {row.seq}")
        except GraderError as error:
            yield str(error)
