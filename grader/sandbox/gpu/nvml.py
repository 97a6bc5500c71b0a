"""GPUs through NVIDIA's management library (the package nvidia-ml-py, imported late: it is an extra).

MIG: a device in MIG mode is its slices; NVML tells no utilisation of them, so one on which a process is listed
counts as busy. Sources: NVML API reference; for the nodes of a slice, NVIDIA's MIG user guide, "Device nodes and
capabilities" (/proc/driver/nvidia-caps/mig-minors).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.sandbox.gpu.devices import Device, DeviceLost, NoDevices, Sample

_SHARED = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")
_NEEDED = _SHARED[:2]  # without them a process finds no GPU, and trains on the CPU without a word
_CAPABILITIES = Path("/proc/driver/nvidia-caps/mig-minors")
_SLICED = (
    "a GPU in slices (MIG) is here, but not the numbers of their device nodes; a container must be started so that it "
    f"sees {_CAPABILITIES}"
)
_DRIVER = Path("/proc/driver/nvidia/version")
MISMATCH = (
    "the driver in the kernel and its library have different versions, as after an update that waits for a restart; "
    "whoever runs this machine restarts it, or unloads and loads the nvidia modules"
)
MAKE_NODES = (
    "make it with: nvidia-modprobe -u -c=0 (after a start of the machine, until something has used CUDA)"
)


class Nvml:
    """Implements `Devices`. Raises NoDevices with the reason if there are none to be had."""

    def __init__(self) -> None:
        try:
            import pynvml
        except ImportError:
            raise NoDevices(_without_package()) from None
        self._nvml: Any = pynvml
        try:
            pynvml.nvmlInit()
            self._handles = dict(self._found())
        except pynvml.NVMLError as error:
            raise NoDevices(reason(error)) from None
        if not self._handles:
            raise NoDevices("no GPU found: the driver lists none")

    def listed(self) -> tuple[Device, ...]:
        nvml = self._nvml
        if missing := [node for node in _NEEDED if not os.path.exists(node)]:
            raise NoDevices(f"no GPU can be used: {missing[0]} is not there; {MAKE_NODES}")
        try:
            return tuple(
                Device(
                    uuid,
                    nvml.nvmlDeviceGetName(handle),
                    int(nvml.nvmlDeviceGetMemoryInfo(handle).total),
                    "" if parent is None else nvml.nvmlDeviceGetUUID(parent),
                )
                for uuid, (handle, parent) in self._handles.items()
            )
        except nvml.NVMLError as error:
            raise NoDevices(reason(error)) from None

    def sample(self, uuid: str) -> Sample:
        nvml, (handle, parent) = self._nvml, self._handles[uuid]
        try:
            running = nvml.nvmlDeviceGetComputeRunningProcesses(handle)
            used = int(nvml.nvmlDeviceGetMemoryInfo(handle).used)
            share = nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100 if parent is None else bool(running)
        except nvml.NVMLError as error:
            raise DeviceLost(f"{uuid}: {error}") from None
        return Sample(float(share), used, {one.pid: int(one.usedGpuMemory or 0) for one in running})

    def nodes(self, uuid: str) -> dict[str, str]:
        nvml, (handle, parent) = self._nvml, self._handles[uuid]
        try:
            minor = nvml.nvmlDeviceGetMinorNumber(handle if parent is None else parent)
            slices = () if parent is None else self._capabilities(handle, minor)
        except nvml.NVMLError as error:
            raise DeviceLost(f"{uuid}: {error}") from None
        if not os.path.exists(f"/dev/nvidia{minor}"):
            raise DeviceLost(f"{uuid}: /dev/nvidia{minor} is not there")
        wanted = (f"/dev/nvidia{minor}", *_SHARED, *slices)
        return {node: node for node in wanted if os.path.exists(node)}

    def now(self) -> float:
        return time.monotonic()

    def _found(self) -> Iterator[tuple[str, tuple[Any, Any]]]:
        """uuid → (handle, the handle of the whole device if this is a slice)."""
        nvml = self._nvml
        for index in range(nvml.nvmlDeviceGetCount()):
            whole = nvml.nvmlDeviceGetHandleByIndex(index)
            if not self._sliced(whole):
                yield nvml.nvmlDeviceGetUUID(whole), (whole, None)
                continue
            for number in range(nvml.nvmlDeviceGetMaxMigDeviceCount(whole)):
                try:
                    part = nvml.nvmlDeviceGetMigDeviceHandleByIndex(whole, number)
                except nvml.NVMLError_NotFound:  # numbers need not be taken
                    continue
                yield nvml.nvmlDeviceGetUUID(part), (part, whole)

    def _sliced(self, whole: Any) -> bool:
        try:
            return bool(self._nvml.nvmlDeviceGetMigMode(whole)[0])
        except self._nvml.NVMLError_NotSupported:
            return False

    def _capabilities(self, part: Any, minor: int) -> tuple[str, ...]:
        instance = self._nvml.nvmlDeviceGetGpuInstanceId(part)
        compute = self._nvml.nvmlDeviceGetComputeInstanceId(part)
        wanted = (f"gpu{minor}/gi{instance}/access", f"gpu{minor}/gi{instance}/ci{compute}/access")
        try:
            lines = _CAPABILITIES.read_text().splitlines()
        except OSError as error:
            raise NoDevices(f"{_SLICED}: it cannot be read ({error.strerror})") from None
        minors = dict(line.split() for line in lines if line.count(" ") == 1)
        if absent := [name for name in wanted if name not in minors]:
            raise NoDevices(f"{_SLICED}: it does not name {absent[0]}")
        return tuple(f"/dev/nvidia-caps/nvidia-cap{minors[name]}" for name in wanted)


def driver_here() -> bool:
    """Is a driver loaded? Looks at a file alone, so a process that forks may ask."""
    return _DRIVER.exists()


def reason(error: Any) -> str:
    """Why NVML cannot start, in words that name what to mend. error: an NVMLError, by its code."""
    import pynvml

    told = {
        pynvml.NVML_ERROR_LIBRARY_NOT_FOUND: "no GPU found (no NVIDIA driver)",
        pynvml.NVML_ERROR_DRIVER_NOT_LOADED: "no GPU found: the NVIDIA driver is installed, but not loaded",
        pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH: f"no GPU can be used: {MISMATCH}",
        pynvml.NVML_ERROR_NO_PERMISSION: "no GPU can be used: this user may not open /dev/nvidiactl",
    }
    return told.get(error.value, f"no GPU can be used: NVML says: {error}")


def _without_package() -> str:
    if not driver_here():
        return "no GPU found (no NVIDIA driver)"
    return "GPUs are here, but nvidia-ml-py is not installed: pip install 'course-grader[gpu]'"
