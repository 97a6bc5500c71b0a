"""One control group: its limits, what it uses, how often the kernel killed in it, and its end."""

from __future__ import annotations

import errno
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass

from grader.core.errors import SandboxError

_END_SECONDS = 2.0
_PAUSE = 0.002


@dataclass(frozen=True, slots=True)
class Kind:
    """Names of a version's files. settings: written once into a new group, as far as the kernel has them.

    peak_resets: the text that makes the peak begin anew. file, shmem: of memory.stat.
    """

    name: str
    limit: str
    now: str
    peak: str
    events: str
    settings: tuple[tuple[str, str], ...]
    peak_resets: str
    file: str
    shmem: str


V2 = Kind(
    "cgroup-v2",
    limit="memory.max",
    now="memory.current",
    peak="memory.peak",  # Linux 5.19; it can be reset, for one open file, from 6.12
    events="memory.events",
    settings=(("memory.swap.max", "0"), ("memory.oom.group", "1")),
    peak_resets="reset",
    file="file",
    shmem="shmem",
)
V1 = Kind(
    "cgroup-v1",
    limit="memory.limit_in_bytes",
    now="memory.usage_in_bytes",
    peak="memory.max_usage_in_bytes",
    events="memory.oom_control",
    settings=(("memory.swappiness", "0"),),
    peak_resets="0",
    file="total_cache",
    shmem="total_shmem",
)


class Group:
    """A submission's group. Attributes: limit: bytes that it may have now."""

    def __init__(self, kind: Kind, folders: tuple[str, ...]) -> None:
        self._kind, self._folders, self.limit = kind, folders, 0
        self._peak_file, self._before = -1, 0
        self._last: tuple[int, int] | None = None

    @classmethod
    def make(cls, kind: Kind, folders: tuple[str, ...], memory: int, processes: int) -> Group:
        """Make the folders, memory's first, and set the limits. Raises SandboxError."""
        group = cls(kind, folders)
        try:
            for folder in folders:
                os.mkdir(folder)
            for name, value in kind.settings:
                with suppress(FileNotFoundError):  # no swap on this machine, or an older kernel
                    write(f"{folders[0]}/{name}", value)
            group.hold(memory)
            write(f"{folders[-1]}/pids.max", str(processes))
            with suppress(FileNotFoundError):
                group._peak_file = _opened(f"{folders[0]}/{kind.peak}")
        except OSError as error:
            group.end()
            raise SandboxError(f"no control group can be made: {error.filename}: {error.strerror}") from None
        return group

    def enter(self, pid: int) -> None:
        """Move a process here; its children follow. Raises SandboxError."""
        try:
            for folder in self._folders:
                write(f"{folder}/cgroup.procs", str(pid))
        except OSError as error:
            raise SandboxError(f"a process cannot be moved to {error.filename}: {error.strerror}") from None

    def hold(self, memory: int) -> bool:
        """Set the limit in bytes; False if more than that is in use and cannot be given back."""
        if memory != self.limit:
            try:
                write(f"{self._folders[0]}/{self._kind.limit}", str(memory))
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise
                return False
            self.limit = memory
        return True

    def anew(self) -> None:
        """Let the peak begin now, where the kernel can."""
        self._before = 0
        try:
            os.pwrite(self._peak_file, self._kind.peak_resets.encode(), 0)
        except OSError:
            self._before = self._peak()

    def kills(self) -> int:
        """How many processes the kernel has killed here for want of memory."""
        if self._last is not None:
            return self._last[1]
        return _number(f"{self._folders[0]}/{self._kind.events}", "oom_kill")

    def peak(self) -> int:
        """Most bytes in use since `anew`, without the files' pages that the kernel keeps and would give back.

        Where the peak cannot be made to begin anew: the group's own, if it rose; otherwise what is in use now.
        """
        if self._last is not None:
            return self._last[0]
        most = self._peak()
        return max(0, (most if most > self._before else self.now()) - self._cached())

    def now(self) -> int:
        """Bytes in use, the kernel's cache of files included."""
        return _whole(f"{self._folders[0]}/{self._kind.now}")

    def used(self) -> int:
        """Bytes in use without that cache."""
        return max(0, self.now() - self._cached())

    def end(self) -> None:
        """Note the last figures, kill what is left, remove the group. May be called twice."""
        if self._last is None:
            self._last = self.peak(), self.kills()
        if self._peak_file >= 0:
            os.close(self._peak_file)
            self._peak_file = -1
        deadline = time.monotonic() + _END_SECONDS
        for folder in self._folders:
            while not _removed(folder) and time.monotonic() < deadline:
                _kill(folder)
                time.sleep(_PAUSE)

    def _cached(self) -> int:
        statistics = f"{self._folders[0]}/memory.stat"
        return max(0, _number(statistics, self._kind.file) - _number(statistics, self._kind.shmem))

    def _peak(self) -> int:
        with suppress(OSError, ValueError):
            return int(os.pread(self._peak_file, 32, 0))
        return 0


def write(path: str, text: str) -> None:
    """One write, as the kernel wants it; the file must exist. Raises OSError with the path."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    except OSError as error:
        error.filename = path
        raise
    finally:
        os.close(descriptor)


def _opened(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except PermissionError:  # a kernel that cannot reset it
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def _number(path: str, name: str) -> int:
    """The number behind a name in a file of such lines, 0 without it."""
    with suppress(OSError, ValueError), open(path) as file:
        for line in file:
            if line.startswith(f"{name} "):
                return int(line.split()[1])
    return 0


def _whole(path: str) -> int:
    with suppress(OSError, ValueError), open(path) as file:
        return int(file.read())
    return 0


def _removed(folder: str) -> bool:
    try:
        os.rmdir(folder)
    except FileNotFoundError:
        return True
    except OSError:  # processes in it, dying or alive
        return False
    return True


def _kill(folder: str) -> None:
    try:
        write(f"{folder}/cgroup.kill", "1")
        return
    except OSError:  # version 1, or Linux before 5.14
        pass
    with suppress(OSError, ValueError), open(f"{folder}/cgroup.procs") as file:
        for pid in file.read().split():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(pid), signal.SIGKILL)
