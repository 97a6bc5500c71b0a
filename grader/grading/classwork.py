"""The work of a class as reports show it: the results that count, what came late, pairs that are too alike."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.core.mark import Mark, points
from grader.core.result import SubmissionResult
from grader.core.similar import Pair
from grader.gradebook.book import Gradebook
from grader.grading.course import Course
from grader.grading.similar.pairs import pairs
from grader.grading.similar.sources import handout_texts, sources_of
from grader.report.html import write_html
from grader.report.similar import similar_page

SIMILAR = "similar"  # the folder of the pages of pairs, among the instructor's


@dataclass(frozen=True, slots=True)
class ClassWork:
    """results: of the attempts that count, under the students' ids. late: student → how late, in words."""

    results: tuple[SubmissionResult, ...]
    late: Mapping[str, str]


def class_work(marks: Sequence[Mark], notes: Mapping[int, tuple[str, ...]] | None = None) -> ClassWork:
    """What counts in these marks of one assignment. notes: submission → remarks of its intake."""
    results, late = [], {}
    for mark in marks:
        if mark.attempt is None or mark.attempt.result is None:
            continue
        said = (notes or {}).get(mark.attempt.submission, ())
        results.append(replace(mark.attempt.result, notes=(*said, *_decided(mark))))
        if mark.days:
            covered = f", {mark.excused} covered by late days" if mark.excused else ""
            late[mark.student] = f"{mark.days} day{'s' * (mark.days > 1)}{covered}"
    return ClassWork(tuple(results), late)


def _decided(mark: Mark) -> tuple[str, ...]:
    """What else than the checks made the mark, for a report that shows the checks' points."""
    if mark.value is None or mark.attempt is None or mark.attempt.result is None:
        return ()
    if mark.value == mark.attempt.result.score().low:
        return ()
    steps = [line.text for line in mark.lines if "set by " in line.text]
    steps += [line.text for line in mark.lines[-2:] if line.before > line.after and line.text not in steps]
    return (f"the mark is {points(mark.value)} of {points(mark.max)}: {'; '.join(steps)}",)


def sources(book: Gradebook, course: Course, slug: str, marks: Sequence[Mark]) -> dict[str, dict[str, str]]:
    """Student → file → text of the Python files of the attempt that counts."""
    entry = course.assignment(slug).files[0]
    return {mark.student: sources_of(book.files(mark.attempt.hash), entry) for mark in marks if mark.attempt}


def alike(course: Course, slug: str, sources: Mapping[str, Mapping[str, str]]) -> tuple[Pair, ...]:
    """The pairs that share more than chance and the handout explain."""
    return pairs(sources, handout_texts(course, slug))


def write_class(
    work: ClassWork,
    folder: Path,
    found: Sequence[Pair] = (),
    texts: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """The pages of the class and of each student below the folder; those of similar pairs with the instructor's.

    Each page appears whole or not at all: it is written beside the folder and renamed. What an earlier run left half
    written is removed. Raises OSError.
    """
    draft = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        write_html(
            work.results, draft, late=work.late, pairs=[(one.one, one.other, one.share) for one in found]
        )
        if found:
            aside = draft / "instructor" / SIMILAR  # a student may be called like one of these pages
            aside.mkdir()
            for name, page in similar_page(found, texts or {}).items():
                (aside / name).write_bytes(page.encode())
        shutil.rmtree(
            folder / "instructor" / SIMILAR, ignore_errors=True
        )  # of an earlier run, with more pairs
        for path in sorted(path for path in draft.rglob("*") if path.is_file()):
            place = folder / path.relative_to(draft)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
