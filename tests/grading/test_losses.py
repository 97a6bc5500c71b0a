"""A pen that is killed from outside under a submission: done again, in the end the grader's fault, never a zero."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.core.result import SubmissionResult
from grader.grading import worker
from grader.grading.batch import grade_all
from grader.grading.course import Course
from grader.sandbox import watch

SPEC = """\
title: Two small functions
points: 10
files: [tiny.py]
packages: [numpy]
limits: {cpu: 60s, wall: 60s}
"""
WAITS = """\
import os, time
if (child := os.fork()) == 0:  # it shows that the import has begun
    time.sleep(60)
time.sleep(1.5)
os.kill(child, 9)
os.waitpid(child, 0)
{body}
"""


class _Killer(threading.Thread):
    """Kills the pen below every worker as soon as a submission is imported in it, at most `most` times."""

    def __init__(self, most: int) -> None:
        super().__init__(daemon=True)
        self.most, self.kills, self.over = most, 0, False

    def run(self) -> None:
        while not self.over and self.kills < self.most:
            for pen in [pen for one in watch.children(os.getpid()) for pen in watch.children(one)]:
                # bubblewrap, its first process, the fork server, the submission's two
                if len(watch.tree(pen)) >= 5:
                    os.kill(pen, signal.SIGKILL)
                    self.kills += 1
                    while pen in watch.tree(os.getpid()) and not self.over:
                        time.sleep(0.01)
            time.sleep(0.01)


def _graded(course: Course, path: Path, most: int) -> tuple[SubmissionResult, int]:
    killer = _Killer(most)
    killer.start()
    try:
        (result,) = grade_all(course, "tiny", [path])
    finally:
        killer.over = True
        killer.join()
    return result, killer.kills


@pytest.mark.slow
def test_a_pen_killed_again_and_again_is_the_graders_fault(
    course_with: Callable[..., Course], hand_in: Callable[[str, str], Path], parts
) -> None:
    """After the third loss every check is set aside: provisional, and nobody's zero."""
    path = hand_in("right.py", WAITS.format(body=parts.RIGHT))
    result, kills = _graded(course_with(spec=SPEC), path, worker._LOSSES)
    assert kills == worker._LOSSES
    assert {check.status.value for check in result.checks} == {"grader_error"}
    assert result.score().provisional
    assert result.score().high == result.score().max
    assert f"killed {kills} times" in result.checks[0].detail.instructor


@pytest.mark.slow
def test_a_pen_killed_less_often_costs_nothing(
    course_with: Callable[..., Course], hand_in: Callable[[str, str], Path], parts
) -> None:
    """Two losses: the work is done again and has its full score."""
    path = hand_in("right.py", WAITS.format(body=parts.RIGHT))
    result, kills = _graded(course_with(spec=SPEC), path, worker._LOSSES - 1)
    assert kills == worker._LOSSES - 1
    assert result.score().value == 10.0
