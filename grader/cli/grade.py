"""`grader grade`: the instructor's command."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from grader.cli.progress import Progress
from grader.core.result import SubmissionResult
from grader.grading.batch import Interrupted, grade_all
from grader.grading.course import find_course
from grader.grading.quota import unrecorded
from grader.report.json import dumps
from grader.report.terminal import feedback, show, table


@click.command("grade")
@click.argument("slug")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    help='Write the results to this file ("-": stdout).',
)
@click.option(
    "--html",
    "html_folder",
    type=click.Path(path_type=Path),
    help="Write student/ and instructor/ pages here.",
)
@click.option("--only", metavar="CHECK", help="Run this check alone.")
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Judge processes [cores]."
)
@click.option(
    "--unsafe-no-sandbox", is_flag=True, help="Run submissions unprotected; every report is stamped."
)
@click.pass_obj
def grade_command(
    course: Path | None,
    slug: str,
    paths: tuple[Path, ...],
    json_file: Path | None,
    html_folder: Path | None,
    only: str | None,
    jobs: int,
    unsafe_no_sandbox: bool,
) -> None:
    """Grade submissions: each PATH is a file, a folder, or a zip or tar archive.

    Example: grader grade backprop submissions/*.zip --html reports --json results.json
    """
    found = find_course(course)
    sandboxed = not unsafe_no_sandbox
    assignment = found.assignment(slug)
    stopped = ""
    with Progress(len(paths)) as progress:
        try:
            results = grade_all(
                found,
                slug,
                paths,
                only=only,
                jobs=jobs,
                sandboxed=sandboxed,
                on_result=progress.graded,
                on_progress=lambda index, check, text: progress.told(check, text, paths[index].name),
            )
        except Interrupted as interrupted:
            results, stopped = interrupted.results, str(interrupted)
    _report([unrecorded(assignment, result) for result in results], json_file, html_folder)
    if stopped:
        click.echo(f"{stopped}: {len(results)} of {len(paths)} submissions were graded", err=True)
        raise click.exceptions.Exit(130 if stopped == "interrupted" else 1)
    raise click.exceptions.Exit(1 if any(result.score().provisional for result in results) else 0)


def _report(results: Sequence[SubmissionResult], json_file: Path | None, html_folder: Path | None) -> None:
    """Print first: a full disk must not take the result with it."""
    if str(json_file) == "-":
        click.echo(dumps(results), nl=False)
    elif len(results) == 1:
        show(feedback(results[0]))
    else:
        show(table(results), plain_width=140)  # long names of checks stay in one piece
    problems = []
    if json_file is not None and str(json_file) != "-":
        problems += _try(lambda: json_file.write_text(dumps(results), encoding="utf-8"), json_file)
    if html_folder is not None:
        from grader.report.html import write_html  # its template engine takes a tenth of a second to load

        problems += _try(lambda: write_html(results, html_folder), html_folder)
        if not problems:
            click.echo(
                f"wrote {html_folder / 'instructor' / 'index.html'} and {html_folder / 'student'}/", err=True
            )
    for problem in problems:
        click.echo(f"grader: {problem}", err=True)
    if problems:
        sys.stdout.flush()
        raise click.exceptions.Exit(2)


def _try(write: object, place: Path) -> list[str]:
    try:
        write()  # type: ignore[operator]
    except OSError as error:
        return [
            f"{error.filename or place}: cannot be written: {error.strerror}; the results above are complete"
        ]
    return []
