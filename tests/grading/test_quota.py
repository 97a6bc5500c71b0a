"""What is said of a ration where no gradebook counts."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from grader.core.limits import Limits
from grader.core.result import Hashes, Measured, SubmissionResult
from grader.grading.course import Course
from grader.grading.quota import unrecorded


@pytest.mark.parametrize(
    ("spent", "told"),
    [
        (0.0, ""),
        (0.2, "; this run used at most 10, and is not on record"),
        (41.3, "; this run used at most 50, and is not on record"),
    ],
)
def test_a_run_that_is_not_recorded(
    spent: float, told: str, parts: SimpleNamespace, course_with: Callable[..., Course]
) -> None:
    """The ration of a day is told before it is touched, and in tens what the run used of it."""
    course = course_with(spec=parts.SPEC + "gpu: {quota: 10min/day}\n")
    result = unrecorded(course.assignment("tiny"), _result(spent))
    assert result.quota_note == (
        f"GPU time is rationed: 600 GPU-seconds a day for each student, over all assignments{told}."
    )


@pytest.mark.parametrize("gpu", ["", "gpu: {seconds: 5}\n"])
def test_without_a_ration_nothing_is_said(
    gpu: str, parts: SimpleNamespace, course_with: Callable[..., Course]
) -> None:
    """With a GPU or without."""
    course = course_with(spec=parts.SPEC + gpu)
    assert unrecorded(course.assignment("tiny"), _result(3.0)).quota_note == ""


def _result(spent: float) -> SubmissionResult:
    return SubmissionResult(
        assignment="tiny",
        submission="ann",
        checks=(),
        sandboxed=True,
        limits=Limits(),
        hashes=Hashes("0", "0"),
        measured=Measured(gpu_seconds=spent),
    )
