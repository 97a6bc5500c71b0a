"""Process 1 of a submission: imports it once, then forks one process per check.

After the import this process is as untrusted as the submission: the judge relies on nothing that it says.
What it must do for honest submissions is to keep checks apart: each has its own process, socket, output
pipe, limits and seed, and the copies of those descriptors are closed here at once.
"""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import sys
import types
from typing import Any, NoReturn

from . import jail, orders, server, submission, wire


def run(job: socket.socket, base_data: int, alone: bool) -> NoReturn:
    """Import what the job socket brings and serve its checks.

    Args:
        base_data: bytes of data that the fork server had; a check's own limit is counted above them.
        alone: serve one check in this process, without a fork (threads do not survive one).
    """
    request = wire.decode(_frame(job) or b"")
    module, report = submission.load(request["files"], request["entry"], orders.FOLDER)
    flush()
    gc.freeze()  # a collection in a check's process would write to, and so copy, what was imported
    job.sendall(wire.frame(wire.encode(report)))
    while True:
        order, descriptors, _, _ = socket.recv_fds(job, orders.CHECK.size, 2)
        if len(descriptors) != 2 or module is None:
            os._exit(0)
        if alone:
            _check(job, module, base_data, order, descriptors)
        child = os.fork()
        if child == 0:
            _check(job, module, base_data, order, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        _, status = os.waitpid(child, 0)
        _reap()
        job.sendall(orders.ENDED.pack(orders.ENDED_MARK, status))


def flush() -> None:
    """Write out what was printed: a fork would print it twice. The student may have replaced the streams."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BaseException):
            stream.flush()


def _check(
    job: socket.socket, module: types.ModuleType, base_data: int, order: bytes, descriptors: list[int]
) -> NoReturn:
    """Serve one check in this process until the judge closes the channel."""
    try:
        job.close()
        seed, cpu, data, processes, files = orders.CHECK.unpack(order)
        os.dup2(descriptors[1], 1)
        os.dup2(descriptors[1], 2)
        os.close(descriptors[1])
        jail.limit_check(jail.Bounds(base_data + data, processes, files, cpu))
        channel = socket.socket(fileno=descriptors[0])
        channel.sendall(orders.HELLO)
        server.serve(lambda: _frame(channel), lambda body: _send(channel, body), module, seed, orders.FOLDER)
        flush()
    except BaseException:
        flush()
        os._exit(1)
    os._exit(0)


def _send(channel: socket.socket, body: bytes) -> None:
    channel.sendall(wire.frame(body))


def _frame(channel: socket.socket) -> bytes | None:
    """The next body, or None at the end of the stream."""
    header = _exactly(channel, wire.HEADER)
    return None if header is None else _exactly(channel, wire.body_length(header, wire.MAX_BODY))


def _exactly(channel: socket.socket, size: int) -> Any:
    buffer = bytearray(size)
    view = memoryview(buffer)
    filled = 0
    while filled < size:
        count = channel.recv_into(view[filled:])
        if count == 0:
            return None
        filled += count
    return bytes(buffer)


def _reap() -> None:
    """Collect processes that a check left behind and that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
