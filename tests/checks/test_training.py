"""`training` and the drivers for it: accuracy verdicts, predictions of every kind, progress, checkpoints."""

from __future__ import annotations

import gc
import io
import json
import pickle
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from grader.checks import drive, training
from grader.checks.run import CheckFailed, Run, current
from grader.core.errors import SpecError
from grader.core.evidence import Confusion, Curves
from grader.sandbox.session import Stopped

from ..conftest import Trial

CLASSES = ("cat", "dog", "owl")
LABELS = np.array([0, 1, 2, 0, 1, 2])


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "it returned no array"),
        ("cat", "it returned no array"),
        (np.zeros((6, 3)), "row of 3 numbers an image, as the logits are; take the argmax"),
        (torch.zeros(6, 3), "row of 3 numbers an image, as the logits are; take the argmax"),
        (np.zeros((6, 1), int), "an array of another shape"),
        (np.zeros(5, int), "returned fewer labels than images"),
        (np.zeros(6), "its values are floats"),
        (np.zeros(6, dtype=[("secret", "i4")]), "its values are not integers"),
        (np.zeros((0, 123456789)), "an array of another shape"),
        (np.zeros(1234567, int), "returned more labels than images"),
        (np.array([0, 1, 2, 3, 0, 0]), "outside of 0 to 2"),
        (np.array([0, 1, 2, -1, 0, 0]), "outside of 0 to 2"),
        ([0.5] * 6, "it returned no array"),
    ],
)
def test_what_is_no_label_is_named(value: Any, says: str) -> None:
    """Logits, floats, another length, labels out of range: the message says which."""
    with pytest.raises(CheckFailed, match=says) as error:
        training.scores(value, LABELS, CLASSES)
    # what a submission can choose freely must not reach the report of a hidden check
    assert not re.search(r"\d{3}|secret", error.value.text)


@pytest.mark.parametrize("kind", [np.array, list, tuple, torch.tensor, lambda v: np.array(v, np.uint8)])
def test_labels_may_come_in_any_integers(kind: Callable[[list[int]], Any]) -> None:
    """An array of any integer type, a tensor, a list: all are labels."""
    found = training.scores(kind([0, 1, 2, 0, 1, 1]), LABELS, CLASSES)
    assert (found.correct, found.total) == (5, 6)


class Class:
    """A model of many images: `right` of 100 are right in the run with each seed."""

    def __init__(self, right: dict[int, int | Exception]) -> None:
        self.right, self.trained = right, list[int]()
        self.images, self.labels = np.zeros((100, 1, 1, 1), np.uint8), np.zeros(100, np.int64)

    def train(self, seed: int) -> int:
        self.trained.append(seed)
        result = self.right[seed]
        if isinstance(result, Exception):
            raise result
        return result

    def judge(self, trial: Trial, strict: bool = True) -> tuple[Run, BaseException | None]:
        def body(student: Any, rng: np.random.Generator) -> None:
            training.reaches(
                self.train,
                lambda right, images: np.where(np.arange(100) < right, 0, 1),
                self.images,
                self.labels,
                classes=CLASSES,
                threshold=0.95,
                steps={0.8: "3/4", 0.5: "1/2"},
                seeds=(1, 2),
            )

        return trial.run(body, "pass", strict=strict)


def test_the_threshold_is_reached_once(trial: Trial) -> None:
    """A first run whose interval reaches the threshold is not repeated; the report has its matrix."""
    model = Class({1: 92})  # the interval ends at 0.959
    run, error = model.judge(trial)
    assert error is None
    assert model.trained == [1]
    assert isinstance(run.evidence[0], Confusion)
    assert run.evidence[0].threshold == 0.95


def test_a_run_that_falls_short_is_repeated_and_the_better_counts(trial: Trial) -> None:
    """Two bad runs: the better one decides the share of the points, and the message says accuracy and interval."""
    model = Class({1: 74, 2: 60})
    _, error = model.judge(trial)
    assert model.trained == [1, 2]
    assert isinstance(error, CheckFailed)
    assert error.earned == Fraction(3, 4)  # the upper end of its interval is above 0.8
    assert "accuracy 0.740 on 100 hidden images (95 % interval 0.646 to 0.816)" in error.text


def test_a_second_run_that_breaks_does_not_cost_the_first(trial: Trial) -> None:
    """If the repeated training fails or runs out of time, the first run stands."""
    model = Class({1: 60, 2: Stopped("timeout", "cpu")})
    _, error = model.judge(trial)
    assert isinstance(error, CheckFailed)
    assert error.earned == Fraction(1, 2)
    lone = Class({1: Stopped("timeout", "cpu")})
    assert isinstance(lone.judge(trial)[1], Stopped)


def test_progress_is_told_and_kept(trial: Trial) -> None:
    """Each report shows epoch, loss and the time left, and the curves hold what was reported, NaN as a gap."""
    said: list[str] = []

    def body(student: Any, rng: np.random.Generator) -> None:
        current.get().tell = said.append
        student.fit(training.report(3))

    source = """
    import math
    def fit(report):
        report(1, 2.0, 1.9, 0.3)
        report(2, math.nan, "much", val_acc=0.5)
        report(3, 1.0)
    """
    run, error = trial.run(body, source)
    assert error is None
    assert [text.split(",")[:2] for text in said] == [
        ["epoch 1 of 3", " loss 2.000"],
        ["epoch 2 of 3", " loss ?"],
        ["epoch 3 of 3", " loss 1.000"],
    ]
    loss, accuracy = run.evidence
    assert isinstance(loss, Curves)
    assert isinstance(accuracy, Curves)
    assert loss.lines == {"train_loss": (2.0, None, 1.0), "val_loss": (1.9, None, None)}
    assert accuracy.lines == {"val_acc": (0.3, 0.5, None)}


def test_a_flood_of_reports_stays_small(trial: Trial) -> None:
    """After a thousand epochs nothing more is kept."""

    def body(student: Any, rng: np.random.Generator) -> None:
        student.fit(training.report(3))

    run, _ = trial.run(body, "def fit(report):\n    for _ in range(1500):\n        report(1, 1.0, 1.0, 1.0)")
    assert isinstance(run.evidence[0], Curves)
    assert len(run.evidence[0].lines["train_loss"]) == 1000


def test_what_was_not_measured_is_not_asked(tmp_path: Path) -> None:
    """A set without five seeds skips the check: nobody loses points. A damaged file is the instructor's to mend."""
    path = tmp_path / "thresholds.json"
    runs = {str(seed): {"accuracy": 0.9 + seed / 1000} for seed in range(5)}
    path.write_text(json.dumps({"shapes10": {"epochs": 3, "seeds": runs}}))
    asked = training.measured(path, "shapes10")
    assert (asked.epochs, asked.threshold) == (3, 0.889)
    with pytest.raises(pytest.skip.Exception, match="no threshold was measured for cifar10"):
        training.measured(path, "cifar10")
    path.write_text('{"shapes10": 3}')
    with pytest.raises(SpecError, match=r"thresholds\.json: cannot be read"):
        training.measured(path, "shapes10")


def test_a_gpu_has_a_size_of_its_own(tmp_path: Path) -> None:
    """What was measured on one counts there; with too few seeds, what was measured on the CPU counts on both."""
    path = tmp_path / "thresholds.json"

    def asked(on_gpu: int, on_cpu: int, gpu: bool) -> tuple[int, float]:
        runs = [{"accuracy": 0.95 + seed / 1000, "gpu_seconds": 9.5} for seed in range(on_gpu)]
        large = {"epochs": 40, "seeds": dict(zip("01234", runs, strict=False))}
        small = {"epochs": 3, "seeds": {str(seed): {"accuracy": 0.9 + seed / 1000} for seed in range(on_cpu)}}
        path.write_text(json.dumps({"shapes10": small, "shapes10 on GPU": large}))
        found = training.measured(path, "shapes10", gpu)
        return found.epochs, found.threshold

    assert asked(5, 5, gpu=True) == (40, 0.939)
    assert asked(5, 5, gpu=False) == (3, 0.889)
    assert asked(4, 5, gpu=True) == (3, 0.889)
    assert asked(5, 0, gpu=True) == (40, 0.939)
    with pytest.raises(pytest.skip.Exception, match="no threshold was measured for shapes10"):
        asked(5, 4, gpu=False)
    with pytest.raises(pytest.skip.Exception, match="no threshold was measured for shapes10"):
        asked(4, 4, gpu=True)


NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 3)

    def forward(self, x):
        return self.fc(x)
"""


class Bomb:
    """Would run code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("unpickled",)


def saved(value: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


GOOD = {"fc.weight": torch.arange(6.0).reshape(3, 2), "fc.bias": torch.ones(3)}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (saved(Bomb()), "runs? code when"),
        (saved({**GOOD, "more": Bomb()}), "runs? code when"),
        (pickle.dumps(Bomb()), "not a file that torch.save wrote|runs? code when"),
        (saved(nn.Linear(2, 3)), "runs? code when"),
        (b"not a checkpoint", "not a file that torch.save wrote from a state_dict"),
        (saved(GOOD)[:-200], "not a file that torch.save wrote from a state_dict"),
        (b"", "not a file that torch.save wrote from a state_dict"),
        (saved([1, 2]), "not a file that torch.save wrote from a state_dict"),
        (saved({"fc.weight": GOOD["fc.weight"]}), "missing `fc.bias`"),
        (saved({**GOOD, "fc2.bias": torch.ones(1)}), "unknown `fc2.bias`"),
        (saved({"conv1.weight": torch.ones(1)}), "missing `fc.bias`, `fc.weight`; unknown `conv1.weight`"),
        (
            saved({**GOOD, "fc.bias": torch.ones(4)}),
            r"`fc.bias` has another shape than in your network: \[4\]",
        ),
        (
            saved({**GOOD, "fc.bias": torch.full((3,), torch.nan)}),
            "`fc.bias` holds values that are not finite",
        ),
    ],
)
def test_a_checkpoint_that_cannot_be_used_is_named(
    trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    content: bytes, says: str,
) -> None:  # fmt: skip
    """Code in the file is refused and not run; wrong keys, shapes and values are named; so is what is no checkpoint."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(content)
    _, error = trial.run(lambda student, rng: drive.load_checkpoint(student.Net(), "checkpoint.pt"), NET)
    assert isinstance(error, CheckFailed), error
    assert "`checkpoint.pt` cannot be used" in error.text
    assert re.search(says, error.text), error.text
    assert "unpickled" not in capfd.readouterr().out


@pytest.mark.parametrize(
    "content", [GOOD, {"state_dict": GOOD}, {name: value.half() for name, value in GOOD.items()}]
)
def test_a_good_checkpoint_is_loaded(
    trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: dict[str, Any]
) -> None:
    """A state_dict, one inside a dict as training scripts save it, and float16 weights, cast to the network's type."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(saved(content))

    def body(student: Any, rng: np.random.Generator) -> None:
        net = student.Net()
        drive.load_checkpoint(net, "checkpoint.pt")
        state = drive.state_dict(net)
        assert state["fc.weight"].dtype == torch.float32
        assert torch.equal(state["fc.weight"], GOOD["fc.weight"])

    assert trial.run(body, NET)[1] is None


def test_folders_of_images_live_as_long_as_the_check(trial: Trial) -> None:
    """`drive.folder` writes the files where the submission can read them; they are gone afterwards."""
    paths: list[Path] = []

    def body(student: Any, rng: np.random.Generator) -> None:
        images, labels = rng.integers(0, 256, (3, 3, 32, 32), dtype=np.uint8), np.arange(3)
        root = drive.folder(student, train=(images, labels), test=(images[:1], labels[:1]))
        path, names, total = student.look(root)
        paths.append(Path(path))
        assert names == ["test.npz", "train.npz"]
        assert total == int(images.sum())
        assert paths[0].is_dir()

    source = """
    import os
    import numpy as np
    def look(root):
        with np.load(root + "/train.npz") as file:
            return str(root), sorted(os.listdir(root)), int(file["images"].sum())
    """
    run, error = trial.run(body, source)
    assert error is None
    del run
    gc.collect()
    assert not paths[0].exists()


def test_training_has_its_drivers(trial: Trial) -> None:
    """A network, an optimiser and a loader made in the sandbox work together; modes can be read."""

    def body(student: Any, rng: np.random.Generator) -> None:
        net = drive.sequential(student, [("Linear", 2, 3), ("Dropout", 0.5)])
        assert drive.training(net) is True
        x, y = rng.normal(size=(5, 2)).astype(np.float32), np.array([0, 1, 2, 0, 1])
        loader = drive.loader(student, x, y, 2)
        batches = drive.items(loader, 10)
        assert [len(labels) for _, labels in batches] == [2, 2, 1]
        optimizer = drive.optimizer(net, "sgd", lr=0.1, momentum=0.9)
        before = drive.state_dict(net)
        student.step(net, loader, optimizer)
        after = drive.state_dict(net)
        assert not torch.equal(before["0.weight"], after["0.weight"])
        drive.seed(student, 4)
        first = student.draw()
        drive.seed(student, 4)
        assert student.draw() == first

    source = """
    import torch
    from torch.nn.functional import cross_entropy
    def step(net, loader, optimizer):
        for x, y in loader:
            optimizer.zero_grad()
            cross_entropy(net(x), y).backward()
            optimizer.step()
    def draw():
        return float(torch.rand(1))
    """
    assert trial.run(body, source)[1] is None


def test_figures_are_described(trial: Trial) -> None:
    """`drive.figure` gives labels, legends and lines as plain data."""

    def body(student: Any, rng: np.random.Generator) -> None:
        seen = drive.figure(student.draw())
        assert seen == {
            "axes": [
                {
                    "title": "Loss",
                    "xlabel": "epoch",
                    "ylabel": "loss",
                    "legend": ["train"],
                    "lines": [{"label": "train", "x": [1.0, 2.0], "y": [0.5, 0.25]}],
                }
            ]
        }

    source = """
    from matplotlib.figure import Figure
    def draw():
        figure = Figure()
        axes = figure.subplots()
        axes.plot([1, 2], [0.5, 0.25], label="train")
        axes.set(title="Loss", xlabel="epoch", ylabel="loss")
        axes.legend()
        return figure
    """
    assert trial.run(body, source)[1] is None
    _, error = trial.run(lambda student, rng: drive.figure(student.draw()), "def draw():\n    return 3")
    assert isinstance(error, TypeError)
