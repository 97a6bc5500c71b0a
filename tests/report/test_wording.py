"""The words of reports that depend on figures."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from grader.core.gpu import GpuBudget
from grader.core.result import CheckResult, Measured, Visibility
from grader.report.wording import gpu_text, memory_text, need_text


def _check(visibility: Visibility, status: str, reason: str | None, measured: Measured) -> CheckResult:
    return CheckResult(
        id="test_f",
        title="f",
        visibility=visibility,
        status=status,
        reason=reason,
        points=Fraction(0),
        max_points=Fraction(1),
        measured=measured,
    )


def test_a_memory_verdict_has_its_figures() -> None:
    """What was used and what the reference needs, as far as they are known; no other verdict has them."""
    both = Measured(1.0, 1.0, 2254857830, 300 << 20)
    stopped = _check("public", "memory", "memory", both)
    assert memory_text(stopped, "student") == "It used 2.1 GiB; the reference needs 300 MiB."
    assert memory_text(_check("public", "memory", "memory", Measured(peak_bytes=5)), "student") == (
        "It used less than 1 MiB."
    )
    assert memory_text(_check("public", "memory", "memory", Measured()), "instructor") == ""
    assert memory_text(_check("public", "timeout", "cpu", both), "instructor") == ""


def test_use_in_a_hidden_check_is_for_the_instructor() -> None:
    """A submission could make it depend on the hidden inputs; what the reference needs is no such channel."""
    hidden = _check("hidden", "memory", "memory", Measured(1.0, 1.0, 300 << 20, 40 << 20))
    assert memory_text(hidden, "student") == "The reference needs 40 MiB."
    assert memory_text(hidden, "instructor") == "It used 300 MiB; the reference needs 40 MiB."


def test_an_import_that_took_too_long_has_its_figures() -> None:
    """CPU time, whichever clock stopped it; what is not known is not told, nor what a hidden check used."""
    both = Measured(20.0, 12.34, 1 << 20, reference_cpu_seconds=0.03)
    for reason in ("cpu", "wall"):
        public = _check("public", "timeout", reason, both)
        hidden = _check("hidden", "timeout", reason, both)
        assert (
            need_text(public, "student") == "It used 12.3 s of CPU time; the reference needs less than 0.1 s."
        )
        assert need_text(hidden, "instructor") == need_text(public, "student")
        assert need_text(hidden, "student") == "The reference needs less than 0.1 s of CPU time."
    unmeasured = dataclasses.replace(both, cpu_seconds=0.0)
    assert need_text(_check("public", "timeout", "cpu", unmeasured), "student").startswith("The reference")
    assert need_text(_check("public", "timeout", "cpu", Measured(20.0, 12.34)), "student") == ""
    assert need_text(_check("public", "error", "import", both), "student") == ""


def test_a_student_is_told_tenths_of_what_a_hidden_check_used_of_a_gpu() -> None:
    """What is used could tell of hidden inputs; instructors, and students in public checks, see it exactly."""
    used = Measured(1.0, 1.0, 1, gpu_seconds=41.3, gpu_peak_bytes=3 << 30)
    hidden = dataclasses.replace(_check("hidden", "failed", "assertion", used), gpu=GpuBudget(seconds=60.0))
    public = dataclasses.replace(hidden, visibility="public")
    over = dataclasses.replace(hidden, measured=dataclasses.replace(used, gpu_seconds=60.2))
    assert gpu_text(hidden, "student") == "at most 42 of 60 GPU-seconds"
    assert gpu_text(over, "student") == "more than its 60 GPU-seconds"
    assert (
        gpu_text(hidden, "instructor")
        == gpu_text(public, "student")
        == "41.3 of 60 GPU-seconds, 3.0 of 8.0 GiB"
    )
