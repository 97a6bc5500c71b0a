"""Judge processes and what is in line for them, seen from their parent.

The parent never touches what a submission returned. A judge process that hangs over a student's value is killed, the
check counts as timed out (the reference passes it), and another one goes on with the rest; a judge process that dies
by itself is the grader's fault and costs nobody a point.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import Protocol

from grader.core.errors import GraderError, SandboxError
from grader.core.result import CheckResult, SubmissionResult
from grader.grading.messages import (
    Broke,
    Checked,
    Done,
    Judging,
    Lost,
    Message,
    Plan,
    Ready,
    Refused,
    Source,
    Task,
    Telling,
)
from grader.grading.quota import Quota
from grader.grading.worker import main

_START_SECONDS = 300.0  # collecting checks and importing torch, on a busy machine
_GRACE = 15.0  # on top of what a check announces, before its worker counts as hung
_FORK = multiprocessing.get_context("fork")

OnResult = Callable[[int, SubmissionResult], None]
OnProgress = Callable[[int, str, str], None]


class Process(Protocol):
    """A judge process, forked from this one or started afresh."""

    def kill(self) -> None:
        """SIGKILL."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, at most so many seconds."""


Start = Callable[[Plan], tuple[Process, Connection]]


def forked(plan: Plan) -> tuple[Process, Connection]:
    """A judge process and our end of its pipe. Only for a process without threads."""
    ours, theirs = _FORK.Pipe()
    process = _FORK.Process(target=main, args=(plan, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


@dataclass(slots=True)
class _Worker:
    process: Process
    pipe: Connection
    deadline: float
    task: Task | None = None
    checks: list[CheckResult] = field(default_factory=list)
    judging: str = ""
    idle: bool = False

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Pool:
    """start: makes a judge process. lasting: those that have nothing to do wait for more, until `close`."""

    def __init__(
        self, plan: Plan, start: Start, record: OnResult, tell: OnProgress, lasting: bool = False
    ) -> None:
        self._plan, self._start, self._record, self._tell, self._lasting = plan, start, record, tell, lasting
        self._tasks: deque[Task] = deque()
        # of what is not finished
        self._sources: dict[int, tuple[Callable[[], Source], Callable[[], Quota | None]]] = {}
        self._workers: list[_Worker] = []
        self._served = False
        # in a row, of workers that were not judging: the course or the machine is to blame, not a submission
        self._deaths = 0

    def add(
        self, task: Task, source: Callable[[], Source], quota: Callable[[], Quota | None] | None = None
    ) -> None:
        """One more in line. `source` and `quota` are asked when its turn comes; no `quota`: the task keeps its own."""
        self._tasks.append(task)
        self._sources[task.index] = source, quota or (lambda: task.quota)

    def run(self, jobs: int) -> None:
        """Work until nothing is in line. Raises GraderError if the course or this machine does not allow it."""
        for worker in [worker for worker in self._workers if worker.idle]:
            self._next(worker)
        while self._sources:
            while len(self._workers) < min(jobs, len(self._sources)):
                process, pipe = self._start(self._plan)
                self._workers.append(_Worker(process, pipe, time.monotonic() + _START_SECONDS))
            soonest = min(worker.deadline for worker in self._workers)
            ready = wait([worker.pipe for worker in self._workers], max(0.0, soonest - time.monotonic()))
            for worker in list(self._workers):
                if worker.pipe in ready:
                    self._receive(worker)
                elif time.monotonic() > worker.deadline:
                    self._replace(worker, hung=True)

    def close(self) -> None:
        """End every process."""
        for worker in self._workers:
            worker.kill()
        self._workers.clear()

    def _receive(self, worker: _Worker) -> None:
        try:
            message: Message = worker.pipe.recv()
        except (EOFError, OSError):
            self._replace(worker, hung=False)
            return
        if isinstance(message, Refused):
            if not (self._served and isinstance(message.error, SandboxError)):
                raise message.error
            self._replace(worker, hung=False, why=str(message.error))  # a pen that was killed as it started
        elif isinstance(message, Broke):
            self._replace(worker, hung=False, why=message.text)
        elif isinstance(message, Judging):
            worker.judging, worker.deadline = message.check, time.monotonic() + message.seconds + _GRACE
        elif isinstance(message, Telling):
            self._tell(message.index, message.check, message.text)
        elif isinstance(message, Checked):
            worker.checks.append(message.result)
            worker.judging, worker.deadline = "", time.monotonic() + _START_SECONDS
        elif isinstance(message, Done):
            self._finish(message.index, message.result)
            self._next(worker)
        elif isinstance(message, Ready):
            self._served = True
            self._next(worker)

    def _finish(self, index: int, result: SubmissionResult) -> None:
        del self._sources[index]
        self._deaths = 0
        self._record(index, result)

    def _next(self, worker: _Worker) -> None:
        worker.task, worker.checks, worker.judging, worker.idle = None, [], "", False
        worker.deadline = time.monotonic() + _START_SECONDS
        if self._tasks:
            task = self._tasks.popleft()
            source, quota = self._sources[task.index]
            worker.task, worker.checks = replace(task, quota=quota()), list(task.done)
            self._send(worker, (worker.task, source()))
        elif self._lasting:
            worker.idle, worker.deadline = True, float("inf")
        else:
            self._send(worker, None)
            worker.deadline = float("inf")
            self._workers.remove(worker)
            worker.process.join(10)
            worker.kill()

    def _send(self, worker: _Worker, what: tuple[Task, Source] | None) -> None:
        # whoever is dead is found by the end of its pipe, like all others
        with suppress(BrokenPipeError, ConnectionResetError):
            worker.pipe.send(what)

    def _replace(self, worker: _Worker, hung: bool, why: str = "") -> None:
        """Its submission goes on with another worker, without the check that this one was lost in."""
        worker.kill()
        self._workers.remove(worker)
        task, self._deaths = worker.task, self._deaths + (not worker.judging)
        if self._deaths > 3:
            raise GraderError(f"a judge process ended without a word: {why or 'killed, or out of memory?'}")
        if task is None:  # it had not begun; another takes its place
            return
        lost = Lost(worker.judging, hung, why) if worker.judging else task.lost
        self._tasks.appendleft(replace(task, done=tuple(worker.checks), lost=lost))
