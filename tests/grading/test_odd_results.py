"""Results of an odd kind, in the real sandbox: taken where harmless, else a sentence that says what to return."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from grader.core.result import CheckResult
from grader.grading.batch import grade_all

VALUES = {  # what the reference returns
    "array": "np.array([0.5, 1.5, 2.5])",
    "square": "np.arange(6.0).reshape(2, 3)",
    "whole": "np.array([1.0, 2.0, 3.0])",
    "scalar": "2.0",
    "size": "28",
    "counts": "np.array([3, 1, 2])",
    "mask": "np.array([True, False, True])",
    "pair": "(np.array([0.5, 1.5, 2.5]), 2.0)",
    "listing": "[1, 2, 3]",
    "label": "'good'",
}
HARMLESS = {
    "a view with strides": ("array", "np.array([0.5, 9, 1.5, 9, 2.5, 9])[::2]"),
    "a view that runs backwards": ("array", "np.array([2.5, 1.5, 0.5])[::-1]"),
    "a broadcast view": ("whole", "np.broadcast_to(np.array([[1.0, 2.0, 3.0]]), (4, 3))[2]"),
    "Fortran order": ("square", "np.asfortranarray(np.arange(6.0).reshape(2, 3))"),
    "a transposed view": ("square", "np.arange(6.0).reshape(2, 3).T.copy().T"),
    "a matrix": ("square", "np.matrix(np.arange(6.0).reshape(2, 3))"),
    "a read-only array": ("array", "frozen(np.array([0.5, 1.5, 2.5]))"),
    "big-endian floats": ("array", "np.array([0.5, 1.5, 2.5], dtype='>f8')"),
    "big-endian integers": ("counts", "np.array([3, 1, 2], dtype='>i4')"),
    "a subclass of ndarray": ("array", "np.array([0.5, 1.5, 2.5]).view(Mine)"),
    "a masked array with nothing masked": ("array", "np.ma.array([0.5, 1.5, 2.5])"),
    "a scalar without axes": ("scalar", "np.array(2.0)"),
    "a numpy scalar": ("scalar", "np.float64(2.0)"),
    "an int for a float": ("scalar", "2"),
    "a numpy integer": ("size", "np.int32(28)"),
    "an integer array of another width": ("counts", "np.array([3, 1, 2], dtype=np.int16)"),
    "a list for a tuple": ("pair", "[np.array([0.5, 1.5, 2.5]), 2.0]"),
    "a named tuple": ("pair", "Pair(np.array([0.5, 1.5, 2.5]), 2.0)"),
    "a tuple for a list": ("listing", "(1, 2, 3)"),
    "a numpy string": ("label", "np.array(['good'])[0]"),
    "a list subclass": ("listing", "Rows([1, 2, 3])"),
}
ADVISED = {  # kind → (function, what the student returns, id of the cause, words of the advice)
    "a generator": ("array", "(x for x in [0.5, 1.5, 2.5])", "generic/lazy", "np.array(list("),
    "a map": ("listing", "map(int, '123')", "generic/lazy", "list("),
    "a range": ("listing", "range(1, 4)", "generic/lazy", "list("),
    "a set": ("listing", "{1, 2, 3}", "generic/unordered", "no order"),
    "None": ("array", "None", "generic/no-return", "without `return`"),
    "a function": ("scalar", "frozen", "generic/not-called", "parentheses"),
    "a list for an array": ("array", "[0.5, 1.5, 2.5]", "generic/list-for-array", "np.array"),
    "an array for a tuple": ("pair", "np.array([0.5, 1.5])", "generic/array-for-list", "return a, b"),
    "a dict": ("scalar", "{'loss': 2.0}", "generic/dict", "the value itself"),
    "integers for floats": ("array", "np.array([0, 1, 2])", "generic/int-for-float", "float64"),
    "integers of the right value": ("whole", "np.array([1, 2, 3])", "generic/int-for-float", "float64"),
    "a float for a size": ("size", "28.0", "generic/float-for-int", "`//`"),
    "floats for counts": ("counts", "np.array([3.0, 1.0, 2.0])", "generic/float-for-int", "`//`"),
    "unsigned counts": ("counts", "np.array([3, 1, 2], dtype='u1')", "generic/unsigned", "wrap around"),
    "0 and 1 for a mask": ("mask", "np.array([1, 0, 1])", "generic/not-bool", "truth values"),
    "complex numbers": ("array", "np.array([0.5, 1.5, 2.5]) + 0j", "generic/complex", "complex"),
    "an axis too many": ("array", "np.array([[0.5, 1.5, 2.5]])", "generic/extra-axis", "keepdims"),
    "a matrix where a vector is asked": (
        "array",
        "np.matrix([0.5, 1.5, 2.5])",
        "generic/extra-axis",
        "keepdims",
    ),
    "float32": ("array", "np.array([0.5, 1.5, 2.5], dtype='f4')", "generic/float32", "float64"),
    "hidden entries": ("array", "np.ma.array([0.5, 1.5, 2.5], mask=[0, 1, 0])", None, "a plain one"),
    "objects": ("array", "np.array([0.5, [1.5], None], dtype=object)", None, "different lengths"),
    "a list inside itself": ("listing", "loop()", None, "contains itself"),
}
SUPPORT = """
import numpy as np
from collections import namedtuple

class Mine(np.ndarray):
    pass

class Rows(list):
    pass

Pair = namedtuple("Pair", "a b")

def frozen(x):
    x.flags.writeable = False
    return x

def loop():
    rows = [1, 2]
    rows.append(rows)
    return rows
"""
CASES = list(HARMLESS) + list(ADVISED)


def _module(result_of: Callable[[int], str], marked: bool = False) -> str:
    lines = [SUPPORT]
    for number in range(len(CASES)):
        lines.append(f"def f{number}():")
        lines += ["    # BEGIN SOLUTION"] * marked + [f"    return {result_of(number)}"]
        lines += ["    # END SOLUTION"] * marked
    return "\n".join(lines) + "\n"


def _checks(visibility: str) -> str:
    body = "from grader.checks import agree, points\n"
    for number in range(len(CASES)):
        body += f'\n@points(1)\ndef test_{visibility}_{number}(student):\n    """Case {number}."""\n'
        body += f"    agree(student.f{number})\n"
    return body


@pytest.fixture(scope="module")
def results(course_in: Any, parts: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, CheckResult]:
    """One submission that returns every odd kind, graded in the sandbox: check id → result."""
    wanted = [(HARMLESS.get(name) or ADVISED[name])[0] for name in CASES]
    given = [(HARMLESS.get(name) or ADVISED[name])[1] for name in CASES]
    course = course_in(
        tmp_path_factory.mktemp("odd"),
        solution=_module(lambda number: VALUES[wanted[number]], marked=True),
        public=_checks("public"),
        hidden=_checks("hidden"),
        spec=re.sub(r"points: .*", f"points: {2 * len(CASES)}", parts.SPEC),
        misconceptions="",
    )
    hand_in = tmp_path_factory.mktemp("hand_in") / "tiny.py"
    hand_in.write_text(_module(lambda number: given[number]))
    (result,) = grade_all(course, "tiny", [hand_in])
    return {check.id: check for check in result.checks}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_kind_is_taken(results: dict[str, CheckResult], name: str) -> None:
    """The values are right, and the kind changes nothing for whoever goes on with them: full points."""
    for visibility in ("public", "hidden"):
        check = results[f"test_{visibility}_{CASES.index(name)}"]
        assert check.passed, f"{name}: {check.message}"


@pytest.mark.parametrize("name", ADVISED)
def test_another_kind_gets_advice(results: dict[str, CheckResult], name: str) -> None:
    """Not taken; the message, also of a hidden check, says what to return instead."""
    _, _, cause, words = ADVISED[name]
    for visibility in ("public", "hidden"):
        check = results[f"test_{visibility}_{CASES.index(name)}"]
        assert (check.status.value, check.misconception) == ("failed", cause), check.message
        assert words in check.message
