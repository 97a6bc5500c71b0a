"""What runs in a worker process of a Dask cluster: one judge process with its pen, and one submission at a time.

The judge process is the one that grades on a single machine, under the same rules (`grader.grading.pool`). It is a
child of the worker and not the worker itself: bubblewrap ends with the thread that starts it, a judge may have to be
killed, and nothing that a submission returned is read in a process that holds the keys to the cluster.
"""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from distributed import get_worker

from grader.core.errors import GraderError, SandboxError, UsageError
from grader.core.result import SubmissionResult
from grader.core.text import one_line
from grader.gradebook.content import Content
from grader.grading.course import SECRET_VARIABLE, Course
from grader.grading.desk import content_now
from grader.grading.messages import Plan, Refused, Source, Task
from grader.grading.pool import Pool
from grader.grading.spawned import spawned

_IDLE_SECONDS = 60.0  # a judge without work ends, whatever became of whoever sent it


@dataclass(frozen=True, slots=True)
class Order:
    """One submission with all that a worker needs to know; the course it must have itself, and the same one.

    Attributes:
        content: what the grading depends on where the order was written. topic: where progress is told.
    """

    course: Course
    slug: str
    only: str | None
    task: Task
    source: Source
    content: Content
    topic: str


def grade(order: bytes) -> SubmissionResult | Refused:
    """The body of the Dask task. What goes wrong is a value: Dask would log the order beside an exception."""
    return _SEAT.grade(order)


class _Seat:
    """This process's judge, kept from one task to the next as long as they are of one kind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # one submission at a time, whatever the worker's number of threads
        self._pool: Pool | None = None
        self._kind: tuple[Plan, Content] | None = None
        self._topic = ""
        self._results: dict[int, SubmissionResult] = {}
        self._end = threading.Timer(_IDLE_SECONDS, self._leave)

    def grade(self, written: bytes) -> SubmissionResult | Refused:
        with self._lock:
            self._end.cancel()
            try:
                return self._graded(pickle.loads(written))
            except Exception as error:  # whatever it was: this judge is not used again
                self._close()
                kind = type(error) if isinstance(error, GraderError) else GraderError
                return Refused(kind(f"worker {get_worker().address}: {error}"))
            finally:
                self._end = threading.Timer(_IDLE_SECONDS, self._leave)
                self._end.daemon = True
                self._end.start()

    def _graded(self, order: Order) -> SubmissionResult:
        _require_same(order)
        kind = (Plan(order.course, order.slug, order.only, True, None, _gate()), order.content)
        if self._pool is None or self._kind != kind:
            self._close()
            self._pool, self._kind = Pool(kind[0], spawned, self._record, self._tell, lasting=True), kind
        self._topic = order.topic
        self._pool.add(order.task, lambda: order.source)
        self._pool.run(1)
        return self._results.pop(order.task.index)

    def _record(self, index: int, result: SubmissionResult) -> None:
        self._results[index] = result

    def _tell(self, index: int, check: str, text: str) -> None:
        get_worker().log_event(self._topic, (index, check, text))

    def _leave(self) -> None:
        """The end of the judge, unless there is work again."""
        if self._lock.acquire(blocking=False):
            self._close()
            self._lock.release()

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.close()
        self._pool = self._kind = None


_SEAT = _Seat()


def _require_same(order: Order) -> None:
    """Raises UsageError if a grading made here would not be the one that was asked for."""
    root = order.course.root
    if not root.is_dir():
        raise UsageError(f"{root}: there is no course here; workers need its folder at this path")
    if not os.environ.get(SECRET_VARIABLE) and not (root / ".grader" / "secret").exists():
        raise UsageError(f"{root}: the course's secret is not here; it never travels, so copy .grader/secret")
    here, wanted = (_facts(content) for content in (content_now(order.course, order.slug), order.content))
    differing = [name for name in sorted(here.keys() | wanted.keys()) if here.get(name) != wanted.get(name)]
    if differing:
        told = ", ".join(
            f"{name} {here.get(name, 'absent')} instead of {wanted.get(name, 'none')}" for name in differing
        )
        raise UsageError(
            f"{root}: not what the grading was started with: {one_line(told)}; bring both in line"
        )


def _facts(content: Content) -> dict[str, str]:
    limits = repr((content.limits, sorted(content.check_limits.items())))
    return {
        "checks": str(content.hashes.checks),
        "reference": str(content.hashes.reference),
        "limits": hashlib.sha256(limits.encode()).hexdigest()[:16],
        "secret (fingerprint)": content.seed_fingerprint or "none",
        **content.versions,
    }


@functools.cache
def _gate() -> int:
    """The file whose lock lets a check run alone: one for all workers of this user on this machine.

    Raises SandboxError if it is somebody else's.
    """
    path = Path(tempfile.gettempdir()) / f"grader-gate-{os.getuid()}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    if os.fstat(descriptor).st_uid != os.getuid():
        raise SandboxError(f"{path}: belongs to another user; remove it, or set TMPDIR for the workers")
    return descriptor
