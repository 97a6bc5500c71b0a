"""`grader gpu`: who has used how much of the GPUs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path

import click
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.cli.gradebook_place import Place, gradebook_option, known_student
from grader.core.text import one_line
from grader.gradebook.book import Gradebook
from grader.gradebook.ledger import GpuUse, summed
from grader.report.terminal import show


@click.group("gpu")
def gpu_command() -> None:
    """GPU time of the course.

    Example: grader gpu usage
    """


@gpu_command.command("usage")
@click.option("--student", metavar="ID", help="This student alone.")
@click.option("--assignment", "slug", metavar="SLUG", help="This assignment alone.")
@gradebook_option
@click.pass_obj
def usage_command(course: Path | None, student: str | None, slug: str | None, url: str | None) -> None:
    """GPU-seconds by day, student and assignment: every run counts, a result that was found again does not.

    Example: grader gpu usage --student s02
    """
    place = Place.of(course, url)
    with place.opened() as book:
        who = known_student(book, student) if student else None
        where = place.slug(book, slug) if slug else None
        uses = [use for use in book.gpu_uses() if use.student == (who or use.student)]
        uses = [use for use in uses if use.slug == (where or use.slug)]
        if uses:
            show(_table(uses, book.policy().timezone))
        else:
            click.echo("no run with a GPU is on record")
        for told in _quotas(place, book, who):
            click.echo(told)


def _table(uses: Sequence[GpuUse], zone: tzinfo) -> RenderableType:
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("day", no_wrap=True)
    table.add_column("student", overflow="fold")
    table.add_column("assignment", overflow="fold")
    table.add_column("runs", justify="right")
    table.add_column("GPU-seconds", justify="right")

    def row(use: GpuUse) -> tuple[date, str, str]:
        return use.at.astimezone(zone).date(), use.student, use.slug

    runs: dict[tuple[date, str, str], int] = {}
    for use in uses:
        runs[row(use)] = runs.get(row(use), 0) + 1
    seconds: Mapping[tuple[date, str, str], float] = summed(uses, row)
    for day, student, slug in sorted(seconds):
        cells = (day.isoformat(), one_line(student), one_line(slug))
        key = (day, student, slug)
        table.add_row(*map(Text, cells), str(runs[key]), f"{seconds[key]:.1f}")
    total = sum(use.seconds for use in uses)
    return Group(table, Text(), Text(f"in all: {total:.1f} GPU-seconds in {len(uses)} runs"))


def _quotas(place: Place, book: Gradebook, student: str | None) -> Iterator[str]:
    """What a student has left today, for each assignment that rations."""
    if student is None:
        return
    used, until = book.gpu_today(student)
    for slug in place.slugs(book):
        spec = place.spec(slug)
        if spec is not None and spec.gpu is not None and spec.gpu.quota is not None:
            left = max(0.0, spec.gpu.quota - used)
            yield f"{slug}: {left:.1f} of {spec.gpu.quota:g} GPU-seconds are left until {_written(until)}"


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M %Z")
