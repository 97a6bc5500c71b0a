"""The student's own machine: the same requests over stdin and stdout of a bare subprocess, with portable stdlib only.

No protection: it runs the student's own code for the student. Frames in: an order as a dict with "op" load, open
or close, and between open and close the requests of a check. Where `fork` is safe (Linux) each check runs in a
fork of the imported submission, as in the sandbox; elsewhere the judge starts a fresh process for every check.
"""

from __future__ import annotations

import os
import sys
import tempfile
import types
from typing import Any

from . import server, submission, wire

CAN_FORK = sys.platform == "linux"  # macOS: a forked child may hang in Apple's own libraries
DIED = b"!died"
_CLEAN = 77  # exit status of a check's process that came to its end; a submission's own exit(0) has another


def main(arguments: list[str]) -> None:
    """Serve one submission until stdin ends."""
    pipe = _Pipe()
    if "torch" in arguments:
        import torch

        torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="grader-check-") as folder:
        folder = os.path.realpath(folder)
        order = pipe.order()
        module, report = submission.load(order["files"], order["entry"], folder)
        sys.stdout.flush()
        pipe.write(wire.encode(report | {"can_fork": CAN_FORK and report["threads"] == 1}))
        while module is not None and (order := pipe.order()):
            _check(pipe, module, order, folder, CAN_FORK and report["threads"] == 1)
        os.chdir("/")


class _Pipe:
    """Private copies of stdin and stdout; what the submission prints goes to stderr."""

    def __init__(self) -> None:
        self.input, self.output = os.dup(0), os.dup(1)
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        if sys.platform == "win32":
            import msvcrt

            for descriptor in (self.input, self.output):
                msvcrt.setmode(descriptor, os.O_BINARY)

    def read(self) -> bytes | None:
        header = self._exactly(wire.HEADER)
        if header is None:
            return None
        return self._exactly(wire.body_length(header))

    def order(self) -> dict[str, Any]:
        body = self.read()
        return wire.decode(body) if body else {}

    def write(self, body: bytes) -> None:
        data = memoryview(wire.frame(body))
        while data:
            data = data[os.write(self.output, data) :]

    def _exactly(self, count: int) -> bytes | None:
        parts = []
        while count:
            part = os.read(self.input, min(count, 1 << 20))
            if not part:
                return None
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


def _check(pipe: _Pipe, module: types.ModuleType, order: dict[str, Any], folder: str, fork: bool) -> None:
    child = os.fork() if fork else 0
    if child:
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) or os.WEXITSTATUS(status) != _CLEAN:
            code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            pipe.write(DIED + str(code).encode())
        return
    _limit(order)

    def read() -> bytes | None:
        body = pipe.read()
        return None if body is None or body == b"" else body  # an empty body closes the check

    server.serve(read, pipe.write, module, order["seed"], folder)
    pipe.write(wire.encode(_used()))
    if fork:
        sys.stdout.flush()
        os._exit(_CLEAN)


def _limit(order: dict[str, Any]) -> None:
    """The limits that this system offers, so that a loop or a leak ends as it does in the sandbox."""
    try:
        import resource
    except ImportError:  # Windows
        return
    spent = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(spent.ru_utime + spent.ru_stime + order["cpu"]) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if sys.platform == "linux":
        with open("/proc/self/status") as status:
            data = next(int(line.split()[1]) << 10 for line in status if line.startswith("VmData"))
        resource.setrlimit(resource.RLIMIT_DATA, (data + order["memory"], data + order["memory"]))


def _used() -> dict[str, Any]:
    import time

    try:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    except ImportError:
        peak = 0
    return {"cpu": time.process_time(), "peak": peak}
