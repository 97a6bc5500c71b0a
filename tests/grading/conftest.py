"""Fixtures of grading: results without what may differ, and the processes below a process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.core.result import SubmissionResult
from grader.grading.examples import lasting


@pytest.fixture(autouse=True)
def _no_course_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRADER_COURSE", raising=False)
    monkeypatch.delenv("GRADER_SECRET", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def below(pid: int) -> Iterator[int]:
    """Every process below this one, as far as it can be seen from here."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(word) for word in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            yield child
            yield from below(child)


def alive(pid: int) -> bool:
    """False for a process that is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def processes_below() -> Callable[[int], list[int]]:
    """The living processes below a process."""
    return lambda pid: [child for child in below(pid) if alive(child)]


@pytest.fixture
def all_gone() -> Callable[..., list[int]]:
    """Waits until none of these processes is there; returns those that stay."""

    def wait(pids: list[int], seconds: float = 10.0) -> list[int]:
        end = time.monotonic() + seconds
        while (left := [pid for pid in pids if alive(pid)]) and time.monotonic() < end:
            time.sleep(0.05)
        return left

    return wait


@pytest.fixture
def verdicts() -> Callable[[SubmissionResult], dict[str, tuple[str, float]]]:
    """Check id → (status, points)."""
    return lambda result: {check.id: (check.status.value, float(check.points)) for check in result.checks}


@pytest.fixture
def same() -> Callable[[SubmissionResult], Any]:
    """A result without what may differ from run to run."""
    return lasting
