"""Shared fixtures: modules from source text, runs of a check body, a tiny course, and the real command
line.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from grader.checks.loopback import Loopback
from grader.checks.run import CheckFailed, Run, current
from grader.checks.trace import Trace
from grader.grading.course import Course

ROOT = Path(__file__).parents[1]
SECRET = "a secret of the tests, nothing else"
HANDOUT = ("assignment.yaml", "README.md", "backprop.py", "test_public.py", "public.npz")

# a shared machine may pause at any time
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than a second")
    config.addinivalue_line("markers", "gpu: runs where a GPU is found")
    config.addinivalue_line("markers", "points: a check's worth, tested outside of a check file")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly what did not run for want of a device: a skipped test is not a passed one."""
    skipped = [
        one for one in terminalreporter.stats.get("skipped", []) if one.nodeid.startswith("tests/gpu/")
    ]
    if skipped:
        why = str(skipped[0].longrepr[2]).removeprefix("Skipped: ")
        terminalreporter.write_line(
            f"not run: no GPU here ({why}); tests marked gpu: {len(skipped)}", yellow=True
        )


def module(source: str) -> types.ModuleType:
    """A module from source text, as the sandbox makes it from a hand-in."""
    made = types.ModuleType("submission")
    made.__file__ = "/tmp/handin/answer.py"
    exec(compile(textwrap.dedent(source), made.__file__, "exec"), made.__dict__)
    return made


@dataclass
class Trial:
    """Runs check bodies ``body(student, rng)`` in this process, as the judge does, and says how they end."""

    seed: int = 7

    def run(
        self, body: Callable[..., object], source: str, expected: Trace | None = None, strict: bool = True
    ) -> tuple[Run, BaseException | None]:
        """The run of the body against a module made from `source`, and the exception that ended it."""
        run = Run(Loopback(module(source), self.seed, "/tmp/handin"), self.seed, expected, strict)
        token = current.set(run)
        try:
            body(run.student, run.rng())
        except (Exception, pytest.skip.Exception) as error:
            return run, error
        finally:
            current.reset(token)
        return run, None

    def judge(self, body: Callable[..., object], student: str, reference: str) -> BaseException | None:
        """How the body ends on `student`, judged against its run on `reference`, which must pass."""
        expected, problem = self.run(body, reference)
        assert problem is None, f"the reference does not pass: {problem!r}"
        return self.run(body, student, expected.trace)[1]

    def failure(self, body: Callable[..., object], student: str, reference: str = "pass") -> CheckFailed:
        """The CheckFailed that the student's run must end in."""
        error = self.judge(body, student, reference)
        assert isinstance(error, CheckFailed), error
        return error


@pytest.fixture(scope="session")
def module_of() -> Callable[[str], types.ModuleType]:
    return module


@pytest.fixture
def trial() -> Trial:
    return Trial()


@pytest.fixture
def student_of(trial: Trial) -> Callable[[str], Any]:
    """student_of(source) is the `student` that a check sees."""
    return lambda source: Run(Loopback(module(source), 1, "/tmp/handin"), 1).student


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240)


SPEC = """\
title: Two small functions
points: 10
files: [tiny.py]
packages: [numpy]
limits: {cpu: 3s, wall: 3s, memory: 512MiB}
"""
SOLUTION = '''\
"""Two small functions on arrays."""

import numpy as np


def double(x):
    """Twice x. x: float64 array → array of the same shape."""
    # BEGIN SOLUTION
    return x + x + np.zeros_like(x)  # the reference alone adds zeros
    # END SOLUTION


def spread(x):
    """Mean squared distance to the mean. x: (n,) float64 → float."""
    # BEGIN SOLUTION
    return float(np.square(x - x.mean()).sum() / len(x))  # the reference alone divides by the length
    # END SOLUTION
'''
PUBLIC = '''\
"""Public checks of the tiny course."""

from grader.checks import agree, points


@points(2)
def test_double(student, rng):
    """double gives twice its argument."""
    agree(student.double, rng.normal(size=(3, 2)))
'''
HIDDEN = '''\
"""Hidden checks of the tiny course."""

import pytest

from grader.checks import agree, points, pure


@points(4, partial=True)
@pytest.mark.parametrize("n", [1, 5, 8, 9])
def test_spread(student, rng, n):
    """spread agrees with the reference for short and long arrays."""
    agree(student.spread, rng.normal(size=n))


@points(4)
def test_arguments_stay(student, rng):
    """double leaves its argument alone."""
    pure(student.double, rng.normal(size=4))
    pure(student.spread, rng.normal(size=4))
'''
MISCONCEPTIONS = '''\
"""Wrong variants of the tiny course."""

from grader.checks import misconception


@misconception("tiny.spread/unbiased", advice="Divide by n: this is the mean, not the unbiased estimate.")
def unbiased(x):
    return float(((x - x.mean()) ** 2).sum() / max(len(x) - 1, 1))
'''
RIGHT = """\
def double(x):
    return x * 2


def spread(x):
    m = sum(x) / len(x)
    return float(sum((v - m) ** 2 for v in x) / len(x))
"""
UNBIASED = """\
import numpy as np


def double(x):
    return 2 * x


def spread(x):
    return float(np.var(x, ddof=1)) if len(x) > 1 else 0.0
"""


KEPT = """\
kept:
  test_double: it is the only one that looks at double
  test_arguments_stay: it is the only one that looks for changed arguments
"""


def write_course(
    root: Path,
    *,
    spec: str = SPEC,
    solution: str = SOLUTION,
    public: str = PUBLIC,
    hidden: str = HIDDEN,
    misconceptions: str = MISCONCEPTIONS,
    examples: dict[str, str] | None = None,
) -> Course:
    """A course with the one assignment `tiny`. `examples`: path below submissions/ → source."""
    handout, reference = root / "assignments" / "tiny", root / "reference" / "tiny"
    handout.mkdir(parents=True)
    reference.mkdir(parents=True)
    (handout / "assignment.yaml").write_text(spec)
    (handout / "README.md").write_text("# Two small functions\n")
    (handout / "test_public.py").write_text(public)
    (reference / "solution.py").write_text(solution)
    (reference / "test_hidden.py").write_text(hidden)
    (reference / "misconceptions.py").write_text(misconceptions)
    (reference / "audit.yaml").write_text(KEPT)
    (root / ".grader").mkdir(mode=0o700)
    (root / ".grader" / "secret").write_text(SECRET)
    if examples is None:
        examples = {
            "right/twice.py": RIGHT,
            "wrong/unbiased.py": f"# expect: failed tiny.spread/unbiased\n{UNBIASED}",
        }
    for name, source in examples.items():
        path = reference / "submissions" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return Course(root)


@pytest.fixture(scope="session")
def parts() -> types.SimpleNamespace:
    """The texts that the tiny course is made of."""
    return types.SimpleNamespace(
        SPEC=SPEC,
        SOLUTION=SOLUTION,
        PUBLIC=PUBLIC,
        HIDDEN=HIDDEN,
        MISCONCEPTIONS=MISCONCEPTIONS,
        RIGHT=RIGHT,
        UNBIASED=UNBIASED,
        KEPT=KEPT,
    )


@pytest.fixture(scope="session")
def course_in() -> Callable[..., Course]:
    """course_in(folder, hidden=…, …) writes a tiny course with these parts there."""
    return write_course


@pytest.fixture
def course_with(tmp_path: Path) -> Callable[..., Course]:
    """course_with(hidden=…, spec=…, …) writes a tiny course with these parts."""
    return lambda **parts: write_course(tmp_path / "course", **parts)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course, released. Read only."""
    from grader.grading.release import generated, write

    course = write_course(tmp_path_factory.mktemp("tiny"))
    write(generated(course, "tiny"))
    return course


@pytest.fixture
def hand_in(tmp_path: Path) -> Callable[[str, str], Path]:
    """hand_in(name, source) is a file that a student hands in."""

    def write(name: str, source: str) -> Path:
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
        return path

    return write


@dataclass(frozen=True)
class Command:
    """The real console entry, as a process."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def grader() -> Callable[..., Command]:
    """grader("grade", …, course=, cwd=) runs ``python -m grader`` and returns what it printed."""

    def run(
        *args: object, course: Course | Path | None = None, cwd: Path = ROOT, timeout: float = 60
    ) -> Command:
        done = subprocess.run(
            command_line(args, course),
            cwd=cwd,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        return Command(done.returncode, done.stdout, done.stderr)

    return run


def command_line(args: Sequence[object], course: Course | Path | None) -> list[str]:
    """The words of ``python -m grader`` with these arguments."""
    place = course.root if isinstance(course, Course) else course
    chosen = [] if place is None else ["--course", str(place)]
    return [sys.executable, "-m", "grader", *chosen, *map(str, args)]


def environment() -> dict[str, str]:
    """One thread, no course from outside, and the checkout on the path whatever the current directory."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRADER_", "PYTEST_"))}
    return {**kept, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


@pytest.fixture
def start_grader() -> Callable[..., subprocess.Popen[str]]:
    """start_grader("grade", …, course=) starts the command in a process group of its own and does not
    wait.
    """

    def start(*args: object, course: Course) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command_line(args, course),
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # a suite that runs in the background ignores Ctrl-C, and so would the command
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    return start
