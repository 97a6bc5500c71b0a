"""A class graded by the workers of a Dask cluster; the results come here and are recorded here.

Each worker process offers one `pen` (a Dask resource) and gets one submission at a time from here: a worker that dies
takes one submission's work with it, which is done again. See `grader.grading.cluster_worker` for the other end.
"""

from __future__ import annotations

import logging
import pickle
import queue
import signal
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from multiprocessing import resource_tracker
from typing import Any

import cryptography  # noqa: F401  # Security.temporary needs it, and would say so late
import dask
from distributed import Client, Future, LocalCluster
from distributed.scheduler import KilledWorker
from distributed.security import Security

from grader.core.assignment import Assignment
from grader.core.errors import GraderError, UsageError
from grader.core.result import SubmissionResult
from grader.core.text import one_line
from grader.grading.batch import Entry, Interrupted, interruptible
from grader.grading.cluster_worker import Order, grade
from grader.grading.course import Course
from grader.grading.desk import content_now
from grader.grading.pool import OnProgress, OnResult
from grader.grading.worker import Refused, Task

LOCAL = "local"
_PEN, _GPU = "pen", "GPU"  # resources of Dask workers
_ANSWER_SECONDS = 20  # for the scheduler's first word, and for a result's way here
_LOOK_SECONDS = 1.0  # between looks at which workers are there
_PATIENCE = 60.0  # seconds without any
_SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1GiB",  # a submission's files travel in its message
    # the pages that scheduler and workers would show to whoever is on this machine
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@contextmanager
def cluster(address: str) -> Iterator[ClusterGrade]:
    """`Grade` on the workers of the scheduler at this address, or on worker processes of this machine: `local`.

    Nothing is started or connected before there is work. Raises UsageError for an address without encryption and for
    certificates that are not configured, OSError for such that cannot be read.
    """
    made = ClusterGrade(address, _security(address))
    with dask.config.set(_SETTINGS):
        try:
            yield made
        finally:
            made.close()


def _security(address: str) -> Security:
    if address == LOCAL:
        made: Security = Security.temporary()
        return made
    scheme, _, place = address.rpartition("://")
    if scheme != "tls" or not place:
        raise UsageError(
            f'--cluster {address}: expected "local" or tls://HOST:PORT. Without TLS, whoever reaches the scheduler '
            "reads submissions and runs code as the grader; docs/scale.md says how to make certificates"
        )
    security = Security(require_encryption=True)
    if security.get_connection_args("client")["ssl_context"] is None:
        names = ("CA_FILE", "CLIENT__CERT", "CLIENT__KEY")
        raise UsageError(
            f"--cluster {address}: no certificates are configured; set "
            + ", ".join(f"DASK_DISTRIBUTED__COMM__TLS__{name}" for name in names)
            + " (docs/scale.md says how to make them)"
        )
    return security


def needs(assignment: Assignment) -> dict[str, float]:
    """What a worker must offer for one submission: a pen, and the GPUs that the assignment cannot do without."""
    gpu = getattr(assignment, "gpu", None)
    return {_PEN: 1.0} | ({_GPU: float(gpu.devices)} if gpu is not None and gpu.required else {})


class ClusterGrade:
    """A scheduler and its workers, connected at the first call."""

    def __init__(self, address: str, security: Security) -> None:
        self._address, self._security = address, security
        self._local: LocalCluster | None = None
        self._client: Client | None = None

    def __call__(
        self,
        course: Course,
        slug: str,
        entries: Sequence[Entry],
        *,
        only: str | None = None,
        jobs: int = 1,
        on_result: OnResult = lambda index, result: None,
        on_progress: OnProgress = lambda index, check, text: None,
    ) -> None:
        """jobs: worker processes to start, where this machine is the cluster; a scheduler has those that it has."""
        results: dict[int, SubmissionResult] = {}

        def record(index: int, result: SubmissionResult) -> None:
            results[index] = result
            on_result(index, result)

        with interruptible(results):
            wanted = needs(course.assignment(slug))
            if self._address == LOCAL and _GPU in wanted:
                raise UsageError(
                    f"{slug} requires a GPU: leave --cluster local out, or start workers that offer one"
                )
            topic = f"grader-{uuid.uuid4().hex}"
            order = partial(Order, course, slug, only, content=content_now(course, slug), topic=topic)
            work = _Work(self._connected(jobs), order, topic, entries, wanted, record, on_progress)
            try:
                work.run()
            except _Gone:
                raise Interrupted(
                    [results[index] for index in sorted(results)], f"{self._address}: the scheduler is gone"
                ) from None
            finally:
                work.close()

    def close(self) -> None:
        """End what was started here; a scheduler that was there before stays."""
        if self._client is not None:
            self._client.close()
        if self._local is not None:
            self._local.close()

    def _connected(self, jobs: int) -> Client:
        if self._client is not None:
            return self._client
        for name in ("distributed", "distributed.client"):  # what matters is told by this module
            logging.getLogger(name).setLevel(logging.CRITICAL)
        if self._address == LOCAL:
            try:
                self._local = _local(jobs, self._security)
            except (OSError, RuntimeError) as error:
                raise Interrupted([], f"the workers did not start: {error.__cause__ or error}") from error
        try:
            self._client = Client(
                self._local or self._address,
                security=self._security,
                timeout=_ANSWER_SECONDS,
                set_as_default=False,
            )
        except OSError as error:
            raise UsageError(f"{self._address}: no scheduler answers there: {error}") from None
        return self._client


def _local(jobs: int, security: Security) -> LocalCluster:
    with _unheard(signal.SIGINT):  # by workers, also by those of later: Ctrl-C is for this command
        return LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            host="127.0.0.1",
            security=security,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
            # a submission under which a worker died is tried again by `Assessment`, as on one machine
            scheduler_kwargs={"allowed_failures": 0, "dashboard_address": "127.0.0.1:0"},
            resources={_PEN: 1},
            memory_limit=0,  # the pens have limits
        )


@contextmanager
def _unheard(number: signal.Signals) -> Iterator[None]:
    """Threads that begin in here, and the processes that they start, do not get this signal."""
    resource_tracker.ensure_running()  # of multiprocessing; it unblocks signals in the thread that starts it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Gone(Exception):
    """The scheduler was lost."""


class _Work:
    """The entries of one call: waiting here, or one with each worker."""

    def __init__(
        self,
        client: Client,
        order: Callable[..., Order],
        topic: str,
        entries: Sequence[Entry],
        wanted: dict[str, float],
        record: OnResult,
        tell: OnProgress,
    ) -> None:
        self._client, self._order, self._topic = client, order, topic
        self._entries, self._wanted = entries, wanted
        self._record, self._tell = record, tell
        self._waiting = deque(Task(index, one.name, one.leave_out) for index, one in enumerate(entries))
        self._away: dict[Any, tuple[Future[Any], Task]] = {}
        self._news: queue.SimpleQueue[Future[Any] | tuple[int, str, str]] = queue.SimpleQueue()
        self._workers, self._looked, self._seen = 0, 0.0, time.monotonic()
        client.subscribe_topic(topic, lambda event: self._news.put(tuple(event[1])))

    def run(self) -> None:
        """Until every entry has its result. Raises GraderError, _Gone."""
        while self._waiting or self._away:
            self._look()
            while self._waiting and len(self._away) < self._workers:
                self._send(self._waiting.popleft())
            try:
                news = self._news.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            if isinstance(news, tuple):
                self._tell(*news)
            elif news.key in self._away:
                self._receive(news)

    def close(self) -> None:
        """Call back what is still away."""
        self._client.unsubscribe_topic(self._topic)
        for future, _ in self._away.values():
            future.release()

    def _look(self) -> None:
        now = time.monotonic()
        if now < self._looked + _LOOK_SECONDS:
            return
        self._looked = now
        if self._client.status != "running":
            raise _Gone
        offers = [one["resources"] for one in self._client.scheduler_info()["workers"].values()]
        self._workers = sum(
            all(offer.get(name, 0) >= count for name, count in self._wanted.items()) for offer in offers
        )
        if self._workers:
            self._seen = now
        elif now > self._seen + _PATIENCE:
            offer = " ".join(f"{name}={count:g}" for name, count in self._wanted.items())
            raise GraderError(
                f"for {_PATIENCE:.0f} s the scheduler has had no worker for this; start some: "
                f'dask worker … --nthreads 1 --resources "{offer}"'
            )

    def _send(self, task: Task) -> None:
        order = self._order(task=task, source=self._entries[task.index].source())
        future = self._client.submit(grade, pickle.dumps(order), pure=False, resources=self._wanted)
        self._away[future.key] = (future, task)
        future.add_done_callback(self._news.put)

    def _receive(self, future: Future[Any]) -> None:
        task = self._away[future.key][1]
        if future.status == "finished":
            try:
                answer = future.result(timeout=_ANSWER_SECONDS)
            except TimeoutError:  # it was lost with its worker on the way: Dask makes it again
                self._news.put(future)
                return
            if isinstance(answer, Refused):
                raise answer.error
            self._record(task.index, answer)
        elif future.status == "error":
            error = future.exception(timeout=_ANSWER_SECONDS)
            if task.aside or not isinstance(error, KilledWorker):
                raise GraderError(f"a task failed in a worker: {one_line(repr(error))}")
            self._waiting.append(replace(task, aside=str(error)))
        else:
            raise _Gone
        del self._away[future.key]
