"""A leased device with a pen on it, for the measurements of `bench.gpu`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from grader.core.gpu import GpuBudget
from grader.core.limits import Limits
from grader.pen import wire
from grader.sandbox.gpu.binding import binding
from grader.sandbox.gpu.choice import allowed
from grader.sandbox.gpu.devices import Device, Devices, NoDevices
from grader.sandbox.gpu.lease import Lease, acquire
from grader.sandbox.gpu.nvml import Nvml
from grader.sandbox.gpu.session import GpuSession
from grader.sandbox.pen import Pen
from grader.sandbox.session import Stopped

ENTRY = "program.py"
HOST = Limits(cpu=600.0, wall=300.0, memory=16 << 30, processes=64)
WIDE = GpuBudget(seconds=300.0, wall=300.0, memory=1 << 40)


@dataclass(frozen=True, slots=True)
class Ran:
    """One program: what it returned or how it was stopped, GPU-seconds, peak bytes, seconds from call to end."""

    value: Any
    stopped: Stopped | None
    gpu_seconds: float
    peak: int
    wall: float


@dataclass(frozen=True, slots=True)
class Stand:
    """A device that is ours, and a pen in which it exists."""

    devices: Devices
    lease: Lease
    pen: Pen
    started: float

    @property
    def device(self) -> Device:
        return self.lease.devices[0]

    def run(self, source: str, name: str, *arguments: object, budget: GpuBudget = WIDE) -> Ran:
        """Call a function of this program as a check does, in a session of its own."""
        session = GpuSession(self.pen.session(), self.devices, self.lease, budget)
        began, value, stopped = time.monotonic(), None, None
        try:
            session.load({ENTRY: source.encode()}, ENTRY, HOST)
            channel = session.open(Limits(HOST.cpu, budget.wall, HOST.memory, HOST.processes), 0)
            began = time.monotonic()
            value = _value(channel.exchange(_request(name, arguments)))
            channel.close()
        except Stopped as caught:
            stopped = caught
        finally:
            wall = time.monotonic() - began
            session.close()
        return Ran(value, stopped, session.meter.seconds, session.meter.peak, wall)


@contextmanager
def stand() -> Iterator[Stand]:
    """Lease a device and start a pen with torch on it. Raises NoDevices where that is impossible."""
    ready()
    devices = Nvml()
    usable = allowed(devices.listed(), os.environ)
    lease = acquire(devices, usable, 1, told=print)
    try:
        began = time.monotonic()
        with Pen.start(["numpy", "torch"], gpu=binding(devices, lease.devices)) as pen:
            yield Stand(devices, lease, pen, time.monotonic() - began)
    finally:
        lease.release(lease.settle(devices))


def ready() -> None:
    """Raises NoDevices with the reason if nothing can be measured here; touches neither CUDA nor a lease."""
    allowed(Nvml().listed(), os.environ)
    with_cuda()


def with_cuda() -> None:
    """Raises NoDevices if torch could not use a device that is there."""
    try:
        import torch
    except ImportError:
        raise NoDevices("torch is not installed") from None
    if torch.version.cuda is None:
        raise NoDevices(f"torch {torch.__version__} was built without CUDA")


def named() -> str:
    """The devices here, for the line below a table."""
    found = allowed(Nvml().listed(), os.environ)
    return ", ".join(f"{one.name}, {one.memory / 2**30:.0f} GiB" for one in found)


def _request(name: str, arguments: tuple[object, ...]) -> bytes:
    request = {"id": 0, "op": "call", "name": name, "on": None, "args": arguments, "kwargs": {}}
    return wire.encode({**request, "keep": False, "observed": False})


def _value(body: bytes) -> Any:
    reply = wire.decode(body)
    if "value" not in reply:
        raise RuntimeError(f"the program of the measurement failed: {reply}")
    return reply["value"]
