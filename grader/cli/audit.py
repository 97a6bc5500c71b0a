"""`grader audit`: is the assignment fit to be published?"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from grader.grading.audit import Audit, audit, summary
from grader.grading.course import find_course


@click.command("audit")
@click.argument("slugs", nargs=-1)
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help='Write JSON to this file ("-": stdout).'
)
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Judge processes [cores]."
)
@click.pass_obj
def audit_command(course: Path | None, slugs: tuple[str, ...], json_file: Path | None, jobs: int) -> None:
    """Judge the assignments themselves: all of the course, or those named. Exit 1 if one may not be published.

    Example: grader audit backprop
    """
    found = find_course(course)
    audits = []
    for slug in slugs or found.slugs():
        audits.append(audit(found, slug, jobs, say=lambda step: click.echo(step, err=True)))
        if str(json_file) != "-":
            _print(audits[-1])
    if json_file is not None:
        text = json.dumps(summary(audits), indent=2) + "\n"
        if str(json_file) == "-":
            click.echo(text, nl=False)
        else:
            json_file.write_text(text, encoding="utf-8")
    raise click.exceptions.Exit(0 if all(one.passed for one in audits) else 1)


def _print(one: Audit) -> None:
    click.echo(
        f"{one.slug}: {'passed' if one.passed else 'NOT FIT'} · {one.points:g} points, {one.checks} checks"
    )
    click.echo(
        f"  misconceptions  {one.caught}/{one.misconceptions} lose points, {one.named}/{one.misconceptions} named"
    )
    click.echo(
        f"  examples        {one.examples}; wrong ones with their cause named {one.wrong_named}/{one.wrong}"
    )
    for finding in one.findings:
        forgiven = f" (accepted: {finding.forgiven})" if finding.forgiven else ""
        click.echo(f"  - {finding.subject}: {finding.text}{forgiven}")
