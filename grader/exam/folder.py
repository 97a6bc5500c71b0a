"""The folder of a built exam: what lies in it, and how two exams are never mixed in one."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.core.errors import SpecError, UsageError
from grader.exam.form import Form, decode
from grader.report.files import write_whole

FORMAT = 1
_PARTS = ("forms", "pdf", "solutions", "accessible")
_FILES = ("all.pdf", "sheets.pdf", "keys.csv", "sheet.json", "balance.json", "exam.json")
_UNFINISHED = ".building"


@dataclass(frozen=True, slots=True)
class ExamFolder:
    """`DIR` of ``grader exam build``."""

    root: Path

    def form(self, file_name: str) -> Path:
        return self.root / "forms" / f"{file_name}.json"

    def paper(self, file_name: str, solutions: bool = False) -> Path:
        return self.root / ("solutions" if solutions else "pdf") / f"{file_name}.pdf"

    def accessible(self, file_name: str) -> Path:
        return self.root / "accessible" / f"{file_name}.html"

    def manifest(self) -> dict[str, Any]:
        """`exam.json`. Raises UsageError if there is none, SpecError if it cannot be read."""
        path = self.root / "exam.json"
        try:
            found = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise UsageError(
                f"{self.root}: there is no exam here; make one with: grader exam build"
            ) from None
        except ValueError as error:
            raise SpecError(f"{path}: is damaged: {error}") from None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise SpecError(f"{path}: expected format {FORMAT} of an exam built by this grader")
        return found

    def forms(self) -> list[Form]:
        """All forms, in the order of the roster. Raises UsageError for an exam that is not finished."""
        manifest = self.manifest()
        if (self.root / _UNFINISHED).exists():
            raise UsageError(
                f"{self.root}: the exam is not built to the end; run the same grader exam build again"
            )
        return [self.read_form(name) for name in manifest["forms"]]

    def read_form(self, file_name: str) -> Form:
        """One frozen form."""
        path = self.form(file_name)
        try:
            return decode(path.read_bytes(), str(path))
        except FileNotFoundError:
            raise SpecError(f"{path}: the form is missing; build the exam again with --force") from None

    @contextmanager
    def building(self, manifest: Mapping[str, Any], force: bool) -> Iterator[bool]:
        """Open the folder for a build of these inputs; True if something is left to do.

        An unfinished build of the same inputs goes on, a finished one has nothing left. Raises UsageError for a folder
        that holds anything else, or that another process is building in.
        """
        wanted = json.dumps(manifest, indent=1, ensure_ascii=False).encode() + b"\n"
        self.root.mkdir(parents=True, exist_ok=True)
        path = self.root / "exam.json"
        if force:
            self._clear()
        elif path.exists():
            self._same(manifest)
        elif any(one.name != _UNFINISHED for one in self.root.iterdir()):
            raise UsageError(
                f"{self.root}: holds files that are no exam; choose another folder, or build with --force"
            )
        finished = path.exists() and not (self.root / _UNFINISHED).exists()
        with open(self.root / _UNFINISHED, "ab") as lock:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # not flock: workers would inherit it
            except OSError:
                raise UsageError(f"{self.root}: another process is building this exam right now") from None
            write_whole(path, wanted)
            for name in _PARTS[:2]:
                (self.root / name).mkdir(exist_ok=True)
            for left in self.root.rglob(".*.part"):  # of a build that was killed
                left.unlink()
            yield not finished
            os.unlink(self.root / _UNFINISHED)

    def _same(self, manifest: Mapping[str, Any]) -> None:
        """Refuse a folder whose exam was built from other inputs, and say which of them differ."""
        there = self.manifest()
        other = [
            name for name, value in manifest["inputs"].items() if there.get("inputs", {}).get(name) != value
        ]
        if other:
            raise UsageError(
                f'{self.root}: holds the exam "{there.get("exam")}", built from another {", another ".join(other)}; '
                "choose another folder, or build anew with --force"
            )

    def _clear(self) -> None:
        """Remove what builds write; other files of the folder stay."""
        for name in _PARTS:
            shutil.rmtree(self.root / name, ignore_errors=True)
        for name in _FILES:
            (self.root / name).unlink(missing_ok=True)
