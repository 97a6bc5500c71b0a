"""Grade many: a few worker processes, a queue, and a parent that records every check the moment it is known.

The parent never touches what a submission returned. A worker that hangs over a student's value is killed, the
check counts as timed out (the reference passes it), and another worker goes on with the rest; a worker that dies
by itself is the grader's fault and costs nobody a point.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from grader.core.errors import GraderError, SandboxError, UsageError
from grader.core.result import CheckResult, SubmissionResult
from grader.core.text import one_line
from grader.grading import judge
from grader.grading.course import Course
from grader.grading.quota import Quota
from grader.grading.worker import (
    Broke,
    Checked,
    Done,
    Judging,
    Message,
    Plan,
    Ready,
    Refused,
    Source,
    Task,
    Telling,
    main,
)

_START_SECONDS = 300.0  # collecting checks and importing torch, on a busy machine
_GRACE = 15.0  # on top of what a check announces, before its worker counts as hung
_FORK = multiprocessing.get_context("fork")

OnResult = Callable[[int, SubmissionResult], None]
OnProgress = Callable[[int, str, str], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission in line, under the name that reports give it.

    Attributes:
        source: gives the files, or where they lie, when its turn comes: a class need not fit into memory.
        leave_out: the ids of checks that are not run on it.
        quota: gives what its author may still use of GPUs, when its turn comes.
    """

    name: str
    source: Callable[[], Source]
    leave_out: frozenset[str] = frozenset()
    quota: Callable[[], Quota | None] = lambda: None


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    deadline: float
    task: Task | None = None
    checks: list[CheckResult] = field(default_factory=list)
    judging: str = ""

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Interrupted(Exception):
    """Ctrl-C, or a grader that cannot go on: what was finished is kept in `results`, in order."""

    def __init__(self, results: list[SubmissionResult], why: str = "interrupted") -> None:
        super().__init__(why)
        self.results = results


def grade_all(
    course: Course,
    slug: str,
    paths: Sequence[Path],
    *,
    only: str | None = None,
    jobs: int = 1,
    sandboxed: bool = True,
    nested: bool | None = None,
    leave_out: Sequence[Collection[str]] | None = None,
    on_result: OnResult = lambda index, result: None,
    on_progress: OnProgress = lambda index, check, text: None,
) -> list[SubmissionResult]:
    """One result per path, in the order of the paths. `nested` is `Pen.start`'s: False forces single-use pens.

    leave_out: for each path the ids of checks that are not run on it.
    on_progress: told the index of the path, the check and how far it is, by checks that take long.

    Raises UsageError and SpecError for faults of the command and the course, Interrupted on Ctrl-C.
    """
    for path in paths:  # before the work begins: a typing error must not show up after an hour
        if not os.path.lexists(path):
            raise UsageError(f"no such file or folder: {one_line(str(path))}")
    omitted = leave_out if leave_out is not None else [()] * len(paths)
    entries = [
        Entry(name, partial(_itself, path), frozenset(ids))
        for name, path, ids in zip(entry_names(paths), paths, omitted, strict=True)
    ]
    return grade_entries(
        course,
        slug,
        entries,
        only=only,
        jobs=jobs,
        sandboxed=sandboxed,
        nested=nested,
        on_result=on_result,
        on_progress=on_progress,
    )


def grade_entries(
    course: Course,
    slug: str,
    entries: Sequence[Entry],
    *,
    only: str | None = None,
    jobs: int = 1,
    sandboxed: bool = True,
    nested: bool | None = None,
    on_result: OnResult = lambda index, result: None,
    on_progress: OnProgress = lambda index, check, text: None,
) -> list[SubmissionResult]:
    """The same for submissions that come from anywhere; what `on_result` raises ends the work as Ctrl-C does."""
    results: dict[int, SubmissionResult] = {}

    def record(index: int, result: SubmissionResult) -> None:
        results[index] = result
        on_result(index, result)

    with _gate() as gate:
        pool = _Pool(Plan(course, slug, only, sandboxed, nested, gate), entries, record, on_progress)
        try:
            pool.run(min(jobs, len(entries)), len(entries))
        except KeyboardInterrupt:
            raise Interrupted([results[index] for index in sorted(results)]) from None
        except GraderError as error:
            if not results:
                raise
            raise Interrupted([results[index] for index in sorted(results)], str(error)) from error
        finally:
            pool.close()
    return [results[index] for index in range(len(entries))]


def _itself(path: Path) -> Source:
    return path


def entry_names(paths: Sequence[Path]) -> list[str]:
    """What reports call the submissions: their own names; paths from the common folder if they lie in several."""
    whole = [Path(os.path.abspath(path)) for path in paths]
    if len({path.parent for path in whole}) <= 1:
        return [one_line(path.name) or "submission" for path in whole]
    common = os.path.commonpath([path.parent for path in whole])
    return [one_line(path.relative_to(common).as_posix()) for path in whole]


class _Pool:
    def __init__(self, plan: Plan, entries: Sequence[Entry], record: OnResult, tell: OnProgress) -> None:
        self.plan, self.entries, self.record, self.tell = plan, entries, record, tell
        self.tasks = deque(Task(index, one.name, one.leave_out) for index, one in enumerate(entries))
        self.workers: list[_Worker] = []
        self.finished, self.served = 0, False
        # in a row, of workers that were not judging: the course or the machine is to blame, not a submission
        self.deaths = 0

    def run(self, jobs: int, total: int) -> None:
        while self.finished < total:
            while len(self.workers) < min(jobs, total - self.finished):
                self.workers.append(self._start())
            soonest = min(worker.deadline for worker in self.workers)
            ready = wait([worker.pipe for worker in self.workers], max(0.0, soonest - time.monotonic()))
            for worker in list(self.workers):
                if worker.pipe in ready:
                    self._receive(worker)
                elif time.monotonic() > worker.deadline:
                    self._replace(worker, hung=True)

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()

    def _start(self) -> _Worker:
        ours, theirs = _FORK.Pipe()
        process = _FORK.Process(target=main, args=(self.plan, theirs), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours, time.monotonic() + _START_SECONDS)

    def _receive(self, worker: _Worker) -> None:
        try:
            message: Message = worker.pipe.recv()
        except (EOFError, OSError):
            self._replace(worker, hung=False)
            return
        if isinstance(message, Refused):
            if not (self.served and isinstance(message.error, SandboxError)):
                raise message.error
            self._replace(worker, hung=False, why=str(message.error))  # a pen that was killed as it started
        elif isinstance(message, Broke):
            self._replace(worker, hung=False, why=message.text)
        elif isinstance(message, Judging):
            worker.judging, worker.deadline = message.check, time.monotonic() + message.seconds + _GRACE
        elif isinstance(message, Telling):
            self.tell(message.index, message.check, message.text)
        elif isinstance(message, Checked):
            worker.checks.append(message.result)
            worker.judging, worker.deadline = "", time.monotonic() + _START_SECONDS
        elif isinstance(message, Done):
            self._finish(message.index, message.result)
            self._next(worker)
        elif isinstance(message, Ready):
            self.served = True
            self._next(worker)

    def _finish(self, index: int, result: SubmissionResult) -> None:
        self.finished, self.deaths = self.finished + 1, 0
        self.record(index, result)

    def _next(self, worker: _Worker) -> None:
        worker.task, worker.checks, worker.judging = None, [], ""
        worker.deadline = time.monotonic() + _START_SECONDS
        if self.tasks:
            task = self.tasks.popleft()
            worker.task = replace(task, quota=self.entries[task.index].quota())
            worker.checks = list(worker.task.done)
            self._send(worker, (worker.task, self.entries[worker.task.index].source()))
        else:
            self._send(worker, None)
            worker.deadline = float("inf")
            self.workers.remove(worker)
            worker.process.join(10)
            worker.kill()

    def _send(self, worker: _Worker, what: tuple[Task, Source] | None) -> None:
        # whoever is dead is found by the end of its pipe, like all others
        with suppress(BrokenPipeError, ConnectionResetError):
            worker.pipe.send(what)

    def _replace(self, worker: _Worker, hung: bool, why: str = "") -> None:
        """Its submission goes on with another worker, without the check that this one was lost in."""
        worker.kill()
        self.workers.remove(worker)
        task, self.deaths = worker.task, self.deaths + (not worker.judging)
        if self.deaths > 3:
            raise GraderError(f"a judge process ended without a word: {why or 'killed, or out of memory?'}")
        if task is None:  # it had not begun; another takes its place
            return
        lost = _lost(self.plan, worker.judging, hung, why) if worker.judging else ()
        self.tasks.appendleft(replace(task, done=(*worker.checks, *lost)))


def _lost(plan: Plan, check: str, hung: bool, why: str) -> tuple[CheckResult, ...]:
    from grader.grading.desk import Desk, with_desk

    found: list[CheckResult] = []

    def look(desk: Desk) -> None:
        card = desk.chosen(check)[0]
        limits = desk.assignment.limits_of(check)
        found.append(
            judge.stuck(card, limits) if hung else judge.broken(card, why or "the judge process died")
        )

    with_desk(plan.course, plan.slug, look)
    return tuple(found)


@contextmanager
def _gate() -> Iterator[int]:
    descriptor = os.memfd_create("grader-gate", 0)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
