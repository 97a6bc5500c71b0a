"""Unexplained failures point at a mistake that another check names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.core.result import CheckResult
from grader.grading.batch import grade_all

SOLUTION = """
def inner(x):
    # BEGIN SOLUTION
    return x * 2.0
    # END SOLUTION

def outer(x):
    # BEGIN SOLUTION
    return inner(x) + 1.0
    # END SOLUTION

def other(x):
    # BEGIN SOLUTION
    return x - 1.0
    # END SOLUTION
"""
MISCONCEPTIONS = """
from grader.checks import misconception

@misconception("tiny.inner/triple", advice="Double it, do not treble it.")
def triple(x):
    return x * 3.0

@misconception("tiny.other/plus", advice="Take one away.")
def plus(x):
    return x + 1.0
"""
CHECKS = '''
from grader.checks import agree, points

@points(4)
def test_inner(student, rng):
    """inner doubles."""
    agree(student.inner, rng.normal(size=3))

@points(3)
def test_outer(student, rng):
    """outer adds one."""
    agree(student.outer, rng.normal(size=3))
'''
HIDDEN = '''
from grader.checks import agree, points

@points(3)
def test_other(student, rng):
    """other takes one away."""
    agree(student.other, rng.normal(size=3))
'''


@pytest.fixture
def messages(course_with: Any, hand_in: Any) -> Callable[[str], dict[str, CheckResult]]:
    """messages(source) grades it in the sandbox: check id → result."""
    course = course_with(
        solution=SOLUTION, misconceptions=MISCONCEPTIONS, public=CHECKS, hidden=HIDDEN, examples={}
    )

    def grade(source: str) -> dict[str, CheckResult]:
        (result,) = grade_all(course, "tiny", [hand_in("tiny.py", source)])
        return {check.id: check for check in result.checks}

    return grade


def test_a_caller_without_a_cause_points_at_the_named_mistake(messages: Any) -> None:
    """Both `inner` and `outer` are wrong: no single misconception fits `outer`, but it looks at `inner`."""
    found = messages(
        "def inner(x):\n    return 3.0 * x\ndef outer(x):\n    return inner(x) + 0.3\ndef other(x):\n    return x"
    )
    assert found["test_inner"].misconception == "tiny.inner/triple"
    assert found["test_outer"].misconception is None
    assert found["test_outer"].message.endswith(
        "\nThe mistake in `inner` (see test_inner) may be behind this: mend it first."
    )
    assert "behind this" not in found["test_other"].message, "other has nothing to do with inner"


def test_without_a_named_mistake_nothing_is_said(messages: Any) -> None:
    """A failure that nobody explains explains no other."""
    found = messages(
        "def inner(x):\n    return 2.9 * x\ndef outer(x):\n    return inner(x) + 0.3\ndef other(x):\n    return x - 1.0"
    )
    assert not found["test_inner"].passed
    assert all("behind this" not in check.message for check in found.values())
    assert found["test_other"].passed
