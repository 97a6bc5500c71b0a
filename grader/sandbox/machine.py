"""What else grading needs of this machine: torch and torchvision that fit each other, and GPUs. Each is tried."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys

from grader.sandbox.probe import Layer

_MISFIT = "operator torchvision::nms does not exist"
_SECONDS = 120


def torch_pair() -> list[Layer]:
    """torch and torchvision: installed, importable, made for each other. Imports them in processes of their own."""
    return [_package("torch", "import torch"), _torchvision()]


def gpus() -> Layer:
    """The GPUs that the driver lists."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Layer("GPU", False, "none here: no NVIDIA driver", "not needed: checks run on the CPU")
    found = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=_SECONDS, check=False)
    lines = [line for line in found.stdout.splitlines() if line.startswith("GPU")]
    if found.returncode or not lines:
        why = (found.stderr or found.stdout).strip().partition("\n")[0] or "the driver lists none"
        return Layer(
            "GPU", False, why, "reload or reinstall the NVIDIA driver so that nvidia-smi -L lists the device"
        )
    return Layer("GPU", True, "; ".join(lines))


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
