"""The closed lists of verdicts and reasons."""

from __future__ import annotations

from grader.core.verdict import REASONS, Reason, Status, fits


def test_lists_are_those_of_the_contract() -> None:
    """Nothing may be added or renamed silently: years of results carry these words."""
    assert [status.value for status in Status] == (
        ["passed", "failed", "error", "timeout", "memory", "crashed", "missing", "not_run", "grader_error"]
    )
    assert [reason.value for reason in Reason] == [
        "assertion",
        "exception",
        "syntax",
        "import",
        "bad_value",
        "name_absent",
        "not_written",
        "no_file",
        "refused",
        "cpu",
        "wall",
        "memory",
        "output",
        "processes",
        "gpu_seconds",
        "gpu_memory",
        "signal",
        "exit",
        "protocol",
        "no_gpu",
        "unmet",
        "reference",
        "device",
    ]


def test_every_status_but_passed_has_reasons() -> None:
    """Passed has no reason, every other status at least one, and each reason belongs somewhere."""
    assert set(REASONS) == set(Status)
    assert [status for status in Status if not REASONS[status]] == [Status.PASSED]
    assert frozenset().union(*REASONS.values()) == frozenset(Reason)


def test_fits() -> None:
    """The pair must come from the table."""
    assert fits(Status.PASSED, None)
    assert fits(Status.TIMEOUT, Reason.CPU)
    assert not fits(Status.FAILED, None)
    assert not fits(Status.PASSED, Reason.ASSERTION)
    assert not fits(Status.TIMEOUT, Reason.SYNTAX)
