"""The student's own run: the public checks of the handout in a folder, against what `public.npz` says."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from pathlib import Path

from grader.checks.collect import Case, Check, with_checks
from grader.checks.stored import StoredOracle
from grader.core import seeds
from grader.core.assignment import Assignment
from grader.core.errors import UsageError
from grader.core.result import CheckResult, Hashes, Measured, SubmissionResult
from grader.grading.course import DATA, PUBLIC, SPEC, files_hash, read_spec
from grader.grading.desk import image_set, versions
from grader.grading.follow import follow
from grader.grading.judge import Judge, missing
from grader.grading.quota import unrecorded
from grader.sandbox.intake import Intake, read_submission, submission_hash
from grader.sandbox.plain import PlainSession


def _import_torch() -> None:
    """Stored tensors need it. Raises UsageError where it is not installed."""
    try:
        importlib.import_module("torch")
    except ImportError:
        raise UsageError(
            "this assignment needs torch; install it with: pip install 'course-grader[torch]'"
        ) from None


def _stored(folder: Path) -> StoredOracle:
    """The answers that came with the handout. Raises UsageError if `folder` does not hold one."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: expected the folder of an assignment; get one with: grader start SLUG")
    for name in (SPEC, PUBLIC, DATA):
        if not (folder / name).is_file():
            raise UsageError(
                f"{folder}: {name} is not here; get the handout with: grader start SLUG {folder}"
            )
    return StoredOracle(folder / DATA)


def assignment_of(folder: Path) -> Assignment:
    """The assignment whose handout lies in `folder`. Raises UsageError, SpecError."""
    return read_spec(folder, slug=_stored(folder).slug)


def check(
    folder: Path,
    on_check: Callable[[CheckResult], None] = lambda result: None,
    tell: Callable[[str, str], None] = lambda check, text: None,
    handed_in: Intake | None = None,
) -> tuple[Assignment, SubmissionResult]:
    """Run the public checks of the assignment in `folder`; `tell` hears how far a long one is.

    handed_in: what they run on, if not on the folder itself. Raises UsageError, SpecError.
    """
    oracle = _stored(folder)
    assignment = read_spec(folder, slug=oracle.slug)
    if "torch" in assignment.packages:
        _import_torch()
    images = image_set(assignment, b"")
    started = time.monotonic()
    results: list[CheckResult] = []
    found = handed_in or read_submission(folder, assignment.files)

    def sow(check: Check, case: Case) -> int:
        return seeds.public_seed(assignment.slug, check.id, case.name)

    def run(checks: tuple[Check, ...]) -> None:
        if found.refusal is not None:
            results.extend(missing(checks, found))
            return
        session = PlainSession(assignment.packages, images.folder if images is not None else None)
        judge = Judge(assignment, checks, oracle, sow, images=images, tell=tell)
        try:
            each = []
            for result in judge.checks_of(found.files, session):
                each.append(result)
                on_check(result)
        finally:
            session.close()
        results.extend(follow(each, checks, oracle))

    with_checks(folder / PUBLIC, None, run)
    result = SubmissionResult(
        assignment=assignment.slug,
        title=assignment.title,
        submission=found.name,
        checks=tuple(results),
        sandboxed=False,
        limits=assignment.limits,
        check_limits=assignment.check_limits,
        hashes=Hashes(submission_hash(found.files), files_hash([folder / SPEC, folder / PUBLIC])),
        versions=versions(assignment.packages),
        measured=Measured(time.monotonic() - started),
    )
    return assignment, unrecorded(assignment, result)
