"""Ctrl-C and kill -9 of the real command: no process stays behind, what was finished is printed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.grading.course import Course

pytestmark = pytest.mark.slow

HIDDEN = '''
import os
from grader.checks import points

@points(8)
def test_slow(student):
    """The second submission takes for ever."""
    if student.name() == "slow":
        open(os.environ["TINY_MARK"], "w").close()
    assert student.double(1.0) == 2.0
'''
SOLUTION = """
def double(x):
    # BEGIN SOLUTION
    return x + x
    # END SOLUTION

def name():
    return "reference"
"""
QUICK = "def double(x):\n    return 2 * x\ndef name():\n    return 'quick'\n"
SLOW = (
    "import time, numpy as np\ndef double(x):\n    if not isinstance(x, float): return 2 * x\n"
    "    while True: time.sleep(1)\ndef name():\n    return 'slow'\n"
)


@pytest.fixture
def running(
    course_with: Callable[..., Course],
    hand_in: Callable[[str, str], Path],
    start_grader: Callable[..., subprocess.Popen[str]],
    processes_below: Callable[[int], list[int]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    parts: Any,
) -> tuple[subprocess.Popen[str], list[int]]:
    """The command in the middle of its second submission, and every process below it."""
    spec = parts.SPEC.replace("wall: 3s", "wall: 60s")
    course = course_with(hidden=HIDDEN, solution=SOLUTION, misconceptions="", spec=spec)
    mark = tmp_path / "mark"
    monkeypatch.setenv("TINY_MARK", str(mark))
    paths = [hand_in("quick.py", QUICK), hand_in("slow.py", SLOW)]
    process = start_grader(
        "grade", "tiny", *paths, "--jobs", "1", "--json", tmp_path / "out.json", course=course
    )
    end = time.monotonic() + 30
    while not mark.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    assert mark.exists(), process.communicate()
    time.sleep(0.2)
    children = processes_below(process.pid)
    assert len(children) >= 3, "judge, pen and submission"
    return process, children


def test_ctrl_c_keeps_what_was_finished(
    running: Any, all_gone: Callable[..., list[int]], tmp_path: Path
) -> None:
    """SIGINT to the whole group, as a terminal sends it: exit 130, the finished result on stdout and in
    the file, nobody left.
    """
    process, children = running
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "interrupted: 1 of 2 submissions were graded" in err
    assert "Traceback" not in err
    assert "quick.py" in out
    assert "slow.py" not in out
    assert '"quick.py"' in (tmp_path / "out.json").read_text()
    assert all_gone(children) == []


def test_ctrl_c_of_the_command_alone(running: Any, all_gone: Callable[..., list[int]]) -> None:
    """SIGINT to the command only has the same end."""
    process, children = running
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "quick.py" in out
    assert "Traceback" not in err
    assert all_gone(children) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_command_leaves_no_process(
    running: Any, all_gone: Callable[..., list[int]], number: signal.Signals
) -> None:
    """The judge, the pen, the fork server and the submission go with it."""
    process, children = running
    process.send_signal(number)
    process.communicate(timeout=15)
    assert process.returncode in (-number, 128 + number)
    assert all_gone(children) == []


def test_a_killed_command_leaves_no_folder(running: Any, all_gone: Callable[..., list[int]]) -> None:
    """Nothing is mounted here and no folder is on disk, even while it runs: only its own mount namespace
    knows them.
    """
    process, children = running
    before = _folders()
    assert not [name for name in before if Path(name).stat().st_ctime > time.time() - 2]
    process.kill()
    process.communicate(timeout=15)
    all_gone(children)
    assert _folders() <= before
    assert not [line for line in Path("/proc/self/mounts").read_text().splitlines() if "grader" in line]


def _folders() -> set[str]:
    return {
        str(path)
        for place in ("/tmp", "/dev/shm", "/var/tmp", "/run")
        for path in Path(place).glob("*grader*")
    }
