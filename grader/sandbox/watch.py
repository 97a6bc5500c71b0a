"""What the processes of one submission use, as the kernel counts it, seen from outside.

Nothing here asks the processes themselves. A tree is read from /proc/<pid>/task/<tid>/children; CPU time of
a live process from its own clock (nanoseconds), of collected ones from their parent's stat (ticks); memory
as proportional set size, so that pages shared after a fork count once. Sources: proc(5),
clock_getcpuclockid(3) (the clock number of a process).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.core.limits import Limits
from grader.pen import jail
from grader.sandbox.session import Stopped

if TYPE_CHECKING:
    from grader.sandbox.memory import Meter

_TICKS = os.sysconf("SC_CLK_TCK")
_MAX_PROCESSES = 5000
Beside = Callable[[], Stopped | None]


def tree(root: int) -> list[int]:
    """Process ids of `root` and all its living descendants, as far as they stood still."""
    found = [root]
    for pid in found:
        found += children(pid)
        if len(found) > _MAX_PROCESSES:
            break
    return found


def children(pid: int) -> list[int]:
    """Ids of the direct children of all threads of a process; empty if it is gone."""
    try:
        return [
            int(child)
            for task in os.listdir(f"/proc/{pid}/task")
            for child in _read(f"/proc/{pid}/task/{task}/children").split()
        ]
    except OSError:
        return []


def cpu_clock(pid: int) -> float:
    """CPU seconds of all threads of a process so far, 0.0 if it is gone."""
    try:
        return time.clock_gettime((~pid << 3) | 2)  # CPUCLOCK_SCHED of a whole process
    except OSError:
        return 0.0


def scheduled(task: str) -> tuple[float, float] | None:
    """Seconds that a thread has run and has queued for a processor; None if it is gone or the kernel does not count.

    task: its place under /proc. Source: Documentation/scheduler/sched-stats.rst of the kernel.
    """
    try:
        ran, queued, _ = _read(f"/proc/{task}/schedstat").split()
    except (OSError, ValueError):
        return None
    if int(ran) == 0:  # who has run and reads zeros has a kernel that does not count
        return None
    return int(ran) / 1e9, int(queued) / 1e9


def cpu_total(root: int) -> float:
    """CPU seconds of the tree and of everything that it has collected."""
    return sum(cpu_clock(pid) + _collected(pid) for pid in tree(root))


def status(pid: int) -> dict[str, int]:
    """Numbers of /proc/<pid>/status: sizes in bytes, counts as they are; empty if the process is gone."""
    numbers: dict[str, int] = {}
    try:
        text = _read(f"/proc/{pid}/status")
    except OSError:
        return numbers
    for line in text.splitlines():
        name, _, value = line.partition(":")
        words = value.split()
        if words and words[0].isdigit():
            numbers[name] = int(words[0]) << (10 if words[-1] == "kB" else 0)
    return numbers


def resident(pids: Iterable[int]) -> int:
    """Upper bound of the processes' own memory in bytes: shared pages are counted once for each."""
    return sum(n.get("RssAnon", 0) + n.get("RssShmem", 0) for n in map(status, pids))


def proportional(pids: Iterable[int], base: int) -> int:
    """Bytes of the processes, shared pages divided among those who share; `base`: what each one inherited."""
    total = 0
    for pid in pids:
        try:
            lines = _read(f"/proc/{pid}/smaps_rollup").splitlines()
            total += sum(
                int(line.split()[1]) << 10 for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:"))
            )
        except OSError:  # gone, or not for us to read: what it has beyond its inheritance
            numbers = status(pid)
            total += max(0, numbers.get("RssAnon", 0) + numbers.get("RssShmem", 0) - base)
    return total


def files(root: int) -> int:
    """Files in the temporary folders of the process; 0 if that cannot be seen.

    Nested namespaces have a limit of their own there. Where a pen serves one submission, the folders are bubblewrap's,
    which limit bytes only.
    """
    return sum(found.f_files - found.f_ffree for found in _folders(root))


def stored(root: int) -> int:
    """Bytes of those files."""
    return sum((found.f_blocks - found.f_bfree) * found.f_frsize for found in _folders(root))


def _folders(root: int) -> Iterator[os.statvfs_result]:
    for folder in ("tmp", "dev/shm"):
        with suppress(OSError):
            yield os.statvfs(f"/proc/{root}/root/{folder}")


@dataclass(slots=True)
class Watch:
    """The budget of one import or check.

    Attributes:
        root: the process at the top of everything that counts.
        inside: a process that sees the submission's temporary folders; without nesting, `root` stands outside.
        limits: what may be used.
        memory: looks after that limit.
        started: the judge's monotonic clock when it began.
        before: CPU seconds of the tree when it began; own: those of the submission's part of it.
        seen: most CPU seconds that were seen since.
        beside: another budget of the same time, its devices'; looked at first.
    """

    root: int
    inside: int
    limits: Limits
    memory: Meter
    started: float
    before: float
    own: float
    seen: float = 0.0
    beside: Beside | None = None

    @classmethod
    def begin(cls, root: int, inside: int, limits: Limits, memory: Meter) -> Watch:
        """Start counting now."""
        before = cpu_total(root)
        own = before if inside == root else cpu_total(inside)
        return cls(root, inside, limits, memory, time.monotonic(), before, own)

    def cpu(self) -> float:
        """CPU seconds of all processes since the beginning; they stay when the processes are gone."""
        self.seen = max(self.seen, cpu_total(self.root) - self.before)
        return self.seen

    def ended(self, cpu: float) -> None:
        """The submission is gone, and the kernel's sum over all of it was `cpu` seconds."""
        self.seen = max(self.seen, cpu - self.own)

    def wall(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.started

    def exceeded(self) -> Stopped | None:
        """The limit that is exceeded now, if any."""
        if self.beside is not None and (stopped := self.beside()) is not None:
            return stopped
        if self.wall() >= self.limits.wall:
            cpu = self.cpu()
            return Stopped("timeout", "cpu" if cpu >= self.limits.cpu else "wall", f"{self.limits.wall:g} s")
        if self.cpu() >= self.limits.cpu:
            return Stopped("timeout", "cpu", f"{self.limits.cpu:g} s")
        if files(self.inside) > 2 * jail.MAX_INODES:
            return Stopped("crashed", "output", f"more than {2 * jail.MAX_INODES} files")
        if self.memory.over():
            return Stopped("memory", "memory", f"{self.limits.memory >> 20} MiB")
        return None


def _collected(pid: int) -> float:
    """CPU seconds of the children that this process has waited for."""
    try:
        fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[13]) + int(fields[14])) / _TICKS  # cutime, cstime: fields 16 and 17 of the whole line


def _read(path: str) -> str:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        parts = []
        while part := os.read(descriptor, 65536):
            parts.append(part)
            if len(part) < 2048:  # /proc gives what it has; only long texts need a second look
                break
        return b"".join(parts).decode("ascii", "replace")
    finally:
        os.close(descriptor)
