"""Work with question files in processes of its own, under limits: an endless loop in one must not stop the others."""

from __future__ import annotations

import mmap
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from grader.core.errors import SpecError
from grader.exam.expressions import running, show_on, shown_on
from grader.sandbox.orphans import end_with_parent

CPU_SECONDS = 20.0
MEMORY = 1 << 30  # bytes on top of what the process has
_PATIENCE = 20  # wall seconds for each CPU second: a busy machine
_FORK = multiprocessing.get_context("fork")


class _TooLong(BaseException):
    """The CPU limit is reached."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something to compute; what: the file, for messages where no place in it is known."""

    compute: Callable[[], Any]
    what: str


@dataclass(frozen=True, slots=True)
class _Running:
    process: BaseProcess
    pipe: Connection
    board: mmap.mmap
    deadline: float


def limited(work: Sequence[Work], cpu: float = CPU_SECONDS, memory: int = MEMORY, jobs: int = 1) -> list[Any]:
    """What each `compute()` returns, or the SpecError that it ended in, in order; `jobs` processes at a time.

    A process that takes more than `cpu` seconds or `memory` bytes is stopped: a SpecError with the place.
    """
    results: dict[int, Any] = {}
    waiting, active = list(enumerate(work)), dict[int, _Running]()
    try:
        while waiting or active:
            while waiting and len(active) < jobs:
                index, one = waiting.pop(0)
                active[index] = _start(one, cpu, memory)
            soonest = min(begun.deadline for begun in active.values())
            ready = wait([begun.pipe for begun in active.values()], max(0.0, soonest - time.monotonic()))
            for index, begun in list(active.items()):
                if begun.pipe in ready or time.monotonic() > begun.deadline:
                    results[index] = _result(begun, work[index].what, cpu, begun.pipe in ready)
                    _end(active.pop(index))
    finally:
        for begun in active.values():
            _end(begun)
    return [results[index] for index in range(len(work))]


def _start(work: Work, cpu: float, memory: int) -> _Running:
    ours, theirs = _FORK.Pipe(duplex=False)
    board = mmap.mmap(-1, 512)
    process = _FORK.Process(
        target=_child, args=(work.compute, theirs, board, cpu, memory, os.getpid()), daemon=True
    )
    process.start()
    theirs.close()
    return _Running(process, ours, board, time.monotonic() + _PATIENCE * cpu + 60)


def _end(begun: _Running) -> None:
    begun.process.kill()
    begun.process.join()
    begun.pipe.close()
    begun.board.close()


def _result(begun: _Running, what: str, cpu: float, ready: bool) -> Any:
    place = shown_on(begun.board) or what
    try:
        return begun.pipe.recv() if ready else SpecError(f"{place}: does not end")
    except EOFError:
        return SpecError(f"{place}: the evaluation was stopped: more than {cpu:g} CPU s, or out of memory")


def _child(
    compute: Callable[[], Any], pipe: Connection, board: mmap.mmap, cpu: float, memory: int, parent: int
) -> None:
    def stop(number: int, frame: object) -> None:
        raise _TooLong

    end_with_parent(parent)
    show_on(board)
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, cpu, 0.1)
    whole = int(cpu) + 2  # behind the timer, for loops that never come back to Python
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole))
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
    try:
        pipe.send(compute())
    except SpecError as error:
        pipe.send(error)
    except _TooLong:
        pipe.send(SpecError(f"{running()}: takes more than {cpu:g} CPU s"))
    except MemoryError:
        pipe.send(SpecError(f"{running()}: needs more than {memory >> 20} MiB"))
    finally:
        os._exit(0)
