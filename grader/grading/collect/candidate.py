"""An attempt before it is known whose, and how one is put together from files that lie loose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from grader.core.roster import LONGEST, Student
from grader.core.text import one_line
from grader.grading.collect.entries import ARCHIVES, Entry
from grader.grading.collect.found import Leftover
from grader.sandbox.archive import quoted

CODE = (".py", ".ipynb")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a submission says about whose it is: texts of each kind, any of which may be wrong."""

    ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def any(cls, *texts: str) -> Claim:
        """Texts that may be an id, an address or a name: what somebody named by hand."""
        return cls(texts, texts, texts)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An attempt. alone: the student that it makes where there is no roster; the rest as in `Found`."""

    claim: Claim
    alone: Student
    entry: Entry
    received: datetime | None
    late: bool = False
    attempt: int = 1
    parts: tuple[tuple[str, Path], ...] = ()
    owner: str = ""
    doubt: str = ""


@dataclass(slots=True)
class Survey:
    """What one layout makes of a folder."""

    candidates: list[Candidate] = field(default_factory=list)
    leftovers: list[Leftover] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Loose:
    """A file of an attempt: as the student called it, and where it lies."""

    name: str
    entry: Entry


def unrostered(key: str, name: str = "", email: str = "") -> Student:
    """The student that a name of a file makes."""
    key, name, email = (one_line(text)[:LONGEST] for text in (key, name, email))
    return Student(key or "?", name, email)


def stem(name: str) -> str:
    """The name of a file without its suffix; without both of ``.tar.gz``."""
    return re.sub(r"(\.tar)?\.\w{1,8}$", "", name) or name


def is_hand_in(name: str, wanted: Sequence[str]) -> bool:
    """Whether a file of this name may be handed in: code, an archive, or a kind that is asked for."""
    kinds = (*ARCHIVES, *CODE, *(Path(want).suffix.lower() for want in wanted if Path(want).suffix))
    return name.lower().endswith(kinds)


def put_together(files: Sequence[Loose], wanted: Sequence[str]) -> tuple[list[Loose], str]:
    """The files that are the attempt, the one with the code or the archive first, and why the others are not.

    The files asked for by name come first, then the only archive, then the only file of code. No file is chosen
    among equals: where several could be meant, there is no attempt.
    """
    if len(files) == 1:
        return list(files), ""
    named = [file for want in wanted for file in files if file.name == want]
    code = [file for file in files if file.name.lower().endswith(CODE)]
    archives = [file for file in files if file.name.lower().endswith(ARCHIVES)]
    if named and named[0].name == wanted[0]:
        chosen = named
    elif len(archives) == 1 and not code:
        chosen = archives
    elif len(code) == 1 and not archives:
        chosen = [*code, *(file for file in named if file not in code)]
    else:
        several = " and ".join(quoted(file.name) for file in files[:3])
        return [], f"is one of several files, {several}, and none is called {wanted[0]}"
    if len({file.name for file in chosen}) < len(chosen):
        return [], f"is one of several files called {quoted(chosen[0].name)}"
    return chosen, f"lies beside {quoted(chosen[0].name)}, which was taken"


def parts_of(chosen: Sequence[Loose]) -> tuple[tuple[str, Path], ...]:
    """`Found.parts` of these files."""
    return tuple((file.name, file.entry.path) for file in chosen) if len(chosen) > 1 else ()
