"""Build an exam: blueprint and roster → frozen forms, papers, answer sheets, keys and a report on their balance."""

from __future__ import annotations

import csv
import importlib.metadata
import io
import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from grader import __version__
from grader.core.errors import SpecError
from grader.core.roster import Student
from grader.core.seeds import fingerprint
from grader.core.text import spreadsheet_cell
from grader.exam import sheet, typeset
from grader.exam.assembly import Slot, assemble, sample
from grader.exam.balance import balance
from grader.exam.draw import Deck
from grader.exam.folder import FORMAT, ExamFolder
from grader.exam.form import Form, encode
from grader.exam.freeze import Press, freeze
from grader.exam.markdown import convert
from grader.exam.plan import Plan
from grader.exam.press import Print, merge, print_all, require
from grader.exam.seeds import codes, order_seed
from grader.exam.worker import Work, limited
from grader.report.files import write_whole

_CHUNKS = (25, 200)  # least and most forms that one process draws: it first compiles all questions
_CPU = 60.0  # seconds that it may take
Told = Callable[[str, int, int], None]  # what is being made, how many are done, of how many


@dataclass(frozen=True, slots=True)
class Built:
    """What there is now. anew: False if all of it had been there."""

    folder: ExamFolder
    forms: int
    report: dict[str, Any]
    anew: bool


def build(
    plan: Plan,
    root: Path,
    *,
    jobs: int = 1,
    force: bool = False,
    solutions: bool = False,
    told: Told = lambda *_: None,
) -> Built:
    """Build into `root`, or finish there what was begun. The same inputs give the same bytes, whatever `jobs`.

    Raises SpecError for what the blueprint or a question cannot give, UsageError for a folder that is not free.
    """
    require()
    slots = _slots(plan)
    folder = ExamFolder(root)
    with folder.building(_manifest(plan, slots), force) as left:
        forms = _forms(plan, slots, folder, jobs, told)
        report = balance(forms, plan.blueprint.duration)
        _print(plan, forms, folder, jobs, told, solutions)
        _write(folder, forms, report)
    return Built(folder, len(forms), report, left)


def _slots(plan: Plan) -> tuple[Slot, ...]:
    rng = np.random.default_rng(order_seed(plan.secret, plan.blueprint.id, "assembly"))
    slots = assemble(plan.blueprint, plan.bank, plan.used, rng)
    total = round(sum(slot.points for slot in slots), 6)
    if plan.blueprint.total not in (None, total):
        raise SpecError(f"$.total: expected {total:g}, the sum of all points, got {plan.blueprint.total:g}")
    return slots


def _manifest(plan: Plan, slots: Sequence[Slot]) -> dict[str, Any]:
    """`exam.json`: what is built, and from what."""
    return {
        "format": FORMAT,
        "exam": plan.blueprint.id,
        "title": plan.blueprint.title,
        "inputs": {
            **plan.hashes,
            "secret": fingerprint(plan.secret),
        },
        "versions": {
            "grader": __version__,
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in ("numpy", "pypandoc_binary", "typst")},
        },
        "slots": [
            {
                "slot": slot.number,
                "section": slot.section,
                "template": slot.candidate.template.id if plan.blueprint.forms == "parallel" else None,
                "topic": slot.candidate.template.file.topic,
                "difficulty": slot.candidate.difficulty,
                "stratum": slot.candidate.stratum,
                "points": slot.points,
            }
            for slot in slots
        ],
        "forms": [student.file_name for student in plan.students],
    }


def _forms(plan: Plan, slots: Sequence[Slot], folder: ExamFolder, jobs: int, told: Told) -> list[Form]:
    """Those that are there are read, the others drawn: in processes under limits, written as soon as they are known."""
    exam, secret = plan.blueprint.id, plan.secret
    form_codes = codes(secret, exam, [student.id for student in plan.students])
    left = [student for student in plan.students if not folder.form(student.file_name).exists()]
    total, drawn = len(plan.students), len(plan.students) - len(left)
    told("forms", drawn, total)

    def freeze_some(students: Sequence[Student]) -> list[bytes]:
        chosen = {student.id: _slots_of(plan, slots, student) for student in students}
        templates = {
            slot.candidate.template.id: slot.candidate.template for some in chosen.values() for slot in some
        }
        press = Press(
            plan.blueprint.exam(round(sum(slot.points for slot in slots), 6)),
            plan.blueprint.shuffle,
            secret,
            {name: Deck(template, plan.functions) for name, template in templates.items()},
            plan.sources,
            plan.hashes["engine"],
            plan.hashes["bank"],
        )
        return [encode(freeze(press, one, form_codes[one.id], chosen[one.id])) for one in students]

    size = min(max(_CHUNKS[0], -(-len(left) // jobs)), _CHUNKS[1])
    chunks = [left[start : start + size] for start in range(0, len(left), size)]
    for start in range(0, len(chunks), jobs):
        some = chunks[start : start + jobs]
        work = [Work(partial(freeze_some, chunk), "the question bank") for chunk in some]
        for chunk, made in zip(some, limited(work, cpu=_CPU, jobs=jobs), strict=True):
            if isinstance(made, SpecError):
                raise made
            for student, data in zip(chunk, made, strict=True):
                write_whole(folder.form(student.file_name), data)
            drawn += len(chunk)
            told("forms", drawn, total)
    return [folder.read_form(student.file_name) for student in plan.students]


def _slots_of(plan: Plan, slots: Sequence[Slot], student: Student) -> Sequence[Slot]:
    if plan.blueprint.forms == "parallel":
        return slots
    rng = np.random.default_rng(order_seed(plan.secret, plan.blueprint.id, "sample", student.id))
    return sample(slots, plan.bank, plan.used, rng)


def _print(
    plan: Plan, forms: Sequence[Form], folder: ExamFolder, jobs: int, told: Told, solutions: bool
) -> None:
    kinds = [False, True] if solutions else [False]
    left = [
        (form, kind)
        for kind in kinds
        for form in forms
        if not folder.paper(form.taker.file_name, kind).exists()
    ]
    editions = _editions(forms)
    work: list[Print] = []
    if not (folder.root / "sheets.pdf").exists():
        data = typeset.sheets(forms, editions)
        work.append(Print("sheet", "sheets", data, folder.root / "sheets.pdf", plan.fonts))
    if left:
        told("formulas", 0, 1)
        shown = convert(list(typeset.blocks([form for form, _ in left], solutions)), "typst", jobs)
        for form, kind in left:
            to = folder.paper(form.taker.file_name, kind)
            to.parent.mkdir(exist_ok=True)
            work.append(Print("exam", "form", typeset.paper(form, shown, kind), to, plan.fonts))
    printed = iter(range(1, len(work) + 1))
    print_all(work, jobs, lambda one: told("papers", next(printed), len(work)))
    if not (folder.root / "all.pdf").exists():
        write_whole(folder.root / "all.pdf", merge([folder.paper(form.taker.file_name) for form in forms]))
    write_whole(folder.root / "sheet.json", sheet.geometry(editions))
    _accessible(forms, folder, jobs)


def _editions(forms: Sequence[Form]) -> dict[str, tuple[sheet.Page, ...]]:
    """The geometry of the editions that the roster needs; a row has room for the most options of any form."""
    most = [
        max(sizes)
        for sizes in zip(*([len(one.options) for one in form.questions] for form in forms), strict=True)
    ]
    needed = {typeset.edition_of(form) for form in forms}
    return {name: sheet.lay_out(forms[0].exam.paper, name, most) for name in sheet.EDITIONS if name in needed}


def _accessible(forms: Sequence[Form], folder: ExamFolder, jobs: int) -> None:
    """The edition for screen readers: a page with MathML."""
    wanted = [form for form in forms if form.taker.accessible]
    wanted = [form for form in wanted if not folder.accessible(form.taker.file_name).exists()]
    if not wanted:
        return
    from grader.exam.exports.html import export

    (folder.root / "accessible").mkdir(exist_ok=True)
    pages = export(wanted, jobs).files
    for form in wanted:
        write_whole(folder.accessible(form.taker.file_name), pages[f"{form.taker.file_name}.html"])


def _write(folder: ExamFolder, forms: Sequence[Form], report: dict[str, Any]) -> None:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["code", "id", "name", *(question.number for question in forms[0].questions)])
    for form in forms:
        names = [spreadsheet_cell(form.taker.id), spreadsheet_cell(form.taker.name)]
        writer.writerow([form.code, *names, *(question.letter for question in form.questions)])
    write_whole(folder.root / "keys.csv", table.getvalue().encode())
    write_whole(folder.root / "balance.json", json.dumps(report, indent=1).encode() + b"\n")
