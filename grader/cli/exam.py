"""`grader exam`: the question bank; `grader new question`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from grader.cli.exam_forms import build_command, export_command, practice_command
from grader.core.errors import SpecError
from grader.exam.bank import Bank, misconceptions, open_bank
from grader.exam.functions import Functions
from grader.exam.lint import Finding, lint, unknown_misconceptions
from grader.exam.template import Template
from grader.exam.worker import Work, limited
from grader.grading.course import find_course

_COUNTED = 100  # draws that `list` counts distinct ones in


@click.group("exam")
def exam_command() -> None:
    """Multiple-choice questions that are drawn anew for every student.

    Example: grader exam list --topic conv-arith
    """


@exam_command.command("list")
@click.option("--topic", help="Only this topic.")
@click.pass_obj
def list_command(course: Path | None, topic: str | None) -> None:
    """The bank: id, topic, difficulty, minutes, distinct variants (counted in 100 draws).

    Example: grader exam list --topic conv-arith
    """
    root, bank = _bank(course, topic)
    findings = _linted(root, bank.templates, _COUNTED, os.cpu_count() or 1)
    width = max((len(template.id) for template in bank.templates), default=0)
    for template, found in zip(bank.templates, findings, strict=True):
        file = template.file
        many = "+" if found.variants == _COUNTED else " "
        count = (
            f"{found.variants:>4}{many} variants"
            if found.variants
            else "cannot be drawn: see grader exam lint"
        )
        click.echo(
            f"{file.id:<{width}}  {file.topic:<16} difficulty {file.difficulty}  {file.minutes:>4g} min  {count}"
        )
    _tell_broken(bank)


@exam_command.command("lint")
@click.argument("ids", nargs=-1)
@click.option(
    "--seeds", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="Draws a template."
)
@click.option("--topic", help="Only this topic.")
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help='Write the findings here ("-": stdout).'
)
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Processes [cores]."
)
@click.pass_obj
def lint_command(
    course: Path | None,
    ids: tuple[str, ...],
    seeds: int,
    topic: str | None,
    json_file: Path | None,
    jobs: int,
) -> None:
    """Draw every template many times and look for what an exam must not have. Exit 1 if there is anything.

    Example: grader exam lint --seeds 1000
    """
    from grader.exam.mathematics import unprintable

    root, bank = _bank(course, topic, ids)
    findings = _linted(root, bank.templates, seeds, jobs)
    known = misconceptions(root)
    unprinted = unprintable(bank.templates, Functions(root / "reference"), jobs)
    for template, found, texts in zip(bank.templates, findings, unprinted, strict=True):
        found.problems += unknown_misconceptions(template, known) + texts
    problems = [problem for found in findings for problem in found.problems]
    problems += [text for _, text in bank.broken]
    if json_file is not None:
        rows = [
            {key: value for key, value in asdict(found).items() if key != "seconds"} for found in findings
        ]
        text = json.dumps([{**row, "ok": not row["problems"]} for row in rows], indent=2) + "\n"
        if str(json_file) == "-":
            click.echo(text, nl=False)
        else:
            json_file.write_text(text, encoding="utf-8")
    for problem in problems:
        click.echo(problem, err=str(json_file) == "-")
    seconds = sum(found.seconds for found in findings)
    summary = f"{len(findings)} templates, {seeds} draws each, {seconds:.0f} CPU s: {len(problems)} problems"
    click.echo(summary, err=str(json_file) == "-")
    if findings:
        slow = max(findings, key=lambda found: found.seconds)
        took = f"slowest: {slow.id}, {1000 * slow.seconds / seeds:.1f} CPU ms a draw"
        click.echo(took, err=str(json_file) == "-")
    raise click.exceptions.Exit(1 if problems else 0)


@exam_command.command("preview")
@click.argument("ids", nargs=-1)
@click.option("--topic", help="Only this topic.")
@click.option("--draws", type=click.IntRange(1, 50), default=5, show_default=True, help="Draws a template.")
@click.option(
    "--html", "folder", type=click.Path(path_type=Path), required=True, help="Write index.html here."
)
@click.pass_obj
def preview_command(
    course: Path | None, ids: tuple[str, ...], topic: str | None, draws: int, folder: Path
) -> None:
    """Each template with some draws: options with their mistakes, key, explanation. A page to proofread by.

    Example: grader exam preview conv-out-side --html preview
    """
    from grader.exam.preview import page

    root, bank = _bank(course, topic, ids)
    functions = Functions(root / "reference")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(page(bank.templates, functions, draws), encoding="utf-8")
    click.echo(f"wrote {folder / 'index.html'}: {len(bank.templates)} templates")
    _tell_broken(bank)


def _bank(course: Path | None, topic: str | None, ids: Sequence[str] = ()) -> tuple[Path, Bank]:
    root = find_course(course).root
    return root, open_bank(root).only(topic, ids)


def _linted(root: Path, templates: Sequence[Template], seeds: int, jobs: int = 1) -> list[Finding]:
    """In processes under limits, a few at a time; a template that breaks its limits is a finding."""
    functions = Functions(root / "reference")
    work = [Work(partial(lint, template, functions, seeds), template.path) for template in templates]
    found = limited(work, cpu=5 + seeds * 0.1, jobs=jobs)
    return [
        Finding(template.id, problems=[str(one)]) if isinstance(one, SpecError) else one
        for template, one in zip(templates, found, strict=True)
    ]


def _tell_broken(bank: Bank) -> None:
    for _, text in bank.broken:
        click.echo(text, err=True)
    if bank.broken:
        raise click.exceptions.Exit(1)


exam_command.add_command(build_command)
exam_command.add_command(export_command)
exam_command.add_command(practice_command)


@click.group("new")
def new_command() -> None:
    """Start something new from a skeleton that works.

    Example: grader new question conv-arith/my-question
    """


@new_command.command("question")
@click.argument("name", metavar="TOPIC/ID")
@click.pass_obj
def question_command(course: Path | None, name: str) -> None:
    """Write question_bank/TOPIC/ID.md.j2, a template that lints.

    Example: grader new question conv-arith/my-question
    """
    from grader.exam.skeleton import create

    path = create(find_course(course).root, name)
    click.echo(f"wrote {path}\n\nEdit it, then run: grader exam lint {path.name.partition('.')[0]}")
