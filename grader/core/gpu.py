"""`gpu:` of `assignment.yaml`: which checks get a device, what they may use of it, and whom it is rationed to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.core.errors import SpecError
from grader.core.limits import parse_seconds, parse_size

MOST_DEVICES = 16
WAITING = "waiting for a GPU"  # how a message begins that a check stands still until others are done
_BUDGET = ("devices", "seconds", "wall", "memory")
_KEYS = (*_BUDGET, "required", "quota", "checks")


@dataclass(frozen=True, slots=True)
class GpuBudget:
    """What one check may use of its devices, the import of the submission included.

    Attributes:
        devices: how many, leased to this check alone.
        seconds: GPU-seconds: utilisation over time, summed over the devices.
        wall: seconds on the judge's clock; stands in place of the check's `limits.wall`.
        memory: bytes on each device, CUDA's own context included.
    """

    devices: int = 1
    seconds: float = 120.0
    wall: float = 300.0
    memory: int = 8 << 30


@dataclass(frozen=True, slots=True)
class GpuSpec:
    """The key as a value.

    Attributes:
        budget: of a check that says nothing else. required: without a GPU the checks are not run.
        quota: GPU-seconds of one student in a day, over all assignments; None: not rationed.
        checks: the checks that get a device, each with its budget; empty: all of them get one.
    """

    budget: GpuBudget = GpuBudget()
    required: bool = False
    quota: float | None = None
    checks: Mapping[str, GpuBudget] = field(default_factory=dict)

    def budget_of(self, check: str) -> GpuBudget | None:
        """What this check may use; None if it gets no device."""
        return self.checks.get(check) if self.checks else self.budget


def parse_gpu(written: Mapping[str, Any]) -> GpuSpec:
    """The value of the key. Raises SpecError with the path of the key inside the file."""
    unknown = [name for name in written if name not in _KEYS]
    if unknown:
        raise SpecError(f"$.gpu.{unknown[0]}: unknown key; allowed are {', '.join(_KEYS)}")
    budget = _budget(GpuBudget(), {name: written[name] for name in _BUDGET if name in written}, "$.gpu")
    required = written.get("required", False)
    if type(required) is not bool:
        raise SpecError(f"$.gpu.required: expected true or false, got {required!r}")
    checks = written.get("checks") or {}
    if not isinstance(checks, dict) or not all(isinstance(one, dict | None) for one in checks.values()):
        raise SpecError("$.gpu.checks: expected check ids, each with what differs from the above below it")
    per_check = {
        str(name): _budget(budget, one or {}, f"$.gpu.checks.{name}") for name, one in checks.items()
    }
    return GpuSpec(budget, required, _quota(written.get("quota")), per_check)


def _budget(base: GpuBudget, written: Mapping[str, Any], place: str) -> GpuBudget:
    changed: dict[str, Any] = {}
    for name, value in written.items():
        try:
            changed[name] = _value(name, value)
        except SpecError as error:
            raise error.at(f"{place}.{name}") from None
    budget = replace(base, **changed)
    if budget.seconds > budget.wall * budget.devices:
        raise SpecError(
            f"{place}: {budget.devices} × {budget.wall:g} s of wall time cannot hold {budget.seconds:g} "
            f"GPU-seconds; raise `wall` or lower `seconds`"
        )
    return budget


def _value(name: str, value: object) -> float | int:
    if name == "devices":
        if type(value) is not int or not 1 <= value <= MOST_DEVICES:
            raise SpecError(f"expected a whole number from 1 to {MOST_DEVICES}, got {value!r}")
        return value
    if name in ("seconds", "wall"):
        return _seconds(value)
    if name == "memory":
        return parse_size(value)
    raise SpecError(f"unknown key; allowed are {', '.join(_BUDGET)}")


def _seconds(value: object) -> float:
    """``120`` or whatever `parse_seconds` reads."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not 0 < value < 1e9:
            raise SpecError(f"expected seconds above 0, got {value!r}")
        return float(value)
    return parse_seconds(value)


def _quota(value: object) -> float | None:
    """Seconds a day from ``"600s/day"``."""
    if value is None:
        return None
    match = re.fullmatch(r"(.+)/ ?day", value) if isinstance(value, str) else None
    if match is None:
        raise SpecError(f'$.gpu.quota: expected a time a day like "600s/day", got {value!r}')
    try:
        return parse_seconds(match[1].strip())
    except SpecError as error:
        raise error.at("$.gpu.quota") from None
