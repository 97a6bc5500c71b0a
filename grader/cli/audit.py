"""`grader audit`: is the assignment fit to be published?"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from grader.cli.progress import AuditProgress
from grader.grading.audit import audit
from grader.grading.course import find_course
from grader.report.audit import lines, summary, table


@click.command("audit")
@click.argument("slugs", nargs=-1)
@click.option("--verbose", "-v", is_flag=True, help="Print the matrix checks × misconceptions.")
@click.option("--full", is_flag=True, help="Run slow checks for all, not only for what they claim.")
@click.option("--table", "as_table", is_flag=True, help="Close with a table in Markdown.")
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help='Write JSON to this file ("-": stdout).'
)
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Judge processes [cores]."
)
@click.pass_obj
def audit_command(
    course: Path | None,
    slugs: tuple[str, ...],
    verbose: bool,
    full: bool,
    as_table: bool,
    json_file: Path | None,
    jobs: int,
) -> None:
    """Judge the assignments themselves: all of the course, or those named. Exit 1 if one may not be published.

    Example: grader audit backprop
    """
    found = find_course(course)
    audits = []
    quiet = str(json_file) == "-"
    chosen = slugs or found.slugs()
    with AuditProgress(chosen) as progress:
        for slug in chosen:
            progress.begin(slug)
            audits.append(audit(found, slug, jobs, full=full, step=progress.step))
            if not quiet:
                click.echo("\n".join(lines(audits[-1], verbose)))
    if as_table and not quiet:
        click.echo("\n" + "\n".join(table(audits)))
    if json_file is not None:
        text = json.dumps(summary(audits), indent=2) + "\n"
        if quiet:
            click.echo(text, nl=False)
        else:
            json_file.write_text(text, encoding="utf-8")
    raise click.exceptions.Exit(0 if all(one.passed for one in audits) else 1)
