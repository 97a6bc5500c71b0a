"""`grader exam build`, `export` and `practice`: from the bank to what students answer."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader.core.errors import SpecError
from grader.grading.course import find_course

FORMATS = ("html", "moodle", "qti21", "canvas", "gift", "docx")


@click.command("build")
@click.argument("blueprint", type=click.Path(path_type=Path))
@click.option(
    "--roster",
    required=True,
    type=click.Path(path_type=Path),
    help="CSV: id, name, extra_time, large_print …",
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="The exam's folder, made if needed."
)
@click.option(
    "--secret-file", type=click.Path(path_type=Path), help="The secret behind the draws [the course's]."
)
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Processes [cores]."
)
@click.option("--force", is_flag=True, help="Replace the exam that lies in the folder.")
@click.option("--solutions", is_flag=True, help="Also each student's paper with keys and explanations.")
@click.option(
    "--fonts",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A folder with fonts, for names in other scripts.",
)
@click.pass_obj
def build_command(
    course: Path | None,
    blueprint: Path,
    roster: Path,
    out: Path,
    secret_file: Path | None,
    jobs: int,
    force: bool,
    solutions: bool,
    fonts: tuple[Path, ...],
) -> None:
    """A form for every student of the roster: frozen forms, papers, answer sheets, keys, a report on balance.

    Example: grader exam build question_bank/blueprints/midterm.yaml --roster roster.csv --out midterm
    """
    from grader.exam.build import build
    from grader.exam.plan import make_plan, read_secret
    from grader.exam.typeset import unprinted

    found = find_course(course)
    secret = found.secret() if secret_file is None else read_secret(secret_file)
    plan = make_plan(found.root, blueprint, roster, secret, fonts)
    if not fonts and (missing := unprinted(student.name + student.id for student in plan.students)):
        click.echo(
            f"attention: the built-in fonts have no {' '.join(missing[:20])}: give --fonts DIR", err=True
        )
    with _Bar() as bar:
        try:
            built = build(plan, out, jobs=jobs, force=force, solutions=solutions, told=bar.told)
        except SpecError as error:
            raise error.at(str(blueprint)) if str(error).startswith("$") else error from None
    _tell(plan.blueprint.title, built.report)
    verb = "wrote" if built.anew else "complete already:"
    click.echo(f"{verb} {out}: {built.forms} forms, pdf/, all.pdf, sheets.pdf, keys.csv")


@click.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--format", "kind", required=True, type=click.Choice(FORMATS), help="What to write.")
@click.option("--out", type=click.Path(path_type=Path), help="A file or folder [DIR/export/FORMAT].")
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Processes [cores]."
)
def export_command(folder: Path, kind: str, out: Path | None, jobs: int) -> None:
    """The forms of a built exam for screens, learning platforms and word processors.

    Example: grader exam export midterm --format moodle --out midterm.xml
    """
    from grader.exam.exports import EXPORTS
    from grader.exam.folder import ExamFolder
    from grader.report.files import write_whole

    forms = ExamFolder(folder).forms()
    export = EXPORTS[kind](forms, jobs)
    target = out or folder / "export" / kind
    if len(export.files) == 1 and target.suffix:
        (data,) = export.files.values()
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, data)
    else:
        for name, data in export.files.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            write_whole(target / name, data)
    for note in export.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"wrote {target}: {len(forms)} forms as {kind}")


@click.command("practice")
@click.argument("topic", required=False)
@click.option(
    "--html", "page_file", type=click.Path(path_type=Path), help="Write one page for a browser instead."
)
@click.option("--seed", type=click.IntRange(0), help="Where to start [anywhere].")
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Processes [cores]."
)
@click.pass_obj
def practice_command(
    course: Path | None, topic: str | None, page_file: Path | None, seed: int | None, jobs: int
) -> None:
    """Questions without end, each explained at once; none of them can come in an exam.

    Example: grader exam practice conv-arith
    """
    from grader.exam.bank import open_bank
    from grader.exam.functions import Functions
    from grader.exam.practice import endless, offered, practise
    from grader.exam.practice_page import page

    root = find_course(course).root
    templates = open_bank(root, eager=False).only(topic).templates
    functions = Functions(root / "reference")
    if page_file is None:
        start = secrets.randbelow(1 << 62) if seed is None else seed
        practise(endless(offered(templates), functions, start), input, click.echo)
        return
    page_file.parent.mkdir(parents=True, exist_ok=True)
    page_file.write_text(page(templates, functions, start=seed or 0, jobs=jobs), encoding="utf-8")
    click.echo(f"wrote {page_file}: {len(offered(templates))} templates")


class _Bar:
    """A bar on a terminal's stderr for each thing that is made; nothing elsewhere."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description:<8}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        # no thread of its own: worker processes are forked from this one
        self._bar = Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> _Bar:
        if sys.stderr.isatty():
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty():
            self._bar.stop()

    def told(self, what: str, done: int, total: int) -> None:
        if sys.stderr.isatty():
            if what not in self._tasks:
                self._tasks[what] = self._bar.add_task(what, total=total)
            self._bar.update(self._tasks[what], completed=done, total=total)
            self._bar.refresh()


def _tell(title: str, report: dict[str, Any]) -> None:
    right, minutes, near = report["predicted_right"], report["minutes"], report["neighbours"]
    click.echo(f"{title}: {report['questions']} questions, {minutes['duration']} minutes")
    click.echo(
        f"expected: {right['mean']:.1f} right answers in {minutes['mean']:g} minutes ({report['predictions']}); "
        f"forms lie {right['apart']:g} answers and {minutes['apart']:g} minutes apart"
    )
    if not minutes["fits"]:
        click.echo(
            f"attention: its authors expect {minutes['mean']:g} minutes, the exam has {minutes['duration']}"
        )
    click.echo(
        f"neighbours: {near['same_letter']:.0%} of the questions that they share have the key at the same letter, "
        f"{near['same_letter_and_number']:.0%} also the same number"
    )
    few = report["distinct_questions"]
    click.echo(
        f"different questions a slot: {few['mean']:g} on average, {few['fewest']} at least ({few['fewest_template']})"
    )
