"""A real PostgreSQL server that a test may stop and start again: no TCP, no fsync, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest


@dataclass(frozen=True)
class Server:
    """folder: of its socket and its data."""

    programs: Path
    folder: str

    def url(self, name: str) -> str:
        """The URL of a new, empty database."""
        where = f"host={self.folder} user=grader dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://grader@/{name}?host={self.folder}"

    def make(self) -> None:
        words = ["-U", "grader", "-A", "trust", "-E", "UTF8", "-N", "--no-locale"]
        self._run("initdb", "-D", f"{self.folder}/data", *words)

    def start(self) -> None:
        settings = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off"
        self._control("-l", f"{self.folder}/log", "-o", settings, "start")

    def stop(self) -> None:
        """At once, as when the machine loses power."""
        self._control("-m", "immediate", "stop")

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-w", *words)

    def _run(self, program: str, *words: str) -> None:
        # PostgreSQL refuses to run as root
        whom = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        words = (*(whom if os.geteuid() == 0 else ()), str(self.programs / program), *words)
        subprocess.run(words, cwd=self.folder, check=True, capture_output=True, timeout=60)


@contextmanager
def server() -> Iterator[Server]:
    """A server that runs; without PostgreSQL the test is skipped."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL here: initdb is neither in /usr/lib/postgresql/*/bin nor on the path")
    # a short path: a socket's name has at most 107 bytes
    made = Server(programs, tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(made.folder, "postgres", "postgres")
    try:
        made.make()
        made.start()
        yield made
        made.stop()
    finally:
        shutil.rmtree(made.folder)


def _programs() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("initdb")
    folders += [Path(on_path).parent] if on_path else []
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)
