"""``make thresholds``: train the reference of an assignment on several seeds and propose its accuracy thresholds.

Each run is written to ``reference/<slug>/thresholds.json`` the moment it ends, so a stopped measurement goes on where
it was; what was not measured prints "not measured". "<set> on GPU" is trained on a leased device, for longer; where
there is none it is not measured, and says so. The rule stands in `grader.core.accuracy.proposed`.
"""

from __future__ import annotations

import argparse
import datetime
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import msgspec
import numpy as np

from bench.gpu.lent import devices_here, lent, visible
from grader.checks import reference
from grader.checks.training import ON_GPU, MeasuredRun, Measurement, measurements
from grader.core.accuracy import FEWEST_SEEDS, count
from grader.core.errors import GraderError, UsageError
from grader.core.images import ImageSet, Labelled
from grader.datasets.held import hold_out
from grader.sandbox.gpu.devices import Devices, NoDevices
from grader.sandbox.gpu.nvml import Nvml

SECRET = b"thresholds"  # hidden images that no course has
IMAGES = 2000  # hidden images of each run
EPOCHS = {
    "shapes10": 3,
    "cifar10": 16,
    f"shapes10{ON_GPU}": 6,
    f"cifar10{ON_GPU}": 40,
}
ROOT = Path(__file__).parents[1]
Job = tuple[str, str, int, int]  # slug, image set, perhaps on GPU, epochs, seed


@dataclass(frozen=True, slots=True)
class Trained:
    """One training. Attributes: images: that it was trained on; machine: where."""

    job: Job
    run: MeasuredRun
    images: int
    machine: str


def main() -> None:
    """Measure what is missing, then print the table and write docs/thresholds.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.thresholds", description=__doc__)
    parser.add_argument("--slug", default="cifar10", help="whose reference [cifar10]")
    parser.add_argument("--seeds", type=int, default=FEWEST_SEEDS, help=f"trainings a set [{FEWEST_SEEDS}]")
    parser.add_argument("--sets", nargs="*", default=list(EPOCHS), help="image sets [all]")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time [1]")
    parser.add_argument("--print", action="store_true", help="train nothing")
    chosen = parser.parse_args()
    path = ROOT / "reference" / chosen.slug / "thresholds.json"
    found = measurements(path) if path.exists() else {}
    if not chosen.print:
        jobs = list(_missing(chosen.slug, chosen.sets, chosen.seeds, found))
        for one in trained(jobs, chosen.jobs):
            _, name, _, seed = one.job
            found[name] = _with(found.get(name), one)
            path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
            print(f"{name}, seed {seed}: {one.run.accuracy:.4f}", file=sys.stderr, flush=True)
    text = report(chosen.slug, found)
    (ROOT / "docs" / "thresholds.md").write_text(text, encoding="utf-8")
    print(text)


def _missing(slug: str, names: Iterable[str], seeds: int, found: dict[str, Measurement]) -> Iterable[Job]:
    for name in names:
        try:
            hold_out(_set(name), SECRET)
        except UsageError as error:
            print(f"{name}: not measured: {error}", file=sys.stderr)
            continue
        known = found.get(name)
        epochs = known.epochs if known else EPOCHS[name]
        for seed in range(seeds):
            if known is None or str(seed) not in known.seeds:
                yield slug, name, epochs, seed


def trained(jobs: Sequence[Job], at_a_time: int = 1, find: Callable[[], Devices] = Nvml) -> Iterator[Trained]:
    """Each of the trainings as it ends; of those on a GPU none where there is none, and the reason is printed."""
    yield from _on_cpu([job for job in jobs if not job[1].endswith(ON_GPU)], at_a_time)
    on_gpu = [job for job in jobs if job[1].endswith(ON_GPU)]
    try:
        yield from _on_gpu(on_gpu, find)
    except NoDevices as error:
        for name in dict.fromkeys(job[1] for job in on_gpu):
            print(f"{name}: not measured: no GPU here ({error})", file=sys.stderr)


def _on_cpu(jobs: Sequence[Job], at_a_time: int) -> Iterator[Trained]:
    machine = f"{os.cpu_count()} cores, one thread"
    with (
        visible(""),
        _processes(min(at_a_time, len(jobs))) as pool,
    ):  # else `fit` takes a GPU where there is one
        for job, run, images in pool.imap_unordered(_measure, jobs):
            yield Trained(job, run, images, f"{machine}, {_software()}")


def _on_gpu(jobs: Sequence[Job], find: Callable[[], Devices]) -> Iterator[Trained]:
    """One after the other, each with a device of its own. Raises NoDevices."""
    if not jobs:
        return
    devices, usable = devices_here(find)
    for job in jobs:
        with lent(devices, usable) as (device, meter), _processes(1) as pool:
            _, run, images = pool.apply(_measure, (job,))
        run = msgspec.structs.replace(run, gpu_seconds=round(meter.seconds, 1))
        yield Trained(job, run, images, f"{device.name}, {_software()}")


def _processes(number: int) -> Any:
    """New processes: they see the devices that are visible now, and import torch for themselves."""
    return multiprocessing.get_context("spawn").Pool(max(1, number))


def _measure(job: Job) -> tuple[Job, MeasuredRun, int]:
    """One training of the reference, on one thread, or on the device that is visible. Raises GraderError."""
    import torch

    slug, name, epochs, seed = job
    torch.set_num_threads(1)
    solution = reference.load(ROOT / "reference" / slug).module
    images = hold_out(_set(name), SECRET)
    torch.manual_seed(seed)
    model = solution.CifarCNN()
    began = time.process_time()
    solution.fit(model, str(images.folder), epochs=epochs, seed=seed)
    spent = time.process_time() - began
    if next(model.parameters()).is_cuda != name.endswith(ON_GPU):
        raise GraderError(f"{name}: the reference was trained on {next(model.parameters()).device}")
    hidden = images.hidden(IMAGES, np.random.default_rng(seed))
    rate, plain = (_rate(solution, model, images, part) for part in (hidden, images.test))
    return job, MeasuredRun(accuracy=rate, plain=plain, cpu_seconds=round(spent, 1)), len(images.train[1])


def _set(name: str) -> str:
    return name.removesuffix(ON_GPU)


def _software() -> str:
    import torch

    return f"{platform.machine()}, torch {torch.__version__}"


def _rate(solution: Any, model: Any, images: ImageSet, part: Labelled) -> float:
    predicted = [int(value) for value in solution.predict(model, part[0])]
    return count([int(label) for label in part[1]], predicted, images.classes).rate


def _with(known: Measurement | None, one: Trained) -> Measurement:
    _, _, epochs, seed = one.job
    seeds = {**(known.seeds if known else {}), str(seed): one.run}
    return Measurement(
        epochs=epochs,
        seeds=dict(sorted(seeds.items(), key=lambda item: int(item[0]))),
        images=IMAGES,
        trained_on=one.images,
        machine=one.machine,
        date=datetime.date.today().isoformat(),
    )


def report(slug: str, found: dict[str, Measurement]) -> str:
    """The page as Markdown."""
    rows = [_row(name, found.get(name)) for name in EPOCHS]
    runs = [
        f"| {name} | {seed} | {run.accuracy:.4f} | {_number(run.plain, '.4f')} | {_cost([run])} |"
        for name in EPOCHS
        for seed, run in (found[name].seeds.items() if name in found else ())
    ]
    machines = [f"- {name}: {one.date}, {one.machine}" for name, one in found.items()]
    return "\n".join(
        [*_HEAD.format(slug=slug).splitlines(), *rows, "", *_RUNS.splitlines(), *runs, "", *machines, ""]
    )


def _row(name: str, one: Measurement | None) -> str:
    if one is None or len(one.seeds) < 2:
        return f"| {name} | not measured | | | | | |"
    rates = [run.accuracy for run in one.seeds.values()]
    plain = [run.plain for run in one.seeds.values() if run.plain is not None]
    asked = f"**{one.threshold:.3f}**" if len(rates) >= FEWEST_SEEDS else f"needs {FEWEST_SEEDS} seeds"
    return (
        f"| {name} | {one.trained_on} × {one.epochs} | {len(rates)} | {mean(rates):.4f} | {stdev(rates):.4f} | "
        f"{_number(mean(plain) if plain else None, '.4f')} | {_cost(one.seeds.values())} | {asked} |"
    )


def _cost(runs: Iterable[MeasuredRun]) -> str:
    """CPU seconds a run, or GPU-seconds where it had one."""
    on_gpu = [run.gpu_seconds for run in runs if run.gpu_seconds is not None]
    if on_gpu:
        return f"{mean(on_gpu):.0f} on GPU"
    on_cpu = [run.cpu_seconds for run in runs if run.cpu_seconds is not None]
    return _number(mean(on_cpu) if on_cpu else None, ".0f")


def _number(value: float | None, form: str) -> str:
    return "not measured" if value is None else format(value, form)


_HEAD = """# Accuracy thresholds

Written by `make thresholds` from `reference/{slug}/thresholds.json`; the checks read what they ask for there.

The reference is trained once a seed. Each model is judged on 2000 hidden images of its own, which are shifted, flipped
and jittered as those of a course are (`grader/datasets/perturb.py`). The threshold is the one-sided 99.9 % prediction
bound for one more training: the mean less 7.9 standard deviations at 5 seeds, 4.5 at 10. The column "not perturbed" is
what the same models reach on the images of `test.npz` as they are: the difference is what the perturbation costs an
honest model. Seconds are CPU seconds a training; "on GPU" is trained for longer on a device that is leased, and costs
GPU-seconds. Where it is not measured, the epochs and the threshold of the CPU hold on a GPU, too.

| image set | images × epochs | seeds | mean | std. deviation | mean, not perturbed | seconds | threshold |
|---|---|---|---|---|---|---|---|
"""
_RUNS = """Each run:

| image set | seed | accuracy | not perturbed | seconds |
|---|---|---|---|---|
"""

if __name__ == "__main__":
    main()
