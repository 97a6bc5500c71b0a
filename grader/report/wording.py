"""The words of all reports: what a verdict is called, what it means, how points are written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from grader.core.result import CheckResult, Detail, Score, SubmissionResult, decimal, hundredths
from grader.core.verdict import Reason, Status

Audience = Literal["student", "instructor"]

UNSANDBOXED = "UNSANDBOXED: this code ran without a sandbox. Do not publish these results."

LABELS = {
    Status.PASSED: "passed",
    Status.FAILED: "failed",
    Status.ERROR: "error",
    Status.TIMEOUT: "too slow",
    Status.MEMORY: "memory",
    Status.CRASHED: "crashed",
    Status.MISSING: "missing",
    Status.NOT_RUN: "not run",
    Status.GRADER_ERROR: "grader error",
}

# shapes differ as well as colours: a verdict is readable in black and white
SYMBOLS = {
    Status.PASSED: "✓",
    Status.FAILED: "✗",
    Status.ERROR: "!",
    Status.TIMEOUT: "◷",
    Status.MEMORY: "▣",
    Status.CRASHED: "†",
    Status.MISSING: "○",
    Status.NOT_RUN: "–",
    Status.GRADER_ERROR: "?",
}

NEXT_STEPS = {
    Reason.ASSERTION: "Try the smallest input by hand and compare each line of your function with it.",
    Reason.EXCEPTION: "Call it yourself with a small input and read the last line of the traceback.",
    Reason.SYNTAX: "Python cannot read the file at all. Mend this line first; then the other checks can run.",
    Reason.IMPORT: "The file stops while it is imported, so no check can run. Only listed packages exist.",
    Reason.BAD_VALUE: "Compare what the function returns with what its docstring promises: type, then shape.",
    Reason.NAME_ABSENT: "Define it at the top level of the file, under exactly this name.",
    Reason.NOT_WRITTEN: "Start from the docstring in the stub; the line that raises must go.",
    Reason.NO_FILE: "Hand in the file under the name that the assignment asks for.",
    Reason.REFUSED: "Nothing of it was graded. Pack it again and hand it in once more.",
    Reason.CPU: "Look for a Python loop that numpy can do in one line, or a loop that never ends.",
    Reason.WALL: "It waited for something, or a loop never ends.",
    Reason.MEMORY: "Look for an array that is larger than it needs to be: print its shape.",
    Reason.OUTPUT: "Remove prints inside loops.",
    Reason.PROCESSES: "Do not start threads or processes.",
    Reason.GPU_SECONDS: "Move work out of Python loops, and do not copy between CPU and GPU in them.",
    Reason.GPU_MEMORY: "Use smaller batches, and do not keep tensors that still hold their graph.",
    Reason.SIGNAL: "The Python process died. Look for very deep recursion or a broken extension call.",
    Reason.EXIT: "Remove calls of exit() or quit(): they end the whole process.",
    Reason.PROTOCOL: "The process answered with something that is not an answer.",
    Reason.NO_GPU: "This check needs a GPU; it runs as soon as there is one for it.",
    Reason.UNMET: "Something this check needs is not on this machine; it will run where it is.",
    Reason.REFERENCE: "This is a fault of the assignment, not yours. You lose nothing.",
    Reason.DEVICE: "The machine failed, not you. You lose nothing.",
}


TRAINING = (
    "Mend the checks before this one first. Then look at the curves: does the loss fall, and does it still fall at "
    "the end? The matrix shows which classes are mixed up."
)


def gpu_text(check: CheckResult, audience: Audience) -> str:
    """``120.4 of 120 GPU-seconds, 3.1 of 8.0 GiB``; empty for a check that had no GPU.

    Of a hidden check a student is told tenths of the budget: what is used could be made to depend on hidden inputs.
    """
    if check.gpu is None:
        return ""
    budget, used = check.gpu, check.measured
    if audience == "instructor" or check.visibility == "public":
        seconds = f"{used.gpu_seconds:.1f} of {budget.seconds:g} GPU-seconds"
        return f"{seconds}, {used.gpu_peak_bytes / 2**30:.1f} of {budget.memory / 2**30:.1f} GiB"
    tenths = math.ceil(10 * used.gpu_seconds / budget.seconds)
    if tenths > 10:
        return f"more than its {budget.seconds:g} GPU-seconds"
    return f"at most {tenths / 10 * budget.seconds:g} of {budget.seconds:g} GPU-seconds"


def device_texts(result: SubmissionResult) -> list[str]:
    """What the submission ran on and why, and what is left of its author's ration; none if no GPU is asked for."""
    return [text for text in (result.device_note, result.quota_note) if text]


def next_step(check: CheckResult) -> str:
    """One sentence on what to do about this verdict; empty where the message already names the mistake."""
    if check.misconception:
        return ""
    if check.evidence and check.status is Status.FAILED:
        return TRAINING
    if check.status is Status.GRADER_ERROR:
        return NEXT_STEPS[Reason.DEVICE if check.reason is Reason.DEVICE else Reason.REFERENCE]
    return NEXT_STEPS[check.reason] if check.reason else ""


def memory_text(check: CheckResult, audience: Audience) -> str:
    """What a check that exceeded its memory limit used, and what the reference needs; empty for other checks.

    A student is not told what was used in a hidden check: it could be made to depend on the hidden inputs.
    """
    if check.reason is not Reason.MEMORY:
        return ""
    used, needed = check.measured.peak_bytes, check.measured.reference_bytes
    open_ = audience == "instructor" or check.visibility == "public"
    told = [f"it used {_size(used)}"] if used and open_ else []
    told += [f"the reference needs {_size(needed)}"] if needed else []
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def time_text(check: CheckResult, audience: Audience) -> str:
    """The same of CPU time, for an import that took too long: the only time of the reference that is known."""
    needed = check.measured.reference_cpu_seconds
    if check.reason not in (Reason.CPU, Reason.WALL) or not needed:
        return ""
    used = check.measured.cpu_seconds
    if not used or (audience == "student" and check.visibility == "hidden"):
        return f"The reference needs {_seconds(needed)} of CPU time."
    return f"It used {_seconds(used)} of CPU time; the reference needs {_seconds(needed)}."


def need_text(check: CheckResult, audience: Audience) -> str:
    """What a check used of that which it exceeded, and what the reference needs; empty where neither is known."""
    return memory_text(check, audience) or time_text(check, audience)


def _seconds(count: float) -> str:
    """CPU time as it is told: ``12.3 s``, ``less than 0.1 s``."""
    return f"{count:.1f} s" if count >= 0.1 else "less than 0.1 s"


def _size(count: int) -> str:
    """Bytes as memory is told: ``2.1 GiB``, ``281 MiB``, ``less than 1 MiB``."""
    if count >= 1 << 30:
        return f"{count / (1 << 30):.1f} GiB"
    return f"{count / (1 << 20):.0f} MiB" if count >= 1 << 20 else "less than 1 MiB"


def first_to_mend(checks: Sequence[CheckResult]) -> CheckResult | None:
    """The first check that a student should look at: in the assignment's order, which builds up."""
    return next((check for check in checks if not check.passed and not check.undecided), None)


def same_cause(check: CheckResult, first: CheckResult | None) -> bool:
    """Whether this check only repeats the first one's message, as after a syntax error."""
    if first is None or check.message != first.message:
        return False
    return (check.status, check.reason) == (first.status, first.reason)


def visible(check: CheckResult, audience: Audience) -> Detail:
    """What of the detail this audience may see: a student nothing of a hidden check.

    A print inside a hidden check would publish its inputs.
    """
    if audience == "instructor":
        return check.detail
    if check.visibility == "public":
        return Detail(check.detail.output, check.detail.frames)
    return Detail()


def points(value: float) -> str:
    """Points as short as they are exact: ``5``, ``2.5``, ``33.33``."""
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")


def earned(check: CheckResult) -> str:
    """``2.5 of 5``; a check that could not be judged shows ``– of 5``."""
    got = "–" if check.undecided else points(decimal(hundredths(check.points)))
    return f"{got} of {points(decimal(hundredths(check.max_points)))}"


def score_text(score: Score) -> str:
    """``71.50``, or ``60.00–71.50`` while provisional."""
    low = f"{decimal(score.low):.2f}"
    return f"{low}–{decimal(score.high):.2f}" if score.provisional else low


def passed_text(result: SubmissionResult) -> str:
    """``18 of 24 checks passed``."""
    return f"{sum(check.passed for check in result.checks)} of {len(result.checks)} checks passed"


def manual_text(result: SubmissionResult) -> str:
    """What is still to be marked by a person; empty if nothing is."""
    if not result.manual:
        return ""
    more = points(decimal(hundredths(sum((item.max_points for item in result.manual), Fraction(0)))))
    what = ", ".join(item.title for item in result.manual)
    return f"Not in this score: {more} points that a person marks ({what})."


def provisional_text(result: SubmissionResult) -> str:
    """Why the score is not final yet; empty if it is."""
    count = sum(check.undecided for check in result.checks)
    if not count:
        return ""
    what = "1 check" if count == 1 else f"{count} checks"
    return f"Provisional: {what} could not be judged. That is not your fault; the score can only rise."
