"""Kept runs of the reference: found again under the same key only, and never in the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.checks.remembered import Past, Remembered
from grader.checks.trace import Observation, Trace
from grader.grading.desk import with_desk

SLOW = '''
from pathlib import Path
from grader.checks import as_reference, points

@points(8, claims=[])
def test_spread(student, rng):
    """spread agrees with the reference."""
    with Path({log!r}).open("a") as file:
        file.write("run ")
    as_reference(student.spread(rng.normal(size=5)), of=student.spread)
'''


def test_a_run_is_found_under_its_key_only(tmp_path: Path) -> None:
    """Another check, case, seed or course is another run."""
    memory = Remembered(tmp_path / "kept", ("tiny", "abc"))
    trace = Trace([Observation("f", np.arange(3.0))], [("f", "array (3,) float64")])
    memory.put("test_f", "", 7, Past(trace, frozenset({"f", "g"}), 1 << 20))
    found = memory.get("test_f", "", 7)
    assert found is not None
    assert (found.touched, found.needed) == ({"f", "g"}, 1 << 20)
    assert np.array_equal(found.trace.observations[0].value, np.arange(3.0))
    for other in (("test_g", "", 7), ("test_f", "a", 7), ("test_f", "", 8)):
        assert memory.get(*other) is None
    assert Remembered(tmp_path / "kept", ("tiny", "abd")).get("test_f", "", 7) is None


@pytest.mark.parametrize("content", [b"", b"\x00" * 40, b"not msgpack at all"])
def test_a_damaged_file_is_as_if_it_were_not_there(tmp_path: Path, content: bytes) -> None:
    """Nothing fails on it; the reference simply runs again."""
    memory = Remembered(tmp_path, ("tiny",))
    memory.put("test_f", "", 1, Past(Trace(), frozenset()))
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert memory.get("test_f", "", 1) is None


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    """A file in its place, for example."""
    (tmp_path / "kept").write_text("")
    memory = Remembered(tmp_path / "kept", ())
    memory.put("test_f", "", 1, Past(Trace(), frozenset()))
    assert memory.get("test_f", "", 1) is None


def test_the_folder_stays_small(tmp_path: Path) -> None:
    """At most 200 runs are kept."""
    memory = Remembered(tmp_path, ())
    for seed in range(205):
        memory.put("test_f", "", seed, Past(Trace(), frozenset()))
    assert len(list(tmp_path.iterdir())) == 200


def test_the_reference_trains_once(course_with: Any, tmp_path: Path) -> None:
    """A slow check's reference run serves later judges, until a file of the course changes."""
    log = tmp_path / "log"
    public = 'from grader.checks import agree, points\n\n@points(2)\ndef test_double(student, rng):\n    """d."""\n'
    public += "    agree(student.double, rng.normal(size=2))\n"
    course = course_with(hidden=SLOW.format(log=str(log)), public=public, examples={})

    def expect(desk: Any) -> None:
        for check in desk.checks:
            assert desk.oracle.expected(check, check.cases[0]).ending.passed

    for _ in range(3):
        with_desk(course, "tiny", expect)
    assert log.read_text() == "run "
    solution = course.reference("tiny") / "solution.py"
    solution.write_text(solution.read_text() + "\n# another word\n")
    with_desk(course, "tiny", expect)
    assert log.read_text() == "run run "


def test_a_reference_that_was_timed_is_not_kept(course_with: Any) -> None:
    """That it is fast enough on one machine says nothing about another."""
    hidden = (
        "from grader.checks import faster_than, points\n\n@points(8, claims=[])\ndef test_fast(student):\n"
        '    """double is fast."""\n    faster_than(lambda x: [v + v for v in x.tolist()], 2, student.double,\n'
        "        lambda rng: (rng.normal(size=100_000),))\n"
    )
    course = course_with(hidden=hidden, examples={})

    def expect(desk: Any) -> None:
        (check,) = (check for check in desk.checks if check.slow)
        assert desk.oracle.expected(check, check.cases[0]).ending.passed
        assert desk.oracle.remembered.get(check.id, "", desk.seeds(check, check.cases[0])) is None

    with_desk(course, "tiny", expect)
