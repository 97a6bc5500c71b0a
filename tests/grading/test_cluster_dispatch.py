"""Deaths of a cluster's workers, as the scheduler tells them; whole clusters are in test_cluster.py."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from distributed.scheduler import KilledWorker

from grader.core.errors import GraderError
from grader.grading.cluster_dispatch import Dispatch
from grader.grading.messages import Task


class Killed:
    """A future whose worker died under it."""

    key = "grade-1"

    def result(self, timeout: float) -> Any:
        raise KilledWorker(self.key, SimpleNamespace(address="tls://127.0.0.1:1"), 0)  # type: ignore[arg-type]


@pytest.fixture
def dispatch() -> Dispatch:
    """Nothing in line; a client that sends nothing."""
    client: Any = SimpleNamespace(subscribe_topic=lambda topic, heard: None)
    unused: Any = None
    return Dispatch(client, unused, "topic", [], {}, unused, unused)


def die(dispatch: Dispatch, task: Task) -> Task:
    """The worker dies under it; what is in line then."""
    future: Any = Killed()
    dispatch._away[future.key] = (future, task)
    dispatch._receive(future)
    return dispatch._waiting.pop()


def test_a_submission_that_its_worker_dies_under_is_set_aside(dispatch: Dispatch) -> None:
    """It is in line again, with the reason, and will not be run."""
    assert "died while running it" in die(dispatch, Task(3, "ann")).aside


def test_what_is_set_aside_outlasts_a_worker_that_dies_of_itself(dispatch: Dispatch) -> None:
    """Nothing of it is run, so it is sent again under its first reason; a cluster that cannot keep workers is told."""
    task = Task(3, "ann", aside="the first reason")
    for _ in range(3):
        task = die(dispatch, task)
        assert task.aside == "the first reason"
    with pytest.raises(GraderError, match="workers die without work"):
        die(dispatch, task)
