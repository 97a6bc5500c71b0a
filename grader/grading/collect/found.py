"""What a search for submissions ends with: those found, and everything else with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.core.roster import Student


@dataclass(frozen=True, slots=True)
class Found:
    """One attempt of one student.

    Attributes:
        student: from the roster; without one a student made from the name that the submission goes by.
        path: the file, archive or folder; the first of `parts` if the attempt lies in several files.
        received: aware, in UTC. What the LMS tells, else the time of the newest file. A clone's time is that of its
            commit, which the student's own machine has set. None if nothing tells.
        late: as the LMS says.
        attempt: from 1.
        origin: the path below the searched folder, safe to show.
        parts: hand-in name → file, for an attempt whose files lie loose among those of others.
        owner, doubt: of a file in a drop folder, see `Arrival`.
    """

    student: Student
    path: Path
    received: datetime | None
    late: bool
    attempt: int
    origin: str
    parts: tuple[tuple[str, Path], ...] = ()
    owner: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something in the folder that is nobody's attempt: where it lies, why it is left, what was done."""

    path: str
    why: str
    done: str


@dataclass(frozen=True, slots=True)
class Collection:
    """found: in the order of the roster, then by attempt. leftovers: by path."""

    layout: str
    found: tuple[Found, ...]
    leftovers: tuple[Leftover, ...]
