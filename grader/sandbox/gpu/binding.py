"""What a pen gets to see of leased devices: their nodes and nothing of the others.

Without /sys, cuInit fails with error 304; whole /dev fails with 100. CUDA_VISIBLE_DEVICES is a convenience, the
missing node is the limit. What this opens stands in docs/threat-model.md.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.sandbox.gpu.choice import VISIBLE
from grader.sandbox.gpu.devices import Device, Devices

_LIBRARIES = ("libnvidia-ml.so", "libcuda.so")


@dataclass(frozen=True, slots=True)
class Binding:
    """Attributes: nodes: path inside → path here; folders: read-only, at their own paths; environment: to be set."""

    nodes: Mapping[str, str]
    folders: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def binding(devices: Devices, leased: Sequence[Device]) -> Binding:
    """What a pen with these devices needs. Raises DeviceLost, and NoDevices if their nodes are not to be had."""
    nodes: dict[str, str] = {}
    for device in leased:
        nodes |= devices.nodes(device.uuid)
    libraries = driver_folders()
    environment = {
        VISIBLE: ",".join(device.uuid for device in leased),
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # cuBLAS adds up in one order (PyTorch, "Reproducibility")
    }
    if libraries:
        environment["LD_LIBRARY_PATH"] = ":".join(libraries)
    return Binding(nodes, ("/sys", *libraries), environment)


def driver_folders() -> tuple[str, ...]:
    """Folders of the driver's libraries as this process has them loaded; empty where none is."""
    with open("/proc/self/maps") as maps:
        paths = {line.rstrip("\n").partition("/")[2] for line in maps if "/" in line}
    found = {os.path.dirname(f"/{path}") for path in paths if os.path.basename(path).startswith(_LIBRARIES)}
    return tuple(sorted(found))
