"""The work of a class as reports show it: the results that count, what came late, pairs that are too alike."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.core.mark import Attempt, Mark, points
from grader.core.result import SubmissionResult
from grader.core.roster import Student
from grader.core.similar import Pair
from grader.core.text import one_line
from grader.gradebook.book import Gradebook
from grader.grading.course import Course
from grader.grading.similar.pairs import pairs
from grader.grading.similar.sources import handout_texts, sources_of
from grader.report.html import write_html
from grader.report.similar import INDEX, similar_page
from grader.report.standing import Standing

SIMILAR = "similar"  # the folder of the pages of pairs, among the instructor's


@dataclass(frozen=True, slots=True)
class ClassWork:
    """results: of the attempts that count, under the students' ids. standings: student → what the marks say."""

    results: tuple[SubmissionResult, ...]
    standings: Mapping[str, Standing]


def class_work(
    marks: Sequence[Mark],
    students: Mapping[str, Student] | None = None,
    notes: Mapping[int, tuple[str, ...]] | None = None,
) -> ClassWork:
    """What counts in these marks of one assignment. students: by id. notes: submission → remarks of its intake."""
    results, standings = [], {}
    for mark in marks:
        if mark.attempt is None or mark.attempt.result is None:
            continue
        said = (notes or {}).get(mark.attempt.submission, ())
        results.append(replace(mark.attempt.result, notes=said))
        who = (students or {}).get(mark.student)
        name = who.name if who is not None and who.name != who.id else ""
        made = _made(mark, mark.attempt.result)
        standings[mark.student] = Standing(one_line(name), _late(mark, mark.attempt), *made)
    return ClassWork(tuple(results), standings)


def _late(mark: Mark, attempt: Attempt) -> str:
    if not mark.days:
        return "marked late by the LMS" if attempt.late else ""
    covered = f", {mark.excused} covered by late days" if mark.excused else ""
    return f"{mark.days} day{'s' * (mark.days > 1)}{covered}"


def _made(mark: Mark, result: SubmissionResult) -> tuple[str, str, str]:
    """The mark, out of how many, and what else than the checks made it; empty where nothing did."""
    if mark.value is None or mark.value == result.score().low:
        return "", "", ""
    steps = [line.text for line in mark.lines if "set by " in line.text]
    steps += [line.text for line in mark.lines[-2:] if line.before > line.after and line.text not in steps]
    return points(mark.value), points(mark.max), one_line("; ".join(steps))


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
            work.results,
            draft,
            standings=work.standings,
            pairs=[(one.one, one.other, one.share) for one in found],
            pairs_page=f"{SIMILAR}/{INDEX}",
        )
        if found:
            aside = draft / "instructor" / SIMILAR  # a student may be called like one of these pages
            aside.mkdir()
            titles = {
                student: f"{one.name} ({student})" for student, one in work.standings.items() if one.name
            }
            for name, page in similar_page(found, texts or {}, titles).items():
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
