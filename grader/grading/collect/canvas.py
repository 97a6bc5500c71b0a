"""Canvas's "Download Submissions": all files in one folder, ``doejane_LATE_123_456_mlp.py``.

A name is made of the sortable name in lower case without anything but letters, digits and underscores, ``LATE``,
the user's number (``anon_`` and letters where marking is anonymous), the file's number and its own name; text
typed into Canvas has no number of a file. Source: github.com/instructure/canvas-lms, lib/content_zipper.rb
(`get_filename`, `add_upload_submission`, `add_text_or_url`). A file handed in again under the same name has ``-1``,
``-2`` before its suffix (github.com/TimHanneman/Canvas_submission_sort). Of the times in the download none is that
of the hand-in.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

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

_OWNER = r"(?:(?P<name>(?!LATE_).+?)_)?(?P<late>LATE_)?(?P<user>\d+|anon_[A-Za-z0-9]+)"
_FILE = re.compile(_OWNER + r"_(?P<number>\d+)_(?P<file>.+)", re.DOTALL)
_TEXT = re.compile(_OWNER + r"_(?:text|link)\.html", re.DOTALL)
_AGAIN = re.compile(r"(?P<base>.+)-(?P<count>\d{1,3})(?P<suffix>(\.tar)?\.\w+)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _File:
    user: str
    name: str
    late: bool
    again: int
    loose: Loose


def canvas(entries: Sequence[Entry], wanted: Sequence[str]) -> Survey | None:
    """The submissions in Canvas's download, or None if this is none."""
    files = [_file(entry, wanted) for entry in entries if not entry.folder]
    known = [file for file in files if file is not None]
    texts = [entry for entry in entries if not entry.folder and _TEXT.fullmatch(entry.name)]
    if not known or 2 * (len(known) + len(texts)) < len(entries):
        return None
    survey = Survey(leftovers=left(texts, "is text or a link typed into Canvas, not a file"))
    used = {file.loose.entry for file in known} | set(texts)
    survey.leftovers += left(
        (entry for entry in entries if entry not in used), "is not named as Canvas names a submission"
    )
    by_user: dict[str, list[_File]] = defaultdict(list)
    for file in known:
        by_user[file.user].append(file)
    for mine in by_user.values():
        _attempts(mine, wanted, survey)
    return survey


def _file(entry: Entry, wanted: Sequence[str]) -> _File | None:
    match = _FILE.fullmatch(entry.name)
    if match is None:
        return None
    name, count = match["file"], 0
    again = _AGAIN.fullmatch(name)
    if again and name not in wanted:
        name, count = again["base"] + (again["suffix"] or ""), int(again["count"])
    return _File(match["user"], match["name"] or "", bool(match["late"]), count, Loose(name, entry))


def _attempts(files: Sequence[_File], wanted: Sequence[str], survey: Survey) -> None:
    """One attempt for each time that a file came again; a file that came once belongs to the last."""
    times = Counter(file.loose.name for file in files)
    counts = sorted({file.again for file in files if times[file.loose.name] > 1})
    counts = counts or [max(file.again for file in files)]
    for count in counts:
        mine = [
            file
            for file in files
            if (file.again == count if times[file.loose.name] > 1 else count == counts[-1])
        ]
        chosen, why = put_together([file.loose for file in mine], wanted)
        survey.leftovers += left((file.loose.entry for file in mine if file.loose not in chosen), why)
        if chosen:
            user, name, first = mine[0].user, mine[0].name, chosen[0].entry
            survey.candidates.append(
                Candidate(
                    Claim(ids=(user, user.removeprefix("anon_")), names=(name,)),
                    unrostered(user, name),
                    first,
                    first.time,
                    late=any(file.late for file in mine),
                    attempt=count + 1,
                    parts=parts_of(chosen),
                )
            )
