"""The errors of the grader itself. A student's fault is never one of these: it is a verdict, a value.

GraderError
├── SpecError       a file of the course says something that is not allowed
├── UsageError      the command was called with something that does not exist
├── SandboxError    the sandbox could not be built or broke down (the judge's fault)
├── Unavailable     a lock, a full disk or a lost connection was in the way for too long
└── WireError       a frame on the pipe is malformed (lives in grader.pen.wire: the pen stands alone)
"""

from __future__ import annotations


class GraderError(Exception):
    """Base of what the command line prints as one line instead of a traceback."""


class SpecError(GraderError):
    """A configuration or course file is wrong; the text names the place, the value and what is allowed."""

    def at(self, place: str) -> SpecError:
        """The same error with one more step of context in front."""
        return SpecError(f"{place}: {self}")


class UsageError(GraderError):
    """The command line names something that does not exist or does not fit."""


class Unavailable(GraderError):
    """Something outside is in the way, and was waited for; the same command may succeed later."""


class SandboxError(GraderError):
    """The sandbox itself failed; never counted against a student."""
