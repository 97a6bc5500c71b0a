"""How the import of a submission went: nothing to say, or the verdict that every check shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from grader.checks.explain import DEVICE_FAILED, clip, size
from grader.checks.import_need import ImportNeed
from grader.checks.student import StudentMissing, StudentRaised, raised
from grader.core.limits import Limits
from grader.core.result import Measured
from grader.core.verdict import Reason, Status
from grader.pen import wire
from grader.sandbox.session import Measured as Used
from grader.sandbox.session import Stopped

_SMALL = "code outside functions runs at import; keep it small."
_UNMEASURED = Measured()


@dataclass(frozen=True, slots=True)
class ImportFailure:
    """Why the module could not be imported, and what that used.

    `private` and `frames` are for public checks and instructors.
    """

    status: Status
    reason: Reason
    message: str
    frames: str = ""
    private: str = ""
    measured: Measured = _UNMEASURED

    @classmethod
    def stopped(cls, stopped: Stopped, limits: Limits) -> ImportFailure:
        """The process was stopped or died while it imported the submission."""
        if stopped.reason == "device":
            return cls(Status.GRADER_ERROR, Reason.DEVICE, DEVICE_FAILED, private=stopped.detail)
        what = {
            "cpu": f"was stopped at its limit of {limits.cpu:g} s of CPU time",
            "wall": f"was stopped after {limits.wall:g} s",
            "memory": f"was stopped at its memory limit of {size(limits.memory)}",
            "gpu_seconds": f"was stopped at its budget of GPU time ({stopped.detail})",
            "gpu_memory": f"was stopped at its limit of GPU memory ({stopped.detail})",
            "output": f"printed more than {size(limits.output)}",
        }.get(stopped.reason, "ended the process")
        message = f"Importing your file {what}: {_SMALL}"
        return cls(Status(stopped.status), Reason(stopped.reason), message)

    def with_figures(self, used: Used, need: Callable[[], ImportNeed]) -> ImportFailure:
        """Beside what was used, what the reference needs of that which was exceeded; only then it is asked for."""
        found = need() if self.reason in (Reason.MEMORY, Reason.CPU, Reason.WALL) else ImportNeed()
        memory = self.reason is Reason.MEMORY
        measured = Measured(
            used.wall_seconds,
            used.cpu_seconds,
            used.peak_bytes,
            reference_bytes=found.bytes if memory else 0,
            reference_cpu_seconds=0.0 if memory else found.cpu_seconds,
        )
        return replace(self, measured=measured)

    def again(self) -> ImportFailure:
        """For the checks after the first one: the seconds were spent once."""
        return replace(self, measured=replace(self.measured, wall_seconds=0.0, cpu_seconds=0.0))


def read_report(body: bytes, limits: Limits) -> ImportFailure | None:
    """The failure that an import report tells, or None. A malformed report is the submission's own doing."""
    try:
        report = wire.decode(body)
    except wire.WireError:
        report = None
    if type(report) is not dict or type(report.get("ok")) is not bool:
        return ImportFailure(
            Status.CRASHED, Reason.PROTOCOL, "The import of your file did not end as an import does."
        )
    if report["ok"]:
        return None
    error = raised("import", report.get("raised"))
    if isinstance(error, StudentMissing):
        return ImportFailure(
            Status.MISSING, Reason.NOT_WRITTEN, "Your file raises NotImplementedError when it is imported."
        )
    if "MemoryError" in error.chain:
        message = (
            f"Importing your file asked for more than its memory limit of {size(limits.memory)}: {_SMALL}"
        )
        return ImportFailure(Status.MEMORY, Reason.MEMORY, message)
    return _syntax(error) if error.syntax is not None else _exception(error)


def _syntax(error: StudentRaised) -> ImportFailure:
    found = error.syntax or {}
    file, line, column = found.get("file"), found.get("line"), found.get("column")
    source, text = found.get("source"), found.get("text")
    if not (isinstance(source, str) and isinstance(line, int) and isinstance(column, int)):
        return _exception(error)
    caret = " " * min(max(column - 1, 0), 200) + "^"
    message = (
        f"{clip(str(file), 200)}, line {line}: {clip(str(text), 200)}\n    {clip(source, 200)}\n    {caret}"
    )
    if not source:  # Python names no line for null bytes or another encoding
        message = f"{clip(str(file), 200)}: {clip(str(text), 200)}"
    return ImportFailure(Status.ERROR, Reason.SYNTAX, message)


def _exception(error: StudentRaised) -> ImportFailure:
    file, line = (error.frames[-1][0], error.frames[-1][1]) if error.frames else ("", 0)
    where = f" ({file}, line {line})" if file else ""
    frames = "\n".join(
        f"{name}, line {number}, in {function}: {source}" for name, number, function, source in error.frames
    )
    if "ImportError" in error.chain:
        text = (
            f"{error.text}: a package that this assignment does not list is not available"
            if error.text
            else "a package is not available"
        )
        return ImportFailure(
            Status.ERROR, Reason.IMPORT, f"Your file cannot be imported{where}: {text}.", frames
        )
    message = f"Your file raised {error.type} when it was imported{where}."
    return ImportFailure(Status.ERROR, Reason.IMPORT, message, frames, f"{error.type}: {error.text}")
