"""The namespaces of one submission, from the judge's side: first process, job socket, import output.

What is known here comes from the kernel: the process id from the socket's credentials, its death from a
pidfd, its threads, children and open descriptors from /proc. The first process has run the student's code
after `load`, so its word is only ever a hint.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import struct
import time

from grader.core.errors import SandboxError
from grader.core.limits import Limits
from grader.pen import orders
from grader.sandbox import traces, watch
from grader.sandbox.cgroup import Groups
from grader.sandbox.group import Group
from grader.sandbox.memory import Held, Meter, Sampled
from grader.sandbox.talk import HungUp, Line, Printed

_SETUP_SECONDS = 30.0
_CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid as this process's namespaces number them
_SPARE_PROCESSES = 2  # the first process itself, and one more where it waits for a child that imports


class Space:
    """One submission's processes.

    Attributes:
        limits: what the whole of it was made for; a check may have less, not more.
        alone: its import serves one check without a fork.
        pid: host id of its first process.
        root: top of the tree whose use counts: `pid`, or the pen's where it has no namespaces of its own.
        printed: what the import printed.
        watch: the budget of the import or the last check.
        status: wait status of the first process once it has been collected.
        beside: what else the import may exceed, see `watch.Watch`.
    """

    def __init__(
        self,
        control: socket.socket,
        limits: Limits,
        base: int,
        alone: bool,
        top: int | None,
        groups: Groups,
    ) -> None:
        self._control, self.limits, self.base, self.alone, self._top = control, limits, base, alone, top
        self.pid = self.root = 0
        self.status: int | None = None
        self.watch: watch.Watch | None = None
        self.beside: watch.Beside | None = None
        self._groups = groups
        self._group: Group | None = None
        self._pidfd = -1

    def begin(self) -> None:
        """Have it forked and confined. Raises SandboxError."""
        self._job, theirs = socket.socketpair()
        self._job.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        reading, writing = os.pipe2(os.O_CLOEXEC)
        self.printed = Printed(reading)
        job = {
            "memory": self.limits.memory,
            "processes": self.limits.processes + _SPARE_PROCESSES + (3 if self._top else 0),
            "files": self.limits.files,
            "cpu": whole_seconds(self.limits.cpu),
            "alone": self.alone,
        }
        try:
            socket.send_fds(self._control, [json.dumps(job).encode()], [theirs.fileno(), writing])
        except OSError as error:
            raise SandboxError(f"the fork server is gone: {error}") from None
        finally:
            theirs.close()
            os.close(writing)
        self.pid = self._hello()
        self._pidfd = os.pidfd_open(self.pid)
        allowed = self.limits.memory + self.base + self.limits.files
        self._group = self._groups.make(allowed, self.limits.processes + _SPARE_PROCESSES)
        if self._group is not None:
            self._group.enter(self.pid)
        self._job.send(orders.GO)
        if self._setup_byte() != orders.CONFINED:
            raise SandboxError(
                f"a submission could not be confined: {self.printed.text() or 'no reason given'}"
            )
        self.root = self._top or self.pid
        self._ours = frozenset(watch.tree(self.root))
        self._before = traces.Rest.of(self.pid)
        self._line = Line(self._job, self.printed, self._pidfd)

    def load(self, body: bytes) -> bytes:
        """Send the files, wait for the import report. Raises Stopped or HungUp."""
        return self._line.exchange(body, self.budget(self.limits))

    def budget(self, limits: Limits) -> watch.Watch:
        """Begin to count for the import or a check."""
        allowed = limits.memory + self.base
        if self._group is not None:
            memory: Meter = Held(self._group, allowed, self.limits.files, self.pid)
        else:
            memory = Sampled(self.root, self.base, allowed, shared=self._top is None)
        self.watch = watch.Watch.begin(self.root, self.pid, limits, memory)
        self.watch.beside = self.beside
        return self.watch

    def remember(self) -> None:
        """Note what a check could change for the next one."""
        self._kept = traces.kept(self.pid)

    def touched(self) -> bool:
        """Has a file in the temporary folders, or a limit of the first process, changed since `remember`?"""
        now = traces.kept(self.pid)
        return now is None or now != self._kept  # what cannot be read counts as changed

    def restless(self) -> bool:
        """Did the import leave what forks share or lose: threads, processes, descriptors, shared memory?"""
        return self.strangers() or traces.Rest.of(self.pid) != self._before

    def order(self, seed: int, limits: Limits) -> tuple[socket.socket, Printed]:
        """Ask for the process of one check; gives our ends of its channel and its output. Raises HungUp."""
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        reading, writing = os.pipe2(os.O_CLOEXEC)
        processes = limits.processes + _SPARE_PROCESSES + (3 if self._top else 0)
        order = orders.CHECK.pack(
            seed & (1 << 64) - 1, whole_seconds(limits.cpu), limits.memory, processes, limits.files
        )
        try:
            socket.send_fds(self._job, [order], [theirs.fileno(), writing])
        except OSError:  # dead, or its socket full of unread orders
            ours.close()
            os.close(reading)
            raise HungUp from None
        finally:
            theirs.close()
            os.close(writing)
        return ours, Printed(reading)

    def ended(self, seconds: float) -> int | None:
        """Wait status of the last check as the first process reports it (a hint), None if it does not."""
        poll = select.poll()
        poll.register(self._job, select.POLLIN)
        poll.register(self._pidfd, select.POLLIN)
        if not poll.poll(seconds * 1000):
            return None
        try:
            mark, status = orders.ENDED.unpack(self._job.recv(orders.ENDED.size + 1))
        except (OSError, struct.error):
            return None
        return int(status) if mark == orders.ENDED_MARK else None

    def died(self, seconds: float) -> bool:
        """Has the first process ended by itself, or does it within this time?"""
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def strangers(self) -> bool:
        """Does any process live besides those that were here before the import?"""
        return not self._ours.issuperset(watch.tree(self.root))

    def kill(self) -> None:
        """End the first process; with namespaces of its own the kernel then ends all others."""
        if self._pidfd >= 0:
            kill(self._pidfd)
            os.close(self._pidfd)
        self._pidfd = -1
        self.printed.close()
        self._job.close()

    def over(self, status: int | None, cpu: float) -> None:
        """All of it is gone: what the fork server says of its end, and no group remains."""
        self.status = status
        if self.watch is not None:
            self.watch.ended(cpu)
        self.leave_group()

    def leave_group(self) -> None:
        """Remove the control group, with whatever is left in it."""
        if self._group is not None:
            self._group.end()

    def _hello(self) -> int:
        """Host id of the first process, from the kernel. Raises SandboxError if it is root for the host."""
        self._job.settimeout(_SETUP_SECONDS)
        try:
            said, extra, _, _ = self._job.recvmsg(1, socket.CMSG_SPACE(_CREDENTIALS.size))
        except OSError:
            said, extra = b"", []
        pid, uid = _credentials(extra)
        if said != orders.HELLO or pid is None:
            raise SandboxError("the fork server did not fork")
        if uid == 0:
            raise SandboxError("the sandbox would run as root; refusing")
        return pid

    def _setup_byte(self) -> bytes:
        try:
            return self._job.recv(1)
        except OSError:
            return b""


def sender(channel: socket.socket, seconds: float) -> int | None:
    """Host id of the process that says HELLO on this channel; None if none does in time."""
    deadline = time.monotonic() + seconds
    channel.settimeout(max(0.001, deadline - time.monotonic()))
    try:
        said, extra, _, _ = channel.recvmsg(1, socket.CMSG_SPACE(_CREDENTIALS.size))
    except OSError:
        return None
    return (
        int(_CREDENTIALS.unpack(extra[0][2][: _CREDENTIALS.size])[0])
        if said == orders.HELLO and extra
        else None
    )


def _credentials(extra: list[tuple[int, int, bytes]]) -> tuple[int | None, int | None]:
    """Process and user id that the kernel vouches for; None where there are none."""
    for level, kind, data in extra:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS) and len(data) >= _CREDENTIALS.size:
            pid, uid, _ = _CREDENTIALS.unpack(data[: _CREDENTIALS.size])
            return pid, uid
    return None, None


def kill(pidfd: int) -> None:
    """SIGKILL through a pidfd; nothing if the process is gone."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def whole_seconds(seconds: float) -> int:
    """The kernel's CPU limit knows whole seconds only; the watch is finer."""
    return max(1, int(seconds) + (seconds > int(seconds)))
