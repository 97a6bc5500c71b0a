"""GPUs as the judge sees them, from outside: what is there, how busy it is, what it holds.

Two implementations: `grader.sandbox.gpu.nvml` (NVIDIA's management library) and `grader.sandbox.gpu.fake`, which
plays a trace. Nothing here touches CUDA: a context in the judge would cost memory on the device and spoil a fork.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from grader.core.errors import GraderError


@dataclass(frozen=True, slots=True)
class Device:
    """A GPU, or a MIG slice of one.

    Attributes: uuid: ``GPU-…`` or ``MIG-…``; name: of the product; memory: bytes in all; whole: what it is a slice of,
    its uuid; empty for a whole one.
    """

    uuid: str
    name: str
    memory: int
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a device.

    Attributes:
        busy: share of the time since the last look in which a kernel ran, 0 to 1.
        used: bytes that are taken, by whomever.
        processes: process id for the host → its bytes, 0 where the driver does not tell.
    """

    busy: float
    used: int
    processes: Mapping[int, int] = field(default_factory=dict)


class NoDevices(GraderError):
    """There is no GPU to be had here; the text says why."""


class DeviceLost(GraderError):
    """A device does not answer any more: the machine's fault, nobody's zero."""


class Devices(Protocol):
    """What the judge asks of the driver."""

    def listed(self) -> tuple[Device, ...]:
        """All devices in the order of the driver's indices; a device in MIG mode as its slices."""

    def sample(self, uuid: str) -> Sample:
        """Look at a device. Raises DeviceLost."""

    def nodes(self, uuid: str) -> dict[str, str]:
        """Device nodes that a process needs to use it: path inside a pen → path here. Raises DeviceLost, NoDevices."""

    def now(self) -> float:
        """Seconds on the clock that samples are taken by."""
