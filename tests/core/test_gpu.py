"""`gpu:` in assignment.yaml: what it may say, and what is said of anything else."""

from __future__ import annotations

from typing import Any

import pytest

from grader.core.assignment import parse
from grader.core.errors import SpecError
from grader.core.gpu import GpuBudget, GpuSpec

GOOD: dict[str, Any] = {"title": "T", "points": 10, "files": ["a.py"]}


def spec_of(written: object) -> GpuSpec:
    found = parse("tiny", {**GOOD, "gpu": written}).gpu
    assert found is not None
    return found


def test_no_key_no_gpu() -> None:
    """An assignment that says nothing asks for no GPU."""
    assert parse("tiny", GOOD).gpu is None


def test_numbers_are_seconds() -> None:
    """Seconds may be written as 120, as 120s and as 2min."""
    for written in (120, 120.0, "120s", "2min"):
        assert spec_of({"seconds": written}).budget.seconds == 120.0


def test_every_check_gets_a_device_unless_some_are_named() -> None:
    """`checks` names those that get one; what they do not say they take from above."""
    everyone = spec_of({"memory": "4GiB"})
    assert everyone.budget_of("test_a") == GpuBudget(memory=4 << 30)
    some = spec_of(
        {"memory": "4GiB", "wall": "10min", "checks": {"test_a": None, "test_b": {"seconds": 200}}}
    )
    assert some.budget_of("test_a") == GpuBudget(memory=4 << 30, wall=600.0)
    assert some.budget_of("test_b") == GpuBudget(memory=4 << 30, wall=600.0, seconds=200.0)
    assert some.budget_of("test_c") is None


def test_quota_and_required() -> None:
    """The ration is a time a day."""
    found = spec_of({"required": True, "quota": "600s/day"})
    assert (found.required, found.quota) == (True, 600.0)
    assert spec_of({"quota": "10min/day"}).quota == 600.0
    assert spec_of({}).quota is None


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"second": 5}, ["$.gpu.second", "unknown key", "seconds"]),
        ({"devices": 0}, ["$.gpu.devices", "1 to 16", "0"]),
        ({"devices": True}, ["$.gpu.devices", "True"]),
        ({"seconds": -1}, ["$.gpu.seconds", "above 0", "-1"]),
        ({"seconds": "much"}, ["$.gpu.seconds", "10s", "much"]),
        ({"wall": "5 parsecs"}, ["$.gpu.wall", "5 parsecs"]),
        ({"memory": "8 gigs"}, ["$.gpu.memory", "2GiB", "8 gigs"]),
        ({"required": "yes"}, ["$.gpu.required", "true or false", "yes"]),
        ({"quota": "600s"}, ["$.gpu.quota", "600s/day"]),
        ({"quota": "lots/day"}, ["$.gpu.quota", "lots"]),
        ({"seconds": 400, "wall": 300}, ["$.gpu", "300", "400"]),
        ({"checks": ["test_a"]}, ["$.gpu.checks", "check ids"]),
        ({"checks": {"test_a": {"quota": "1s/day"}}}, ["$.gpu.checks.test_a.quota", "allowed are devices"]),
        ({"checks": {"test_a": {"seconds": 301}}}, ["$.gpu.checks.test_a", "301"]),
        (["devices"], ["$.gpu", "object", "array"]),
    ],
)
def test_faults_name_place_value_and_what_is_allowed(written: object, words: list[str]) -> None:
    """An instructor finds the key without searching."""
    with pytest.raises(SpecError) as caught:
        spec_of(written)
    assert all(word in str(caught.value) for word in words), str(caught.value)
