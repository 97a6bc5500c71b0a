"""An audit in words: the summary, the matrix checks × misconceptions, and the JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.core.audit import Audit, CheckRow, MisconceptionRow

NAMED, CAUGHT, LEFT_OUT, BLANK = "●", "○", "·", " "


def lines(one: Audit, verbose: bool = False) -> Iterator[str]:
    """The audit of one assignment; with `verbose` the matrix, and why each check is kept."""
    verdict = "passed" if one.passed else "NOT FIT"
    yield f"{one.slug}: {verdict} · {one.points:g} points, {len(one.checks)} checks"
    total = len(one.counted)
    yield f"  misconceptions  {one.caught}/{total} lose points, {one.named}/{total} named"
    yield f"  examples        {one.examples}; wrong ones with their cause named {one.wrong_named}/{one.wrong}"
    for finding in one.findings:
        forgiven = f" (accepted: {finding.forgiven})" if finding.forgiven else ""
        yield f"  - {finding.subject}: {finding.text}{forgiven}"
    if verbose:
        yield from _matrix(one)


def _matrix(one: Audit) -> Iterator[str]:
    yield ""
    yield "  checks: CPU seconds of the reference; misconceptions caught, of these by no other check"
    width = max((len(check.id) for check in one.checks), default=0)
    for number, check in enumerate(one.checks, start=1):
        seconds = one.cpu_seconds.get(check.id)
        cost = "     –" if seconds is None else f"{seconds:6.3f}"
        yield f"  {number:>3}  {check.id:<{width}}  {cost}  {check.catches:>3} {len(check.alone):>3}{_why(check)}"
    yield ""
    yield f"  {NAMED} caught and named   {CAUGHT} caught   {LEFT_OUT} not run (slow, not claimed)"
    width = max((len(row.id) for row in one.misconceptions), default=0)
    yield f"  {'':<{width}}  " + "".join(f"{number:>3}" for number in range(1, len(one.checks) + 1))
    for row in one.misconceptions:
        cells = "".join(f"  {_cell(row, check)}" for check in one.checks)
        yield f"  {row.id:<{width}}  {cells}{'  accepted' if row.accepted else ''}".rstrip()
    yield ""


def _why(check: CheckRow) -> str:
    slow = "  slow" if check.slow else ""
    return f"{slow}  kept: {check.kept}" if check.kept else slow


def _cell(row: MisconceptionRow, check: CheckRow) -> str:
    if check.id in row.left_out:
        return LEFT_OUT
    if check.id in row.named_by:
        return NAMED
    return CAUGHT if check.id in row.caught_by else BLANK


def table(audits: Sequence[Audit]) -> Iterator[str]:
    """The table of the README, in Markdown."""
    yield "| assignment | points | checks | misconceptions caught / named | wrong examples named |"
    yield "|---|---|---|---|---|"
    for one in audits:
        caught = f"{one.caught} / {one.named} of {len(one.counted)}"
        yield f"| `{one.slug}` | {one.points:g} | {len(one.checks)} | {caught} | {one.wrong_named} of {one.wrong} |"
    counted, named = sum(len(one.counted) for one in audits), sum(one.named for one in audits)
    wrong, wrong_named = sum(one.wrong for one in audits), sum(one.wrong_named for one in audits)
    points, checks = sum(one.points for one in audits), sum(len(one.checks) for one in audits)
    all_caught = f"{sum(one.caught for one in audits)} / {named} of {counted}"
    yield f"| all | {points:g} | {checks} | {all_caught} | {wrong_named} of {wrong} |"


def summary(audits: Sequence[Audit]) -> list[dict[str, object]]:
    """The audits as JSON values."""
    return [
        {
            "assignment": one.slug,
            "passed": one.passed,
            "points": one.points,
            "checks": [
                {
                    "id": c.id,
                    "slow": c.slow,
                    "catches": c.catches,
                    "alone": list(c.alone),
                    "kept": c.kept or None,
                }
                for c in one.checks
            ],
            "misconceptions": len(one.counted),
            "caught": one.caught,
            "named": one.named,
            "examples": one.examples,
            "wrong": one.wrong,
            "wrong_named": one.wrong_named,
            "findings": [
                {"subject": f.subject, "text": f.text, "forgiven": f.forgiven or None} for f in one.findings
            ],
            "matrix": {
                row.id: {
                    "accepted": row.accepted,
                    "caught_by": list(row.caught_by),
                    "named_by": list(row.named_by),
                    "not_run": list(row.left_out),
                }
                for row in one.misconceptions
            },
            "measured": {"cpu_seconds": one.cpu_seconds},
        }
        for one in audits
    ]
