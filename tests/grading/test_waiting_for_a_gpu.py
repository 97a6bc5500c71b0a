"""A hand-in whose checks waited for a GPU: provisional until there is one, then graded again and final."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.core.mark import Mark
from grader.core.verdict import Reason, Status
from grader.gradebook.book import Gradebook, open_gradebook
from grader.grading import accelerated, gradings
from grader.grading.batch import grade_entries
from grader.grading.course import Course
from grader.grading.gradings import Assessment, HandIn
from grader.grading.regrade import not_in_force, regrade
from grader.sandbox.gpu.devices import Device, Devices, NoDevices, Sample
from grader.sandbox.gpu.fake import Fake

ONE = Device("GPU-1", "Tester 3000", 16 << 30)
HIDDEN = '''\
"""A hidden check for a GPU."""

from grader.checks import close, points


@points(8)
def test_size(student, rng, gpu):
    """double works on ten numbers, or on a thousand where there is a GPU."""
    x = rng.normal(size=1000 if gpu else 10)
    close(student.double(x), 2 * x)
'''
WORKS = b"def double(x):\n    return 2 * x\n\n\ndef spread(x):\n    return float(x.var())\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """machine(True) has a GPU and its driver, machine(False) has not."""
    monkeypatch.setenv("GRADER_GPU_LOCKS", str(tmp_path / "locks"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def become(gpu: bool) -> None:
        def find() -> Devices:
            if not gpu:
                raise NoDevices("no GPU found (no NVIDIA driver)")
            return Fake(lambda t: Sample(0.5, 0), [ONE], nodes={"GPU-1": {"/dev/nvidia0": "/dev/zero"}})

        monkeypatch.setattr(accelerated, "find", find)
        monkeypatch.setattr(gradings, "driver_here", lambda: gpu)

    return become


@pytest.fixture
def assess(
    course_with: Callable[..., Course],
    parts: SimpleNamespace,
    tmp_path: Path,
    machine: Callable[[bool], None],
) -> Iterator[Assessment]:
    """Of an assignment that requires a GPU, with a hand-in that was graded and put in force where there is none."""
    machine(False)
    course = course_with(
        spec=parts.SPEC + "gpu: {required: true, quota: 600s/day, checks: {test_size: {}}}\n", hidden=HIDDEN
    )
    with open_gradebook(tmp_path / "book.db") as book:
        book.submit("ann", "tiny", {"tiny.py": WORKS}, datetime(2026, 3, 1, tzinfo=UTC))
        made = Assessment(book, course, "tiny")
        batch(made)
        assert mark(book).provisional
        yield made


def batch(assess: Assessment) -> int:
    """What `grader batch` does with the hand-ins on record; how many of them it graded."""
    settled = assess.settled()
    left = [HandIn(one) for one in assess.book.submissions("tiny") if one.seq not in settled]
    items = not_in_force(assess.book, "tiny", assess.of(left))
    if items:
        assess.book.revise("tiny", "grade", "grader", "", items)
    return len(items)


def mark(book: Gradebook) -> Mark:
    (found,) = book.marks("tiny")
    return found


def test_without_a_device_it_stays_as_it_is(assess: Assessment) -> None:
    """Neither a second batch nor a regrade runs what would come out the same."""
    assert batch(assess) == 0
    assert regrade(assess).changed == {}
    (graded,) = assess.book.graded("tiny").values()
    check = graded.result.checks[-1]
    assert (check.id, check.status, check.reason) == ("test_size", Status.NOT_RUN, Reason.NO_GPU)


def test_a_batch_goes_on_once_there_is_a_device(assess: Assessment, machine: Callable[[bool], None]) -> None:
    """The provisional mark becomes final, is charged once, and a third batch finds nothing to do."""
    machine(True)
    assert batch(assess) == 1
    found = mark(assess.book)
    assert not found.provisional
    (graded,) = assess.book.graded("tiny").values()
    assert graded.result.device == "Tester 3000"
    assert graded.result.checks[-1].passed
    assert [use.student for use in assess.book.gpu_uses()] == ["ann"]
    assert batch(assess) == 0


def test_a_regrade_shows_who_moves_once_there_is_a_device(
    assess: Assessment, machine: Callable[[bool], None]
) -> None:
    """From not run to passed; nothing is in force before it is said so, and no ration holds it up."""
    machine(True)
    difference = regrade(replace(assess, rationed=False))
    (move,) = difference.moves
    assert move.before is not None
    assert move.after is not None
    assert (move.check, move.before.status, move.after.status) == ("test_size", Status.NOT_RUN, Status.PASSED)
    assert move.why == "Tester 3000 in place of cpu"
    assert mark(assess.book).provisional
    items = {one: grading.seq for one, grading in difference.changed.items()}
    assess.book.revise("tiny", "regrade", "Ann", "a GPU at last", items)
    assert not mark(assess.book).provisional


def test_a_used_up_ration_waits_for_its_day(
    assess: Assessment, machine: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device alone is not enough where the student has nothing left of today."""
    machine(True)
    used = [600.0]
    tomorrow = datetime(2026, 3, 2, tzinfo=UTC)
    monkeypatch.setattr(Gradebook, "gpu_today", lambda self, student: (used[0], tomorrow))
    assert batch(assess) == 0
    used[0] = 0.0
    assert batch(assess) == 1


def test_what_a_cluster_has_is_not_seen_from_here(assess: Assessment) -> None:
    """Its workers have the devices, this machine need not have a driver."""
    assert len(assess.settled()) == 1
    elsewhere = replace(assess, grade=lambda *args, **options: grade_entries(*args, **options))
    assert elsewhere.settled() == {}
