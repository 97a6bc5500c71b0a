"""What can become of one check: closed lists of statuses and reasons, and which reason fits which status.

Both are string enumerations, so ``Status("failed") == "failed"`` and they go into JSON as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, auto
from types import MappingProxyType


class Status(StrEnum):
    """The verdict on one check, in one word."""

    PASSED = auto()
    FAILED = auto()  # ran, but what it gave is wrong
    ERROR = auto()  # the student's code raised
    TIMEOUT = auto()
    MEMORY = auto()
    CRASHED = auto()  # the process died or broke the protocol
    MISSING = auto()  # not handed in, or not written yet
    NOT_RUN = auto()  # something the check needs is not on this machine
    GRADER_ERROR = auto()  # the reference does not pass either, or the judge broke


class Reason(StrEnum):
    """Why a check did not pass. A passed check has no reason."""

    ASSERTION = auto()
    EXCEPTION = auto()
    SYNTAX = auto()
    IMPORT = auto()
    BAD_VALUE = auto()
    NAME_ABSENT = auto()
    NOT_WRITTEN = auto()
    NO_FILE = auto()
    REFUSED = auto()
    CPU = auto()
    WALL = auto()
    MEMORY = auto()
    OUTPUT = auto()
    PROCESSES = auto()
    GPU_SECONDS = auto()
    GPU_MEMORY = auto()
    SIGNAL = auto()
    EXIT = auto()
    PROTOCOL = auto()
    NO_GPU = auto()
    UNMET = auto()
    REFERENCE = auto()
    DEVICE = auto()


REASONS: Mapping[Status, frozenset[Reason]] = MappingProxyType(
    {
        Status.PASSED: frozenset(),
        Status.FAILED: frozenset({Reason.ASSERTION, Reason.BAD_VALUE}),
        Status.ERROR: frozenset({Reason.EXCEPTION, Reason.SYNTAX, Reason.IMPORT, Reason.BAD_VALUE}),
        Status.TIMEOUT: frozenset({Reason.CPU, Reason.WALL, Reason.GPU_SECONDS}),
        Status.MEMORY: frozenset({Reason.MEMORY, Reason.GPU_MEMORY}),
        Status.CRASHED: frozenset(
            {Reason.SIGNAL, Reason.EXIT, Reason.PROTOCOL, Reason.OUTPUT, Reason.PROCESSES}
        ),
        Status.MISSING: frozenset({Reason.NAME_ABSENT, Reason.NOT_WRITTEN, Reason.NO_FILE, Reason.REFUSED}),
        Status.NOT_RUN: frozenset({Reason.NO_GPU, Reason.UNMET}),
        # exception and protocol: the judge's own code or the sandbox broke, not the reference
        Status.GRADER_ERROR: frozenset({Reason.REFERENCE, Reason.DEVICE, Reason.EXCEPTION, Reason.PROTOCOL}),
    }
)

UNDECIDED = frozenset({Status.NOT_RUN, Status.GRADER_ERROR})
"""Statuses that say nothing about the student: they never become a zero, the score stays provisional."""


def fits(status: Status, reason: Reason | None) -> bool:
    """Whether the pair may stand in a result: ``passed`` has no reason, every other status one of its own."""
    if reason is None:
        return status is Status.PASSED
    return reason in REASONS[status]
