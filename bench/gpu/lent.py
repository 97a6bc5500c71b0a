"""A leased device for a training outside of any pen: metered, and the only one that its processes see."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bench.gpu.stand import WIDE, with_cuda
from grader.sandbox.gpu.choice import VISIBLE, allowed
from grader.sandbox.gpu.devices import Device, Devices
from grader.sandbox.gpu.lease import acquire
from grader.sandbox.gpu.meter import Meter, Metering


def devices_here(find: Callable[[], Devices]) -> tuple[Devices, tuple[Device, ...]]:
    """The driver, and the devices that are ours. Raises NoDevices, also where torch could not use them."""
    devices = find()
    usable = allowed(devices.listed(), os.environ)
    with_cuda()
    return devices, usable


@contextmanager
def lent(devices: Devices, usable: Sequence[Device]) -> Iterator[tuple[Device, Meter]]:
    """One of the devices, and what is used of it, complete at the end."""
    lease = acquire(devices, usable, 1, told=lambda text: print(text, file=sys.stderr))
    (device,) = lease.devices
    metering = Metering(Meter(WIDE, lease.base, devices.now()), devices, [device.uuid])
    metering.begin()
    try:
        with visible(device.uuid):
            yield device, metering.meter
    finally:
        metering.end()
        lease.release(lease.settle(devices))


@contextmanager
def visible(uuids: str) -> Iterator[None]:
    """Processes that are started in here see these devices alone; empty: none."""
    before = os.environ.get(VISIBLE)
    os.environ[VISIBLE] = uuids
    try:
        yield
    finally:
        del os.environ[VISIBLE]
        if before is not None:
            os.environ[VISIBLE] = before
