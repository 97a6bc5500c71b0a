"""What students get, with proof that nothing leaks.

The stub and `public.npz` are made from the reference, the rest of the handout is copied.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.checks import stored
from grader.core.errors import GraderError, SpecError, UsageError
from grader.grading.course import DATA, HIDDEN, PUBLIC, README, SPEC, Course
from grader.grading.desk import Desk, with_desk
from grader.grading.stub import BEGIN, stub


@dataclass(frozen=True, slots=True)
class Generated:
    """A file of the handout as the reference makes it: where it belongs, what is there, what should be."""

    path: Path
    old: bytes | None
    new: bytes

    @property
    def fresh(self) -> bool:
        """True if the file on disk says what the reference makes."""
        if self.old is None or self.path.name != DATA:
            return self.old == self.new
        return stored.same_content(self.old, self.new)


def generated(course: Course, slug: str) -> list[Generated]:
    """The stub and `public.npz` of an assignment. Raises SpecError where the reference does not allow them."""
    found: list[Generated] = []

    def make(desk: Desk) -> None:
        handout, source = course.handout(slug), course.reference(slug) / "solution.py"
        text = stub(source.read_text(encoding="utf-8"), str(source.relative_to(course.root)))
        desk.oracle.patience = math.inf  # a busy machine must not make another file
        data = stored.dump(slug, desk.checks, desk.oracle)
        for name, new in ((desk.assignment.entry, text.encode()), (DATA, data)):
            path = handout / name
            found.append(Generated(path, path.read_bytes() if path.is_file() else None, new))

    with_desk(course, slug, make)
    return found


def write(files: list[Generated]) -> list[Path]:
    """Write what is out of date; returns what was written."""
    stale = [file for file in files if not file.fresh]
    for file in stale:
        file.path.write_bytes(file.new)
    return [file.path for file in stale]


def handout_files(course: Course, slug: str) -> list[Path]:
    """The files of the handout: those that every one has, and what else lies in its folder (weights, pictures).

    Raises UsageError, naming the command that makes it, if one of the former does not exist.
    """
    assignment, folder = course.assignment(slug), course.handout(slug)
    paths = [folder / name for name in (SPEC, README, *assignment.files, PUBLIC, DATA)]
    for path in paths:
        if not path.is_file():
            raise UsageError(f"{path}: does not exist; make it with: grader release {slug}")
    more = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]
    return paths + [path for path in more if path not in paths]


def start(course: Course, slug: str, folder: Path) -> list[Path]:
    """Copy the handout to `folder`, over no file that exists; returns what was written. Raises UsageError."""
    sources = handout_files(course, slug)
    existing = [source.name for source in sources if os.path.lexists(folder / source.name)]
    if len(existing) == len(sources):
        raise UsageError(f"{folder}: has all files of {slug} already; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for source in sources:
            if source.name not in existing:
                shutil.copyfile(source, folder / source.name)
                written.append(folder / source.name)
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: cannot be written: {error.strerror}") from None
    return written


def publish(course: Course, slug: str, to: Path) -> list[Path]:
    """Write the handout to `to/<slug>` for students. Raises GraderError if anything of the reference is inside.

    The folder is emptied of nothing: it must not exist yet, or hold only files of this handout.
    """
    stale = [file.path.name for file in generated(course, slug) if not file.fresh]
    if stale:
        raise SpecError(f"assignments/{slug}: {', '.join(stale)} out of date; run: grader release {slug}")
    sources = handout_files(course, slug)
    for place in leaks(course, slug, sources):
        raise GraderError(place)
    folder = to / slug
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for source in sources:
        shutil.copyfile(source, folder / source.name)
        written.append(folder / source.name)
    return written


def leaks(course: Course, slug: str, files: list[Path]) -> Iterator[str]:
    """Places in the handout where something of `reference/` stands that should not: one sentence each."""
    reference = course.reference(slug)
    secret_lines = _solution_lines((reference / "solution.py").read_text(encoding="utf-8"))
    for name in ("misconceptions.py", HIDDEN):
        path = reference / name
        if path.is_file():
            secret_lines |= {
                line.strip() for line in path.read_text(encoding="utf-8").splitlines() if _telling(line)
            }
    public = (course.handout(slug) / PUBLIC).read_text(encoding="utf-8")
    secret_lines -= {line.strip() for line in public.splitlines()}
    for file in files:
        if file.name in (PUBLIC, DATA):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if line.strip() in secret_lines:
                yield f"{file}:{number}: this line stands in the reference: {line.strip()}"


def _solution_lines(source: str) -> set[str]:
    inside, lines = False, set()
    for line in source.splitlines():
        if line.strip().startswith("# BEGIN") or line.strip().startswith("# END"):
            inside = line.strip() == BEGIN
        elif inside and _telling(line):
            lines.add(line.strip())
    return lines


def _telling(line: str) -> bool:
    """A line long enough that it stands in two files for no other reason than copying."""
    text = line.strip()
    return len(text) > 20 and not text.startswith(
        ("#", "import ", "from ", "def ", "class ", "@", '"""', "return None")
    )
