"""``make thresholds``: train the reference of an assignment on several seeds and propose its accuracy thresholds.

Each run is written to ``reference/<slug>/thresholds.json`` the moment it ends, so a stopped measurement goes on where
it was; what was not measured prints "not measured". The rule stands in `grader.core.accuracy.proposed`.
"""

from __future__ import annotations

import argparse
import datetime
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import msgspec
import numpy as np

from grader.checks import reference
from grader.checks.training import MeasuredRun, Measurement, measurements
from grader.core.accuracy import FEWEST_SEEDS, count
from grader.core.errors import UsageError
from grader.core.images import ImageSet, Labelled
from grader.datasets.held import hold_out

SECRET = b"thresholds"  # hidden images that no course has
IMAGES = 2000  # hidden images of each run
EPOCHS = {"shapes10": 3, "cifar10": 16}
ROOT = Path(__file__).parents[1]
Job = tuple[str, str, int, int]  # slug, image set, epochs, seed


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
        with multiprocessing.get_context("spawn").Pool(max(1, min(chosen.jobs, len(jobs)))) as pool:
            for (_, name, epochs, seed), run, trained_on in pool.imap_unordered(_measure, jobs):
                found[name] = _with(found.get(name), epochs, seed, run, trained_on)
                path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
                print(f"{name}, seed {seed}: {run.accuracy:.4f}", file=sys.stderr, flush=True)
    text = report(chosen.slug, found)
    (ROOT / "docs" / "thresholds.md").write_text(text, encoding="utf-8")
    print(text)


def _missing(slug: str, names: Iterable[str], seeds: int, found: dict[str, Measurement]) -> Iterable[Job]:
    for name in names:
        try:
            hold_out(name, SECRET)
        except UsageError as error:
            print(f"{name}: not measured: {error}", file=sys.stderr)
            continue
        known = found.get(name)
        epochs = known.epochs if known else EPOCHS[name]
        for seed in range(seeds):
            if known is None or str(seed) not in known.seeds:
                yield slug, name, epochs, seed


def _measure(job: Job) -> tuple[Job, MeasuredRun, int]:
    """One training of the reference, on one thread."""
    import torch

    slug, name, epochs, seed = job
    torch.set_num_threads(1)
    solution = reference.load(ROOT / "reference" / slug).module
    images = hold_out(name, SECRET)
    torch.manual_seed(seed)
    model = solution.CifarCNN()
    began = time.process_time()
    solution.fit(model, str(images.folder), epochs=epochs, seed=seed)
    spent = time.process_time() - began
    hidden = images.hidden(IMAGES, np.random.default_rng(seed))
    rate, plain = (_rate(solution, model, images, part) for part in (hidden, images.test))
    return job, MeasuredRun(accuracy=rate, plain=plain, cpu_seconds=round(spent, 1)), len(images.train[1])


def _rate(solution: Any, model: Any, images: ImageSet, part: Labelled) -> float:
    predicted = [int(value) for value in solution.predict(model, part[0])]
    return count([int(label) for label in part[1]], predicted, images.classes).rate


def _with(
    known: Measurement | None, epochs: int, seed: int, run: MeasuredRun, trained_on: int
) -> Measurement:
    seeds = {**(known.seeds if known else {}), str(seed): run}
    import torch

    return Measurement(
        epochs=epochs,
        seeds=dict(sorted(seeds.items(), key=lambda item: int(item[0]))),
        images=IMAGES,
        trained_on=trained_on,
        machine=f"{os.cpu_count()} cores, one thread, {platform.machine()}, torch {torch.__version__}",
        date=datetime.date.today().isoformat(),
    )


def report(slug: str, found: dict[str, Measurement]) -> str:
    """The page as Markdown."""
    rows = [_row(name, found.get(name)) for name in EPOCHS]
    runs = [
        f"| {name} | {seed} | {run.accuracy:.4f} | {_number(run.plain, '.4f')} | {_number(run.cpu_seconds, '.0f')} |"
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
    cost = mean(run.cpu_seconds or 0.0 for run in one.seeds.values())
    return (
        f"| {name} | {one.trained_on} × {one.epochs} | {len(rates)} | {mean(rates):.4f} | {stdev(rates):.4f} | "
        f"{_number(mean(plain) if plain else None, '.4f')} | {cost:.0f} | {asked} |"
    )


def _number(value: float | None, form: str) -> str:
    return "not measured" if value is None else format(value, form)


_HEAD = """# Accuracy thresholds

Written by `make thresholds` from `reference/{slug}/thresholds.json`; the checks read what they ask for there.

The reference is trained once a seed. Each model is judged on 2000 hidden images of its own, which are shifted, flipped
and jittered as those of a course are (`grader/datasets/perturb.py`). The threshold is the one-sided 99.9 % prediction
bound for one more training: the mean less 7.9 standard deviations at 5 seeds, 4.5 at 10. The column "not perturbed" is
what the same models reach on the images of `test.npz` as they are: the difference is what the perturbation costs an
honest model.

| image set | images × epochs | seeds | mean | std. deviation | mean, not perturbed | CPU s | threshold |
|---|---|---|---|---|---|---|---|
"""
_RUNS = """Each run:

| image set | seed | accuracy | not perturbed | CPU s |
|---|---|---|---|---|
"""

if __name__ == "__main__":
    main()
