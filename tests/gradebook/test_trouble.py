"""Locks, full disks, lost connections, kills, and databases that are none: nothing is lost, every error is plain."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text

from grader.core.errors import GraderError, UsageError
from grader.gradebook import migrate
from grader.gradebook.archive import packed
from grader.gradebook.book import Gradebook, open_gradebook
from grader.gradebook.retry import Patience, retrying
from grader.gradebook.schema import metadata

Opened = Callable[..., AbstractContextManager[Gradebook]]
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Writer:
    """Another process that hands in, and says so each time a hand-in is on record."""

    def __init__(self, url: str, name: str, most: int) -> None:
        context = multiprocessing.get_context("fork")  # the imports are there already
        self.said, theirs = context.Pipe(duplex=False)
        self.process = context.Process(target=self._write, args=(url, name, most, theirs))
        self.process.start()
        theirs.close()

    def _write(self, url: str, name: str, most: int, said: Connection) -> None:
        self.said.close()
        # a writer waits for its turn inside the database: nothing has to be tried again
        with open_gradebook(url, sleep=lambda seconds: os._exit(1)) as book:
            for number in range(most):
                book.submit(name, "backprop", {"a.py": f"{name} {number}".encode()}, NOON)
                said.send(number)

    def rest(self) -> int:
        """How often it speaks until it ends."""
        number = 0
        try:
            while self.said.recv() is not None:
                number += 1
        except EOFError:
            self.process.join()
            return number


def test_what_was_acknowledged_survives_kill_9(url: str, opened: Opened) -> None:
    """Ten writers are killed in the middle; all that they had said was written is there, and whole."""
    said: dict[str, int] = {}
    with opened(url):
        pass
    for kill in range(10):
        writer = Writer(url, f"s{kill}", 10_000)
        for _ in range(1 + 3 * kill):
            writer.said.recv()
        writer.process.kill()
        said[f"s{kill}"] = 1 + 3 * kill + writer.rest()
    with opened(url) as book:
        for name, least in said.items():
            kept = book.submissions("backprop", name)
            assert least <= len(kept) <= least + 1, "at most one was written and not yet said"
            texts = {book.files(one.hash)["a.py"].decode() for one in kept}
            assert texts == {f"{name} {number}" for number in range(len(kept))}
        assert book.verify() == []


def test_two_processes_write_at_once(url: str, opened: Opened) -> None:
    """Neither fails, nothing is lost, and the numbers have no gap."""
    with opened(url):
        pass
    both = [Writer(url, name, 40) for name in ("ann", "bob")]
    assert [writer.rest() for writer in both] == [40, 40]
    with opened(url) as book:
        assert sorted(one.seq for one in book.submissions()) == list(range(1, 81))
        assert book.verify() == []


def test_a_lock_is_waited_for(tmp_path: Path, opened: Opened) -> None:
    """Held for a moment it costs time, held for ever it ends in a sentence."""
    path = tmp_path / "gradebook.db"
    with opened(path) as book:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(
            GraderError, match=r"gradebook\.db: the database is locked by another process, tried 3"
        ):
            book.submit("s1", "backprop", {}, NOON)
    slept: list[float] = []

    def let_go(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            other.rollback()

    other.execute("ROLLBACK")
    with opened(path, sleep=let_go) as book:
        other.execute("BEGIN IMMEDIATE")
        assert book.submit("s1", "backprop", {}, NOON).seq == 1
    assert slept == [0.1, 0.2]
    other.close()


def test_a_lock_in_postgresql_is_waited_for(postgres_url: str, opened: Opened) -> None:
    """The same bound holds for the lock that orders PostgreSQL's writers."""
    with opened(postgres_url) as book, psycopg.connect(postgres_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(x'67726164'::bigint)")
        with pytest.raises(GraderError, match="the database is locked by another process, tried 3 times"):
            book.submit("s1", "backprop", {}, NOON)
        other.rollback()
        assert book.submit("s1", "backprop", {}, NOON).seq == 1


def test_a_full_disk_can_be_resumed_from(tmp_path: Path, opened: Opened) -> None:
    """Once there is room again the write succeeds; without, it ends in a sentence and nothing is half written."""
    path, big = tmp_path / "gradebook.db", {"a.py": os.urandom(300_000)}
    pages = "PRAGMA max_page_count = {}"
    with opened(path) as book:
        engine = book._store.engine
        limits = iter([pages.format(40)] * 3)

        @event.listens_for(engine, "begin", insert=True)
        def narrow(connection: object) -> None:
            connection.exec_driver_sql(next(limits, pages.format(10_000)))  # type: ignore[attr-defined]

        with pytest.raises(
            GraderError, match=r"the disk is full, tried 3 times; .* run the same command again"
        ):
            book.submit("s1", "backprop", big, NOON)
        assert book.submissions() == ()
        assert book.submit("s1", "backprop", big, NOON).seq == 1


def test_a_lost_connection_is_made_again(postgres: str, postgres_url: str, opened: Opened) -> None:
    """The server ends every connection; the next write goes through, once."""
    with opened(postgres_url) as book:
        book.submit("s1", "backprop", {}, NOON)
        with psycopg.connect(f"host={postgres} user=grader dbname=postgres", autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            )
        book.override("s1", "backprop", 1, "Ann", "x")
        assert [one.text for one in book.history("s1", "backprop")][1:] == ["score set to 0.01"]


def test_a_decision_whose_answer_was_lost_is_not_taken_twice(tmp_path: Path, opened: Opened) -> None:
    """If the connection breaks after the commit, the second try finds what the first one wrote."""
    with opened(tmp_path / "gradebook.db") as book:
        begun, losses = book._store._begun, iter([True])

        def lossy(writes: bool, act: Callable[..., object]) -> object:
            done = begun(writes, act)
            if writes and next(losses, False):
                raise sqlite_error("database is locked")
            return done

        book._store._begun = lossy  # type: ignore[method-assign, assignment]
        assert book.override("s1", "backprop", 1, "Ann", "x") == 1
        assert len(book.history("s1", "backprop")) == 1


def sqlite_error(message: str) -> Exception:
    """An error as SQLAlchemy raises it."""
    from sqlalchemy.exc import OperationalError

    inner = sqlite3.OperationalError(message)
    inner.sqlite_errorcode = 5
    return OperationalError("", {}, inner)


def test_tries_are_bounded_and_further_and_further_apart() -> None:
    """Five waits, each twice as long; an error that stays is raised at once and as it is."""
    slept: list[float] = []

    def fail() -> None:
        raise OSError("no")

    with pytest.raises(GraderError, match="gone, tried 6 times"):
        retrying(fail, lambda error: "gone", Patience(), slept.append)
    assert slept == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6])
    with pytest.raises(OSError, match="no"):
        retrying(fail, lambda error: None, Patience(), slept.append)
    assert len(slept) == 5


def test_what_is_no_gradebook_is_refused_and_left_alone(tmp_path: Path, opened: Opened) -> None:
    """A text file, another program's database, a folder: a sentence each, and not a byte is changed."""
    notes = tmp_path / "notes.txt"
    notes.write_text("not a database " * 100)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    connection.close()
    for path, words in (
        (notes, r"notes\.txt: is not a gradebook \(not an SQLite file\)"),
        (other, r"other\.db: is a database, but no gradebook"),
        (tmp_path, "cannot be opened for writing: Is a directory"),
        (tmp_path / "no" / "such" / "place.db", "cannot be opened for writing: No such file or directory"),
    ):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(UsageError, match=words), opened(path):
            pass
        assert (path.read_bytes() if path.is_file() else b"")[100:] == before[100:]
    with (
        pytest.raises(UsageError, match="there is no gradebook yet"),
        opened(tmp_path / "new.db", create=False),
    ):
        pass
    assert not (tmp_path / "new.db").exists()


def test_urls_are_understood_or_refused(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sqlite:/// is a path, another database is none of ours, and a missing driver is named."""
    with opened(f"sqlite:///{tmp_path}/a.db") as book:
        assert book.verify() == []
    assert (tmp_path / "a.db").stat().st_mode & 0o777 == 0o600, "marks are nobody else's business"
    for wrong in ("mysql://u:secret@host/x", "sqlite://", "http://x"):
        with (
            pytest.raises(UsageError, match=r"expected a path, sqlite:///path or postgresql") as caught,
            opened(wrong),
        ):
            pass
        assert "secret" not in str(caught.value)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with (
        pytest.raises(UsageError, match=r"pip install 'course-grader\[postgres\]'"),
        opened("postgresql://h/x"),
    ):
        pass


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path, opened: Opened) -> None:
    """After the bound the error says which database, but not the password."""
    url = f"postgresql://ann:secret@/marks?host={tmp_path}"
    with (
        pytest.raises(GraderError, match=r"marks.*connection to the database is lost, tried 3") as caught,
        opened(url),
    ):
        pass
    assert "secret" not in str(caught.value)


def test_an_unknown_postgresql_database_is_a_plain_error(postgres: str, opened: Opened) -> None:
    """It is not waited for."""
    slept: list[float] = []
    with (
        pytest.raises(GraderError, match=r'database "nowhere" does not exist'),
        opened(f"postgresql://grader@/nowhere?host={postgres}", sleep=slept.append),
    ):
        pass
    assert slept == []


def test_a_newer_gradebook_is_refused(url: str, opened: Opened) -> None:
    """With a sentence that says how to get the newer program."""
    with opened(url) as book, book._store.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {migrate.VERSION_TABLE} SET version_num = '9999'")
    with (
        pytest.raises(GraderError, match=r"newer grader \(its tables are at step 9999, .* pip install"),
        opened(url),
    ):
        pass


def test_the_migrations_make_the_tables_that_the_code_uses(url: str, opened: Opened) -> None:
    """Alembic finds no difference between the two, and the steps that the program knows are those that are there."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    options = {"version_table": migrate.VERSION_TABLE}
    with opened(url) as book, book._store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    script = ScriptDirectory(str(Path(migrate.__file__).with_name("migrations")))
    assert tuple(step.revision for step in reversed(list(script.walk_revisions()))) == migrate.KNOWN


def test_damage_is_found_and_named(tmp_path: Path, opened: Opened) -> None:
    """A changed byte in a blob, a result that is cut, a lost entry: verify names each."""
    path = tmp_path / "gradebook.db"
    with opened(path) as book:
        kept = book.submit("s1", "backprop", {"a.py": b"1"}, NOON)
        book.override("s1", "backprop", 1, "Ann", "x")
        book.set_policy("", "Ann", "")
        other = book.submit("s2", "backprop", {"a.py": b"2"}, NOON)
        with book._store.engine.begin() as connection:
            run = connection.exec_driver_sql
            for table, action in (("blobs", "update"), ("journal", "delete"), ("policies", "update")):
                run(f"DROP TRIGGER {table}_no_{action}")
            run(f"UPDATE blobs SET data = substr(data, 1, 40) WHERE hash = '{kept.hash}'")
            swapped = text("UPDATE blobs SET data = :data WHERE hash = :hash")
            connection.execute(swapped, {"data": packed({"a.py": b"3"}), "hash": other.hash})
            run("UPDATE policies SET text = 'a: [' ")
        raw = sqlite3.connect(path)
        raw.execute("DELETE FROM journal WHERE seq = 2")
        raw.execute("INSERT INTO gradings VALUES (5, 'k', 1, '{}')")
        raw.commit()
        raw.close()
        found = book.verify()
    assert found == [
        "entry 2 of the journal is missing",
        "gradings.seq: 5 is not in journal",
        "overrides.seq: 2 is not in journal",
        *sorted(
            [
                f"files {kept.hash}: the stored files are damaged: File is not a zip file",
                f"files {other.hash}: their hash is another one now",
            ]
        ),
        "grading 5: a stored result cannot be read: KeyError: 'form'",
        "policy 3:1: not YAML: expected the node content, but found '<stream end>'",
    ]


def test_a_damaged_file_is_a_plain_error(tmp_path: Path, opened: Opened) -> None:
    """Noise over the pages ends in a sentence that says what to do."""
    path = tmp_path / "gradebook.db"
    with opened(path) as book:
        book.submit("s1", "backprop", {"a.py": os.urandom(30_000)}, NOON)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with (
        pytest.raises(GraderError, match=r"gradebook\.db: is damaged; put back a copy"),
        opened(path) as book,
    ):
        book.submissions()


@contextmanager
def nobody() -> Iterator[Path]:
    """A folder, and no rights of root meanwhile: root may write whatever the mode says."""
    folder, root = Path(tempfile.mkdtemp(dir="/tmp")), os.geteuid() == 0
    if root:
        shutil.chown(folder, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)
        shutil.rmtree(folder)


def test_a_read_only_gradebook_is_a_plain_error(opened: Opened) -> None:
    """Whether the file or its folder may not be written."""
    with nobody() as folder:
        path = folder / "gradebook.db"
        with opened(path):
            pass
        path.chmod(0o400)
        with pytest.raises(UsageError, match="cannot be opened for writing: Permission denied"), opened(path):
            pass
        folder.chmod(0o500)
        with pytest.raises(UsageError, match=r"read-only here|cannot be opened"), opened(path, create=False):
            pass
