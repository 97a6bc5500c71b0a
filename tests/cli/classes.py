"""One class in every layout that `batch` understands: the same people, the same work, the same time of arrival."""

from __future__ import annotations

import io
import os
import re
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RECEIVED = 1_780_000_000  # seconds since 1970


@dataclass(frozen=True)
class Work:
    """What one student hands in: the name of the file and its bytes."""

    id: str
    name: str
    file: str
    data: bytes


def zipped(name: str, data: bytes) -> bytes:
    """An archive that holds this one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def roster_text(works: Sequence[Work]) -> str:
    """The class as a roster file; the login in an address is the id."""
    return "id,name,email\n" + "".join(f"{one.id},{one.name},{one.id}@uni.example\n" for one in works)


def _put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (RECEIVED, RECEIVED))
    return path


def _folders(place: Path, works: Sequence[Work]) -> None:
    for one in works:
        _put(place / one.id / one.file, one.data)


def _files(place: Path, works: Sequence[Work]) -> None:
    for one in works:
        _put(place / f"{one.id}{Path(one.file).suffix}", one.data)


def _moodle(place: Path, works: Sequence[Work]) -> None:
    for number, one in enumerate(works):
        _put(place / f"{one.name}_{4000 + number}_assignsubmission_file" / one.file, one.data)


def _canvas(place: Path, works: Sequence[Work]) -> None:
    for number, one in enumerate(works):
        first, _, last = one.name.rpartition(" ")
        name = re.sub(r"\W", "", f"{last}{first}".lower())
        late = "LATE_" * (number == 5)
        _put(place / f"{name}_{late}{100 + number}_{900 + number}_{one.file}", one.data)


def _gradescope(place: Path, works: Sequence[Work]) -> None:
    export = place / "assignment_42_export"
    when = datetime.fromtimestamp(RECEIVED, UTC).strftime("%Y-%m-%d %H:%M:%S.%f000 Z")
    lines = ["---"]
    for number, one in enumerate(works):
        _put(export / f"submission_{number}" / one.file, one.data)
        lines += [
            f"submission_{number}:",
            "  :submitters:",
            f"  - :name: {one.name}",
            f"    :sid: '{one.id}'",
        ]
        lines += [
            f"    :email: {one.id}@uni.example",
            f"  :created_at: {when}",
            "  :score: 0.0",
            "  :history: []",
        ]
    _put(export / "submission_metadata.yml", "\n".join(lines).encode() + b"\n")


def _classroom(place: Path, works: Sequence[Work]) -> None:
    """One commit for all: what `git clone` leaves is the same folder with another name."""
    git = {f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    dates = {f"GIT_{who}_DATE": f"{RECEIVED} +0000" for who in ("AUTHOR", "COMMITTER")}
    for one in works:
        clone = place / "lab-one-submissions" / f"lab-one-{one.id}"
        _put(clone / one.file, one.data)
        for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "work"]):
            subprocess.run(["git", *words], cwd=clone, env={**os.environ, **git, **dates}, check=True)


LAYOUTS: dict[str, Callable[[Path, Sequence[Work]], None]] = {
    "a folder a student": _folders,
    "one file a student": _files,
    "Moodle": _moodle,
    "Canvas": _canvas,
    "Gradescope": _gradescope,
    "GitHub Classroom": _classroom,
}
"""The layout as `batch` calls it → what builds it."""
