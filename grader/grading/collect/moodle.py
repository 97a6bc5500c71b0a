"""Moodle's "Download all submissions": ``Jane Doe_12345_assignsubmission_file/…``, a folder for each submission.

Until Moodle 3.0, and today if the teacher does not ask for folders, files lie side by side with the same words in
front of their names; some versions end the folder's name in an underscore. ``onlinetext`` stands for ``file`` where
the student typed a text. The number is drawn anew for each assignment and identifies nobody elsewhere; with blind
marking the name is ``Participant``. Source: github.com/moodle/moodle, mod/assign/classes/downloader.php
(`get_student_prefix`, `load_submissionplugin_filelist`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from grader.core.roster import Student
from grader.grading.collect.candidate import (
    Candidate,
    Claim,
    Loose,
    Survey,
    parts_of,
    put_together,
    unrostered,
)
from grader.grading.collect.entries import Entry, left
from grader.grading.collect.plain import content

_NAME = re.compile(
    r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL
)
_BLIND = "Participant"


def moodle(entries: Sequence[Entry], wanted: Sequence[str]) -> Survey | None:
    """The submissions in Moodle's download, or None if this is none."""
    matches = {entry: match for entry in entries if (match := _NAME.fullmatch(entry.name))}
    if not matches or 2 * len(matches) < len(entries):
        return None
    survey = Survey()
    survey.leftovers += left(
        (entry for entry in entries if entry not in matches), "is not named as Moodle names a submission"
    )
    texts = [entry for entry, match in matches.items() if match["kind"] != "file"]
    survey.leftovers += left(texts, "is text typed into Moodle, not a file")
    loose: dict[tuple[str, str], list[Loose]] = defaultdict(list)
    owners: dict[str, set[str]] = defaultdict(set)
    for entry, match in matches.items():
        owners[match["name"]].add(match["number"])
        if match["kind"] == "file" and not entry.folder:
            loose[match["name"], match["number"]].append(Loose(match["file"] or entry.name, entry))
    for entry, match in matches.items():
        if match["kind"] == "file" and entry.folder:
            inner, beside = content(entry, wanted)
            survey.leftovers += beside
            name, number = match["name"], match["number"]
            alone = _alone(name, number, owners)
            survey.candidates.append(Candidate(_claim(name, number), alone, inner, inner.time))
    for (name, number), files in loose.items():
        chosen, why = put_together(files, wanted)
        survey.leftovers += left((file.entry for file in files if file not in chosen), why)
        if chosen:
            first, alone = chosen[0].entry, _alone(name, number, owners)
            parts = parts_of(chosen)
            survey.candidates.append(Candidate(_claim(name, number), alone, first, first.time, parts=parts))
    return survey


def _claim(name: str, number: str) -> Claim:
    if name == _BLIND:
        return Claim(ids=(number, f"{name} {number}"))
    return Claim(names=(name,))


def _alone(name: str, number: str, owners: dict[str, set[str]]) -> Student:
    """Named by the name alone if that tells submissions apart, since the number means nothing elsewhere."""
    return unrostered(name if len(owners[name]) == 1 else f"{name} {number}", name)
