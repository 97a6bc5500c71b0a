"""A pen's session on leased devices: metered from the import to the end of its one check."""

from __future__ import annotations

from collections.abc import Mapping

from grader.core.gpu import GpuBudget
from grader.core.limits import Limits
from grader.sandbox.gpu.devices import Devices
from grader.sandbox.gpu.lease import Lease
from grader.sandbox.gpu.meter import Meter, Metering
from grader.sandbox.pen_session import PenSession
from grader.sandbox.session import Channel, Measured


class GpuSession:
    """Implements `grader.sandbox.session.Session`. Attributes: meter: what was used, final after `close`."""

    def __init__(self, inner: PenSession, devices: Devices, lease: Lease, budget: GpuBudget) -> None:
        self._inner, self._devices = inner, devices
        self.layers, self.data = inner.layers, inner.data
        self.meter = Meter(budget, lease.base, devices.now())
        self._metering = Metering(self.meter, devices, [one.uuid for one in lease.devices])
        inner.beside = self._metering.exceeded
        self._metering.begin()

    def load(self, files: Mapping[str, bytes], entry: str, limits: Limits) -> bytes:
        return self._inner.load(files, entry, limits)

    def open(self, limits: Limits, seed: int) -> Channel:
        self.meter.restart(self._devices.now())
        return self._inner.open(limits, seed)

    def output(self) -> str:
        return self._inner.output()

    def imported(self) -> Measured:
        return self._inner.imported()

    def close(self) -> None:
        self._metering.end()  # before the processes go: the last look is at them
        self._inner.close()
