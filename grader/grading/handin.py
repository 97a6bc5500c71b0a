"""A student's hand-in: what the assignment asks for, seen as the grader will see it, in one archive with a receipt."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from grader.core.assignment import Assignment
from grader.core.errors import UsageError
from grader.core.result import SubmissionResult
from grader.core.roster import Student
from grader.core.text import one_line
from grader.grading.collect.found import Found
from grader.grading.collect.reading import read_found
from grader.grading.course import DATA, PUBLIC, README, SPEC
from grader.grading.handout import assignment_of, check
from grader.sandbox.archive import IntakeLimits, ignored, size
from grader.sandbox.intake import CHECKPOINT, Intake

RECEIPT = "receipt.json"
MOST = IntakeLimits().total - (64 << 10)  # bytes; the archive itself and the receipt need some
_GIVEN = (SPEC, README, PUBLIC, DATA)
_DATE = (1980, 1, 1, 0, 0, 0)  # the first that zip knows: no clock in the bytes
_LONGEST_NAME = 120  # characters of a student's folder


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the student's machine says of a hand-in: a claim, which grading computes again.

    Attributes:
        submission, checks: fingerprints of the files as the grader reads them, and of the public checks that ran.
        passed: ids of public checks. points, max_points: visible ones, in hundredths.
        versions: package → version on the student's machine.
    """

    schema: Literal["grader.receipt/1"] = "grader.receipt/1"
    assignment: str
    student: str
    submission: str
    checks: str
    passed: tuple[str, ...]
    points: int
    max_points: int
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Parcel:
    """The files to hand in; missing: asked for and not there; extra: there and not asked for."""

    files: dict[str, bytes]
    missing: tuple[str, ...]
    extra: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """A hand-in that is ready to be delivered.

    Attributes:
        notes: what the student should know. archive: deterministic, without any time.
    """

    assignment: Assignment
    parcel: Parcel
    notes: tuple[str, ...]
    result: SubmissionResult
    receipt: Receipt
    archive: bytes


def named(given: str) -> Student:
    """The student whom `--student` names. Raises UsageError for what cannot be an id."""
    student = Student(one_line(given))
    if not student.id or student.id != given.strip() or len(student.file_name) > _LONGEST_NAME:
        raise UsageError(f'--student: expected your id as the course knows it, got "{one_line(given)[:80]}"')
    return student


def hand_in(
    folder: Path, student: Student, tell: Callable[[str, str], None] = lambda check, text: None
) -> Package:
    """Pack the assignment in `folder` and run its public checks once on exactly what was packed.

    Raises UsageError for a folder without an assignment or without its first file, for too much, and for a notebook
    of which no module can be made.
    """
    assignment = assignment_of(folder)
    parcel = packed(folder, assignment)
    with tempfile.TemporaryDirectory() as scratch:
        draft = Path(scratch) / f"{assignment.slug}.zip"
        draft.write_bytes(archive(parcel.files))
        found = Found(student, draft, received=None, late=False, attempt=1, origin=draft.name)
        definitions = assignment.definitions_only
        intake = read_found(found, assignment.files, definitions_only=definitions).intake
    if intake.refusal is not None:
        raise UsageError(f"{folder}: {intake.refusal}")
    _, result = check(folder, tell=tell, handed_in=intake)
    score = result.score()
    receipt = Receipt(
        assignment=assignment.slug,
        student=student.id,
        submission=result.hashes.submission,
        checks=result.hashes.checks,
        passed=tuple(one.id for one in result.checks if one.passed),
        points=score.low,
        max_points=score.max,
        versions=dict(result.versions),
    )
    whole = archive({**parcel.files, RECEIPT: msgspec.json.format(msgspec.json.encode(receipt)) + b"\n"})
    return Package(
        assignment, parcel, tuple(_notes(parcel, intake, assignment.entry)), result, receipt, whole
    )


def _notes(parcel: Parcel, intake: Intake, entry: str) -> Iterator[str]:
    """What the student should know of what was packed."""
    known = {f"{name} is missing" for name in parcel.missing}
    yield from (note for note in intake.notes if note not in known)
    if (notebook := _notebook(entry)) in parcel.extra:
        yield f"{entry} was taken, not {notebook}; to hand in the notebook, move {entry} away"


def packed(folder: Path, assignment: Assignment) -> Parcel:
    """The files of the assignment that lie in `folder`. Raises UsageError if the first is not there, or too much is.

    Where the first is not there, a notebook of its stem takes its place. Weights that a student may add come along.
    """
    first, *others = assignment.files
    if not (folder / first).is_file():
        notebook = _notebook(first)
        if not (folder / notebook).is_file():
            raise UsageError(f"{folder}: expected {first} (or {notebook}) here, the file that is graded")
        first = notebook
    present = [name for name in (first, *others, CHECKPOINT) if (folder / name).is_file()]
    sizes = {name: (folder / name).stat().st_size for name in present}
    if sum(sizes.values()) > MOST:
        listed = ", ".join(f"{name} ({size(count)})" for name, count in sizes.items())
        raise UsageError(
            f"{folder}: too big: {listed}; a hand-in may have {size(MOST)} in all. "
            "Leave data sets and weights out, or store weights as float16"
        )
    return Parcel(
        files={name: (folder / name).read_bytes() for name in present},
        missing=tuple(name for name in others if name not in present),
        extra=tuple(_extra(folder, (*present, *_GIVEN))),
    )


def _notebook(entry: str) -> str:
    return f"{entry.removesuffix('.py')}.ipynb"


def _extra(folder: Path, known: tuple[str, ...]) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        if path.name not in known and not ignored(path.name):
            yield one_line(path.name) + ("/" if path.is_dir() else "")


def archive(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files: the same bytes for the same files, whatever packs them.

    Stored, not deflated: zlib's output differs between versions, and the intake refuses what expands too much.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as package:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = 3  # Unix, wherever this runs
            entry.external_attr = 0o644 << 16
            package.writestr(entry, files[name])
    return buffer.getvalue()


def without_receipt(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], Receipt | None]:
    """The files that are graded, and the claim that came with them. Another file of that name is a file like any."""
    try:
        receipt = msgspec.json.decode(files[RECEIPT], type=Receipt)
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return dict(files), None
    return {name: data for name, data in files.items() if name != RECEIPT}, receipt


def contradictions(receipt: Receipt, student: Student, result: SubmissionResult) -> tuple[str, ...]:
    """Where a receipt and the grading of what it came with differ: one sentence each, for the instructor."""
    found = [
        f"the receipt says {what} {one_line(claimed)[:80]}, but it is {true}"
        for what, claimed, true in (
            ("assignment", receipt.assignment, result.assignment),
            ("submission", receipt.submission, result.hashes.submission),
        )
        if claimed != true
    ]
    if receipt.student.casefold() not in (student.id.casefold(), student.file_name.casefold()):
        found.append(f"the receipt is of {one_line(receipt.student)[:80]}, handed in for {student.id}")
    here = {one.id: one for one in result.checks if one.visibility == "public" and not one.undecided}
    for name, one in here.items():
        if (name in receipt.passed) != one.passed:
            says, is_so = ("passed", "not passed")[:: 1 if name in receipt.passed else -1]
            found.append(f"the receipt says {name} {says}; here it was {is_so}")
    return tuple(found)
