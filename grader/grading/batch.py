"""Grade many on this machine: a few judge processes, a queue, and a result that is told the moment it is known."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grader.core.errors import GraderError, UsageError
from grader.core.result import SubmissionResult
from grader.core.text import one_line
from grader.grading.course import Course
from grader.grading.messages import Plan, Source, Task
from grader.grading.pool import OnProgress, OnResult, Pool, forked
from grader.grading.quota import Quota


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

    with _gate() as gate, interruptible(results):
        pool = Pool(Plan(course, slug, only, sandboxed, nested, gate), forked, record, on_progress)
        for index, one in enumerate(entries):
            pool.add(Task(index, one.name, one.leave_out), one.source, one.quota)
        try:
            pool.run(jobs)
        finally:
            pool.close()
    return [results[index] for index in range(len(entries))]


@contextmanager
def interruptible(results: Mapping[int, SubmissionResult]) -> Iterator[None]:
    """Ctrl-C, and what goes wrong after the first result, is raised as Interrupted with the results so far."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted([results[index] for index in sorted(results)]) from None
    except GraderError as error:
        if not results:
            raise
        raise Interrupted([results[index] for index in sorted(results)], str(error)) from error


def _itself(path: Path) -> Source:
    return path


def entry_names(paths: Sequence[Path]) -> list[str]:
    """What reports call the submissions: their own names; paths from the common folder if they lie in several."""
    whole = [Path(os.path.abspath(path)) for path in paths]
    if len({path.parent for path in whole}) <= 1:
        return [one_line(path.name) or "submission" for path in whole]
    common = os.path.commonpath([path.parent for path in whole])
    return [one_line(path.relative_to(common).as_posix()) for path in whole]


@contextmanager
def _gate() -> Iterator[int]:
    descriptor = os.memfd_create("grader-gate", 0)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
