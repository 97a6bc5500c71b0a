"""All submissions below a folder, whoever exported it: found, put to the students of the roster, or listed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.roster import Student
from grader.core.text import one_line
from grader.grading.collect.candidate import Candidate, Survey
from grader.grading.collect.canvas import canvas
from grader.grading.collect.clones import clones
from grader.grading.collect.entries import Entry, entries, left
from grader.grading.collect.found import Collection, Found, Leftover
from grader.grading.collect.gradescope import gradescope
from grader.grading.collect.match import Match
from grader.grading.collect.moodle import moodle
from grader.grading.collect.plain import by_hand, drop

Layout = Callable[[Sequence[Entry], Sequence[str]], Survey | None]

# each is sure of itself; what none of them knows was arranged by hand
LAYOUTS: dict[str, Layout] = {
    "Gradescope": gradescope,
    "Moodle": moodle,
    "Canvas": canvas,
    "GitHub Classroom": clones,
    "drop folder": drop,
}


def collect(folder: Path, wanted: Sequence[str], roster: Sequence[Student], slug: str = "") -> Collection:
    """The submissions in `folder`, recognised without configuration.

    wanted: the assignment's hand-in files. roster: empty if there is none; every name found is a student then.
    slug: the assignment, whose folder is looked into where a drop folder serves several.

    Raises UsageError if there is no such folder, SpecError for an export whose description is damaged.
    """
    if not folder.is_dir():
        shown = one_line(str(folder))
        advice = "; unpack it first, then name the folder" if folder.is_file() else ""
        raise UsageError(f"{shown}: expected the folder with the submissions{advice}")
    layout, survey = _survey(folder, wanted, slug)
    found, leftovers = _owned(survey.candidates, roster)
    order = {student: place for place, student in enumerate(roster)}
    found.sort(
        key=lambda one: (order.get(one.student, 0), one.student.id.casefold(), one.attempt, one.origin)
    )
    listed = sorted({*leftovers, *survey.leftovers}, key=lambda one: (one.path, one.why))
    return Collection(layout, tuple(found), tuple(listed))


def _survey(folder: Path, wanted: Sequence[str], slug: str) -> tuple[str, Survey]:
    """What the first layout that knows the folder makes of it.

    Unpacking may have left everything in one folder inside; a drop folder has one for each assignment.
    """
    listed, odd = entries(folder)
    folders = [entry for entry in listed if entry.folder]
    for own in (entry for entry in folders if entry.name == slug):
        inside, odd_inside = entries(own.path, f"{own.origin}/")
        survey = drop(inside, wanted)
        if survey is not None:
            return "drop folder", Survey(survey.candidates, survey.leftovers + odd_inside)
    places = [(listed, odd)]
    if len(listed) == len(folders) == 1:
        inside, odd_inside = entries(folders[0].path, f"{folders[0].origin}/")
        places.append((inside, odd + odd_inside))
    for inside, unread in places:
        for name, layout in LAYOUTS.items():
            survey = layout(inside, wanted)
            if survey is not None:
                return name, Survey(survey.candidates, survey.leftovers + unread)
    survey = by_hand(listed, wanted)
    name = "a folder a student" if 2 * len(folders) > len(listed) else "one file a student"
    return name, Survey(survey.candidates, survey.leftovers + odd)


def _owned(candidates: Sequence[Candidate], roster: Sequence[Student]) -> tuple[list[Found], list[Leftover]]:
    """Each candidate with its student; leftovers for those that hold nothing, fit nobody or meet another's."""
    match = Match(roster)
    leftovers: list[Leftover] = []
    owned: dict[tuple[str, int], list[tuple[Student, Candidate]]] = defaultdict(list)
    for candidate in candidates:
        student = match.student(candidate.claim) if roster else candidate.alone
        if candidate.entry.empty:
            leftovers += left([candidate.entry], "holds no file")
        elif isinstance(student, str):
            leftovers += left([candidate.entry], f"{_name(candidate)} {student}")
        else:
            owned[student.id.casefold(), candidate.attempt].append((student, candidate))
    found: list[Found] = []
    for same in owned.values():
        if len(same) == 1:
            found.append(_found(*same[0]))
            continue
        origins = " and ".join(candidate.entry.origin for _, candidate in same)
        why = f"is one of {len(same)} submissions of {same[0][0].id}: {origins}"
        leftovers += left(
            (candidate.entry for _, candidate in same), why, "none of them graded; leave one and run again"
        )
    return found, leftovers


def _found(student: Student, candidate: Candidate) -> Found:
    return Found(
        student=student,
        path=candidate.entry.path,
        received=candidate.received,
        late=candidate.late,
        attempt=candidate.attempt,
        origin=candidate.entry.origin,
        parts=candidate.parts,
        owner=candidate.owner,
        doubt=candidate.doubt,
    )


def _name(candidate: Candidate) -> str:
    alone = candidate.alone
    return f"{alone.name} ({alone.id})" if alone.name not in ("", alone.id) else alone.id
