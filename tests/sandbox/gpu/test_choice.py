"""Which devices are ours: what an outer scheduler grants, and what is large enough."""

from __future__ import annotations

import pytest

from grader.core.errors import UsageError
from grader.core.gpu import GpuBudget
from grader.sandbox.gpu.choice import allowed, fitting
from grader.sandbox.gpu.devices import Device, NoDevices

A, B, M = (
    Device("GPU-aa11", "Big", 80 << 30),
    Device("GPU-ab22", "Big", 80 << 30),
    Device("MIG-77", "Slice", 10 << 30),
)
ALL = (A, B, M)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ALL),
        ({"CUDA_VISIBLE_DEVICES": "1"}, (B,)),
        ({"CUDA_VISIBLE_DEVICES": "1, 0"}, (B, A)),
        ({"CUDA_VISIBLE_DEVICES": "GPU-ab22"}, (B,)),
        ({"CUDA_VISIBLE_DEVICES": "GPU-aa"}, (A,)),
        ({"CUDA_VISIBLE_DEVICES": "MIG-77"}, (M,)),
        ({"CUDA_VISIBLE_DEVICES": "1,1"}, (B,)),
        ({"SLURM_JOB_GPUS": "0,1"}, (A, B)),
        ({"SLURM_JOB_GPUS": "0,1", "SLURM_STEP_GPUS": "1"}, (B,)),
        ({"SLURM_JOB_GPUS": "1-2"}, (B, M)),
        ({"SLURM_JOB_GPUS": "5"}, ALL),  # Slurm shows this step its own devices alone, and counts the node's
        ({"SLURM_JOB_GPUS": "1,5,6"}, ALL),  # of which the first has here another number, too
        ({"SLURM_JOB_GPUS": "1,2,3"}, ALL),
        ({"SLURM_JOB_GPUS": "0,1", "CUDA_VISIBLE_DEVICES": "0"}, (A,)),
    ],
)
def test_what_the_environment_grants(environment: dict[str, str], expected: tuple[Device, ...]) -> None:
    """CUDA_VISIBLE_DEVICES first, then Slurm's lists, else everything."""
    assert allowed(ALL, environment) == expected


S1, S2 = Device("MIG-1a", "Slice", 10 << 30, "GPU-cc33"), Device("MIG-2b", "Slice", 10 << 30, "GPU-cc33")


@pytest.mark.parametrize(
    ("variable", "written", "expected"),
    [
        ("CUDA_VISIBLE_DEVICES", "0", (S1, S2)),
        ("CUDA_VISIBLE_DEVICES", "1", (A,)),  # not the second slice, which nobody has granted
        ("CUDA_VISIBLE_DEVICES", "GPU-cc", (S1, S2)),
        ("CUDA_VISIBLE_DEVICES", "MIG-2b,GPU-aa", (S2, A)),
        ("SLURM_JOB_GPUS", "1", (A,)),
        ("SLURM_JOB_GPUS", "0,1", (S1, S2, A)),
    ],
)
def test_a_number_means_a_whole_device(variable: str, written: str, expected: tuple[Device, ...]) -> None:
    """Slices are not counted: who is granted a sliced device has its slices."""
    assert allowed((S1, S2, A), {variable: written}) == expected


@pytest.mark.parametrize("nothing", ["", "-1", "NoDevFiles"])
def test_a_scheduler_may_grant_nothing(nothing: str) -> None:
    """An empty list is a decision, not a missing one."""
    with pytest.raises(NoDevices, match="leaves no GPU"):
        allowed(ALL, {"CUDA_VISIBLE_DEVICES": nothing})


@pytest.mark.parametrize("wrong", ["7", "GPU-zz", "GPU-a", "0,,1", "gpu"])
def test_a_device_that_does_not_exist_is_named(wrong: str) -> None:
    """With those that do; a shortened UUID must fit one alone."""
    with pytest.raises(UsageError) as caught:
        allowed(ALL, {"CUDA_VISIBLE_DEVICES": wrong})
    assert "CUDA_VISIBLE_DEVICES" in str(caught.value)
    assert "0: GPU-aa11, 1: GPU-ab22, 2: MIG-77" in str(caught.value)


def test_a_budget_larger_than_the_device() -> None:
    """Too many devices, or too much memory: both figures are told."""
    assert fitting(ALL, GpuBudget(memory=40 << 30)) == (A, B)
    with pytest.raises(NoDevices, match=r"100.0 GiB are asked for; the largest here has 80.0 GiB"):
        fitting(ALL, GpuBudget(memory=100 << 30))
    with pytest.raises(
        NoDevices, match=r"3 GPUs with 40.0 GiB each are asked for; of the 3 here 2 are large enough"
    ):
        fitting(ALL, GpuBudget(devices=3, memory=40 << 30))
    with pytest.raises(NoDevices, match="4 GPUs are asked for, 3 are here"):
        fitting(ALL, GpuBudget(devices=4))
