"""Bring a database to the tables that this program knows; refuse what it cannot know."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from grader.core.errors import GraderError, UsageError

KNOWN = ("0001",)
"""The steps in `migrations/versions`, oldest first."""
VERSION_TABLE = "gradebook_version"


def version_of(connection: Connection) -> str | None:
    """The step that the database stands at; None: it is empty. Raises UsageError if it is no gradebook."""
    names = inspect(connection).get_table_names()
    if VERSION_TABLE in names:
        found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().first()
        if found is not None:
            return str(found)
    elif not names:
        return None
    raise UsageError(
        "is a database, but no gradebook; name another one, or an empty one in which it can be made"
    )


def migrate(connection: Connection) -> None:
    """Run the steps that are missing, in the caller's transaction. Raises GraderError for a newer gradebook."""
    version = version_of(connection)
    if version == KNOWN[-1]:
        return
    if version is not None and version not in KNOWN:
        raise GraderError(
            f"was written by a newer grader (its tables are at step {version}, this program knows "
            f"{KNOWN[-1]}); update with: pip install --upgrade course-grader"
        )
    from alembic import command  # slow to import, and almost never needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    command.upgrade(config, "head")
