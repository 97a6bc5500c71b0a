"""What people arrange by hand or this grader writes: a folder or a file a student, and the drop folder."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.grading.collect.candidate import (
    Candidate,
    Claim,
    Loose,
    Survey,
    is_hand_in,
    put_together,
    stem,
    unrostered,
)
from grader.grading.collect.entries import Entry, entries, left
from grader.grading.collect.found import Leftover
from grader.grading.collect.ownership import arrival

_ATTEMPT = re.compile(r"(?P<attempt>[1-9]\d{0,5})\.zip")


def drop(found: Sequence[Entry], wanted: Sequence[str]) -> Survey | None:
    """The attempts in a drop folder, ``<id>/<n>.zip``, or None if this is none.

    The id is as `Student.file_name` writes it; time and owner are those that the file system says
    (`arrival`).
    """
    homes = {entry: entries(entry.path, f"{entry.origin}/") for entry in found if entry.folder}
    attempts = {
        home: [(entry, match) for entry in inside if (match := _ATTEMPT.fullmatch(entry.name))]
        for home, (inside, _) in homes.items()
    }
    used = [home for home, handed_in in attempts.items() if handed_in]
    if not used or 2 * len(used) < len(homes):
        return None
    survey = Survey(
        leftovers=left((entry for entry in found if entry not in used), "holds no attempt <n>.zip")
    )
    for home in used:
        inside, beside = homes[home]
        archives = [entry for entry, _ in attempts[home]]
        survey.leftovers += beside
        survey.leftovers += left(
            (entry for entry in inside if entry not in archives), "is no attempt <n>.zip"
        )
        for entry, match in attempts[home]:
            seen = arrival(entry)
            survey.candidates.append(
                Candidate(
                    Claim(ids=(home.name,)),
                    unrostered(home.name),
                    entry,
                    seen.received,
                    attempt=int(match["attempt"]),
                    owner=seen.owner,
                    doubt=seen.doubt,
                )
            )
    return survey


def by_hand(found: Sequence[Entry], wanted: Sequence[str]) -> Survey:
    """A folder or a file for each student, named by id, address or name."""
    survey = Survey()
    for entry in found:
        if entry.folder:
            inner, beside = content(entry, wanted)
            survey.leftovers += beside
            key = entry.name
        elif is_hand_in(entry.name, wanted):
            inner, key = entry, stem(entry.name)
        else:
            survey.leftovers += left([entry], f"is not {wanted[0]}, a notebook or an archive")
            continue
        survey.candidates.append(Candidate(Claim.any(key), unrostered(key), inner, inner.time))
    return survey


def content(folder: Entry, wanted: Sequence[str]) -> tuple[Entry, list[Leftover]]:
    """What to read of a student's folder: the archive or file that is alone in it, else the folder itself."""
    inside, odd = entries(folder.path, f"{folder.origin}/")
    files = [Loose(entry.name, entry) for entry in inside if not entry.folder]
    if not files or len(files) < len(inside) or any(file.name == wanted[0] for file in files):
        return folder, []
    chosen, why = put_together(files, wanted)
    if len(chosen) != 1:
        return folder, []
    return chosen[0].entry, odd + left((file.entry for file in files if file not in chosen), why)
