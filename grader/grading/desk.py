"""The grading desk: collect an assignment's checks once, then grade what comes, one submission after the other."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import grader
from grader.checks import reference
from grader.checks.collect import Case, Check, with_checks
from grader.checks.data import Data
from grader.checks.oracle import REFERENCE_SECONDS, LiveOracle, Seeds
from grader.checks.remembered import Remembered
from grader.core import seeds
from grader.core.assignment import Assignment
from grader.core.errors import SpecError, UsageError
from grader.core.images import ImageSet
from grader.core.result import CheckResult, Hashes, Manual, Measured, SubmissionResult
from grader.datasets import store
from grader.datasets.held import hold_out
from grader.gradebook.content import Content
from grader.grading.course import HIDDEN, PUBLIC, SPEC, Course, files_hash
from grader.grading.judge import Judge
from grader.sandbox.intake import Intake, submission_hash


@dataclass(frozen=True, slots=True)
class Desk:
    """One assignment, ready to grade: its checks collected, its reference loaded.

    Attributes:
        secret: behind the hidden seeds. oracle: the reference and its misconceptions, run at most once each.
        images: the image set, None if the assignment names none.
    """

    course: Course
    assignment: Assignment
    checks: tuple[Check, ...]
    oracle: LiveOracle
    seeds: Seeds
    secret: bytes
    images: ImageSet | None = None

    def judge(
        self,
        only: str | None = None,
        alone: Callable[[], AbstractContextManager[object]] = nullcontext,
        announce: Callable[[str, float], None] = lambda check, seconds: None,
        tell: Callable[[str, str], None] = lambda check, text: None,
    ) -> Judge:
        """The judge for all checks, or for the one named. Raises UsageError for an unknown check."""
        checks = self.chosen(only)
        return Judge(self.assignment, checks, self.oracle, self.seeds, alone, announce, self.images, tell)

    def chosen(self, only: str | None) -> tuple[Check, ...]:
        """All checks, or the one named. Raises UsageError."""
        chosen = tuple(check for check in self.checks if only in (None, check.id))
        if not chosen:
            raise UsageError(
                f'there is no check "{only}"; known are {", ".join(check.id for check in self.checks)}'
            )
        return chosen

    def result(
        self, intake: Intake, checks: tuple[CheckResult, ...], layers: tuple[str, ...], seconds: float
    ) -> SubmissionResult:
        """The result of these checks, with everything that says later why."""
        used = Measured(
            seconds,
            sum(check.measured.cpu_seconds for check in checks),
            max((check.measured.peak_bytes for check in checks), default=0),
            gpu_seconds=sum(check.measured.gpu_seconds for check in checks),
            gpu_peak_bytes=max((check.measured.gpu_peak_bytes for check in checks), default=0),
        )
        return SubmissionResult(
            assignment=self.assignment.slug,
            title=self.assignment.title,
            submission=intake.name,
            checks=checks,
            sandboxed=bool(layers),
            layers=layers,
            limits=self.assignment.limits,
            check_limits=self.assignment.check_limits,
            seed_fingerprint=seeds.fingerprint(self.secret),
            hashes=hashes(self.course, self.assignment.slug, submission_hash(intake.files)),
            versions=versions(self.assignment.packages, self.assignment.data),
            measured=used,
            manual=tuple(
                Manual(item.id, item.title, Fraction(item.points), item.rubric)
                for item in self.assignment.manual
            ),
            notes=intake.notes,
        )


def with_desk(course: Course, slug: str, work: Callable[[Desk], None]) -> None:
    """Collect the checks of an assignment, load its reference, and call `work`. Raises SpecError, UsageError."""
    assignment = course.assignment(slug)
    folder = course.reference(slug)
    loaded = reference.load(folder)
    secret = course.secret()
    images = image_set(assignment, secret)
    data = None if images is None else Data(images, str(images.folder), assignment.checkpoint == "trusted")

    def seconds(check: str) -> float:
        return max(REFERENCE_SECONDS, assignment.limits_of(check).wall)

    def sow(check: Check, case: Case) -> int:
        if check.public:
            return seeds.public_seed(slug, check.id, case.name)
        return seeds.hidden_seed(secret, slug, check.id, case.name)

    def run(checks: tuple[Check, ...]) -> None:
        _check_points(course, assignment, checks)
        oracle = LiveOracle(loaded, sow, data, seconds, _remembered(course, assignment, images))
        work(Desk(course, assignment, checks, oracle, sow, secret, images))

    with_checks(course.handout(slug) / PUBLIC, folder / HIDDEN, run)


def _remembered(course: Course, assignment: Assignment, images: ImageSet | None) -> Remembered:
    """Where runs of this reference on slow checks are kept, and what they depend on."""
    folder, handout = course.reference(assignment.slug), course.handout(assignment.slug)
    files = [*folder.glob("*.py"), *folder.glob("*.json"), *folder.glob("*.np[yz]"), *handout.glob("*")]
    used = sorted(versions(assignment.packages).items())
    about = (assignment.slug, files_hash(files), str(images and images.folder), *map(str, used))
    return Remembered(course.root / ".grader" / "reference", about)


def hashes(course: Course, slug: str, submission: str) -> Hashes:
    """Of these files (see `submission_hash`), and of the assignment as it is now."""
    folder, handout = course.reference(slug), course.handout(slug)
    return Hashes(
        submission=submission,
        checks=files_hash([handout / SPEC, handout / PUBLIC, folder / HIDDEN]),
        reference=files_hash(path for kind in ("*.py", "*.json", "*.np[yz]") for path in folder.glob(kind)),
    )


def content_now(course: Course, slug: str) -> Content:
    """What a grading made now on this machine would depend on, all but the submission."""
    assignment = course.assignment(slug)
    return Content(
        assignment=slug,
        hashes=hashes(course, slug, ""),
        limits=assignment.limits,
        check_limits=assignment.check_limits,
        versions=versions(assignment.packages, assignment.data),
        seed_fingerprint=seeds.fingerprint(course.secret()),
        sandboxed=True,
    )


def image_set(assignment: Assignment, secret: bytes) -> ImageSet | None:
    """What `data:` names. Raises UsageError, naming both ways to get it, if it is not on this machine."""
    if assignment.data is None:
        return None
    try:
        return hold_out(assignment.data, secret)
    except UsageError as error:
        raise UsageError(f"assignments/{assignment.slug}/{SPEC}: $.data: {error}") from None


def _check_points(course: Course, assignment: Assignment, checks: tuple[Check, ...]) -> None:
    total = sum(check.points for check in checks)
    place = f"assignments/{assignment.slug}/{SPEC}"
    if total != assignment.points:
        raise SpecError(
            f"{place}: $.points: the checks sum to {float(total):g}, the file says {float(assignment.points):g}"
        )
    known = {check.id for check in checks}
    named = [("limits", name) for name in assignment.check_limits]
    named += [("gpu", name) for name in (assignment.gpu.checks if assignment.gpu is not None else ())]
    for key, name in named:
        if name not in known:
            raise SpecError(
                f"{place}: $.{key}.checks.{name}: there is no such check; known are {', '.join(sorted(known))}"
            )


def versions(packages: Sequence[str], data: str | None = None) -> dict[str, str]:
    """Versions of what a verdict may depend on; of the image set `data` the first digits of its fingerprint."""
    found = {"grader": grader.__version__, "python": platform.python_version(), "platform": sys.platform}
    for name in packages:
        version = _version(name)
        if version is not None:
            found[name] = version
    if data is not None and (manifest := store.manifest_of(data)):
        found[f"images of {data}"] = manifest.fingerprint[:12]
    return found


@cache
def _version(name: str) -> str | None:
    """Of an installed distribution, read once: what is loaded does not change with the files."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
