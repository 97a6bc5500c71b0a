"""From how a case ended to the words that a student reads: what is wrong, where, and which mistake fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from grader.checks.collect import Case, Check
from grader.checks.execute import Ending
from grader.checks.generic import Diagnosis, diagnose
from grader.checks.kinds import UNSENT, diagnose_dtype, diagnose_kind
from grader.checks.misconception import Misconception
from grader.checks.oracle import Oracle
from grader.checks.run import CheckFailed, Run, Unsettled
from grader.checks.student import BadResult, StudentMissing, StudentRaised
from grader.checks.trace import Trace, explains
from grader.checks.values import BUILTIN_ERRORS, coarse, describe
from grader.core.limits import Limits
from grader.core.verdict import Reason, Status
from grader.sandbox.session import Stopped

MAX_MESSAGE = 4000  # characters


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a report says of a failed check.

    Attributes:
        message: for the student; in hidden checks without any value or text of the student's process.
        misconception: the id of the first cause that fits, or None.
        frames: the student's own lines of the traceback, for public checks and instructors.
        instructor: what was left out of the message of a hidden check.
    """

    message: str
    misconception: str | None = None
    frames: str = ""
    instructor: str = ""


def explain(
    ending: Ending,
    check: Check,
    case: Case,
    run: Run,
    oracle: Oracle,
    limits: Limits,
    files: Mapping[str, bytes],
) -> Explanation:
    """The explanation of a case that did not pass.

    `files` is the submission, to tell true places in it from invented ones. Hidden checks use a closed
    vocabulary: names, shapes and digits of the student's making could spell out an input.
    """
    expected = oracle.expected(check, case).trace
    lines = [_place(check, case) + _what(ending, check, run, expected, limits, files)]
    private = _values(ending)
    if check.public and private:
        lines.append(private)
    cause, advice = None, ""
    if ending.status in (Status.FAILED, Status.ERROR):
        cause, advice = _cause(ending, check, case, run, oracle)
    if advice:
        lines.append(advice)
    frames = _frames(ending.error) if isinstance(ending.error, StudentRaised) else ""
    return Explanation(clip("\n".join(lines)), cause, frames, "" if check.public else clip(private))


def _place(check: Check, case: Case) -> str:
    if len(check.cases) == 1:
        return ""
    number = [other.name for other in check.cases].index(case.name) + 1
    name = f" ({case.name})" if check.public else ""
    return f"Case {number} of {len(check.cases)}{name}: "


def _what(
    ending: Ending, check: Check, run: Run, expected: Trace, limits: Limits, files: Mapping[str, bytes]
) -> str:
    error = ending.error
    if isinstance(error, Stopped) and ending.reason in _DEVICES:
        return _DEVICES[ending.reason].format(used=error.detail)
    if isinstance(error, StudentMissing):
        if error.reason == "name_absent":
            return f"`{error.function}` is not there; the name must be exactly this."
        return f"`{error.function}` is not written yet: it raises NotImplementedError."
    if ending.status is Status.MEMORY:
        return f"Stopped at its memory limit of {size(limits.memory)}."
    if isinstance(error, StudentRaised):
        name = error.type if check.public else _known_type(error)
        return f"`{error.function}` raised {name}{_line(error, files)}."
    if ending.status is Status.TIMEOUT:
        return _timeout(ending, run, limits, _words(check))
    if ending.status is Status.CRASHED:
        return _CRASHES[ending.reason or Reason.PROTOCOL].format(output=size(limits.output))
    if isinstance(error, Unsettled):
        return str(error)
    if isinstance(error, CheckFailed):
        return f"{_sentence(error.text, {name for name, _ in run.trace.calls})}."
    if ending.reason is Reason.BAD_VALUE:
        return _bad_value(error, run, expected, check)
    return "This property does not hold."


def _sentence(text: str, functions: AbstractSet[str]) -> str:
    """With a capital letter, unless it begins with a name of the code: relu, lr_step, dx, db1."""
    first = (text.split(maxsplit=1) or [""])[0].strip(",:;")
    short = len(first) <= 2 and (first[:1] == "d" or len(first) == 1) and first != "a"
    if short or not first.isalpha() or first in functions:
        return text
    return text[:1].upper() + text[1:]


def _words(check: Check) -> Callable[[str], str]:
    return str if check.public else coarse


def _known_type(error: StudentRaised) -> str:
    """The exception's type if built in, else its nearest base that is: a class may be named after an input."""
    return next((name for name in error.chain if name in BUILTIN_ERRORS), "an exception")


def _line(error: StudentRaised, files: Mapping[str, bytes]) -> str:
    """The innermost line of the traceback that there is in the submission."""
    for file, line, _, _ in reversed(error.frames):
        if file in files and 1 <= line <= files[file].count(b"\n") + 1:
            return f" in {file}, line {line}"
    return ""


def _timeout(ending: Ending, run: Run, limits: Limits, words: Callable[[str], str]) -> str:
    name = run.trace.calls[-1][0] if run.trace.calls else "the submission"
    if ending.reason is Reason.CPU:
        return f"`{name}` was stopped at its limit of {limits.cpu:g} s of CPU time: is there a loop that never ends?"
    if run.trace.calls and run.trace.calls[-1][1]:
        returned = words(run.trace.calls[-1][1])
        return (
            f"Working with what `{name}` returned took longer than {limits.wall:g} s: it returned {returned}."
        )
    return f"`{name}` was stopped after {limits.wall:g} s: does it wait for something, or never end?"


DEVICE_FAILED = "The GPU failed while this check ran, not you: nothing is lost."
_DEVICES: Mapping[Reason | None, str] = {
    Reason.GPU_SECONDS: "Stopped at its budget of GPU time: {used}.",
    Reason.GPU_MEMORY: "Stopped at its limit of GPU memory: {used}.",
    Reason.DEVICE: DEVICE_FAILED,
}
_CRASHES = {
    Reason.SIGNAL: "The process died in the middle of the call (a segmentation fault, say).",
    Reason.EXIT: "The process ended itself in the middle of the call.",
    Reason.PROTOCOL: "What came back was not an answer to the call.",
    Reason.OUTPUT: "More than {output} were printed, or thousands of files made; the check was stopped.",
    Reason.PROCESSES: "Too many processes were started; the check was stopped.",
}


def _bad_value(error: BaseException | None, run: Run, expected: Trace, check: Check) -> str:
    words = _words(check)
    if isinstance(error, BadResult):
        why = UNSENT.get(error.why) or (error.why if check.public else "something that is no plain value")
        return f"`{error.function}` returned {why}{_instead(run, expected)}."
    if not run.trace.calls or not run.trace.calls[-1][1]:
        return "The check could not work with what it was given."
    name, got, want = _parted(run, expected)
    if name:
        return f"`{name}` returned {words(got)} where {want} is expected."
    return f"The check cannot work with what `{run.trace.calls[-1][0]}` returned ({words(run.trace.calls[-1][1])})."


def _parted(run: Run, expected: Trace) -> tuple[str, str, str]:
    """(function, what it gave, what the reference gives) of the last call where their descriptions part."""
    for place in range(min(len(run.trace.calls), len(expected.calls)) - 1, -1, -1):
        (name, got), want = run.trace.calls[place], expected.calls[place][1]
        if got != want and want:
            return name, got, want
    return "", "", ""


def _instead(run: Run, expected: Trace) -> str:
    place = len(run.trace.calls) - 1
    want = expected.calls[place][1] if 0 <= place < len(expected.calls) else ""
    return f" where {want} is expected" if want else ""


def _values(ending: Ending) -> str:
    """What only public checks and instructors see."""
    error = ending.error
    if isinstance(error, Stopped) and ending.reason is Reason.DEVICE:
        return error.detail
    if isinstance(error, StudentRaised):
        return f"{error.type}: {error.text}"
    if isinstance(error, CheckFailed):
        return error.values[:1].upper() + error.values[1:] + "." if error.values else ""
    if isinstance(error, AssertionError):
        return str(error).split("\nassert ")[0]
    return ""


def _cause(ending: Ending, check: Check, case: Case, run: Run, oracle: Oracle) -> tuple[str | None, str]:
    expected = oracle.expected(check, case).trace
    traces = [
        (card, trace) for card, trace in oracle.variants(check, case) if explains(trace, run.trace, expected)
    ]
    fitting = _nearest(traces, run.trace, ending.error)
    if fitting:
        return fitting[0].id, _advice(fitting, _function(ending, run))
    found = _generic(ending, run, expected)
    if found is None:
        return None, ""
    detail = f" ({found.detail})" if found.detail and check.public else ""
    return found.id, f"Likely cause: {found.advice}{detail}."


def _generic(ending: Ending, run: Run, expected: Trace) -> Diagnosis | None:
    error = ending.error
    if not isinstance(error, CheckFailed):
        return diagnose_kind(*_parted(run, expected)[1:]) if ending.reason is Reason.BAD_VALUE else None
    found = error.mismatch
    if found is None:
        return None
    if found.kind == "type":
        return diagnose_kind(describe(found.got), describe(found.want))
    special = diagnose_dtype(str(found.got.dtype), str(found.want.dtype)) if found.kind == "dtype" else None
    return special or diagnose(found, run.inputs)


def _nearest(
    traces: list[tuple[Misconception, Trace]], student: Trace, error: BaseException | None
) -> list[Misconception]:
    """The causes to name.

    An exception's type alone is weak evidence: its text and the functions it passed through decide.
    """
    if not isinstance(error, StudentRaised) or len(traces) < 2:
        return [card for card, _ in traces]
    passed = {error.function, *(name for _, _, name, _ in error.frames)}
    alike = [card for card, trace in traces if trace.text == student.text] or [card for card, _ in traces]
    return [card for card in alike if card.function in passed] or (alike if len(alike) == 1 else [])


def _function(ending: Ending, run: Run) -> str:
    if isinstance(ending.error, CheckFailed) and ending.error.of:
        return ending.error.of
    if isinstance(ending.error, StudentRaised):
        return ending.error.function
    return run.trace.calls[-1][0] if run.trace.calls else ""


def _advice(fitting: Sequence[Misconception], function: str) -> str:
    if len(fitting) == 1:
        card = fitting[0]
        called = {name for name in (function, card.function) if name}
        if card.function != function and len(called) == 2:
            return f"This follows from `{card.function}`. Likely cause: {card.advice}"
        return f"Likely cause: {card.advice}"
    listed = "\n".join(f"• `{card.function}`: {card.advice}" for card in fitting[:4])
    return f"{len(fitting)} mistakes would give just this result:\n{listed}"


def _frames(error: StudentRaised) -> str:
    return "\n".join(f"{file}, line {line}, in {name}: {source}" for file, line, name, source in error.frames)


def clip(text: str, limit: int = MAX_MESSAGE) -> str:
    """The beginning of a text that a submission may have made as long as it liked."""
    return text if len(text) <= limit else text[:limit] + "…"


def size(count: int) -> str:
    """Bytes for people: ``1 GiB``."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count / unit:g} {name}"
    return f"{count} B"
