"""`make thresholds`: what was measured is said, and what was not, too."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench import thresholds
from bench.gpu import lent
from bench.thresholds import EPOCHS, Job, report, trained
from grader.checks.training import MeasuredRun, Measurement
from grader.sandbox.gpu.devices import Device, Devices, NoDevices, Sample
from grader.sandbox.gpu.fake import Fake
from grader.sandbox.gpu.lease import acquire


def measured(seeds: int) -> Measurement:
    runs = {
        str(seed): MeasuredRun(accuracy=0.9 + seed / 1000, plain=0.92, cpu_seconds=30.0)
        for seed in range(seeds)
    }
    return Measurement(epochs=3, seeds=runs, trained_on=8000, machine="a machine", date="2026-11-21")


def test_what_was_not_measured_is_said() -> None:
    """A set without runs, and one with too few seeds, propose no threshold."""
    page = report("cifar10", {"shapes10": measured(4)})
    assert "| shapes10 | 8000 × 3 | 4 | 0.9015 | 0.0013 | 0.9200 | 30 | needs 5 seeds |" in page
    assert "| cifar10 | not measured |" in page
    assert "**" not in page


def test_five_seeds_propose_a_threshold() -> None:
    """The bound stands in the table, each run below it, with machine and date."""
    page = report("cifar10", dict.fromkeys(EPOCHS, measured(5)))
    assert page.count("| **0.889** |") == len(EPOCHS)
    assert "| cifar10 | 4 | 0.9040 | 0.9200 | 30 |" in page
    assert "- cifar10: 2026-11-21, a machine" in page


ONE = Device("GPU-1", "Tester 3000", 16 << 30)
JOBS: list[Job] = [("cifar10", name, 3, seed) for seed in (0, 1) for name in ("shapes10", "shapes10 on GPU")]


class InThisProcess:
    """In place of a pool of new processes: a training takes half a second of the fake's clock."""

    def __init__(self, now: list[float], seen: list[tuple[str, str]]) -> None:
        self.now, self.seen = now, seen

    def apply(self, measure: object, arguments: tuple[Job]) -> tuple[Job, MeasuredRun, int]:
        (job,) = arguments
        self.now[0] += 0.5
        self.seen.append((job[1], os.environ["CUDA_VISIBLE_DEVICES"]))
        return job, MeasuredRun(accuracy=0.9, cpu_seconds=3.0), 8000

    def imap_unordered(self, measure: object, jobs: Iterable[Job]) -> Iterator[tuple[Job, MeasuredRun, int]]:
        return (self.apply(measure, (job,)) for job in jobs)


Run = Callable[[Fake | NoDevices], list[thresholds.Trained]]


@pytest.fixture
def seen() -> list[tuple[str, str]]:
    """What was trained, and the devices that were visible then."""
    return []


@pytest.fixture
def clock() -> list[float]:
    """Of the fake: the seconds."""
    return [0.0]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seen: list[tuple[str, str]], clock: list[float]
) -> Run:
    """run(devices) does the four trainings on a machine with these, or with none and the reason."""
    monkeypatch.setenv("GRADER_GPU_LOCKS", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(lent, "with_cuda", lambda: None)

    @contextmanager
    def processes(number: int) -> Iterator[Any]:
        yield InThisProcess(clock, seen)

    monkeypatch.setattr(thresholds, "_processes", processes)

    def done(there: Fake | NoDevices) -> list[thresholds.Trained]:
        def find() -> Devices:
            if isinstance(there, NoDevices):
                raise there
            return there

        return list(trained(JOBS, find=find))

    return done


def test_with_a_gpu_its_entries_are_measured_on_it(
    run: Run,
    seen: list[tuple[str, str]],
    clock: list[float],
    tmp_path: Path,
) -> None:
    """On a lease, metered; those of the CPU see no device even here, and the lease is free afterwards."""
    done = run(Fake(lambda t: Sample(0.8, 0), [ONE], clock=lambda: clock[0]))
    assert seen == [("shapes10", "")] * 2 + [("shapes10 on GPU", "GPU-1")] * 2
    assert [one.run.gpu_seconds for one in done] == [None, None, 0.4, 0.4]
    assert [one.machine.split(",")[0] for one in done[2:]] == ["Tester 3000"] * 2
    assert "CUDA_VISIBLE_DEVICES" not in os.environ
    acquire(Fake(lambda t: Sample(0.0, 0), [ONE]), [ONE], 1, tmp_path, sleep=_never).release()


def test_without_a_gpu_its_entries_are_said_not_to_be_measured(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once for each set, with the reason; what needs none is measured all the same."""
    done = run(NoDevices("no GPU found (no NVIDIA driver)"))
    assert [one.job for one in done] == JOBS[::2]
    assert capsys.readouterr().err == (
        "shapes10 on GPU: not measured: no GPU here (no GPU found (no NVIDIA driver))\n"
    )
    page = report("cifar10", {})
    assert "| shapes10 on GPU | not measured |" in page
    assert "| cifar10 on GPU | not measured |" in page


def test_a_torch_without_cuda_is_no_gpu(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A device that the reference could not be trained on: it would be the CPU that is measured."""

    def refuse() -> None:
        raise NoDevices("torch 2 was built without CUDA")

    monkeypatch.setattr(lent, "with_cuda", refuse)
    assert len(run(Fake(lambda t: Sample(0.8, 0), [ONE]))) == 2
    assert "not measured: no GPU here (torch 2 was built without CUDA)" in capsys.readouterr().err


def test_what_a_training_on_a_gpu_costs() -> None:
    """GPU-seconds stand in place of CPU seconds, in the mean and in each run."""
    runs = {"0": MeasuredRun(accuracy=0.9, cpu_seconds=30.0, gpu_seconds=7.6)}
    runs["1"] = MeasuredRun(accuracy=0.92, cpu_seconds=30.0, gpu_seconds=8.6)
    page = report("cifar10", {"cifar10 on GPU": Measurement(epochs=40, seeds=runs, trained_on=20000)})
    assert "| cifar10 on GPU | 20000 × 40 | 2 | 0.9100 | 0.0141 | not measured | 8 on GPU | needs 5" in page
    assert "| cifar10 on GPU | 1 | 0.9200 | not measured | 9 on GPU |" in page


def _never(seconds: float) -> None:
    raise AssertionError("the lease is not free")
