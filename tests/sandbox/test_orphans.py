"""Whenever bubblewrap or the judge is killed, the processes below are gone with them, and nobody waits for them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from grader.core.errors import SandboxError
from grader.sandbox import orphans, watch
from grader.sandbox.forkserver import ForkServer
from grader.sandbox.pen import Pen

from .conftest import ENTRY, LIMITS, Call

PATIENCE = 60.0  # seconds; the fork server's own patience is three times that


def _until(found: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.0002)


def _gone(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as text:
            return text.read().rpartition(")")[2].split()[0] in ("Z", "X")
    except OSError:
        return True


@pytest.mark.parametrize("late", [0.0, 0.0003, 0.001, 0.003, 0.01, 0.1])
def test_bubblewrap_killed_as_it_starts_leaves_nothing(late):
    """From the moment it has a child: the fork server says at once that it ended, and no process remains."""
    before = set(watch.tree(os.getpid()))
    server = ForkServer(["numpy"], True, 1 << 20)
    pid = server._process.pid
    _until(lambda: watch.children(pid))
    time.sleep(late)
    below = watch.tree(pid)
    os.kill(pid, signal.SIGKILL)
    started = time.monotonic()
    with pytest.raises(SandboxError, match="ended at the start"):
        server.ready()
    assert time.monotonic() - started < PATIENCE
    _until(lambda: all(map(_gone, below)))
    assert set(watch.tree(os.getpid())) <= before


def test_a_fork_server_closed_as_it_starts_leaves_nothing():
    """Closing does not wait for the imports, and takes bubblewrap's child along at whatever moment."""
    before = set(watch.tree(os.getpid()))
    for late in (0.0, 0.001, 0.01):
        server = ForkServer(["numpy"], True, 1 << 20)
        _until(lambda server=server: watch.children(server._process.pid))
        time.sleep(late)
        server.close()
        server.close()
    assert set(watch.tree(os.getpid())) <= before


def test_a_pen_whose_bubblewrap_is_killed_is_replaced():
    """The next submission is served by another one; the processes of the first are gone."""
    with Pen.start(["numpy"]) as pen:
        below = watch.tree(pen._server._process.pid)
        os.kill(pen._server._process.pid, signal.SIGKILL)
        session = pen.session()
        session.load({ENTRY: b"def f():\n    return 1\n"}, ENTRY, LIMITS)
        assert Call(session.open(LIMITS, 1)).value("f") == 1
        session.close()
        _until(lambda: all(map(_gone, below)))


@pytest.mark.parametrize("stage", ["started", "bubblewrap", "child"])
def test_a_judge_killed_while_its_pen_starts_leaves_nothing(stage):
    """Before bubblewrap has tied its life to the judge's, the fork server finds out by itself."""
    program = (
        "import os, time\nfrom grader.sandbox.forkserver import ForkServer\n"
        "s = ForkServer(['numpy'], True, 1 << 20)\nprint(s._process.pid, flush=True)\ntime.sleep(99)\n"
    )
    orphans.adopt()  # so that what it leaves stays within our sight
    judge = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert judge.stdout is not None
    pid = int(judge.stdout.readline())
    if stage != "started":
        _until(lambda: _name(pid) == "bwrap")
    if stage == "child":
        _until(lambda: watch.children(pid))
    judge.kill()
    below = watch.tree(pid)
    judge.wait()
    judge.stdout.close()
    _until(lambda: all(map(_gone, below)) and _gone(pid))


def test_a_worker_ends_with_its_parent(tmp_path):
    """A process that has asked for it is killed when the one that started it is."""
    program = (
        "import os, time\nfrom grader.sandbox.orphans import end_with_parent\nme = os.getpid()\n"
        "if (child := os.fork()) == 0:\n    end_with_parent(me)\n    open('up', 'w').close()\n    time.sleep(99)\n"
        "print(child, flush=True)\ntime.sleep(99)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    _until((tmp_path / "up").exists)
    assert not _gone(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _until(lambda: _gone(child))


def _name(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm") as name:
            return name.read().strip()
    except OSError:
        return ""
