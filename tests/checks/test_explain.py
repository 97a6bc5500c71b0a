"""From a verdict to words: which mistake is named, and what hidden checks keep to themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.checks.loopback import ModuleSession
from grader.core.result import CheckResult
from grader.grading.desk import with_desk

SOLUTION = """
import numpy as np

def inner(x):
    # BEGIN SOLUTION
    return x * 2.0
    # END SOLUTION

def outer(x):
    # BEGIN SOLUTION
    return inner(x) + 1.0
    # END SOLUTION
"""
MISCONCEPTIONS = """
from grader.checks import misconception
from . import solution as ref

@misconception("tiny.inner/triple", advice="Double it, do not treble it.")
def triple(x):
    return x * 3.0

@misconception("tiny.inner/add-twice", advice="Multiply by three halves of two.")
def again(x):
    return x + x + x

@misconception("tiny.outer/no-one", advice="Add one at the end.")
def no_one(x):
    return ref.inner(x)

@misconception("tiny.inner/refuses", advice="Negative numbers are fine.")
def refuses(x):
    raise ValueError("negative")
"""
CHECKS = '''
import numpy as np
import pytest
from grader.checks import agree, points

@points(5)
def test_outer_{kind}(student, rng):
    """outer doubles and adds one."""
    agree(student.outer, rng.normal(size=(4, 3)))
'''
RIGHT = "def inner(x):\n    return x * 2.0\ndef outer(x):\n    return inner(x) + 1.0"


@pytest.fixture
def results(course_with: Any, module_of: Any) -> Callable[[str], dict[str, CheckResult]]:
    """results(source) grades a module in process: {"public": …, "hidden": …} of the same check."""
    course = course_with(
        solution=SOLUTION,
        misconceptions=MISCONCEPTIONS,
        public=CHECKS.format(kind="public"),
        hidden=CHECKS.format(kind="hidden"),
    )

    def grade(source: str) -> dict[str, CheckResult]:
        found: dict[str, CheckResult] = {}

        def work(desk: Any) -> None:
            files = {"tiny.py": source.encode()}
            for result in desk.judge().checks_of(files, ModuleSession(module_of(source), "/tmp/handin")):
                found[result.visibility] = result

        with_desk(course, "tiny", work)
        return found

    return grade


def test_a_right_submission_has_no_words(results: Any) -> None:
    """Passed: no message, no misconception."""
    for result in results(RIGHT).values():
        assert (result.passed, result.message, result.misconception) == (True, "", None)


def test_the_mistake_of_the_function_itself_is_named(results: Any) -> None:
    """The advice follows "Likely cause"; the public message has got and expected, the hidden one has not."""
    found = results(RIGHT.replace(" + 1.0", ""))
    for result in found.values():
        assert result.misconception == "tiny.outer/no-one"
        assert "Likely cause: Add one at the end." in result.message
    assert (
        "ot -" in found["public"].message
        or "ot 0" in found["public"].message
        or "ot 1" in found["public"].message
    )
    assert "expected" not in found["hidden"].message.split("\n")[0]
    assert "ot -" not in found["hidden"].message


def test_a_consequence_names_its_cause(results: Any) -> None:
    """A wrong `inner` shows in `outer`: the cause's id, and the words say that it follows. Two that fit
    are both named.
    """
    for result in results(RIGHT.replace("2.0", "3.0")).values():
        assert result.misconception == "tiny.inner/triple"
        assert "Double it" in result.message
        assert "three halves" in result.message
        assert "`inner`" in result.message


def test_an_exception_is_explained_by_its_text_and_path(results: Any) -> None:
    """The variant that raises the same with the same words through the same function is named."""
    found = results("def inner(x):\n    raise ValueError('negative')\ndef outer(x):\n    return inner(x)")
    for result in found.values():
        assert result.status == "error"
        assert result.misconception == "tiny.inner/refuses"
        assert (
            "raised ValueError in answer.py, line 2" in result.message
            or "raised ValueError" in result.message
        )
    assert "negative" in found["public"].message
    assert "negative" not in found["hidden"].message


def test_an_unknown_mistake_is_not_explained(results: Any) -> None:
    """No cause is better than a wrong one."""
    for result in results(RIGHT.replace("2.0", "2.7").replace("1.0", "0.3")).values():
        assert result.misconception is None
        assert "Likely cause" not in result.message


def test_generic_mistakes_need_no_authoring(results: Any) -> None:
    """A sign, an axis and float32 are named without a misconception of their own."""
    for change, name in [
        ("-(inner(x) + 1.0)", "sign"),
        ("(inner(x) + 1.0).T", "transposed"),
        ("(inner(x) + 1.0)[None]", "extra-axis"),
    ]:
        for result in results(RIGHT.replace("inner(x) + 1.0", change)).values():
            assert result.misconception == f"generic/{name}"


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        ("", "missing", "`outer` is not there"),
        ("def outer(x):\n    raise NotImplementedError", "missing", "not written yet"),
        ("def outer(x):\n    return None", "failed", "None where an array"),
        ("def outer(x):\n    return {1}", "failed", "an object"),
        ("def outer(x):\n    return 10**5000", "failed", "`outer`"),
        ("def outer(x):\n    raise MemoryError", "memory", "memory limit of 512 MiB"),
        ("def outer(x):\n    return 1/0", "error", "ZeroDivisionError"),
        ("def outer(x):\n    raise SystemExit", "error", "SystemExit"),
    ],
)
def test_each_verdict_has_its_words(results: Any, source: str, status: str, words: str) -> None:
    """Missing, not written, nothing returned, an object, out of memory, an exception."""
    for result in results(source).values():
        assert result.status == status
        assert words in result.message
        assert result.points == 0


def test_hidden_messages_do_not_depend_on_what_the_student_chooses(results: Any) -> None:
    """Shapes, type names, keys and exception texts made from the input appear in public messages only."""
    tricks = [
        "import numpy as np\ndef outer(x):\n    return np.zeros((11, 17, 19))",
        "def outer(x):\n    return type('Leak1917', (), {})()",
        "def outer(x):\n    return {'k1917': 1}",
        "def outer(x):\n    return [0] * 1917",
        "def outer(x):\n    raise type('Leak1917', (Exception,), {})('text1917')",
        "def outer(x):\n    print(1917)\n    raise KeyError(1917)",
        "def outer(x):\n    assert False, 1917",
    ]
    for trick in tricks:
        found = results(trick)
        assert "1917" not in found["hidden"].message
        assert "17" not in found["hidden"].message
