"""Grading many: order, jobs, one check alone, and that the grader's own accidents cost nobody anything."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.core.errors import GraderError, SpecError, UsageError
from grader.core.result import SubmissionResult
from grader.grading.batch import entry_names, grade_all
from grader.grading.course import Course

FULL = {
    "test_double": ("passed", 2.0),
    "test_spread": ("passed", 4.0),
    "test_arguments_stay": ("passed", 4.0),
}
SLEEPS = """
import time
def double(x):
    time.sleep(0.5)
    return 2 * x
def spread(x):
    return float(((x - x.mean()) ** 2).mean())
"""


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory, tiny: Course) -> list[Path]:
    """Seven submissions of every kind, among them both examples of the tiny course."""
    folder = tmp_path_factory.mktemp("in")
    sources = {
        "a_stub.py": (tiny.handout("tiny") / "tiny.py").read_text(),
        "b_dies.py": "import os\ndef double(x):\n    os._exit(3)\ndef spread(x):\n    return 0.0\n",
        "c_inplace.py": "def double(x):\n    x *= 2\n    return x\n"
        "def spread(x):\n    return float(x.var())\n",
        "d_syntax.py": "def double(x:\n",
    }
    for name, source in sources.items():
        (folder / name).write_text(source)
    (folder / "e_folder").mkdir()
    (folder / "e_folder" / "tiny.py").write_text("def double(x):\n    raise KeyError(x)\n")
    examples = tiny.reference("tiny") / "submissions"
    return [*sorted(folder.iterdir()), examples / "right" / "twice.py", examples / "wrong" / "unbiased.py"]


@pytest.fixture(scope="module")
def results(paths: list[Path], tiny: Course) -> list[SubmissionResult]:
    """One job."""
    return grade_all(tiny, "tiny", paths)


def test_one_result_a_path_in_the_order_of_the_paths(
    results: list[SubmissionResult], paths: list[Path]
) -> None:
    """Checks in the order of the files, public first."""
    assert [Path(result.submission).name for result in results] == [path.name for path in paths]
    for result in results:
        assert [check.id for check in result.checks] == list(FULL)


def test_each_gets_its_verdict(results: list[SubmissionResult], verdicts: Callable[..., Any]) -> None:
    """Stub, death, in-place, syntax error, exception, right and wrong: status and points."""
    stub, dies, inplace, syntax, folder, right, wrong = map(verdicts, results)
    assert stub == dict.fromkeys(FULL, ("missing", 0.0))
    assert dies["test_double"] == dies["test_arguments_stay"] == ("crashed", 0.0)
    assert inplace["test_arguments_stay"] == ("failed", 0.0)
    assert inplace["test_double"] == ("passed", 2.0)
    assert syntax == dict.fromkeys(FULL, ("error", 0.0))
    assert folder["test_double"] == ("error", 0.0)
    assert folder["test_spread"] == ("missing", 0.0)
    assert right == FULL
    assert wrong["test_double"] == ("passed", 2.0)


def test_partial_points_are_shares_of_the_cases(results: list[SubmissionResult]) -> None:
    """The unbiased estimate is right for n = 1 only: a quarter of four points, and the mistake is named."""
    spread = results[-1].checks[1]
    assert (spread.status, float(spread.points)) == ("failed", 1.0)
    assert spread.misconception == "tiny.spread/unbiased"
    assert spread.message.startswith("Case 2 of 4: ")
    assert spread.message.endswith("\n\n2 more cases fail."), "one cause is explained once"
    assert float(results[1].checks[1].points) == 1.0, "0.0 is right for n = 1"


def test_a_syntax_error_has_file_line_and_caret(results: list[SubmissionResult]) -> None:
    """Each check says so, in words that lead to the place."""
    message = results[3].checks[0].message
    assert message.startswith("tiny.py, line 1: ")
    assert "    def double(x:\n" in message
    assert message.rstrip().endswith("^")
    assert results[3].checks[0].reason == "syntax"


@pytest.mark.slow
def test_more_jobs_give_the_same_results(
    results: list[SubmissionResult], paths: list[Path], tiny: Course, same: Callable[..., Any]
) -> None:
    """Three judges, the same JSON but for what is measured; so are two runs, and single-use pens."""
    finished: list[int] = []
    again = grade_all(tiny, "tiny", paths, jobs=3, on_result=lambda index, result: finished.append(index))
    assert list(map(same, again)) == list(map(same, results))
    assert sorted(finished) == list(range(len(paths)))


@pytest.mark.slow
@pytest.mark.parametrize("only", ["test_spread", "test_arguments_stay"])
def test_one_check_alone_has_the_verdict_of_the_whole_run(
    only: str, results: list[SubmissionResult], paths: list[Path], tiny: Course, same: Callable[..., Any]
) -> None:
    """--only changes nothing but which checks are there."""
    for whole, alone in zip(results, grade_all(tiny, "tiny", paths, only=only), strict=True):
        wanted = [check for check in same(whole)["checks"] if check["id"] == only]
        assert same(alone)["checks"] == wanted


def test_an_unknown_check_is_refused(paths: list[Path], tiny: Course) -> None:
    """The known ones are listed."""
    with pytest.raises(UsageError, match="test_double"):
        grade_all(tiny, "tiny", paths[:1], only="test_nothing")


def test_a_missing_path_is_refused(paths: list[Path], tiny: Course) -> None:
    """UsageError with the path."""
    with pytest.raises(UsageError, match=r"nowhere\.py"):
        grade_all(tiny, "tiny", [*paths[:1], Path("nowhere.py")])


HOPELESS = """

@points(1)
def test_impossible(student, rng):
    \"\"\"Nothing passes this.\"\"\"
    assert student.double(1.0) == 3.0
"""


def test_a_check_that_the_reference_fails_costs_nobody_a_point(
    course_with: Callable[..., Course], hand_in: Callable[..., Path], verdicts: Callable[..., Any], parts: Any
) -> None:
    """grader_error for everyone, provisional, between low and high; right and wrong submissions alike."""
    course = course_with(hidden=parts.HIDDEN + HOPELESS, spec=parts.SPEC.replace("points: 10", "points: 11"))
    for result in grade_all(
        course, "tiny", [hand_in("right.py", parts.RIGHT), hand_in("broken.py", "def f(:")]
    ):
        assert verdicts(result)["test_impossible"] == ("grader_error", 0.0)
        score = result.score()
        assert score.provisional
        assert score.value is None
        assert score.high - score.low == 100


def kill_soon(pick: Callable[[], list[int]], after: float) -> threading.Thread:
    """Kills the first process that `pick` gives, `after` seconds from when there is one."""

    def work() -> None:
        end = time.monotonic() + 20
        while not (found := pick()) and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(after)
        for pid in found[:1]:
            os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.0, 0.6, 1.3])
def test_a_judge_that_is_killed_costs_nobody_a_point(
    after: float,
    tiny: Course,
    hand_in: Callable[..., Path],
    processes_below: Callable[[int], list[int]],
    parts: Any,
) -> None:
    """kill -9 of the judge process: while it starts, or within a check. No check is lost to the student."""
    paths = [hand_in("sleeps.py", SLEEPS), hand_in("right.py", parts.RIGHT)]
    before = set(processes_below(os.getpid()))
    killer = kill_soon(lambda: [pid for pid in processes_below(os.getpid()) if pid not in before], after)
    results = grade_all(tiny, "tiny", paths)
    killer.join()
    for result in results:
        for check in result.checks:
            assert check.status in ("passed", "grader_error"), check
        assert result.score().high == 1000
    assert len([check for check in results[0].checks if check.status == "grader_error"]) <= 1
    assert results[1].score().value == 10.0


HANGS = """

@points(1)
def test_sum_of_many(student, rng):
    \"\"\"The judge loops over what the student returned.\"\"\"
    assert sum(range(int(student.spread(np.ones(3)) * 0 + student.double(4)))) == 28


@points(1)
def test_after(student, rng):
    \"\"\"A check that comes later.\"\"\"
    agree(student.double, rng.normal(size=2))
"""


@pytest.mark.slow
def test_a_judge_that_hangs_over_a_value_is_replaced(
    course_with: Callable[..., Course],
    hand_in: Callable[..., Path],
    verdicts: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    parts: Any,
) -> None:
    """A loop in C over 10**12 items hears no signal: that check is a timeout, the others are graded as
    ever.
    """
    monkeypatch.setattr("grader.grading.pool._GRACE", 0.5)
    monkeypatch.setattr("grader.grading.judge.JUDGE_SECONDS", 0.2)
    spec = parts.SPEC.replace("points: 10", "points: 12").replace("wall: 3s", "wall: 500ms")
    course = course_with(
        hidden=parts.HIDDEN.replace("import pytest", "import numpy as np\nimport pytest") + HANGS, spec=spec
    )
    huge = parts.RIGHT.replace("return x * 2", "return 10**12 if isinstance(x, int) else x * 2")
    first, second = grade_all(course, "tiny", [hand_in("huge.py", huge), hand_in("right.py", parts.RIGHT)])
    assert verdicts(first) == {**FULL, "test_sum_of_many": ("timeout", 0.0), "test_after": ("passed", 1.0)}
    assert verdicts(second) == {**FULL, "test_sum_of_many": ("passed", 1.0), "test_after": ("passed", 1.0)}


def test_a_judge_that_loops_in_python_is_stopped_from_inside(
    course_with: Callable[..., Course],
    hand_in: Callable[..., Path],
    verdicts: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    parts: Any,
) -> None:
    """A check's own loop over 10**18 ends by the judge's timer, without a new worker."""
    monkeypatch.setattr("grader.grading.judge.JUDGE_SECONDS", 0.2)
    loop = "sum(1 for _ in range(int(student.double(4)))) == 8"
    hangs = HANGS.replace("sum(range(int(student.spread(np.ones(3)) * 0 + student.double(4)))) == 28", loop)
    spec = parts.SPEC.replace("points: 10", "points: 12").replace("wall: 3s", "wall: 500ms")
    course = course_with(hidden=parts.HIDDEN + hangs, spec=spec)
    huge = parts.RIGHT.replace("return x * 2", "return 10**18 if isinstance(x, int) else x * 2")
    (result,) = grade_all(course, "tiny", [hand_in("huge.py", huge)])
    assert verdicts(result) == {**FULL, "test_sum_of_many": ("timeout", 0.0), "test_after": ("passed", 1.0)}
    assert "Working with what `double` returned" in result.checks[3].message


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"hidden": "def test_x(:\n"}, "test_hidden.py:1:"),
        ({"solution": "1 / 0\n"}, "solution.py:1:"),
        ({"misconceptions": "import nothing_there\n"}, "misconceptions.py:1:"),
        (
            {"spec": "title: T\npoints: 11\nfiles: [tiny.py]\n"},
            r"\$.points: the checks sum to 10, the file says 11",
        ),
        (
            {"spec": "title: T\npoints: 10\nfiles: [tiny.py]\nlimits: {checks: {test_x: {cpu: 1s}}}\n"},
            r"test_x: there is no such check",
        ),
    ],
)
def test_a_faulty_course_is_refused(
    changed: dict[str, str], words: str, course_with: Callable[..., Course], hand_in: Callable[..., Path]
) -> None:
    """SpecError from the worker reaches the caller with place and reason; nobody is graded by a broken
    course.
    """
    with pytest.raises(SpecError, match=words):
        grade_all(course_with(**changed), "tiny", [hand_in("a.py", "")])


def test_a_judge_that_breaks_again_and_again_is_given_up(
    tiny: Course, hand_in: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An internal fault ends in GraderError with the reason, not in an endless loop."""

    def broken(*args: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr("grader.grading.worker.read_submission", broken)
    with pytest.raises(GraderError, match="on purpose"):
        grade_all(tiny, "tiny", [hand_in("a.py", "")])


def test_names_tell_submissions_apart(tmp_path: Path) -> None:
    """In one folder a submission has its own name; over several folders the path from the common one."""
    assert entry_names([tmp_path / "a.py", tmp_path / "b.py"]) == ["a.py", "b.py"]
    assert entry_names([tmp_path / "ann" / "net.py", tmp_path / "bob" / "net.py"]) == [
        "ann/net.py",
        "bob/net.py",
    ]


PROPERTY = '''

@points(1)
@settings(derandomize=True, database=None, max_examples=20)
@given(x=st.floats(-1e6, 1e6))
def test_doubling_is_odd(student, x):
    """double(-x) = -double(x)."""
    close(student.double(-x), -student.double(x))
'''


@pytest.mark.slow
def test_checks_may_use_hypothesis(
    course_with: Callable[..., Course], hand_in: Callable[..., Path], parts: Any
) -> None:
    """A property under ``@given`` passes for the reference and fails for a submission that breaks it."""
    head = "from hypothesis import given, settings\nfrom hypothesis import strategies as st\n"
    head += "from grader.checks import close\n"
    course = course_with(
        hidden=head + parts.HIDDEN + PROPERTY, spec=parts.SPEC.replace("points: 10", "points: 11")
    )
    even = hand_in("even.py", "def double(x):\n    return 2 * abs(x)\n")
    right, wrong = grade_all(
        course, "tiny", [course.reference("tiny") / "solution.py", even], only="test_doubling_is_odd"
    )
    assert [check.status for result in (right, wrong) for check in result.checks] == ["passed", "failed"]
