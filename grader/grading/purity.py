"""Which functions some check watches for changed arguments: every function is pure unless `mutates:` names it."""

from __future__ import annotations

from typing import Any

from grader.checks.collect import Case, Check
from grader.checks.execute import execute
from grader.checks.loopback import Loopback
from grader.checks.oracle import REFERENCE_SECONDS
from grader.checks.run import Run
from grader.core.audit import Finding
from grader.grading.desk import Desk
from grader.pen import wire


class _Watched(Loopback):
    """Notes who is given arrays, and whose arguments the check looks at afterwards."""

    def __init__(self, desk: Desk, seed: int) -> None:
        super().__init__(desk.oracle.reference.module, seed, str(desk.oracle.reference.folder))
        self.given: set[str] = set()
        self.looked_at: set[str] = set()

    def exchange(self, body: bytes) -> bytes:
        request = wire.decode(body, lambda tag, payload: None)
        if request.get("op") in ("call", "batch"):
            if _holds_array([request["args"], request["kwargs"], request.get("columns", [])]):
                self.given.add(request["name"])
            if request["observed"]:
                self.looked_at.add(request["name"])
        return super().exchange(body)


def _holds_array(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_array, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_holds_array, value))
    return hasattr(value, "dtype") and hasattr(value, "ndim") and value.ndim > 0


def unwatched(desk: Desk) -> list[Finding]:
    """A finding for each function that gets arrays while no check looks whether it changes them."""
    given: set[str] = set()
    looked_at: set[str] = set()
    for check in desk.checks:
        for case in () if check.slow else check.cases:
            channel = _run(desk, check, case)
            given |= channel.given
            looked_at |= channel.looked_at
    known = vars(desk.oracle.reference.module)
    absent = [name for name in desk.assignment.mutates if name not in known]
    return [Finding(name, "assignment.yaml: $.mutates: there is no such function") for name in absent] + [
        Finding(name, "no check looks whether it changes its arguments (`pure`, or `.observed` if it may)")
        for name in sorted(given - looked_at)
    ]


def _run(desk: Desk, check: Check, case: Case) -> _Watched:
    seed = desk.seeds(check, case)
    channel = _Watched(desk, seed)
    execute(case, Run(channel, seed, data=desk.oracle.data), REFERENCE_SECONDS)
    return channel
