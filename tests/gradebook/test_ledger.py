"""The ledger of GPU-seconds: every run counts once, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from grader.core.gpu import GpuBudget
from grader.core.result import Measured, SubmissionResult
from grader.gradebook import codec
from grader.gradebook.book import Gradebook
from grader.gradebook.ledger import GpuUse, day, summed

MakeResult = Callable[..., SubmissionResult]
Opened = Callable[..., AbstractContextManager[Gradebook]]
PARIS = ZoneInfo("Europe/Paris")


def ran(result: SubmissionResult, student: str, seconds: float) -> SubmissionResult:
    return replace(
        result,
        submission=student,
        measured=Measured(9.0, 9.0, 1, gpu_seconds=seconds, gpu_peak_bytes=1 << 30),
    )


def test_every_run_counts_once(book: Gradebook, result_of: MakeResult) -> None:
    """Under the student for whom it was made; what ran on the CPU is not listed."""
    book.record("k1", ran(result_of(), "ann", 12.5))
    book.record("k1", ran(result_of(), "ann", 12.5))  # the same run, told twice
    book.record("k1", ran(result_of(), "ann", 3.0), tries=2)
    book.record("k2", ran(result_of(slug="cifar10"), "bob", 7.0))
    book.record("k3", ran(result_of(), "bob", 0.0))
    uses = book.gpu_uses()
    assert [(use.student, use.slug, use.seconds) for use in uses] == [
        ("ann", "backprop", 12.5),
        ("ann", "backprop", 3.0),
        ("bob", "cifar10", 7.0),
    ]
    assert summed(uses, lambda use: use.student) == {"ann": 15.5, "bob": 7.0}
    assert book.grading("k1", "eve") is not None  # found again: nothing ran
    assert book.gpu_uses() == uses


def test_today_is_a_day_of_the_policy(url: str, opened: Opened, result_of: MakeResult) -> None:
    """A ration begins anew at the course's midnight."""
    now = [datetime(2026, 3, 1, 22, 30, tzinfo=UTC)]  # half past eleven in Paris
    with opened(url, now=lambda: now[0]) as book:
        book.set_policy("timezone: Europe/Paris\n", "Ann", "")
        book.record("k1", ran(result_of(), "ann", 100.0))
        assert book.gpu_today("ann") == (100.0, datetime(2026, 3, 2, tzinfo=PARIS))
        assert book.gpu_today("bob")[0] == 0.0
        now[0] += timedelta(minutes=40)
        assert book.gpu_today("ann") == (0.0, datetime(2026, 3, 3, tzinfo=PARIS))


@pytest.mark.parametrize(("month", "date", "hours"), [(3, 29, 23), (10, 25, 25), (6, 1, 24)])
def test_days_have_23_to_25_hours(month: int, date: int, hours: int) -> None:
    """Where clocks are changed."""
    first, last = day(datetime(2026, month, date, 12, tzinfo=PARIS), PARIS)
    assert last.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=hours)


def test_results_of_before_gpus_are_read(book: Gradebook, result_of: MakeResult) -> None:
    """A stored result without the figures is one that ran on the CPU."""
    document = json.loads(codec.encoded(result_of()))
    result = document["result"]
    for one in (result["measured"], *(check["measured"] for check in result["checks"])):
        del one["gpu_seconds"], one["gpu_peak_bytes"], one["reference_cpu_seconds"]
    for check in result["checks"]:
        del check["gpu"]
    del result["device_note"], result["quota_note"]
    assert codec.decoded(json.dumps(document)) == result_of()


def test_a_check_with_its_budget_is_kept(result_of: MakeResult) -> None:
    """The figures of a report come back from the gradebook."""
    result = result_of()
    checks = (replace(result.checks[0], gpu=GpuBudget(seconds=60.0)), *result.checks[1:])
    result = replace(ran(result, "ann", 5.0), checks=checks, device="Tester 3000", device_note="Ran there.")
    assert codec.decoded(codec.encoded(result)) == result


def test_a_ration_is_told_to_its_student_alone(book: Gradebook, result_of: MakeResult) -> None:
    """The same content handed in by another carries no word of what the first has left."""
    made = replace(ran(result_of(), "ann", 5.0), quota_note="GPU-seconds left today: 1 of 600.")
    number = book.record("k1", made)
    for student in ("ann", "bob"):
        handed = book.submit(student, "backprop", {"a.py": b"1"}, datetime(2026, 3, 1, tzinfo=UTC))
        book.revise("backprop", "grade", "Ann", "", {handed.seq: number})
    graded = {one.result.submission: one.result.quota_note for one in book.graded("backprop").values()}
    assert graded == {"ann": made.quota_note, "bob": ""}


def test_uses_add_up() -> None:
    """By whatever they are asked for."""
    when = datetime(2026, 3, 1, tzinfo=UTC)
    uses = [GpuUse("ann", "a", when, 1.0), GpuUse("bob", "a", when, 2.0), GpuUse("ann", "b", when, 4.0)]
    assert summed(uses, lambda use: use.slug) == {"a": 3.0, "b": 4.0}
