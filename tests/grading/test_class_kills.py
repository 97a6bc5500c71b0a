"""kill -9 of the grader, its workers and their pens in the middle of a batch: nothing is lost or done twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from grader.grading.course import Course

RECEIVED = 1_780_000_000  # seconds since 1970
PAUSE = 0.4  # seconds
Start = Callable[..., subprocess.Popen[str]]


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:  # the thread ended
            continue
    return found


def _class(folder: Path, size: int, right: str, wrong: str) -> Path:
    """Every import takes a moment, so that no machine is through before it can be struck."""
    folder.mkdir()
    for number in range(size):
        path = folder / f"student{number:02}.py"
        text = f"import time\n\n{wrong if number % 3 else right}\ntime.sleep({PAUSE})\nNUMBER = {number}\n"
        path.write_text(text)
        os.utime(path, (RECEIVED, RECEIVED + number))
    return folder


def _recorded(gradebook: Path) -> Counter[str]:
    """Key → how often it was recorded."""
    if not gradebook.exists():
        return Counter()
    try:
        with sqlite3.connect(f"file:{gradebook}?mode=ro", uri=True) as db:
            return Counter(key for (key,) in db.execute("SELECT key FROM gradings"))
    except sqlite3.OperationalError:  # no tables yet
        return Counter()


def _victims(grader: int, kind: str) -> list[int]:
    """The grader, its workers, or whatever a worker has started, at whatever moment of its life."""
    workers = _children(grader)
    below = [child for worker in workers for child in _children(worker)]
    return {"grader": [grader], "worker": workers, "pen": below}[kind]


def _strike(
    process: subprocess.Popen[str], kinds: Iterator[str], recorded: Callable[[], int], most: int, dice: Any
) -> int:
    """Kill what `kinds` names until it names the grader or that has ended; how many.

    Each time at a random moment after up to `most` further submissions.
    """
    struck = 0
    while process.poll() is None and (kind := next(kinds, "")):
        wanted = recorded() + dice.randint(0, most)
        while process.poll() is None and recorded() < wanted:
            time.sleep(0.02)
        time.sleep(dice.random() * PAUSE)
        while process.poll() is None and not (found := _victims(process.pid, kind)):
            time.sleep(0.02)
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(found[0], signal.SIGKILL)
                struck += 1
        if kind == "grader":
            break
    return struck


@pytest.mark.slow
@pytest.mark.parametrize(("size", "kills"), [(20, 8), pytest.param(60, 20, id="sixty")])
def test_a_batch_that_is_killed_again_and_again_ends_as_if_it_never_was(
    size: int,
    kills: int,
    tiny: Course,
    start_grader: Start,
    processes_below: Callable[[int], list[int]],
    all_gone: Callable[..., list[int]],
    tmp_path: Path,
    parts: Any,
) -> None:
    """The marks are byte for byte those of a run in peace, no content has two gradings, no process is left."""
    folder = _class(tmp_path / "in", size, parts.RIGHT, parts.UNBIASED)

    def begin(name: str) -> subprocess.Popen[str]:
        place = ["--gradebook", tmp_path / f"{name}.db", "--csv", tmp_path / f"{name}.csv", "--jobs", 2]
        return start_grader("batch", "tiny", folder, *place, course=tiny)

    out, err = (peaceful := begin("peace")).communicate(timeout=120)
    assert peaceful.returncode == 0, out + err
    dice = random.Random(20240)
    kinds = iter(dice.choices(("grader", "worker", "pen"), (1, 2, 2), k=kills))
    gradebook, struck = tmp_path / "killed.db", 0
    process = begin("killed")
    for _ in range(kills + 2):
        struck += _strike(process, kinds, lambda: _recorded(gradebook).total(), 2 * size // kills // 3, dice)
        below = processes_below(process.pid)
        out, err = process.communicate(timeout=120)
        assert all_gone(below) == []
        assert "Traceback" not in out + err
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, out + err
        process = begin("killed")
    assert process.returncode == 0, out + err
    assert struck >= kills // 2, "the batch was over before it could be killed"
    assert (tmp_path / "killed.csv").read_bytes() == (tmp_path / "peace.csv").read_bytes()
    assert set(_recorded(gradebook).values()) == {1}
    assert len(_recorded(gradebook)) == size
    assert not list(tmp_path.glob(".*.part"))
