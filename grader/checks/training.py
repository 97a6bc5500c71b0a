"""`training`: accuracy on hidden images, progress and loss curves. See docs/writing-checks.md."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from grader.checks.run import CheckFailed, current
from grader.checks.student import BadResult, StudentRaised
from grader.checks.trace import Observation
from grader.core.accuracy import FEWEST_SEEDS, Accuracy, count, proposed, share
from grader.core.errors import SpecError
from grader.core.evidence import Confusion, Curves, Evidence
from grader.sandbox.session import Stopped

_MOST_EPOCHS = 1000
_LINES = ("train_loss", "val_loss", "val_acc")
Predict = Callable[[Any, NDArray[np.uint8]], Any]


class MeasuredRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One training of the reference: accuracy on perturbed hidden images, the same on plain ones, what it cost."""

    accuracy: float
    plain: float | None = None
    cpu_seconds: float | None = None
    gpu_seconds: float | None = None


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """What `make thresholds` measured on one image set. epochs: given to `fit`; seeds: a run each."""

    epochs: int
    seeds: dict[str, MeasuredRun]
    images: int = 0
    trained_on: int = 0
    machine: str = ""
    date: str = ""

    @property
    def threshold(self) -> float:
        """The bound that follows from the runs. Raises ValueError for too few."""
        return proposed([run.accuracy for run in self.seeds.values()])


ON_GPU = " on GPU"  # after the name of an image set, in the file of `make thresholds`


@dataclass(frozen=True, slots=True)
class Asked:
    """What an accuracy check asks for: epochs of training and the accuracy."""

    epochs: int
    threshold: float


def measured(path: Path, name: str, gpu: bool = False) -> Asked:
    """Epochs and threshold for the image set `name`. Where it was not measured the check is not run.

    gpu: the size for a GPU, "<name> on GPU" in the file, with a threshold of its own; where that was not measured, the
    reduced size of the CPU holds there, too. Raises SpecError for a damaged file.
    """
    every = measurements(path)
    large = every.get(name + ON_GPU) if gpu else None
    found = large if large is not None and len(large.seeds) >= FEWEST_SEEDS else every.get(name)
    if found is None or len(found.seeds) < FEWEST_SEEDS:
        pytest.skip(f"no threshold was measured for {name}: run `make thresholds`")
    return Asked(found.epochs, found.threshold)


def measurements(path: Path) -> dict[str, Measurement]:
    """The file of `make thresholds`, by image set. Raises SpecError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Measurement])
    except (OSError, msgspec.DecodeError) as error:
        raise SpecError(f"{path}: cannot be read: {error}; make it with `make thresholds`") from None


def report(epochs: int, title: str = "Training") -> Callable[..., None]:
    """A function to pass as `report=`: shows epoch, loss and the time left while `fit` runs, keeps the loss curve.

    The submission calls it after each epoch with (epoch, train_loss, val_loss, val_acc).
    """
    run, began = current.get(), time.monotonic()
    values: dict[str, list[float | None]] = {name: [] for name in _LINES}

    def told(
        epoch: Any, train_loss: Any = None, val_loss: Any = None, val_acc: Any = None, *rest: Any
    ) -> None:
        done = len(values["train_loss"]) + 1
        if done > _MOST_EPOCHS:
            return
        for name, value in zip(_LINES, (train_loss, val_loss, val_acc), strict=True):
            values[name].append(_finite(value))
        left = (time.monotonic() - began) / done * max(0, epochs - done)
        loss = values["train_loss"][-1]
        run.tell(
            f"epoch {done} of {epochs}, loss {'?' if loss is None else f'{loss:.3f}'}, {left:.0f} s left"
        )
        if run.seen:
            return
        curves: list[Evidence] = [
            Curves(f"{title}: loss", "epoch", "loss", _lines(values, _LINES[:2])),
            Curves(
                f"{title}: accuracy on validation images", "epoch", "accuracy", _lines(values, _LINES[2:])
            ),
        ]
        # a training that is stopped leaves the epochs that it came to
        run.evidence[:] = [
            old for old in run.evidence if old.title not in {new.title for new in curves}
        ] + curves

    return told


def scores(predictions: Any, labels: NDArray[np.int64], classes: Sequence[str]) -> Accuracy:
    """The accuracy of these predictions. Raises CheckFailed, which names what they are instead of labels."""
    wanted, total = f"an integer array ({len(labels)},) with values 0 to {len(classes) - 1}", len(labels)
    array = predictions.numpy() if type(predictions).__module__ == "torch" else predictions
    if isinstance(array, (list, tuple)) and all(type(value) is int for value in array):
        array = np.array(array, dtype=np.int64)
    # after the hidden images were shown: shapes, lengths and dtypes are the submission's choice, so only kinds are told
    must = f"`predict` must return {wanted}"
    if not isinstance(array, np.ndarray):
        raise _bad(f"{must}; it returned no array", f"returned {type(array).__name__}")
    if array.shape == (total, len(classes)):
        raise _bad(
            f"`predict` returned a row of {len(classes)} numbers an image, as the logits are; take the argmax"
        )
    if array.ndim != 1:
        raise _bad(f"{must}; it returned an array of another shape", f"shape {array.shape}")
    if len(array) != total:
        word = "fewer" if len(array) < total else "more"
        raise _bad(f"`predict` returned {word} labels than images", f"{len(array)} labels for {total} images")
    if array.dtype.kind not in "iu":
        raise _bad(f"{must}; its values are {'floats' if array.dtype.kind == 'f' else 'not integers'}")
    if array.size and (array.min() < 0 or array.max() >= len(classes)):
        raise _bad(f"`predict` returned labels outside of 0 to {len(classes) - 1}")
    return count([int(label) for label in labels], [int(value) for value in array], classes)


def reaches(
    train: Callable[[int], Any],
    predict: Predict,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    *,
    classes: Sequence[str],
    threshold: float,
    steps: Mapping[float, str | Fraction],
    seeds: Sequence[int],
) -> Accuracy:
    """The model that `train(seed)` gives reaches the threshold on these images.

    Points are lost only if even the upper end of Wilson's 95 % interval lies under it; then the next seed is tried, and
    the better run counts. steps: accuracy → share of the points, below the threshold. Raises CheckFailed.
    """
    best: Accuracy | None = None
    for number, seed in enumerate(seeds):
        if number:
            current.get().tell("below the threshold: training again with another seed")
        try:
            model = train(seed)
            current.get().seen = True
            found = scores(predict(model, images), labels, classes)
        except (CheckFailed, StudentRaised, Stopped, BadResult):
            if best is None:
                raise
            break  # the first run stands
        best = found if best is None or found.correct > best.correct else best
        if share(best, threshold, {}) == 1:
            break
    assert best is not None
    _judge(
        best, threshold, steps, f"the better of {len(seeds)} trainings" if len(seeds) > 1 else "one training"
    )
    return best


def checkpoint_reaches(
    model: Any,
    predict: Predict,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    *,
    classes: Sequence[str],
    threshold: float,
    steps: Mapping[float, str | Fraction],
) -> Accuracy:
    """The same for a model with handed-in weights: nothing is trained, nothing repeated. Raises CheckFailed."""
    current.get().seen = True
    found = scores(predict(model, images), labels, classes)
    _judge(found, threshold, steps, "the handed-in checkpoint")
    return found


def self_reported(
    model: Any, predict: Predict, images: NDArray[np.uint8], labels: NDArray[np.int64], classes: Sequence[str]
) -> None:
    """Put a checkpoint's accuracy into the report, for information: its training was not seen, it earns no points."""
    current.get().seen = True
    found = scores(predict(model, images), labels, classes)
    current.get().evidence.append(Confusion("Checkpoint: self-reported training, no points", found))


def _judge(found: Accuracy, threshold: float, steps: Mapping[float, str | Fraction], of: str) -> None:
    run = current.get()
    earned = share(found, threshold, {level: Fraction(part) for level, part in steps.items()})
    run.evidence.append(Confusion("Accuracy on hidden images", found, threshold))
    run.trace.observations.append(Observation("predict", earned == 1))
    if earned == 1 or not run.strict:
        return
    low, high = found.interval
    pairs = "; ".join(f"{true} taken for {other} {many} times" for true, other, many in found.confused())
    part = f" It earns {earned} of the points." if earned else ""
    raise CheckFailed(
        f"accuracy {found.rate:.3f} on {found.total} hidden images (95 % interval {low:.3f} to {high:.3f}); "
        f"{threshold:.3f} is asked for. This is {of}.{part} Most confused: {pairs}",
        of="predict",
        earned=earned,
    )


def _bad(text: str, values: str = "") -> CheckFailed:
    return CheckFailed(text, values, of="predict")


def _finite(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, RuntimeError):
        return None
    return number if math.isfinite(number) else None


def _lines(
    values: Mapping[str, Sequence[float | None]], names: Sequence[str]
) -> dict[str, tuple[float | None, ...]]:
    return {name: tuple(values[name]) for name in names}
