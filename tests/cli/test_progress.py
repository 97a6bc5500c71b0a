"""What is said while grading goes on, where nobody watches a bar."""

from __future__ import annotations

import pytest

from grader.cli import progress
from grader.cli.progress import ClassProgress, Progress
from grader.core.gpu import WAITING

HOLDER = f"{WAITING}: GPU-1234abcd: held by root (process 4711), since 2026-03-01T12:00:00+01:00, for a very long time"


@pytest.mark.parametrize("kind", [Progress, ClassProgress])
def test_a_log_says_for_whom_a_check_waits(
    kind: type[Progress] | type[ClassProgress],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In whole lines, however wide the terminal, and not for every submission of a class; how far a check is, not."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setenv("COLUMNS", "40")
    with kind(3) as shown:
        shown.told("test_a", "epoch 1 of 3", "ann")
        shown.told("test_a", HOLDER, "ann")
        now[0] += 30.0
        shown.told("test_a", HOLDER.replace("4711", "4712"), "bob")
        now[0] += 31.0
        shown.told("test_a", HOLDER.replace("4711", "4713"), "cy")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        f"ann · test_a: {HOLDER}",
        f"cy · test_a: {HOLDER.replace('4711', '4713')}",
    ]
