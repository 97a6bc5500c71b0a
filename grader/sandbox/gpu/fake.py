"""Devices that play a trace: for tests of everything that lies above the driver, on machines without one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from grader.sandbox.gpu.devices import Device, DeviceLost, Sample

Trace = Callable[[float], Sample | None]
"""Seconds since the beginning → what is seen then; None: the device is gone."""


class Fake:
    """Implements `Devices`.

    Args:
        trace: of every device, or by uuid. devices: what there is.
        clock: seconds; with the default a trace plays in real time, a test may turn its own.
        nodes: what a pen gets to see in place of a driver's nodes, by uuid.
    """

    def __init__(
        self,
        trace: Trace | Mapping[str, Trace],
        devices: Sequence[Device] = (Device("GPU-fake-0", "Fake", 16 << 30),),
        clock: Callable[[], float] = time.monotonic,
        nodes: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._traces = trace if isinstance(trace, Mapping) else {one.uuid: trace for one in devices}
        self._devices, self._clock, self._nodes = tuple(devices), clock, nodes or {}
        self._began = clock()

    def listed(self) -> tuple[Device, ...]:
        return self._devices

    def sample(self, uuid: str) -> Sample:
        found = self._traces[uuid](self._clock() - self._began)
        if found is None:
            raise DeviceLost(f"{uuid}: GPU is lost")
        return found

    def nodes(self, uuid: str) -> dict[str, str]:
        return dict(self._nodes.get(uuid, {}))

    def now(self) -> float:
        return self._clock()
