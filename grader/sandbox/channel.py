"""One check's connection to its own process, and the coroner: how a process died, as a verdict."""

from __future__ import annotations

import os
import select
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass

from grader.sandbox import watch
from grader.sandbox.session import Measured, Stopped
from grader.sandbox.talk import HungUp, Line, Printed
from grader.sandbox.watch import Watch

_WIND_DOWN_SECONDS = 1.0
_CPU_SLACK = 0.05  # seconds: the kernel counts collected processes in ticks


@dataclass(frozen=True, slots=True)
class Owner:
    """What a channel needs of its session.

    Attributes:
        fate: gives the wait status after a death.
        spoilt: ends all processes of the submission, at once.
        finished: called at the close; True says that the check's process ended by itself when asked to.
    """

    fate: Callable[[], int | None]
    spoilt: Callable[[], None]
    finished: Callable[[bool], None]


class PenChannel:
    """Implements `session.Channel` for a process in the pen. Attributes: pid: its id for the host."""

    def __init__(
        self, channel: socket.socket, printed: Printed, pid: int, budget: Watch, owner: Owner
    ) -> None:
        self._channel, self._printed, self.pid, self._watch, self._owner = (
            channel,
            printed,
            pid,
            budget,
            owner,
        )
        self._pidfd = os.pidfd_open(pid)
        self._line = Line(channel, printed, self._pidfd)
        self._stopped: Stopped | None = None
        self._measured: Measured | None = None
        self._cpu, self._memory = 0.0, (0, 0)
        self.memory_bytes()  # it may die before anybody looks again

    def exchange(self, body: bytes) -> bytes:
        """Send one request, wait for its reply. Raises Stopped, and again at every later call."""
        if self._stopped is not None:
            raise self._stopped
        if self._measured is not None:
            raise ValueError("the channel is closed")
        try:
            return self._line.exchange(body, self._watch)
        except HungUp:
            self._stop(explain(self._owner.fate(), self._watch))
        except Stopped as stopped:
            self._stop(stopped)
        assert self._stopped is not None
        raise self._stopped

    def cpu_seconds(self) -> float:
        """CPU seconds of all processes of this check so far."""
        if self._measured is None and self._stopped is None:
            self._cpu = self._watch.cpu()
        return self._cpu

    def excused_seconds(self) -> float | None:
        """Seconds that the check's first thread queued for a processor, and that this thread ran or queued."""
        theirs, ours = watch.scheduled(str(self.pid)), watch.scheduled("thread-self")
        return None if theirs is None or ours is None else theirs[1] + sum(ours)

    def memory_bytes(self) -> tuple[int, int]:
        """Resident bytes of the check's process and their peak, as last seen alive."""
        numbers = watch.status(self.pid) if self._measured is None else {}
        self._watch.memory.note(numbers)
        if "VmRSS" in numbers:
            self._memory = numbers["VmRSS"], numbers.get("VmHWM", numbers["VmRSS"])
        return self._memory

    def output(self) -> str:
        """The first 64 KiB that were printed."""
        return self._printed.text()

    def close(self) -> Measured:
        """Measure, end the process, tell the session if it went in peace. A second call gives the same."""
        if self._measured is None:
            wall, cpu = self._watch.wall(), max(self.cpu_seconds(), self._watch.seen)
            self.memory_bytes()
            self._measured = Measured(wall, cpu, self._watch.memory.peak())
            clean = self._stopped is None and self._wind_down()
            self._printed.close()
            self._channel.close()
            os.close(self._pidfd)
            self._owner.finished(clean)
        return self._measured

    def _stop(self, stopped: Stopped) -> None:
        self._cpu = max(self._cpu, self._watch.cpu())
        self.memory_bytes()
        self._stopped = stopped
        self._printed.drain()
        self._owner.spoilt()

    def _wind_down(self) -> bool:
        """Close our sending side and wait for the process to end by itself; its last output is still read."""
        try:
            self._channel.shutdown(socket.SHUT_WR)
        except OSError:  # it has closed its end
            return False
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        poll.register(self._printed.descriptor, select.POLLIN)
        while True:
            ready = dict(poll.poll(_WIND_DOWN_SECONDS * 1000))
            if self._pidfd in ready:
                return True
            self._printed.drain()
            if not ready or self._printed.total > self._watch.limits.output:
                return False
            if not self._printed.open:
                poll.unregister(self._printed.descriptor)


def explain(status: int | None, budget: Watch) -> Stopped:
    """The verdict on a process that ended before its reply; `status` is its wait status, if known."""
    cpu = budget.cpu()
    number = _signal(status)
    if number == signal.SIGXCPU or (number == signal.SIGKILL and cpu >= budget.limits.cpu - _CPU_SLACK):
        return Stopped("timeout", "cpu", f"{budget.limits.cpu:g} s")
    if budget.memory.killed(number == signal.SIGKILL):
        return Stopped("memory", "memory", "killed by the kernel")
    if number:
        return Stopped("crashed", "signal", signal.strsignal(number) or f"signal {number}")
    if status is None:
        return Stopped("crashed", "protocol", "the connection was closed")
    return Stopped("crashed", "exit", f"exit status {os.waitstatus_to_exitcode(status)}")


def _signal(status: int | None) -> int:
    """The signal that ended the process, 0 if none; 128 + n is how process 1 passes on its child's."""
    if status is None:
        return 0
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    code = os.WEXITSTATUS(status)
    return code - 128 if 128 < code < 128 + signal.NSIG else 0
