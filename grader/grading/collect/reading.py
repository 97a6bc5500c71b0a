"""The files of an attempt that was found, with a notebook turned into the module that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from grader.grading.collect.candidate import stem
from grader.grading.collect.entries import entries, read
from grader.grading.collect.found import Found
from grader.grading.collect.notebook import Notebook, module_from_notebook
from grader.sandbox.archive import IntakeLimits, Refused, kind_of, quoted, read_archive
from grader.sandbox.intake import Intake, read_submission

_NOTEBOOK = ".ipynb"
_DEEPEST = 12  # folders


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed in; notebook: the one that the first file was made of, for the places of its lines."""

    intake: Intake
    notebook: Notebook | None = None


def read_found(
    found: Found,
    wanted: Sequence[str],
    limits: IntakeLimits = IntakeLimits(),  # noqa: B008  (frozen)
    *,
    definitions_only: bool = False,
) -> Handed:
    """The attempt's files. What is wrong with them is the intake's `refusal`.

    wanted: the hand-in files; the first is the module. A notebook takes its place where the attempt has no such file
    and one notebook, or one of its name; the notebook stays among the files. definitions_only: see
    `module_from_notebook`. Raises UsageError if the path is gone.
    """
    if found.parts:
        intake, notebook = _joined(found, wanted, limits)
    elif found.path.suffix.lower() == _NOTEBOOK:
        intake, notebook = read_submission(found.path, (found.path.name,), limits), found.path.name
    else:
        intake, notebook = read_submission(found.path, wanted, limits), ""
        if intake.absent and (notebook := _chosen(_notebooks(found.path, limits), wanted)):
            intake = read_submission(found.path, (notebook, *wanted[1:]), limits)
    if not notebook or intake.refusal is not None:
        return Handed(intake)
    return _converted(intake, notebook, wanted, definitions_only)


def _converted(intake: Intake, name: str, wanted: Sequence[str], definitions_only: bool) -> Handed:
    notebook = module_from_notebook(intake.files[name], definitions_only=definitions_only)
    if notebook.refusal:
        return Handed(Intake(intake.name, refusal=f"{quoted(name)}: {notebook.refusal}"), notebook)
    files = {**intake.files, wanted[0]: notebook.source.encode()}
    made = f"{wanted[0]} was made of the code cells of {quoted(name)}"
    missing = tuple(f"{other} is missing" for other in wanted[1:] if other not in files)
    notes = dict.fromkeys((*intake.notes, made, *notebook.notes, *missing))
    return Handed(Intake(intake.name, files, tuple(notes)), notebook)


def _joined(found: Found, wanted: Sequence[str], limits: IntakeLimits) -> tuple[Intake, str]:
    """The parts as one submission, and the notebook among them that stands for the first file."""
    files: dict[str, bytes] = {}
    for name, path in found.parts:
        room = replace(limits, total=limits.total - sum(map(len, files.values())))
        part = read_submission(path, (path.name,), room)
        if part.refusal is not None:
            return part, ""
        (data,) = part.files.values()
        files[name] = data
    first = found.parts[0][0]
    if first.lower().endswith(_NOTEBOOK):
        return Intake(quoted(first), files), first
    files[wanted[0]] = files.pop(first)
    notes = [] if first == wanted[0] else [f"{quoted(first)} was taken as {wanted[0]}"]
    notes += [f"{other} is missing" for other in wanted[1:] if other not in files]
    return Intake(quoted(first), files, tuple(notes)), ""


def _notebooks(path: Path, limits: IntakeLimits) -> list[str]:
    """The names, without folders, of the notebooks in a folder or an archive."""
    if path.is_dir():
        return list(_below(path, _DEEPEST))
    data = read(path, limits.total + 1)
    kind = kind_of(data)
    try:
        names = read_archive(data, kind, limits) if kind is not None else {}
    except Refused:
        return []
    return [PurePosixPath(name).name for name in names if name.lower().endswith(_NOTEBOOK)]


def _below(folder: Path, depth: int) -> Iterator[str]:
    for entry in entries(folder)[0]:
        if entry.folder and depth:
            yield from _below(entry.path, depth - 1)
        elif not entry.folder and entry.name.lower().endswith(_NOTEBOOK):
            yield entry.name


def _chosen(names: Sequence[str], wanted: Sequence[str]) -> str:
    """The only notebook, or the one called like the first file; nothing if that leaves several."""
    called = [name for name in names if stem(name) == stem(wanted[0])]
    if len(called) == 1:
        return called[0]
    return names[0] if len(names) == 1 else ""
