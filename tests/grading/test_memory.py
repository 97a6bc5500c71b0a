"""What a check used is in its result for every ending, and a memory verdict says what the reference needs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from grader.checks.need import Need
from grader.core.result import CheckResult
from grader.grading.batch import grade_all
from grader.grading.course import Course
from grader.report.wording import memory_text

MIB = 1 << 20
SPEC = """\
title: One function
points: 6
files: [tiny.py]
packages: [numpy]
limits: {cpu: 20s, wall: 60s, memory: 128MiB, processes: 8}
"""
SOLUTION = """\
import numpy as np


def work(how):
    return float(np.ones(5 << 20).sum())
"""
PUBLIC = '''\
"""Public checks."""

from grader.checks import agree, points


@points(3)
def test_public(student, rng):
    """work returns a number."""
    agree(student.work, 1)
'''
HIDDEN = '''\
"""Hidden checks."""

from grader.checks import agree, points


@points(3)
def test_hidden(student, rng):
    """work returns a number, for hidden inputs."""
    agree(student.work, 2)
'''
SPIN = "end = time.process_time() + 0.25\n    while time.process_time() < end: pass\n"
ENDINGS = {
    "passed": f"    {SPIN}    return float(held.sum())\n",
    "failed": f"    {SPIN}    return 0.0\n",
    "error": f"    {SPIN}    raise KeyError\n",
    "timeout": "    while True: pass\n",
    "crashed": f"    {SPIN}    os.abort()\n",
    "memory": f"    {SPIN}    m = mmap.mmap(-1, 400 << 20)\n    for i in range(0, 400 << 20, 4096): m[i] = 1\n"
    "    time.sleep(60)\n",
}


@pytest.fixture(scope="module", params=["auto", "off"])
def endings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, course_in: Callable[..., Course]
) -> dict[str, CheckResult]:
    """Ending → the public check's result, of submissions that hold 40 MiB and use a quarter of a CPU second."""
    folder = tmp_path_factory.mktemp("memory")
    parts = {"public": PUBLIC, "hidden": HIDDEN, "misconceptions": "", "examples": {}}
    course = course_in(folder / "course", spec=SPEC.replace("20s", "1s"), solution=SOLUTION, **parts)
    paths = []
    for name, body in ENDINGS.items():
        paths.append(folder / f"{name}.py")
        head = "import mmap, os, time\nimport numpy as np\n\n\ndef work(how):\n    held = np.ones(5 << 20)\n"
        paths[-1].write_text(head + body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_CGROUPS", request.param)
        results = grade_all(course, "tiny", paths, only="test_public")
    assert request.param == "auto" or "sampling" in results[0].layers
    return {name: result.checks[0] for name, result in zip(ENDINGS, results, strict=True)}


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_has_its_figures(endings: dict[str, CheckResult], ending: str) -> None:
    """CPU seconds and peak are what the submission used, also after a crash, with control groups and without."""
    check = endings[ending]
    assert check.status.value == ending
    assert check.measured.cpu_seconds >= 0.2
    assert check.measured.peak_bytes >= 40 * MIB
    if ending != "memory":
        assert check.measured.peak_bytes < 80 * MIB


@pytest.mark.slow
def test_a_memory_verdict_says_what_was_used_and_needed(endings: dict[str, CheckResult]) -> None:
    """The limit in the message, what was used and what the reference needs from what was measured."""
    check = endings["memory"]
    assert check.message == "Stopped at its memory limit of 128 MiB."
    assert 128 * MIB <= check.measured.peak_bytes < 420 * MIB
    assert 38 * MIB <= check.measured.reference_bytes < 60 * MIB
    assert "the reference needs" in memory_text(check, "student")
    assert all(one.measured.reference_bytes == 0 for name, one in endings.items() if name != "memory")


def test_need_is_the_peak_of_what_is_new() -> None:
    """An array that is given back in between counts, one that was there before does not."""
    before = np.ones(10 * MIB)
    with Need() as need:
        np.ones(4 * MIB).sum()
    assert 31 * MIB < need.bytes < 48 * MIB
    with Need() as need:
        before.sum()
    assert need.bytes < 8 * MIB
