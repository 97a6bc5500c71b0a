"""A wrong function makes its callers wrong: a failed check without a cause points at a mistake named elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.checks.collect import Check
from grader.checks.oracle import Oracle
from grader.core.result import CheckResult
from grader.core.verdict import Status


def follow(
    results: Sequence[CheckResult], checks: Sequence[Check], oracle: Oracle
) -> tuple[CheckResult, ...]:
    """The results, in the same order; unexplained failures say which named mistake may be behind them.

    It may be if a misconception of the same function shows in the check: then the check looks at that function.
    """
    causes = _causes(results)
    known = {check.id: check for check in checks}
    if not causes:
        return tuple(results)
    return tuple(_pointed(result, causes, known, oracle) for result in results)


def _causes(results: Sequence[CheckResult]) -> dict[str, str]:
    """Function with a named mistake → the first check that names it."""
    causes: dict[str, str] = {}
    for result in results:
        if result.misconception and not result.misconception.startswith("generic/"):
            causes.setdefault(result.misconception.partition(".")[2].partition("/")[0], result.id)
    return causes


def _pointed(
    result: CheckResult, causes: dict[str, str], checks: dict[str, Check], oracle: Oracle
) -> CheckResult:
    if result.status not in (Status.FAILED, Status.ERROR) or result.misconception or result.id not in checks:
        return result
    check = checks[result.id]
    reached = {card.function for case in check.cases for card, _ in oracle.variants(check, case)}
    behind = next(((name, place) for name, place in causes.items() if name in reached), None)
    if behind is None:
        return result
    text = f"The mistake in `{behind[0]}` (see {behind[1]}) may be behind this: mend it first."
    return replace(result, message=f"{result.message}\n{text}")
