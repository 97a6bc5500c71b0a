"""NVML: what is asked of it and what its errors mean. The library is replaced: no device is here to ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pynvml = pytest.importorskip("pynvml")

from grader.sandbox.gpu import nvml  # noqa: E402
from grader.sandbox.gpu.devices import Device, DeviceLost, NoDevices  # noqa: E402
from grader.sandbox.gpu.nvml import Nvml, reason  # noqa: E402

GIB = 1 << 30


def refuse(code: int) -> Callable[..., Any]:
    def called(*arguments: object) -> Any:
        raise pynvml.NVMLError(code)

    return called


@pytest.fixture
def there() -> set[str]:
    """The nodes of two devices."""
    return {"/dev/nvidia0", "/dev/nvidia1", "/dev/nvidiactl", "/dev/nvidia-uvm"}


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch, there: set[str]) -> Callable[..., None]:
    """driver(nvmlName=…) replaces functions of the library; two devices without MIG are there."""

    def replace(**functions: object) -> None:
        usual = {
            "nvmlInit": lambda: None,
            "nvmlDeviceGetCount": lambda: 2,
            "nvmlDeviceGetHandleByIndex": lambda index: index,
            "nvmlDeviceGetMigMode": refuse(pynvml.NVML_ERROR_NOT_SUPPORTED),
            "nvmlDeviceGetUUID": lambda handle: f"GPU-{handle}",
            "nvmlDeviceGetName": lambda handle: "Tester 3000",
            "nvmlDeviceGetMemoryInfo": lambda handle: SimpleNamespace(total=16 * GIB, used=GIB),
            "nvmlDeviceGetUtilizationRates": lambda handle: SimpleNamespace(gpu=37, memory=5),
            "nvmlDeviceGetComputeRunningProcesses": lambda handle: [
                SimpleNamespace(pid=7, usedGpuMemory=None),
                SimpleNamespace(pid=8, usedGpuMemory=GIB),
            ],
            "nvmlDeviceGetMinorNumber": lambda handle: handle,
        }
        for name, function in {**usual, **functions}.items():
            assert hasattr(pynvml, name), name
            monkeypatch.setattr(pynvml, name, function)
        monkeypatch.setattr(nvml, "os", SimpleNamespace(path=SimpleNamespace(exists=there.__contains__)))

    return replace


def test_devices_are_listed_with_their_memory(driver: Callable[..., None]) -> None:
    """In the order of the driver's indices."""
    driver()
    assert Nvml().listed() == tuple(Device(f"GPU-{index}", "Tester 3000", 16 * GIB) for index in range(2))


def test_a_look_has_share_memory_and_processes(driver: Callable[..., None]) -> None:
    """The driver tells per cent; where it does not tell a process's memory it counts as 0."""
    driver()
    look = Nvml().sample("GPU-1")
    assert (look.busy, look.used, look.processes) == (0.37, GIB, {7: 0, 8: GIB})


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, "no NVIDIA driver"),
        (pynvml.NVML_ERROR_DRIVER_NOT_LOADED, "installed, but not loaded"),
        (pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH, "different versions"),
        (pynvml.NVML_ERROR_NO_PERMISSION, "/dev/nvidiactl"),
        (pynvml.NVML_ERROR_UNKNOWN, "Unknown Error"),
    ],
)
def test_why_there_is_none(driver: Callable[..., None], code: int, words: str) -> None:
    """A driver that does not fit its library is named as such."""
    assert words in reason(pynvml.NVMLError(code))
    driver(nvmlInit=refuse(code))
    with pytest.raises(NoDevices, match=words):
        Nvml()


def test_the_nodes_of_a_device(driver: Callable[..., None], there: set[str]) -> None:
    """Its own and the shared ones that exist; without its own it is lost: a pen would be blind, and say nothing."""
    driver()
    found = Nvml()
    assert list(found.nodes("GPU-1")) == ["/dev/nvidia1", "/dev/nvidiactl", "/dev/nvidia-uvm"]
    there.remove("/dev/nvidia1")
    with pytest.raises(DeviceLost, match="GPU-1: /dev/nvidia1 is not there"):
        found.nodes("GPU-1")


@pytest.mark.parametrize("node", ["/dev/nvidiactl", "/dev/nvidia-uvm"])
def test_a_driver_without_its_nodes(driver: Callable[..., None], there: set[str], node: str) -> None:
    """After a start of the machine nothing may have made them yet: no GPU, and how to make them."""
    driver()
    there.remove(node)
    with pytest.raises(NoDevices, match=f"{node} is not there; make it with: nvidia-modprobe -u"):
        Nvml().listed()


def test_a_driver_without_devices(driver: Callable[..., None]) -> None:
    """An empty list is no GPU."""
    driver(nvmlDeviceGetCount=lambda: 0)
    with pytest.raises(NoDevices, match="the driver lists none"):
        Nvml()


def test_a_device_that_is_gone(driver: Callable[..., None]) -> None:
    """Any error while a device is looked at is the machine's fault."""
    driver(nvmlDeviceGetUtilizationRates=refuse(pynvml.NVML_ERROR_GPU_IS_LOST))
    with pytest.raises(DeviceLost, match="GPU-0: GPU is lost"):
        Nvml().sample("GPU-0")


def test_a_sliced_device_is_its_slices(driver: Callable[..., None]) -> None:
    """MIG: numbers need not be taken; a slice counts as busy while a process is on it."""
    driver(
        nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetMigMode=lambda handle: [1, 1],
        nvmlDeviceGetMaxMigDeviceCount=lambda handle: 3,
        nvmlDeviceGetMigDeviceHandleByIndex=lambda handle, index: (
            f"slice{index}" if index != 1 else refuse(pynvml.NVML_ERROR_NOT_FOUND)()
        ),
        nvmlDeviceGetUUID=lambda handle: f"MIG-{handle}",
        nvmlDeviceGetUtilizationRates=refuse(pynvml.NVML_ERROR_NOT_SUPPORTED),
    )
    found = Nvml()
    assert [(one.uuid, one.whole) for one in found.listed()] == [
        ("MIG-slice0", "MIG-0"),
        ("MIG-slice2", "MIG-0"),
    ]
    assert found.sample("MIG-slice2").busy == 1.0
    driver(
        nvmlDeviceGetComputeRunningProcesses=lambda handle: [],
        nvmlDeviceGetUtilizationRates=refuse(pynvml.NVML_ERROR_NOT_SUPPORTED),
    )
    assert found.sample("MIG-slice2").busy == 0.0


@pytest.fixture
def sliced(driver: Callable[..., None]) -> None:
    """One device with one slice, instance 2, compute instance 0."""
    driver(
        nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetMigMode=lambda handle: [1, 1],
        nvmlDeviceGetMaxMigDeviceCount=lambda handle: 1,
        nvmlDeviceGetMigDeviceHandleByIndex=lambda handle, index: "slice",
        nvmlDeviceGetUUID=lambda handle: f"MIG-{handle}",
        nvmlDeviceGetGpuInstanceId=lambda handle: 2,
        nvmlDeviceGetComputeInstanceId=lambda handle: 0,
    )


def test_a_slice_has_nodes_of_its_own(
    sliced: None, there: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Their numbers stand in a file of the driver; of the other slices none is shown."""
    numbers = tmp_path / "mig-minors"
    numbers.write_text("config 1\ngpu0/gi2/access 21\ngpu0/gi2/ci0/access 22\ngpu0/gi3/access 30\n")
    monkeypatch.setattr(nvml, "_CAPABILITIES", numbers)
    there |= {f"/dev/nvidia-caps/nvidia-cap{number}" for number in (21, 22, 30)}
    found = Nvml().nodes("MIG-slice")
    assert [node for node in found if "cap" in node] == [
        "/dev/nvidia-caps/nvidia-cap21",
        "/dev/nvidia-caps/nvidia-cap22",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "cannot be read"), ("gpu0/gi2/access 21\n", "does not name gpu0/gi2/ci0/access")],
)
def test_a_slice_whose_nodes_are_not_shown(
    sliced: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, words: str
) -> None:
    """In a container that does not see the file: no GPU to be had, and why."""
    if text is not None:
        (tmp_path / "mig-minors").write_text(text)
    monkeypatch.setattr(nvml, "_CAPABILITIES", tmp_path / "mig-minors")
    with pytest.raises(NoDevices, match=words):
        Nvml().nodes("MIG-slice")
