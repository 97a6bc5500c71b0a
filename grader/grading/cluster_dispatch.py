"""What is in line for a cluster: one submission for each worker is away, the others wait here.

Dask could hold them all, but it counts the death of a worker against every task that it has given to that worker, and
a class need not fit into the scheduler's memory.
"""

from __future__ import annotations

import pickle
import queue
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from typing import Any

from distributed import Client, Future
from distributed.scheduler import KilledWorker

from grader.core.errors import GraderError
from grader.core.result import SubmissionResult
from grader.core.text import one_line
from grader.grading.batch import Entry
from grader.grading.cluster_worker import Order, grade
from grader.grading.messages import Refused, Task
from grader.grading.pool import OnProgress, OnResult

_RESULT_SECONDS = 20  # for a result's way here
_LOOK_SECONDS = 1.0  # between looks at which workers are there
_PATIENCE = 60.0  # seconds without any
_DEATHS = 3  # of workers that were not running a submission


class Gone(Exception):
    """The scheduler was lost."""


class Dispatch:
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
        self._deaths = 0
        client.subscribe_topic(topic, lambda event: self._news.put(tuple(event[1])))

    def run(self) -> None:
        """Until every entry has its result. Raises GraderError, Gone."""
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
            raise Gone
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
        entry = self._entries[task.index]
        order = self._order(task=replace(task, quota=entry.quota()), source=entry.source())
        future = self._client.submit(grade, pickle.dumps(order), pure=False, resources=self._wanted)
        self._away[future.key] = (future, task)
        future.add_done_callback(self._news.put)

    def _receive(self, future: Future[Any]) -> None:
        task = self._away[future.key][1]
        try:
            answer: SubmissionResult | Refused = future.result(timeout=_RESULT_SECONDS)
        except TimeoutError:  # lost with its worker on the way here: Dask makes it again
            future.add_done_callback(self._news.put)
            return
        except (CancelledError, OSError):
            raise Gone from None
        except KilledWorker as error:
            self._deaths += bool(task.aside)  # of itself: nothing of a student is run in such a task
            if self._deaths > _DEATHS:
                raise GraderError(f"workers die without work: {one_line(str(error))}") from None
            self._waiting.append(replace(task, aside=task.aside or str(error)))
        except Exception as error:
            raise GraderError(f"a task failed in a worker: {one_line(repr(error))}") from None
        else:
            if isinstance(answer, Refused):
                raise answer.error
            self._record(task.index, answer)
        del self._away[future.key]
