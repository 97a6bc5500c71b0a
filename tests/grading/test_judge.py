"""The judge: who gets a second try, and what a stopped case means for the next one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from grader.checks.loopback import Loopback, ModuleSession
from grader.core.limits import Limits
from grader.core.verdict import Status
from grader.grading.course import Course
from grader.grading.desk import Desk, with_desk
from grader.sandbox.session import Measured, Stopped

UNSETTLED = '''\
"""A check that is measured, and the machine is busy {when}."""

from grader.checks import ensure, points
from grader.checks.run import Unsettled, current


@points(8)
def test_measured(student, rng):
    """double is measured."""
    ensure(student.has("double"), "double is there")
    run = current.get()
    if {when}:
        raise Unsettled("This machine was too busy to measure how fast `double` is: nothing is lost.")
'''


class _StopsFirst(Loopback):
    """Over its wall time at the first request, with this much CPU time used."""

    cpu = 0.0

    def exchange(self, body: bytes) -> bytes:
        raise Stopped("timeout", "wall")

    def close(self) -> Measured:
        return Measured(9.0, self.cpu, 0)


class _Session(ModuleSession):
    """The first process is stopped at its wall time, later ones are well."""

    def __init__(self, module: Any, cpu: float) -> None:
        super().__init__(module, "/nowhere")
        self.opened, self.cpu = 0, cpu

    def open(self, limits: Limits, seed: int) -> Loopback:
        self.opened += 1
        if self.opened > 1:
            return super().open(limits, seed)
        channel = _StopsFirst(self._module, seed, "/nowhere")
        channel.cpu = self.cpu
        return channel


def _first_check(tiny: Course, cpu: float) -> tuple[Status, int, int]:
    """(status, processes opened, times alone) of the reference's first check in such a session."""
    found: list[tuple[Status, int, int]] = []
    alone: list[None] = []

    @contextmanager
    def entered() -> Iterator[None]:
        alone.append(None)
        yield

    def look(desk: Desk) -> None:
        session = _Session(desk.oracle.reference.module, cpu)
        (result,) = desk.judge("test_double", entered).checks_of({}, session)
        found.append((result.status, session.opened, len(alone)))

    with_desk(tiny, "tiny", look)
    return found[0]


@pytest.mark.parametrize(
    ("load", "cpu", "expected"),
    [
        (99.0, 0.1, (Status.PASSED, 2, 1)),
        (0.0, 0.1, (Status.TIMEOUT, 1, 0)),
        (99.0, 2.0, (Status.TIMEOUT, 1, 0)),
    ],
    ids=["starved", "idle machine", "busy by itself"],
)
def test_a_starved_check_runs_once_more_alone(
    load: float, cpu: float, expected: object, tiny: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over its wall time with under half its CPU limit used, on a loaded machine: once more, alone; else it counts."""
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))
    assert _first_check(tiny, cpu) == expected


def _measured(course: Course) -> list[tuple[str, str, int]]:
    """(status, message, times alone) of two submissions whose check may be unsettled; both are the reference."""
    found: list[tuple[str, str, int]] = []

    def look(desk: Desk) -> None:
        for _ in range(2):
            alone: list[None] = []

            @contextmanager
            def entered(alone: list[None] = alone) -> Iterator[None]:
                alone.append(None)
                yield

            session = ModuleSession(desk.oracle.reference.module, "/nowhere")
            (result,) = desk.judge("test_measured", entered).checks_of({}, session)
            found.append((result.status.value, result.message, len(alone)))

    with_desk(course, "tiny", look)
    return found


@pytest.mark.parametrize(
    ("when", "first"),
    [
        ("run.expected and not run.alone", ("passed", "", 1)),
        (
            "run.expected",
            ("not_run", "This machine was too busy to measure how fast `double` is: nothing is lost.", 1),
        ),
        ("not run.expected", ("not_run", "Not run on this machine; nothing is lost.", 0)),
    ],
    ids=["busy with others", "busy all the time", "busy under the reference"],
)
def test_a_machine_too_busy_to_measure_costs_nobody(
    when: str, first: tuple[str, str, int], course_with: Callable[..., Course]
) -> None:
    """Once more, alone; then not run: the score is provisional, never zero."""
    course = course_with(hidden=UNSETTLED.format(when=when), misconceptions="", examples={})
    assert _measured(course) == [first] * 2


def test_a_reference_that_could_not_be_measured_is_tried_again(course_with: Callable[..., Course]) -> None:
    """The next submission may find the machine at rest."""
    busy = "not run.expected and not globals().setdefault('seen', []).append(1) and len(seen) == 1"  # the first run
    course = course_with(hidden=UNSETTLED.format(when=busy), misconceptions="", examples={})
    assert [status for status, _, _ in _measured(course)] == ["not_run", "passed"]
