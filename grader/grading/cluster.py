"""A class graded by the workers of a Dask cluster; the results come here and are recorded here.

Each worker process offers one `pen` (a Dask resource). What a worker does: `grader.grading.cluster_worker`.
"""

from __future__ import annotations

import logging
import signal
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import resource_tracker

import cryptography  # noqa: F401  # Security.temporary needs it, and would say so late
import dask
from distributed import Client, LocalCluster
from distributed.security import Security

from grader.core.assignment import Assignment
from grader.core.errors import UsageError
from grader.core.result import SubmissionResult
from grader.grading.batch import Entry, Interrupted, interruptible
from grader.grading.cluster_dispatch import Dispatch, Gone
from grader.grading.cluster_worker import Order
from grader.grading.course import Course
from grader.grading.desk import content_now
from grader.grading.pool import OnProgress, OnResult

LOCAL = "local"
_PEN, _GPU = "pen", "GPU"  # resources of Dask workers
_ANSWER_SECONDS = 20  # for the scheduler's first word
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
    """What a worker must offer for one submission: a pen, and the most GPUs that a check cannot do without."""
    gpu = assignment.gpu
    if gpu is None or not gpu.required:
        return {_PEN: 1.0}
    return {_PEN: 1.0, _GPU: float(max(one.devices for one in gpu.checks.values() or [gpu.budget]))}


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
            # on one machine the judges see to it by themselves that each has its GPU alone
            wanted = needs(course.assignment(slug)) if self._address != LOCAL else {_PEN: 1.0}
            topic = f"grader-{uuid.uuid4().hex}"
            order = partial(Order, course, slug, only, content=content_now(course, slug), topic=topic)
            dispatch = Dispatch(self._connected(jobs), order, topic, entries, wanted, record, on_progress)
            try:
                dispatch.run()
            except Gone:
                raise Interrupted(
                    [results[index] for index in sorted(results)], f"{self._address}: the scheduler is gone"
                ) from None
            finally:
                dispatch.close()

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
