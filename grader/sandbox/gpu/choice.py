"""Which devices are ours to use: those that an outer scheduler has left us, and of them those that a budget fits on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.core.errors import UsageError
from grader.core.gpu import GpuBudget
from grader.sandbox.gpu.devices import Device, NoDevices

VISIBLE = "CUDA_VISIBLE_DEVICES"
_SLURM = ("SLURM_STEP_GPUS", "SLURM_JOB_GPUS")


def allowed(devices: Sequence[Device], environment: Mapping[str, str]) -> tuple[Device, ...]:
    """The devices that the environment grants.

    CUDA_VISIBLE_DEVICES (set by hand, by Slurm, by a Dask worker) names indices or UUIDs, which may be cut short; where
    it is not set, Slurm's own lists of indices count; where there are none, all devices. Indices follow the driver's
    order, as with CUDA_DEVICE_ORDER=PCI_BUS_ID. Raises NoDevices where nothing is granted, UsageError for a name that
    is not here. Source: CUDA C++ Programming Guide, "CUDA Environment Variables".
    """
    for variable in (VISIBLE, *_SLURM):
        if variable in environment:
            return tuple(_named(devices, environment[variable], variable))
    return tuple(devices)


def _named(devices: Sequence[Device], written: str, variable: str) -> list[Device]:
    words = [word.strip() for word in written.split(",")]
    if words in ([""], ["-1"], ["NoDevFiles"]):
        raise NoDevices(f"{variable}={written} leaves no GPU to this grader")
    found: list[Device] = []
    for word in words:
        if word.isdecimal() and variable in _SLURM and int(word) >= len(devices):
            continue  # Slurm counts the node's devices, and may show us ours alone
        fitting = (
            devices[int(word) : int(word) + 1]
            if word.isdecimal()
            else [one for one in devices if word and one.uuid.startswith(word)]
        )
        if len(fitting) != 1:
            known = ", ".join(f"{index}: {one.uuid}" for index, one in enumerate(devices))
            raise UsageError(f'{variable}: there is no GPU "{word}"; here are {known}')
        found += [one for one in fitting if one not in found]
    return found or list(devices)


def fitting(devices: Sequence[Device], budget: GpuBudget) -> tuple[Device, ...]:
    """The devices that are large enough. Raises NoDevices, which names the figures, if they are too few."""
    large = tuple(one for one in devices if one.memory >= budget.memory)
    if len(large) >= budget.devices:
        return large
    if len(devices) < budget.devices:
        raise NoDevices(f"{budget.devices} GPUs are asked for, {len(devices)} are here")
    most = max((one.memory for one in devices), default=0)
    raise NoDevices(
        f"{budget.devices} GPU with {budget.memory / 2**30:.1f} GiB are asked for; the largest here has "
        f"{most / 2**30:.1f} GiB"
    )
