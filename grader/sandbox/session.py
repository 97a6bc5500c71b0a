"""The border between grading and the place where a submission runs.

Two implementations: `grader.sandbox.pen` (the real sandbox) and `grader.sandbox.plain` (a bare subprocess on a
student's own machine). Frame bodies are opaque bytes here; what they say is the business of `grader.pen.wire`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from grader.core.limits import Limits


class Stopped(Exception):
    """The submission was stopped or died: a verdict, raised where a reply was awaited.

    status and reason come from the closed lists of `grader.core.verdict`, e.g. ("timeout", "cpu"), ("timeout", "wall"),
    ("memory", "memory"), ("crashed", "signal" | "exit" | "protocol" | "output" | "processes").
    """

    def __init__(self, status: str, reason: str, detail: str = "") -> None:
        super().__init__(f"{status} ({reason}) {detail}")
        self.status, self.reason, self.detail = status, reason, detail


@dataclass(frozen=True, slots=True)
class Measured:
    """What the kernel counted for one check or import: seconds on the judge's clock, CPU seconds, peak bytes."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


class Channel(Protocol):
    """One check's private connection to a fresh copy of the imported submission."""

    def exchange(self, body: bytes) -> bytes:
        """Send one request and wait for the reply, both frame bodies. Raises Stopped."""

    def cpu_seconds(self) -> float:
        """CPU seconds that the processes of this check have used so far."""

    def excused_seconds(self) -> float | None:
        """Seconds so far that are not the submission's: its first thread had no processor, or the judge was at work.

        What is left of the wall time it has computed or waited, where the CPU time cannot see it, too. None: unknown.
        """

    def memory_bytes(self) -> tuple[int, int]:
        """Resident bytes of the check's process now, and its peak."""

    def output(self) -> str:
        """What was printed so far (the first 64 KiB), undecodable bytes replaced."""

    def close(self) -> Measured:
        """End the check and whatever it left running."""


class Session(Protocol):
    """One submission, imported once; each check talks to a fork of it.

    Attributes:
        layers: of protection. data: the folder of the image set as the submission sees it, empty without one.
    """

    layers: tuple[str, ...]
    data: str

    def load(self, files: Mapping[str, bytes], entry: str, limits: Limits) -> bytes:
        """Place the files, import `entry`, return the body of the import report. Raises Stopped."""

    def open(self, limits: Limits, seed: int) -> Channel:
        """Start one check. `seed` seeds the random generators of the submission's process. Raises Stopped."""

    def output(self) -> str:
        """What the import printed."""

    def imported(self) -> Measured:
        """What the import has used, as far as that is known: asked for once it has failed."""

    def close(self) -> None:
        """Remove every process and folder of the submission."""
