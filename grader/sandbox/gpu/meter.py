"""GPU-seconds: the integral of utilisation over the time in which a check has its devices, and its budget.

The driver's figure at a look says for which share of the time before it a kernel ran, so each look speaks for the
time since the look before it (a step rule): busy · (t_i − t_{i−1}), summed over the devices. A constant load is
counted exactly; many tiny kernels are counted as if they filled the time, so what is wrong is over, not under.
Exact enough because a leased device serves nobody else. Source: nvmlDeviceGetUtilizationRates, NVML API reference.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from grader.core.gpu import GpuBudget
from grader.sandbox.gpu.devices import DeviceLost, Devices, Sample
from grader.sandbox.session import Stopped

PERIOD = 0.1  # seconds between two looks
_DEAF = 10.0  # seconds without a look after which the driver counts as hung


class Meter:
    """What one check has used of its devices, and whether that is too much. Pure: clocks and looks come in.

    Args: base: bytes that were taken on each device before; now: the clock at the beginning.
    Attributes: seconds: GPU-seconds so far; peak: the most bytes on one device, above its base.
    """

    def __init__(self, budget: GpuBudget, base: Mapping[str, int], now: float) -> None:
        self.budget, self.seconds, self.peak = budget, 0.0, 0
        self._base, self._began, self._last = dict(base), now, now

    def take(self, now: float, samples: Mapping[str, Sample]) -> None:
        """Add one look at all devices."""
        passed = max(0.0, now - self._last)  # a clock that was set back costs nothing and earns nothing
        for uuid, sample in samples.items():
            self.seconds += passed * min(1.0, max(0.0, sample.busy))
            self.peak = max(self.peak, sample.used - self._base.get(uuid, 0))
        self._last = max(self._last, now)

    def restart(self, now: float) -> None:
        """Count wall time from here: the check begins, or begins again. GPU-seconds go on."""
        self._began = now

    def exceeded(self) -> Stopped | None:
        """The part of the budget that is used up, if any; the detail has the figures."""
        budget = self.budget
        if self.peak > budget.memory:
            used = f"{self.peak / 2**30:.1f} of {budget.memory / 2**30:.1f} GiB"
            return Stopped("memory", "gpu_memory", used)
        if self.seconds > budget.seconds:
            return Stopped("timeout", "gpu_seconds", f"{self.seconds:.1f} of {budget.seconds:g} GPU-seconds")
        if self._last - self._began >= budget.wall:
            return Stopped("timeout", "wall", f"{budget.wall:g} s")
        return None


class Metering:
    """A thread that looks at the devices ten times a second while a check has them, whatever the judge does."""

    def __init__(
        self,
        meter: Meter,
        devices: Devices,
        uuids: Sequence[str],
        period: float = PERIOD,
        deaf: float = _DEAF,
    ) -> None:
        self.meter, self._devices, self._uuids = meter, devices, tuple(uuids)
        self._period, self._deaf = period, deaf
        self._lost, self._heard = "", devices.now()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gpu-meter", daemon=True)

    def begin(self) -> None:
        """Start looking."""
        self._thread.start()

    def exceeded(self) -> Stopped | None:
        """Why the check must end now, if it must; a device that is gone or silent is the grader's fault."""
        silent = self._devices.now() - self._heard
        if self._lost or silent > self._deaf:
            why = self._lost or f"the driver has not answered for {silent:.0f} s"
            return Stopped("grader_error", "device", why)
        return self.meter.exceeded()

    def end(self) -> None:
        """Look a last time and stop. May be called twice."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(self._deaf)

    def _run(self) -> None:
        while not self._lost:
            last = self._over.wait(self._period)
            self._look()
            if last:
                return

    def _look(self) -> None:
        try:
            samples = {uuid: self._devices.sample(uuid) for uuid in self._uuids}
        except DeviceLost as error:
            self._lost = str(error)
            return
        self._heard = self._devices.now()
        self.meter.take(self._heard, samples)
