"""`grader batch` while its gradebook is locked, out of reach or on a full disk: a clear stop, and it goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from grader.gradebook.book import open_gradebook
from grader.grading.course import Course

from ..gradebook.postgres import server

RECEIVED = 1_780_000_000  # seconds since 1970
SIZE, PAUSE = 6, 0.5  # of the class; seconds that each of its imports takes
HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""
Start = Callable[..., subprocess.Popen[str]]
Keys = Callable[[], list[str]]


@pytest.fixture
def class_folder(tmp_path: Path, parts: Any) -> Path:
    """Every import takes a moment, so that no machine is through before the trouble begins."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(SIZE):
        path = folder / f"s{number}.py"
        path.write_text(f"import time\n\n{parts.RIGHT}\ntime.sleep({PAUSE})\nNUMBER = {number}\n")
        os.utime(path, (RECEIVED, RECEIVED))
    return folder


def _in_file(path: Path) -> list[str]:
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db,
    ):
        return [key for (key,) in db.execute("SELECT key FROM gradings")]
    return []


def _in_server(url: str) -> list[str]:
    try:
        with psycopg.connect(url) as db:
            return [key for (key,) in db.execute("SELECT key FROM gradings")]
    except psycopg.errors.UndefinedTable:
        return []


def _first_recorded(process: subprocess.Popen[str], keys: Keys) -> None:
    while process.poll() is None and not keys():
        time.sleep(0.02)
    assert process.poll() is None, "the batch was over before the trouble began"


def _stopped(process: subprocess.Popen[str], trouble: str) -> int:
    """It ended with exit 1 and told what was the matter, and how many were done; that number."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1, out + err
    assert "Traceback" not in out + err
    first, second = err.strip().splitlines()
    assert trouble in first
    assert ", tried 6 times; what was written before is safe: run the same command again" in first
    assert f" of {SIZE} hand-ins are graded and on record; the same command goes on from there" in second
    return int(second.split()[0])


def _goes_on(start: Callable[[], subprocess.Popen[str]], keys: Keys, done: int) -> None:
    """The same command once more: every content is graded, and what was done is not done again."""
    before = keys()
    assert len(before) >= done >= 1
    out, err = (process := start()).communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert set(before) < set(keys())
    assert Counter(Counter(keys()).values()) == {1: SIZE}


@pytest.mark.slow
def test_a_gradebook_that_another_process_locks(
    class_folder: Path, tiny: Course, start_grader: Start, tmp_path: Path
) -> None:
    """Held for good it is waited for, half a minute in all, and then told."""
    book = tmp_path / "book.db"
    start = partial(
        start_grader, "batch", "tiny", class_folder, "--gradebook", book, "--jobs", 1, course=tiny
    )
    process = start()
    _first_recorded(process, partial(_in_file, book))
    with _held(book):
        done = _stopped(process, "book.db: the database is locked by another process")
    _goes_on(start, partial(_in_file, book), done)


@contextmanager
def _held(book: Path) -> Iterator[None]:
    """The write lock of SQLite, in a process of its own."""
    holder = subprocess.Popen(
        ["python3", "-c", HOLDER, str(book)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        yield
    finally:
        holder.communicate("", timeout=60)


@pytest.mark.slow
def test_a_postgresql_that_goes_away(class_folder: Path, tiny: Course, start_grader: Start) -> None:
    """The server is stopped in the middle of a batch, and started again for the next."""
    with server() as postgres:
        url = postgres.url("course")
        start = partial(
            start_grader, "batch", "tiny", class_folder, "--gradebook", url, "--jobs", 1, course=tiny
        )
        process = start()
        _first_recorded(process, partial(_in_server, url))
        postgres.stop()
        done = _stopped(process, "the connection to the database is lost")
        postgres.start()
        _goes_on(start, partial(_in_server, url), done)


@pytest.mark.slow
def test_a_disk_that_is_full(class_folder: Path, tiny: Course, start_grader: Start, small_disk: Path) -> None:
    """Something else fills the disk in the middle of a batch; when it is gone, the batch goes on."""
    book, filler = small_disk / "book.db", small_disk / "filler"
    start = partial(
        start_grader, "batch", "tiny", class_folder, "--gradebook", book, "--jobs", 1, course=tiny
    )
    process = start()
    _first_recorded(process, partial(_in_file, book))
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    done = _stopped(process, "disk")
    filler.unlink()
    _goes_on(start, partial(_in_file, book), done)
    with open_gradebook(book, create=False) as opened:
        assert opened.verify() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes, where this user may mount one, or may become root for it."""
    place, root = tmp_path / "disk", [] if os.geteuid() == 0 else ["sudo", "-n"]
    place.mkdir()
    mount = [*root, "mount", "-t", "tmpfs", "-o", "size=2m,mode=1777", "tmpfs", str(place)]
    if not shutil.which(mount[0]) or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield place
    finally:
        subprocess.run([*root, "umount", str(place)], check=True)


def test_trouble_is_no_slip_of_the_command(grader: Callable[..., Any], tiny: Course, tmp_path: Path) -> None:
    """A server that does not answer: one line, and exit 1, not the 2 of a command that was called wrongly."""
    url = f"postgresql://grader@/course?host={tmp_path}"
    done = grader("gradebook", "show", "--gradebook", url, course=tiny)
    assert done.code == 1
    assert "the connection to the database is lost, tried 6 times" in done.err
