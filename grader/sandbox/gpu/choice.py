"""Which devices are ours to use: those that an outer scheduler has left us, and of them those that a budget fits on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.core.errors import UsageError
from grader.core.gpu import GpuBudget
from grader.sandbox.gpu.devices import Device, NoDevices

VISIBLE = "CUDA_VISIBLE_DEVICES"
_MOST = 1024  # devices of one machine, whatever a variable says
_SLURM = ("SLURM_STEP_GPUS", "SLURM_JOB_GPUS")


def allowed(devices: Sequence[Device], environment: Mapping[str, str]) -> tuple[Device, ...]:
    """The devices that the environment grants.

    CUDA_VISIBLE_DEVICES (set by hand, by Slurm, by a Dask worker) names indices or UUIDs, which may be cut short; where
    it is not set, Slurm's own lists of indices count; where there are none, all devices. Indices follow the driver's
    order, as with CUDA_DEVICE_ORDER=PCI_BUS_ID, and count whole devices: who has one that is sliced has its slices.
    Raises NoDevices where nothing is granted, UsageError for a name that is not here. Source: CUDA C++ Programming
    Guide, "CUDA Environment Variables"; NVIDIA's MIG user guide, "CUDA visible devices".
    """
    for variable in (VISIBLE, *_SLURM):
        if variable in environment:
            return tuple(_named(devices, environment[variable], variable))
    return tuple(devices)


def _named(devices: Sequence[Device], written: str, variable: str) -> list[Device]:
    words = [word.strip() for word in written.split(",")]
    if words in ([""], ["-1"], ["NoDevFiles"]):
        raise NoDevices(f"{variable}={written} leaves no GPU to this grader")
    wholes = list(dict.fromkeys(one.whole or one.uuid for one in devices))
    if variable in _SLURM:
        words = [number for word in words for number in _range(word)]
        # Slurm counts the node's devices; where it shows us ours alone, the numbers mean nothing here
        numbers = [int(word) for word in words if word.isdecimal()]
        if len(numbers) == len(words) and (len(words) == len(wholes) or max(numbers) >= len(wholes)):
            return list(devices)
    found: list[Device] = []
    for word in words:
        fitting = _fitting(devices, wholes, word)
        if not fitting:
            known = ", ".join(f"{wholes.index(one.whole or one.uuid)}: {one.uuid}" for one in devices)
            raise UsageError(f'{variable}: there is no GPU "{word}"; here are {known}')
        found += [one for one in fitting if one not in found]
    return found


def _fitting(devices: Sequence[Device], wholes: Sequence[str], word: str) -> list[Device]:
    """The device, or the slices of the one, that an index or the beginning of a UUID means; empty if none or many."""
    if word.isdecimal():
        return [one for one in devices if wholes.index(one.whole or one.uuid) == int(word)]
    named = [one for one in devices if word and one.uuid.startswith(word)]
    meant = {one.uuid for one in named} | {whole for whole in wholes if word and whole.startswith(word)}
    if len(meant) != 1:
        return []
    return [one for one in devices if meant & {one.uuid, one.whole}]


def _range(word: str) -> list[str]:
    """``2-4`` as Slurm abbreviates it: 2, 3 and 4; anything else is itself."""
    first, dash, last = word.partition("-")
    if not (dash and first.isdecimal() and last.isdecimal()):
        return [word]
    return [str(number) for number in range(int(first), min(int(last), int(first) + _MOST) + 1)]


def fitting(devices: Sequence[Device], budget: GpuBudget) -> tuple[Device, ...]:
    """The devices that are large enough. Raises NoDevices, which names the figures, if they are too few."""
    large = tuple(one for one in devices if one.memory >= budget.memory)
    if len(large) >= budget.devices:
        return large
    if len(devices) < budget.devices:
        raise NoDevices(f"{budget.devices} GPUs are asked for, {len(devices)} are here")
    most = max((one.memory for one in devices), default=0)
    if large:
        asked = f"{budget.devices} GPUs with {budget.memory / 2**30:.1f} GiB each are asked for"
        raise NoDevices(f"{asked}; of the {len(devices)} here {len(large)} are large enough")
    raise NoDevices(
        f"{budget.devices} GPU with {budget.memory / 2**30:.1f} GiB are asked for; the largest here has "
        f"{most / 2**30:.1f} GiB"
    )
