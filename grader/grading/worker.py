"""One judge process with its own checks, reference and pen.

It grades what its parent sends and reports each check at once.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import os
import signal
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from grader.checks.collect import Check
from grader.core.assignment import Assignment
from grader.core.errors import GraderError, SandboxError, UsageError
from grader.core.result import CheckResult, SubmissionResult
from grader.core.roster import Student
from grader.core.verdict import Status
from grader.grading.accelerated import Room, Turn
from grader.grading.collect.found import Found
from grader.grading.collect.reading import read_found
from grader.grading.desk import Desk, image_set, with_desk
from grader.grading.follow import follow
from grader.grading.judge import Judge, broken, missing, stuck
from grader.grading.messages import (
    Broke,
    Checked,
    Done,
    Judging,
    Lost,
    Plan,
    Ready,
    Refused,
    Source,
    Task,
    Telling,
)
from grader.grading.places import in_cells, notebook_of
from grader.grading.threads import one_thread
from grader.sandbox.intake import Intake, read_submission
from grader.sandbox.pen import Pen
from grader.sandbox.plain import PlainSession
from grader.sandbox.probe import require
from grader.sandbox.session import Session

_PDEATHSIG = 1
_STARTS = _LOSSES = 3
# limits are exceeded by a submission, whatever dies with it
_SUSPECT = (Status.CRASHED, Status.FAILED, Status.ERROR)


def main(plan: Plan, pipe: Connection) -> None:
    """Body of the worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        return
    one_thread()
    try:
        spec = plan.course.assignment(plan.slug)
        images = image_set(spec, plan.course.secret())
        folder = images.folder if images is not None else None
        room = Room.open(spec, plan.sandboxed, plan.nested, folder)
        with _sessions(spec.packages, plan, folder) as place:
            with_desk(plan.course, plan.slug, lambda desk: _serve(plan, desk, place, room, pipe))
    except GraderError as error:
        pipe.send(Refused(error))
    except (BrokenPipeError, EOFError):
        pass
    except Exception:
        pipe.send(Broke(traceback.format_exc()))


def _serve(plan: Plan, desk: Desk, place: _Place, room: Room, pipe: Connection) -> None:
    desk.chosen(plan.only)
    one_thread()  # the reference may have loaded torch
    gate = os.open(f"/proc/self/fd/{plan.gate}", os.O_RDWR)
    gc.collect()
    gc.freeze()  # what is loaded stays: no collection looks at it again
    pipe.send(Ready())
    while (given := pipe.recv()) is not None:
        task, source = given
        fcntl.flock(gate, fcntl.LOCK_SH)
        try:
            spent = sum(check.measured.gpu_seconds for check in task.done)
            turn = room.turn(task.quota, spent, lambda: _away(gate))
            result = _grade(plan, desk, place, turn, task, source, pipe, gate)
        except SandboxError as error:  # in the middle of the work: another worker may do better
            pipe.send(Broke(str(error)))
            return
        finally:
            fcntl.flock(gate, fcntl.LOCK_UN)
        pipe.send(Done(task.index, result))


def _grade(
    plan: Plan, desk: Desk, place: _Place, turn: Turn, task: Task, source: Source, pipe: Connection, gate: int
) -> SubmissionResult:
    started = time.monotonic()
    intake = replace(_intake(source, desk.assignment), name=task.name)
    checks = [check for check in desk.chosen(plan.only) if check.id not in task.leave_out]
    if intake.refusal is not None:
        refused = missing(checks, intake)
        return desk.result(intake, refused, place.layers, time.monotonic() - started)
    if task.aside:
        aside = tuple(broken(check, task.aside) for check in checks)
        return desk.result(intake, aside, place.layers, time.monotonic() - started)
    judge = desk.judge(
        plan.only,
        lambda: _alone(gate),
        lambda check, seconds: pipe.send(Judging(check, seconds)),
        lambda check, text: pipe.send(Telling(task.index, check, text)),
    ).only(checks)
    notebook = notebook_of(intake.files, desk.assignment.entry)
    results = {result.id: result for result in task.done}
    if task.lost is not None and task.lost.check not in results:
        results[task.lost.check] = _lost(desk, task.lost)
        pipe.send(Checked(results[task.lost.check]))
    for result in _everywhere(judge, intake.files, place, turn, frozenset(results)):
        told = result if notebook is None else in_cells(result, notebook, desk.assignment.entry)
        results[result.id] = told
        pipe.send(Checked(told))
    ordered = follow([results[check.id] for check in judge.checks], judge.checks, judge.oracle)
    return turn.told(desk.result(intake, ordered, place.layers, time.monotonic() - started))


def _lost(desk: Desk, lost: Lost) -> CheckResult:
    check = desk.chosen(lost.check)[0]
    if lost.hung:
        return stuck(check, desk.assignment.limits_of(lost.check))
    return broken(check, lost.why or "the judge process died")


def _intake(source: Source, assignment: Assignment) -> Intake:
    if isinstance(source, Intake):
        return source
    wanted, definitions = assignment.files, assignment.definitions_only
    intake = read_submission(source, wanted)
    if intake.absent:  # a notebook may stand for it
        with suppress(UsageError):  # without nbformat, it may not
            found = Found(Student("?"), source, None, False, 1, source.name)
            return read_found(found, wanted, definitions_only=definitions).intake
    return intake


def _everywhere(
    judge: Judge, files: Mapping[str, bytes], place: _Place, turn: Turn, done: frozenset[str]
) -> Iterator[CheckResult]:
    """The results of the checks that are not done: first those on the CPU, then those that get a GPU."""
    on_cpu, with_gpu = turn.split([check for check in judge.checks if check.id not in done])
    if on_cpu:
        yield from _checked(judge.only(on_cpu), files, place, done)
    left: list[Check] = []
    for found in turn.results(judge.only(with_gpu), files):
        if isinstance(found, Check):
            left.append(found)
        else:
            yield found
    if left:
        yield from _checked(judge.only(left), files, place, done)


def _checked(
    judge: Judge, files: Mapping[str, bytes], place: _Place, done: frozenset[str]
) -> Iterator[CheckResult]:
    """The results of the checks that are not done.

    A check that goes wrong while the pen itself is killed, which no submission can do, runs again in another pen. After
    `_LOSSES` such losses the rest is set aside: the grader's fault, nobody's zero.
    """
    skip, losses = set(done), 0
    while True:
        session, before, lost = place.session(), place.losses, False
        try:
            for result in judge.checks_of(files, session, skip):
                lost = result.status in _SUSPECT and place.losses > before
                if lost:
                    losses += 1
                    break
                before = place.losses
                skip.add(result.id)
                yield result
        finally:
            session.close()
        if losses >= _LOSSES:
            left = [check for check in judge.checks if check.id not in skip]
            yield from (
                broken(check, f"the sandbox was killed {losses} times under this submission")
                for check in left
            )
            return
        if not lost:
            return


@contextmanager
def _alone(gate: int) -> Iterator[None]:
    """Wait until no other worker grades, and keep them waiting."""
    fcntl.flock(gate, fcntl.LOCK_UN)
    fcntl.flock(gate, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(gate, fcntl.LOCK_SH)


@contextmanager
def _away(gate: int) -> Iterator[None]:
    """While this worker waits for a device it keeps nobody from running alone: who does may have the device."""
    fcntl.flock(gate, fcntl.LOCK_UN)
    try:
        yield
    finally:
        fcntl.flock(gate, fcntl.LOCK_SH)


class _Place:
    """Where this worker's submissions run: a pen, or bare subprocesses."""

    def __init__(self, packages: tuple[str, ...], pen: Pen | None, data: Path | None) -> None:
        self._packages, self._pen, self._data = packages, pen, data

    @property
    def layers(self) -> tuple[str, ...]:
        return self._pen.layers if self._pen is not None else ()

    @property
    def losses(self) -> int:
        """How many pens were killed under a submission."""
        return self._pen.losses if self._pen is not None else 0

    def session(self) -> Session:
        return self._pen.session() if self._pen is not None else PlainSession(self._packages, self._data)


@contextmanager
def _sessions(packages: tuple[str, ...], plan: Plan, data: Path | None) -> Iterator[_Place]:
    if not plan.sandboxed:
        yield _Place(packages, None, data)
        return
    pen = _started(packages, plan, data)
    try:
        yield _Place(packages, pen, data)
    finally:
        pen.close()


def _started(packages: tuple[str, ...], plan: Plan, data: Path | None) -> Pen:
    """A pen; it may be killed from outside while it starts, and again. Raises SandboxError."""
    for _ in range(_STARTS - 1):
        try:
            return Pen.start(packages, plan.nested, data)
        except SandboxError:
            require()  # raises with the remedy, if it is the machine
    return Pen.start(packages, plan.nested, data)
