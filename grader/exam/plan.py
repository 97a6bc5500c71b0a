"""Everything that the forms of an exam depend on, read from files once; and the hashes that tell whether it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.core.errors import SpecError, UsageError
from grader.core.roster import Student, parse_roster
from grader.exam.bank import FOLDER, Bank, open_bank
from grader.exam.blueprint import Blueprint, read_blueprint
from grader.exam.folder import ExamFolder
from grader.exam.functions import Functions

_ENGINE = Path(__file__).parent
_LEAST_SECRET = 16  # bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build is made from.

    Attributes:
        sources: template id → hash of its file. used: ids of templates that earlier exams had.
        hashes: name of an input → hash. fonts: folders with fonts beside those that Typst brings.
    """

    blueprint: Blueprint
    bank: Bank
    functions: Functions
    students: tuple[Student, ...]
    secret: bytes
    sources: Mapping[str, str]
    used: frozenset[str]
    hashes: Mapping[str, str]
    fonts: tuple[Path, ...] = ()


def make_plan(root: Path, blueprint: Path, roster: Path, secret: bytes, fonts: tuple[Path, ...] = ()) -> Plan:
    """Read blueprint, roster, bank and the folders of earlier exams (from the blueprint's folder on).

    Raises SpecError and UsageError with the file.
    """
    planned, bank = read_blueprint(blueprint), open_bank(root, eager=False)
    try:
        students = parse_roster(roster.read_bytes(), str(roster))
    except FileNotFoundError:
        raise UsageError(f"{roster}: there is no such roster; expected a CSV file with a column id") from None
    used = frozenset[str]().union(*(_templates(blueprint.parent / name) for name in planned.exclude))
    references = (root / "reference").glob("*/*.py")
    asked = [root / one.path for one in bank.templates]
    return Plan(
        blueprint=planned,
        bank=bank,
        functions=Functions(root / "reference"),
        students=students,
        secret=secret,
        sources={one.id: _hash([path], root) for one, path in zip(bank.templates, asked, strict=True)},
        used=used,
        hashes={
            "blueprint": _hash([blueprint], blueprint.parent),
            "roster": _hash([roster], roster.parent),
            "bank": _hash([*asked, root / FOLDER / "misconceptions.yaml", *references], root),
            "engine": _hash((one for one in _ENGINE.rglob("*") if one.suffix in _CODE), _ENGINE),
            "list of earlier questions": hashlib.sha256(repr(sorted(used)).encode()).hexdigest()[:16],
        },
        fonts=fonts,
    )


_CODE = {".py", ".j2", ".js", ".typ", ".lua", ".yaml"}


def read_secret(path: Path) -> bytes:
    """The secret of a file. Raises UsageError if it cannot be read, SpecError if it is short."""
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise UsageError(f"{path}: the secret cannot be read: {error.strerror}") from None
    if len(secret) < _LEAST_SECRET:
        raise SpecError(f"{path}: expected a secret of at least {_LEAST_SECRET} bytes, got {len(secret)}")
    return secret


def _templates(folder: Path) -> set[str]:
    return {question.template for form in ExamFolder(folder).forms() for question in form.questions}


def _hash(paths: Iterable[Path], root: Path) -> str:
    """Over names from `root` on and contents of the files that exist."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            data = path.read_bytes()
            digest.update(f"{path.relative_to(root).as_posix()}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:16]
