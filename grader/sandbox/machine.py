"""What else grading needs of this machine: torch and torchvision that fit each other, and GPUs. Each is tried."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys

from grader.core.errors import GraderError
from grader.sandbox import watch
from grader.sandbox.gpu.choice import allowed
from grader.sandbox.gpu.devices import NoDevices
from grader.sandbox.gpu.lease import locks_folder
from grader.sandbox.gpu.nvml import Nvml, driver_here
from grader.sandbox.probe import Layer

_MISFIT = "operator torchvision::nms does not exist"
_SECONDS = 120


def torch_pair() -> list[Layer]:
    """torch and torchvision: installed, importable, made for each other. Imports them in processes of their own."""
    return [_package("torch", "import torch"), _torchvision()]


def gpus() -> Layer:
    """The GPUs that a grader may use here, through NVML, as grading looks for them."""
    try:
        found = allowed(Nvml().listed(), os.environ)
    except NoDevices as error:
        mend = "not needed: checks run on the CPU" if not driver_here() else "see docs/gpu.md"
        return Layer("GPU", False, str(error), mend)
    except GraderError as error:
        return Layer("GPU", False, str(error), "name devices that nvidia-smi -L lists, or unset the variable")
    shown = "; ".join(f"{one.name}, {one.memory / 2**30:.1f} GiB ({one.uuid})" for one in found)
    return Layer("GPU", True, f"{shown}; lent by the locks in {locks_folder()}")


def queueing() -> Layer:
    """Whether the kernel tells how long a thread queues for a processor, without which the clock says nothing of it."""
    name = "schedstat"
    if watch.scheduled("thread-self") is not None:
        return Layer(
            name, True, "the kernel tells who queues: checks of speed see work left to other processes"
        )
    why = (
        "the kernel does not tell how long a thread queues (/proc/<pid>/schedstat is missing, or all zeros): checks of "
        "speed (faster_than) go by CPU time alone, and work cut into k processes that nobody waits for can look k "
        "times as fast, or free"
    )
    mend = (
        "grade assignments that use faster_than on Linux with CONFIG_SCHEDSTATS, as distributions build it (gVisor "
        "has none); until then look at what wins those points. Other checks need nothing of it"
    )
    return Layer(name, False, why, mend)


def _torchvision() -> Layer:
    layer = _package("torchvision", "import torchvision")
    if layer.holds or _MISFIT not in layer.why:
        return layer
    pair = ", ".join(f"{name} {_version(name) or 'absent'}" for name in ("torch", "torchvision"))
    mend = (
        "reinstall both together: pip install --force-reinstall torch torchvision. "
        "Grading itself never imports torchvision"
    )
    return Layer("torchvision", False, f"was built for another torch ({pair}): {_MISFIT}", mend)


def _package(name: str, code: str) -> Layer:
    version = _version(name)
    if version is None:
        return Layer(name, False, "not installed", "pip install 'course-grader[torch]' (500 MB and more)")
    command = [sys.executable, "-I", "-W", "ignore", "-c", code]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Layer(
            name, False, f"{version}: the import did not end in {_SECONDS} s", "try again on an idle machine"
        )
    if tried.returncode:
        last = tried.stderr.strip().rpartition("\n")[2]
        return Layer(name, False, f"{version}: {last}", f"pip install --force-reinstall {name}")
    return Layer(name, True, version)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
