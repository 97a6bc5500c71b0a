"""A course on disk: `assignments/`, `reference/` and the secret; found from the current directory or by --course."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from grader.core import assignment
from grader.core.assignment import Assignment
from grader.core.errors import SpecError, UsageError

SPEC = "assignment.yaml"
PUBLIC = "test_public.py"
HIDDEN = "test_hidden.py"
DATA = "public.npz"
README = "README.md"
SECRET_VARIABLE = "GRADER_SECRET"


@dataclass(frozen=True, slots=True)
class Course:
    """The folder that holds `assignments/` and, on the trusted side, `reference/`."""

    root: Path

    def slugs(self) -> list[str]:
        """The assignments, by name."""
        folder = self.root / "assignments"
        return sorted(path.parent.name for path in folder.glob(f"*/{SPEC}"))

    def assignment(self, slug: str) -> Assignment:
        """Raises UsageError for an unknown slug, SpecError for a faulty file."""
        if slug not in self.slugs():
            near = difflib.get_close_matches(slug, self.slugs(), 1, 0.5)
            hint = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(self.slugs())}"
            raise UsageError(f'there is no assignment "{slug}"; {hint}')
        return read_spec(self.handout(slug), self.root)

    def handout(self, slug: str) -> Path:
        """The folder that students get."""
        return self.root / "assignments" / slug

    def reference(self, slug: str) -> Path:
        """The trusted folder. Raises UsageError if the course has none."""
        folder = self.root / "reference" / slug
        if not folder.is_dir():
            raise UsageError(
                f"{folder}: the course has no reference for this assignment; "
                f"to run the public checks alone, use: grader check {self.handout(slug)}"
            )
        return folder

    def secret(self) -> bytes:
        """The secret behind hidden seeds: GRADER_SECRET, or `.grader/secret`, made at first use."""
        from_environment = os.environ.get(SECRET_VARIABLE)
        if from_environment:
            return from_environment.encode()
        path = self.root / ".grader" / "secret"
        try:
            if not path.exists():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                draft = path.with_name(f"secret.{os.getpid()}")
                made = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(made, "w") as file:
                    file.write(secrets.token_hex(32) + "\n")
                with contextlib.suppress(FileExistsError):  # another grader was faster: its secret holds
                    os.link(draft, path)
                draft.unlink()
        except OSError as error:
            raise UsageError(
                f"{path}: cannot be written ({error.strerror}); set {SECRET_VARIABLE} instead"
            ) from None
        text = path.read_text().strip()
        if len(text) < 16:
            raise SpecError(f"{path}: expected at least 16 characters; delete the file and a new one is made")
        return text.encode()


def find_course(given: Path | None) -> Course:
    """The course at `given`, or around the current directory. Raises UsageError."""
    start = (given or Path.cwd()).resolve()
    candidates: Iterable[Path] = [start] if given else [start, *start.parents]
    for folder in candidates:
        if (folder / "assignments").is_dir():
            return Course(folder)
    where = f"{given}: " if given else ""
    raise UsageError(
        f"{where}no course here: expected a folder with assignments/ in it; name one with --course DIR or GRADER_COURSE"
    )


def read_spec(folder: Path, shown_from: Path | None = None, slug: str | None = None) -> Assignment:
    """The assignment of a handout folder, which has the slug's name unless `slug` says otherwise.

    Raises SpecError with file and key, UsageError if there is none.
    """
    path = folder / SPEC
    try:
        place = path.relative_to(shown_from) if shown_from else path
    except ValueError:
        place = path
    if not path.is_file():
        raise UsageError(f"{folder}: expected {SPEC} here; get the handout with: grader start SLUG")
    try:
        keys = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise SpecError(f"{place}{line}: not YAML: {getattr(error, 'problem', None) or error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{place}: cannot be read: {error}") from None
    try:
        return assignment.parse(slug or folder.resolve().name, keys)
    except SpecError as error:
        raise error.at(str(place)) from None


def files_hash(paths: Iterable[Path]) -> str:
    """Sixteen hex digits over names and contents of the files that exist."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            data = path.read_bytes()
            digest.update(f"{path.name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:16]
