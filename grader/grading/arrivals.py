"""What lies in a folder of submissions, put on record in the gradebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.roster import Student
from grader.gradebook.archive import files_hash
from grader.gradebook.book import GRADER, Gradebook
from grader.gradebook.records import Submission
from grader.grading.collect.collection import collect
from grader.grading.collect.found import Leftover
from grader.grading.collect.reading import read_found
from grader.grading.course import Course
from grader.grading.gradings import HandIn
from grader.grading.handin import without_receipt
from grader.grading.owners import several_owners
from grader.grading.refused import kept, refusal_of


@dataclass(frozen=True, slots=True)
class Arrivals:
    """hand_ins: each on record. leftovers: what is nobody's, by path. doubts: what was taken, but is odd."""

    layout: str
    hand_ins: tuple[HandIn, ...]
    leftovers: tuple[Leftover, ...]
    doubts: tuple[Leftover, ...] = ()


def receive(
    book: Gradebook, course: Course, slug: str, folder: Path, roster: Sequence[Student] = ()
) -> Arrivals:
    """Read every submission in the folder and put it on record; what is there already stays as it is.

    roster: who is enrolled from now on; empty: whoever is. Raises UsageError, SpecError, GraderError.
    """
    if roster:
        book.enrol(roster)
    assignment = course.assignment(slug)
    wanted, definitions = assignment.files, assignment.definitions_only
    collection = collect(folder, wanted, roster or tuple(book.students().values()), slug)
    earlier: dict[tuple[str, str], list[Submission]] = {}
    for one in book.submissions(slug):
        earlier.setdefault((one.student, one.origin), []).append(one)
    hand_ins: dict[int, HandIn] = {}
    leftovers = list(collection.leftovers)
    for found in collection.found:
        try:
            handed = read_found(found, wanted, definitions_only=definitions).intake
            received = found.received or datetime.fromtimestamp(found.path.lstat().st_mtime, UTC)
            files, receipt = without_receipt(handed.files if handed.refusal is None else kept(found, handed))
        except (UsageError, OSError) as error:
            leftovers.append(Leftover(found.origin, f"cannot be read: {error}", "not graded"))
            continue
        known = earlier.get((found.student.id, found.origin), ())
        submission = _same(book, known, files, received) or book.submit(
            found.student.id, slug, files, received, found.late, found.origin, found.owner or GRADER
        )
        hand_ins[submission.seq] = HandIn(
            submission,
            handed.refusal,
            handed.absent,
            handed.notes,
            None if receipt is None else (receipt, found.student),
        )
    doubts = [
        Leftover(one.origin, one.doubt, "the later time counts") for one in collection.found if one.doubt
    ]
    doubts += several_owners(book.submissions(slug))
    listed = tuple(sorted(leftovers, key=lambda one: one.path))
    return Arrivals(collection.layout, tuple(hand_ins.values()), listed, tuple(doubts))


def _same(
    book: Gradebook, known: Iterable[Submission], files: dict[str, bytes], received: datetime
) -> Submission | None:
    """The hand-in that lay at this place before, if it did not change: copying a folder makes nobody late."""
    latest = max(known, key=lambda one: (one.received, one.seq), default=None)
    if latest is None or latest.received > received:
        return None
    if latest.hash == files_hash(files):
        return latest
    refused = refusal_of(files)  # a later version may say the same in other words
    before = refusal_of(book.files(latest.hash)) if refused else None
    return latest if refused and before and refused.files == before.files else None
