"""``python -m bench.shapes10``: does architecture matter on shapes10? Prints a table in Markdown.

Three models see the same images for the same time on one core. Each is trained at three learning rates; the weights
of the best epoch on validation images count, then the best rate on the same images; only that is tested.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from grader.datasets import load

RATES = (3e-4, 1e-3, 3e-3)
VALIDATION = 1000  # of the 8000 images for training
BATCH = 64
PATIENCE = 8  # epochs without a better validation accuracy


class Run(NamedTuple):
    """Accuracy on test images, the learning rate, and the epoch whose weights did best on validation."""

    accuracy: float
    rate: float
    epoch: int


Split = tuple[torch.Tensor, torch.Tensor]


def linear() -> nn.Module:
    """Softmax regression on pixels."""
    return nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))


def mlp() -> nn.Module:
    """Two hidden layers."""
    layers = [nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)]
    return nn.Sequential(nn.Flatten(), *layers)


def cnn() -> nn.Module:
    """Three convolutions with batch normalisation."""

    def block(inputs: int, outputs: int, size: int, stride: int) -> list[nn.Module]:
        convolution = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)
        return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]

    layers = [
        *block(3, 16, 5, 2),
        *block(16, 32, 3, 1),
        nn.MaxPool2d(2),
        *block(32, 64, 3, 1),
        nn.MaxPool2d(2),
    ]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(1024, 10))


MODELS: dict[str, Callable[[], nn.Module]] = {"linear": linear, "MLP": mlp, "CNN": cnn}


def main() -> None:
    """Train, test, print; what the file of results holds already is not trained again."""
    parser = argparse.ArgumentParser(prog="python -m bench.shapes10", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="trainings of each model and rate [1]")
    parser.add_argument("--seconds", type=float, default=20, help="core-seconds of each training [20]")
    parser.add_argument("--keep", type=Path, help="JSON file of results: continue from it, add to it")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    train, validation, test = _splits()
    runs: dict[str, Run] = {}
    if chosen.keep is not None and chosen.keep.exists():
        runs = {name: Run(*run) for name, run in json.loads(chosen.keep.read_text()).items()}
    for seed in range(chosen.seeds):
        for name, make in MODELS.items():
            key = f"{name}, seed {seed}, {chosen.seconds:g} s"
            if key not in runs:
                runs[key] = _best_of_rates(make, seed, chosen.seconds, train, validation, test)
                print(f"{key}: {runs[key].accuracy:.3f}", file=sys.stderr, flush=True)
            if chosen.keep is not None:
                chosen.keep.write_text(json.dumps(runs, indent=2) + "\n")
    print(_machine())
    print(f"\n{chosen.seeds} seeds, at most {chosen.seconds:g} core-seconds for each learning rate\n")
    print("| model | parameters | test accuracy, mean | lowest to highest | rates chosen | best epoch |")
    print("|---|---|---|---|---|---|")
    for name in MODELS:
        print(
            _row(name, [runs[f"{name}, seed {seed}, {chosen.seconds:g} s"] for seed in range(chosen.seeds)])
        )


def _row(name: str, runs: Sequence[Run]) -> str:
    scores = [run.accuracy for run in runs]
    size = sum(weights.numel() for weights in MODELS[name]().parameters())
    rates = ", ".join(f"{rate:g}" for rate in sorted({run.rate for run in runs}))
    epochs = f"{min(run.epoch for run in runs)} to {max(run.epoch for run in runs)}"
    spread = f"{min(scores):.3f} to {max(scores):.3f}"
    return f"| {name} | {size:,} | {mean(scores):.3f} | {spread} | {rates} | {epochs} |"


def _best_of_rates(
    make: Callable[[], nn.Module], seed: int, seconds: float, train: Split, validation: Split, test: Split
) -> Run:
    """The run that did best on validation."""
    best, chosen = -1.0, Run(0.0, 0.0, 0)
    for rate in RATES:
        torch.manual_seed(seed)
        net = make()
        reached, epoch = _fit(net, rate, seconds, train, validation)
        if reached > best:
            best, chosen = reached, Run(_accuracy(net, test), rate, epoch)
    return chosen


def _fit(net: nn.Module, rate: float, seconds: float, train: Split, validation: Split) -> tuple[float, int]:
    """Adam, the rate falling to zero with the time left; keeps the best weights on validation."""
    optimizer = torch.optim.Adam(net.parameters(), rate)
    start, best, epoch, chosen = time.process_time(), -1.0, 0, 0
    weights = {name: value.clone() for name, value in net.state_dict().items()}
    while epoch - chosen < PATIENCE and (left := 1 - (time.process_time() - start) / seconds) > 0:
        net.train()
        for picked in torch.randperm(len(train[0])).split(BATCH):
            left = 1 - (time.process_time() - start) / seconds
            if left <= 0:
                break
            optimizer.param_groups[0]["lr"] = rate * left
            optimizer.zero_grad()
            cross_entropy(net(train[0][picked]), train[1][picked]).backward()
            optimizer.step()
        epoch += 1
        reached = _accuracy(net, validation)
        if reached > best:
            best, chosen = reached, epoch
            weights = {name: value.clone() for name, value in net.state_dict().items()}
    net.load_state_dict(weights)
    return best, chosen


@torch.no_grad()
def _accuracy(net: nn.Module, split: Split) -> float:
    net.eval()
    right = [
        (net(x).argmax(1) == y).float() for x, y in zip(*(part.split(500) for part in split), strict=True)
    ]
    return float(torch.cat(right).mean())


def _splits() -> tuple[Split, Split, Split]:
    data = load("shapes10")
    centre, scale = data.train_images.mean(), data.train_images.std()

    def split(images: np.ndarray, labels: np.ndarray) -> Split:
        return torch.from_numpy(((images - centre) / scale).astype(np.float32)), torch.from_numpy(
            labels.copy()
        )

    fit, held = slice(None, -VALIDATION), slice(-VALIDATION, None)
    return (
        split(data.train_images[fit], data.train_labels[fit]),
        split(data.train_images[held], data.train_labels[held]),
        split(data.test_images, data.test_labels),
    )


def _machine() -> str:
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    day = datetime.date.today().isoformat()
    return f"{day}: {os.cpu_count()} cores, {system}, torch {torch.__version__}, one thread"


if __name__ == "__main__":
    main()
