"""The database behind a gradebook: opened by URL, read in one snapshot, written one transaction after the other."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from grader.core.errors import GraderError, UsageError
from grader.gradebook.migrate import KNOWN, migrate, version_of
from grader.gradebook.retry import Patience, retrying
from grader.gradebook.schema import journal
from grader.gradebook.trouble import lasting, passing

T = TypeVar("T")
PATIENCE = Patience()
MADE_BY = "it is made by: grader batch SLUG DIR, or: grader gradebook roster CSV"
_LOCK = 0x67726164  # "grad": PostgreSQL's advisory lock that orders the writers of one gradebook


class Store:
    """An open database with the gradebook's tables in it."""

    def __init__(
        self, url: str | Path, patience: Patience = PATIENCE, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        parsed = _parsed(url)
        self.shown = parsed.render_as_string() if parsed.host or parsed.query else str(parsed.database)
        self.patience, self.sleep = patience, sleep
        self.engine = _engine(parsed, patience)

    def open(self, create: bool = True) -> None:
        """Make or update the tables. Raises UsageError for what is no gradebook or, unless `create`, is not there."""
        path = self.engine.url.database
        if self._sqlite and path and not str(path).startswith("file:"):
            _place(Path(path), create)
        version = self.read(version_of)
        if version is None and not create:
            raise UsageError(f"{self.shown}: there is no gradebook yet; {MADE_BY}")
        if version != KNOWN[-1]:  # who only looks takes no lock
            self._try(lambda: self._begun(True, migrate))

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def read(self, look: Callable[[Connection], T]) -> T:
        """What `look` finds in one snapshot of the database."""
        return self._try(lambda: self._begun(False, look))

    def write(
        self,
        kind: str,
        at: str,
        author: str,
        reason: str,
        add: Callable[[Connection, int], object],
        known: Callable[[Connection], int | None] = lambda connection: None,
    ) -> int:
        """The number of the journal entry with which `add` wrote, in one transaction; it is on disk on return.

        known: looked at first, under the lock; the number of the entry that says the same already.
        """
        same = (
            journal.c.kind == kind,
            journal.c.at == at,
            journal.c.author == author,
            journal.c.reason == reason,
        )
        done = False

        def act(connection: Connection) -> int:
            nonlocal done
            there = known(connection)
            if there is None and done:  # tried before, and lost between the commit and its answer?
                there = connection.execute(select(func.max(journal.c.seq)).where(*same)).scalar()
            if there is not None:
                return there
            seq: int = connection.execute(select(func.coalesce(func.max(journal.c.seq), 0) + 1)).scalar_one()
            connection.execute(
                insert(journal).values(seq=seq, kind=kind, at=at, author=author, reason=reason)
            )
            add(connection, seq)
            done = True
            return seq

        return self._try(lambda: self._begun(True, act))

    @property
    def _sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def _begun(self, writes: bool, act: Callable[[Connection], T]) -> T:
        options: dict[str, Any] = {"writes": writes}
        if not self._sqlite and not writes:
            options["isolation_level"] = "REPEATABLE READ"
        with self.engine.execution_options(**options).begin() as connection:
            if writes and not self._sqlite:
                connection.execute(text(f"SET LOCAL lock_timeout = {int(self.patience.busy * 1000)}"))
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            return act(connection)

    def _try(self, action: Callable[[], T]) -> T:
        with self._plainly():
            return retrying(action, passing, self.patience, self.sleep)

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except (GraderError, SQLAlchemyError) as error:
            plain = error if isinstance(error, GraderError) else lasting(error)
            raise type(plain)(f"{self.shown}: {plain}") from error


def _parsed(url: str | Path) -> URL:
    """A path, ``sqlite:///path`` or ``postgresql://…``. Raises UsageError for anything else."""
    written = str(url)
    if "://" not in written:
        return URL.create("sqlite", database=written)
    try:
        parsed = make_url(written)
    except (ArgumentError, ValueError):
        raise UsageError(f"expected a path or a URL such as postgresql://host/name, got {written}") from None
    scheme = parsed.drivername.partition("+")[0]
    if scheme == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite")
    if scheme in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise UsageError(
        f"expected a path, sqlite:///path or postgresql://host/name, got {parsed.render_as_string()}"
    )


def _engine(url: URL, patience: Patience) -> Engine:
    if url.drivername == "sqlite":
        engine = create_engine(url, connect_args={"timeout": patience.busy})
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine
    try:
        # a server that went silent is noticed within seconds, not after the hours of the system's defaults
        return create_engine(
            url,
            connect_args={
                "connect_timeout": max(2, int(patience.busy)),
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 3,
                "tcp_user_timeout": 30_000,  # milliseconds
            },
        )
    except ModuleNotFoundError:
        raise UsageError(
            f"{url.render_as_string()}: PostgreSQL needs a driver; install it with: "
            "pip install 'course-grader[postgres]'"
        ) from None


def _prepare(connection: Any, record: object) -> None:
    connection.isolation_level = None  # Python's sqlite3 would begin and commit by rules of its own
    for setting in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {setting}").close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    # a writer takes its lock at once: a reader that wants to become one may only fail
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _place(path: Path, create: bool) -> None:
    """The file, for this user alone: it holds marks."""
    try:
        if not create and not path.exists():
            raise UsageError(f"{path}: there is no gradebook yet; {MADE_BY}")
        if create:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise UsageError(f"{path}: cannot be opened for writing: {error.strerror}") from None
