"""What a sandboxed start costs beside a bare fork, and how much memory of its own a child has."""

from __future__ import annotations

import os
import socket
import sys
import tempfile

from bench.meter import Group
from grader.core.limits import Limits
from grader.pen import server, submission, wire, zygote
from grader.sandbox.pen import Pen

_ENTRY = "small.py"
_FILES = {_ENTRY: b"def one():\n    return 1\n"}
_CALL = wire.encode(
    {
        "id": 1,
        "op": "call",
        "name": "one",
        "args": (),
        "kwargs": {},
        "on": None,
        "observed": False,
        "keep": False,
    }
)


def main(packages: list[str], count: int) -> None:
    """Print CPU milliseconds of a bare fork and of a sandboxed start, and the private bytes of a sandboxed child.

    Both import a two-line submission from bytes and answer one call.
    """
    zygote.warm(packages)  # the bare process has imported and used what the fork server has
    with Group() as group, tempfile.TemporaryDirectory() as folder:
        group.enter()
        pen = Pen.start(packages)
        try:
            private = [_sandboxed(pen) for _ in range(3)][-1]
            _bare(folder)
            before = group.seconds()
            for _ in range(count):
                _bare(folder)
            middle = group.seconds()
            for _ in range(count):
                _sandboxed(pen)
            after = group.seconds()
        finally:
            pen.close()
            group.leave()
    print((middle - before) / count * 1e3, (after - middle) / count * 1e3, private)


def _bare(folder: str) -> None:
    """The same two forks (submission, check), import and call, with nothing around them."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        module, _ = submission.load(_FILES, _ENTRY, folder)
        assert module is not None
        check = os.fork()
        if check == 0:
            server.seed_generators(1)
            theirs.sendall(server.Server(module, bytes, folder).handle(theirs.recv(1 << 16)))
            os._exit(0)
        os.waitpid(check, 0)
        os._exit(0)
    theirs.close()
    ours.sendall(_CALL)
    assert wire.decode(ours.recv(1 << 16))["value"] == 1
    ours.close()
    os.waitpid(child, 0)


def _sandboxed(pen: Pen) -> int:
    """One submission, one check, one call; returns the private bytes of the check's process."""
    session = pen.session()
    session.load(_FILES, _ENTRY, Limits())
    channel = session.open(Limits(), 1)
    assert wire.decode(channel.exchange(_CALL))["value"] == 1
    private = _private(channel.pid)
    channel.close()
    session.close()
    return private


def _private(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            lines = [line.split() for line in file]
    except OSError:
        return 0
    return sum(int(line[1]) << 10 for line in lines if line[0] in ("Private_Dirty:", "Private_Clean:"))


if __name__ == "__main__":
    main(sys.argv[2:], int(sys.argv[1]))
