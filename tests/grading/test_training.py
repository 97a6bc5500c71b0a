"""Assignments that train, through the whole grader: missing data, progress, workers, floods, large checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.core.errors import SpecError, UsageError
from grader.core.evidence import Curves
from grader.core.result import CheckResult
from grader.datasets import store
from grader.datasets.parts import Labelled, Parts
from grader.datasets.sources import CIFAR10_CLASSES
from grader.grading.batch import grade_all
from grader.grading.desk import with_desk

SPEC = """\
title: Training
points: 10
files: [tiny.py]
packages: [numpy{more}]
data: cifar10
limits: {{cpu: 8s, wall: 20s, memory: 1GiB, checks: {{test_fit: {{cpu: 3s, wall: 8s}}}}}}
"""
PUBLIC = '''
from grader.checks import ensure, points

@points(4)
def test_predict(student, rng):
    """predict gives a number for each image."""
    ensure(len(student.predict(rng.normal(size=(3, 2)))) == 3, "one number an image")
'''
HIDDEN = '''
from grader.checks import ensure, points, training

@points(6, claims=[])
def test_fit(student, rng, data):
    """fit trains for two epochs."""
    losses = student.fit(data.root, training.report(2))
    ensure(len(losses) == 2, "a loss for each of two epochs")
'''
SOLUTION = """
import numpy as np

def predict(images):
    # BEGIN SOLUTION
    return images.sum(axis=1)
    # END SOLUTION

def fit(root, report):
    # BEGIN SOLUTION
    losses = [2.0, 1.0]
    for epoch, loss in enumerate(losses, 1):
        report(epoch, loss, loss, 0.5)
    return losses
    # END SOLUTION
"""
PREDICT = "def predict(images):\n    return images.sum(axis=1)\n"
Grade = Callable[..., dict[str, CheckResult]]


@pytest.fixture
def small_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_DATA", str(tmp_path / "store"))
    images, labels = np.zeros((20, 3, 32, 32), np.uint8), np.arange(20, dtype=np.int64) % 10
    store.write(
        "cifar10", Parts(Labelled(images, labels), Labelled(images, labels)), CIFAR10_CLASSES, "the tests"
    )


@pytest.fixture
def grade(course_with: Any, tmp_path: Path) -> Grade:
    """grade(source of fit, **options of grade_all): check id → result."""

    def run(fit: str, more: str = "", huge: int = 0, **options: Any) -> dict[str, CheckResult]:
        course = course_with(
            spec=SPEC.format(more=more),
            solution=SOLUTION,
            misconceptions="",
            public=PUBLIC,
            hidden=HIDDEN,
            examples={},
        )
        folder = tmp_path / "hand-in"
        folder.mkdir()
        (folder / "tiny.py").write_text(PREDICT + fit)
        if huge:
            with (folder / "checkpoint.pt").open("wb") as file:
                file.truncate(huge)  # without a block on the disk
        (result,) = grade_all(course, "tiny", [folder], **options)
        notes.extend(result.notes)
        return {check.id: check for check in result.checks}

    notes: list[str] = []
    run.notes = notes  # type: ignore[attr-defined]
    return run


def test_missing_data_is_said_before_anything_is_graded(
    grade: Grade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File, key, and both ways to get the set; nobody has a zero."""
    monkeypatch.setenv("GRADER_DATA", str(tmp_path / "empty"))
    with pytest.raises(UsageError) as error:
        grade("")
    text = str(error.value)
    assert text.startswith("assignments/tiny/assignment.yaml: $.data: cifar10 is not in ")
    assert "grader data fetch cifar10" in text
    assert "grader data import cifar10 PATH" in text


def test_a_check_that_asks_for_data_needs_it_named(course_with: Any, tmp_path: Path) -> None:
    """Without `data:` the check is the grader's fault, and says what to write."""
    spec = SPEC.format(more="").replace("data: cifar10\n", "")
    course = course_with(
        spec=spec, solution=SOLUTION, misconceptions="", public=PUBLIC, hidden=HIDDEN, examples={}
    )
    found: list[BaseException | None] = []

    def look(desk: Any) -> None:
        check = next(check for check in desk.checks if check.id == "test_fit")
        found.append(desk.oracle.expected(check, check.cases[0]).ending.error)

    with_desk(course, "tiny", look)
    assert isinstance(found[0], SpecError)
    assert "name an image set in assignment.yaml, as in `data: shapes10`" in str(found[0])


FIT = """
def fit(root, report):
    report(1, 2.0, 1.9, 0.3)
    report(2, 1.0, 1.1, 0.6)
    return [2.0, 1.0]
"""


@pytest.mark.usefixtures("small_set")
def test_progress_is_told_while_it_trains(grade: Grade) -> None:
    """Each epoch reaches the parent as it ends, and the report keeps the curve."""
    told: list[tuple[int, str, str]] = []
    checks = grade(FIT, on_progress=lambda *what: told.append(what))
    assert checks["test_fit"].passed, checks["test_fit"].message
    assert [(index, check, text[:26]) for index, check, text in told] == [
        (0, "test_fit", "epoch 1 of 2, loss 2.000, "),
        (0, "test_fit", "epoch 2 of 2, loss 1.000, "),
    ]
    curve = checks["test_fit"].evidence[0]
    assert isinstance(curve, Curves)
    assert curve.lines["train_loss"] == (2.0, 1.0)


@pytest.mark.usefixtures("small_set")
@pytest.mark.parametrize(
    ("fit", "verdict", "reason"),
    [
        ("def fit(root, report):\n    report(1, 2.0)\n    while True: pass", "timeout", "cpu"),
        ("import time\ndef fit(root, report):\n    time.sleep(60)", "timeout", "wall"),
        (
            "def fit(root, report):\n    for k in range(10**7): print('epoch', k, '.' * 200)\n    return [1, 2]",
            "crashed",
            "output",
        ),
        ("def fit(root, report):\n    report('a', None, [1], {})\n    return [1.0, 2.0]", "passed", None),
        (
            "def fit(root, report):\n    open('log', 'w').write('x' * 10**6)\n    return [1.0, 2.0]",
            "passed",
            None,
        ),
        ("def fit(root, report, lr):\n    return [1.0, 2.0]", "error", "exception"),
    ],
    ids=["endless", "asleep", "ten million long lines", "odd reports", "writes a file", "one argument more"],
)
def test_a_bad_fit_costs_its_own_check_alone(
    grade: Grade, fit: str, verdict: str, reason: str | None
) -> None:
    """The other checks keep their marks, whatever `fit` does within or beyond its budget."""
    checks = grade(fit)
    assert checks["test_predict"].passed
    assert (checks["test_fit"].status.value, checks["test_fit"].reason) == (verdict, reason)
    if "report(1, 2.0)" in fit:  # stopped in its second epoch: the first is in the report
        assert checks["test_fit"].evidence


LOADER = """
import torch
from torch.utils.data import DataLoader, TensorDataset

def fit(root, report):
    data = TensorDataset(torch.arange(100.0))
    return [float(sum(x.sum() for x, in DataLoader(data, batch_size=16, num_workers=2))) for _ in range(2)]
"""


@pytest.mark.usefixtures("small_set")
def test_loader_workers_work_within_limits(grade: Grade) -> None:
    """A DataLoader with processes of its own trains in the sandbox as at home."""
    checks = grade(LOADER, more=", torch")
    assert checks["test_fit"].passed, checks["test_fit"].message


@pytest.mark.usefixtures("small_set")
def test_a_checkpoint_of_two_gigabytes_is_left_out(grade: Any) -> None:
    """It costs nothing but itself: a note says its size and what is allowed, the rest is graded."""
    checks = grade(FIT, huge=2 << 30)
    assert all(check.passed for check in checks.values())
    assert grade.notes == ["checkpoint.pt has 2 GiB and was left out; at most 10 MiB"]
