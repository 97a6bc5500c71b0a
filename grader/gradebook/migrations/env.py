"""Alembic's entry: runs the steps on the connection, and in the transaction, that `grader.gradebook.migrate` gives."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    transactional_ddl=False,  # the caller's transaction holds all steps together
)
context.run_migrations()
