"""The course in this repository: its handouts are what the references make, and its checks are fit to be published."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from grader.checks import training
from grader.grading.audit import audit
from grader.grading.course import Course
from grader.grading.release import generated, leaks

COURSE = Course(Path(__file__).parents[1])
POINTS = {
    "activations_losses": 70,
    "attention": 80,
    "backprop": 110,
    "cifar10": 120,
    "conv_arithmetic": 80,
    "convolution": 160,
    "learning_curves": 40,
    "lenet": 70,
    "optimizers": 110,
    "recurrent": 70,
    "resnet_inception": 60,
    "softmax_regression": 90,
    "transfer_gradcam": 60,
    "transposed_conv": 60,
    "warmup": 20,
}


@pytest.fixture(autouse=True)
def _one_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clean checkout makes a secret of its own; a test must not depend on it."""
    monkeypatch.setenv("GRADER_SECRET", "the secret of the course's own tests")


def test_the_course_has_its_assignments() -> None:
    """Each assignment is worth what the curriculum says."""
    assert {slug: int(COURSE.assignment(slug).points) for slug in COURSE.slugs()} == POINTS


@pytest.mark.parametrize("slug", POINTS)
def test_the_handout_is_what_the_reference_makes(slug: str) -> None:
    """Stub and public.npz are up to date, and no line of the reference stands in the handout."""
    files = generated(COURSE, slug)
    assert [file.path.name for file in files if not file.fresh] == []
    handout = COURSE.handout(slug)
    assert list(leaks(COURSE, slug, sorted(path for path in handout.iterdir() if path.is_file()))) == []


def test_the_readme_counts_the_checks() -> None:
    """Points and checks of each assignment in the README's table are those of the course."""
    readme = (COURSE.root / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| `(\w+)` [^|]*\| (\d+) \| (\d+) \|", readme, re.MULTILINE)
    assert {slug: (int(points), int(checks)) for slug, points, checks in found} == {
        slug: (points, _checks(slug)) for slug, points in POINTS.items()
    }


def test_the_handout_says_the_measured_threshold() -> None:
    """What cifar10's page asks for is what `make thresholds` found for the image set that it names."""
    spec = COURSE.assignment("cifar10")
    assert spec.data is not None
    asked = training.measured(COURSE.reference("cifar10") / "thresholds.json", spec.data)
    page = (COURSE.handout("cifar10") / "README.md").read_text(encoding="utf-8")
    assert f"**{asked.threshold:.3f}**" in page
    assert f"epochs={asked.epochs}" in page
    assert f"**{asked.threshold:.3f}**" in (COURSE.root / "docs" / "thresholds.md").read_text(
        encoding="utf-8"
    )


def _checks(slug: str) -> int:
    files = (COURSE.handout(slug) / "test_public.py", COURSE.reference(slug) / "test_hidden.py")
    return sum(file.read_text(encoding="utf-8").count("\n@points(") for file in files)


@pytest.mark.slow
@pytest.mark.parametrize("slug", POINTS)
def test_the_assignment_may_be_published(slug: str) -> None:
    """Audit, in the real sandbox.

    Full marks for the right ones, the mistake of each wrong one named, every attack held.
    """
    outcome = audit(COURSE, slug, jobs=os.cpu_count() or 1)
    assert [finding for finding in outcome.findings if not finding.forgiven] == []
    assert outcome.caught == outcome.named == len(outcome.counted)
    assert outcome.wrong >= 4
    assert outcome.wrong_named >= 0.85 * outcome.wrong
