"""Every misconception against every check that it can reach: which check catches it, and which one names it."""

from __future__ import annotations

from collections.abc import Iterator

from grader.checks.collect import Check
from grader.checks.loopback import ModuleSession
from grader.checks.misconception import Misconception
from grader.checks.oracle import reference_problem
from grader.core.audit import Audit, CheckRow, Finding, MisconceptionRow
from grader.core.result import CheckResult
from grader.grading.desk import Desk
from grader.grading.forgiven import Forgiven

DIAGNOSIS_SECONDS = 5.0  # CPU, all misconceptions on one check: paid once by each judge process


def fill(desk: Desk, outcome: Audit, forgiven: Forgiven, full: bool) -> None:
    """Run the misconceptions in this process and put rows and findings into `outcome`.

    A slow check runs for the misconceptions that it claims, with `full` for all. Without a reference that passes
    there is nothing to compare with, and only that is found.
    """
    broken = _broken(desk)
    outcome.findings += broken
    if broken:
        return
    for check in desk.checks:
        _diagnosis(desk, check, outcome)
        outcome.findings += _claims(desk, check)
    outcome.misconceptions = [_row(desk, card, full) for card, _ in desk.oracle.reference.misconceptions]
    for row in outcome.misconceptions:
        outcome.findings += _judged(desk, row, forgiven)
    outcome.checks = [_check_row(check, outcome, forgiven) for check in desk.checks]
    outcome.findings += [
        Finding(
            row.id,
            "catches no misconception that the others miss; say under `kept:` in audit.yaml why it stays",
        )
        for row in outcome.checks
        if not row.alone and not row.kept
    ]


def _broken(desk: Desk) -> list[Finding]:
    problems = {
        check.id: problem
        for check in desk.checks
        for case in check.cases
        if (problem := reference_problem(desk.oracle.expected(check, case))) is not None
    }
    return [Finding(name, f"the reference does not pass: {text}") for name, text in problems.items()]


def _diagnosis(desk: Desk, check: Check, outcome: Audit) -> None:
    for case in check.cases:
        desk.oracle.variants(check, case)
    if desk.oracle.spent(check) > DIAGNOSIS_SECONDS and not check.slow:
        text = f"its misconceptions cost more than {DIAGNOSIS_SECONDS:g} CPU s"
        outcome.findings.append(Finding(check.id, text))


def _claims(desk: Desk, check: Check) -> list[Finding]:
    known = {card.id for card, _ in desk.oracle.reference.misconceptions}
    return [
        Finding(check.id, f"claims {name}, which is not in misconceptions.py")
        for name in check.claims or ()
        if name not in known
    ]


def _row(desk: Desk, card: Misconception, full: bool) -> MisconceptionRow:
    touched = [check for check in desk.checks if desk.oracle.touches(check, card)]
    run = [check for check in touched if full or check.runs(card.id)]
    lost = [result for check in run for result in _graded(desk, card, check) if not result.passed]
    return MisconceptionRow(
        id=card.id,
        accepted=card.accepted,
        caught_by=tuple(result.id for result in lost),
        named_by=tuple(result.id for result in lost if result.misconception == card.id),
        left_out=tuple(check.id for check in touched if check not in run),
        named_instead=tuple(sorted({r.misconception for r in lost if r.misconception} - {card.id})),
    )


def _graded(desk: Desk, card: Misconception, check: Check) -> Iterator[CheckResult]:
    """The misconception as if it were handed in; one that keeps state starts anew in each check."""
    data = str(desk.images.folder) if desk.images is not None else ""
    session = ModuleSession(desk.oracle.module(card), str(desk.oracle.reference.folder), data)
    return desk.judge().only([check]).checks_of({}, session)


def _judged(desk: Desk, row: MisconceptionRow, forgiven: Forgiven) -> list[Finding]:
    if row.accepted:
        return [Finding(row.id, f"accepted, but loses points in {row.caught_by[0]}")] if row.caught_by else []
    found = [
        Finding(check.id, f"claims {row.id}, but does not catch it")
        for check in desk.checks
        if row.id in (check.claims or ()) and check.id not in row.caught_by
    ]
    if not row.caught_by:
        reached = any(
            desk.oracle.touches(check, card)
            for card, _ in desk.oracle.reference.misconceptions
            if card.id == row.id
            for check in desk.checks
        )
        what = "equals the reference on every check" if reached else "no check calls the function"
        return [*found, Finding(row.id, f"loses no points: {what}")]
    if not row.named:
        instead = ", ".join(row.named_instead) or "nothing"
        found.append(forgiven.finding(row.id, f"is not named by any check; named instead: {instead}"))
    return found


def _check_row(check: Check, outcome: Audit, forgiven: Forgiven) -> CheckRow:
    caught = [row for row in outcome.counted if check.id in row.caught_by]
    alone = tuple(row.id for row in caught if row.caught_by == (check.id,))
    return CheckRow(check.id, check.slow, len(caught), alone, forgiven.kept.get(check.id, ""))
