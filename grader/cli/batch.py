"""`grader batch`: from the folder that a learning platform exported to a class with marks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.cli.attention import person_needed
from grader.cli.cluster import cluster_option, grading_on
from grader.cli.gradebook_place import Place, gradebook_option, read_file, same_class
from grader.cli.gradebook_tables import moved, value_text
from grader.cli.progress import ClassProgress
from grader.core.errors import UsageError
from grader.core.lms_roster import read_lms_roster
from grader.core.mark import Mark, points
from grader.core.roster import Student
from grader.core.text import one_line
from grader.gradebook.book import GRADER, Gradebook
from grader.gradebook.exports.export import export
from grader.grading.arrivals import Arrivals, receive
from grader.grading.batch import Interrupted
from grader.grading.classwork import ClassWork, class_work, write_class
from grader.grading.course import find_course
from grader.grading.gradings import Assessment
from grader.grading.regrade import not_in_force
from grader.report.files import write_whole
from grader.report.json import dumps
from grader.report.terminal import show
from grader.report.wording import first_to_mend

_FILE = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files to write; None: not wanted."""

    html: Path | None
    csv: Path | None
    json: Path | None

    def write(self, book: Gradebook, marks: Sequence[Mark], work: ClassWork) -> None:
        """Each whole or not at all. Raises OSError."""
        if self.csv is not None:
            write_whole(self.csv, export("csv", marks, students=book.students()).data)
        if self.json is not None:
            write_whole(self.json, dumps(work.results).encode())
        if self.html is not None:
            write_class(work, self.html)
            click.echo(f"wrote {self.html / 'instructor' / 'index.html'}", err=True)


@click.command("batch")
@click.argument("slug")
@click.argument("folder", metavar="DIR", type=_FILE)
@click.option("--roster", type=_FILE, help="Who takes the course: a CSV file, also as an LMS exports it.")
@gradebook_option
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Judge processes [cores]."
)
@cluster_option
@click.option("--resume", is_flag=True, help="Insist that an earlier run is there to go on with.")
@click.option("--no-cache", is_flag=True, help="Grade everything anew.")
@click.option("--html", type=_FILE, help="Write student/ and instructor/ pages here.")
@click.option("--csv", type=_FILE, help="Write the marks to this file.")
@click.option("--json", type=_FILE, help="Write the results to this file.")
@click.pass_obj
def batch_command(
    course: Path | None,
    slug: str,
    folder: Path,
    roster: Path | None,
    url: str | None,
    jobs: int,
    cluster: str | None,
    resume: bool,
    no_cache: bool,
    html: Path | None,
    csv: Path | None,
    json: Path | None,
) -> None:
    """Grade every submission found in DIR, as an LMS exported it, and record the marks in the gradebook.

    What was graded before is not run again, so a run that was stopped is continued by the same command.

    Example: grader batch backprop downloads/ --roster students.csv --html reports
    """
    place, found = Place.of(course, url), find_course(course)
    found.assignment(slug)  # a typing error is told before a gradebook is made
    students = read_lms_roster(read_file(roster), str(roster)) if roster else ()
    with grading_on(cluster) as grade, place.opened(create=not resume) as book:
        if resume and not book.submissions(slug):
            raise UsageError(f'nothing to resume: no hand-in of "{slug}" is on record; leave --resume out')
        if roster:
            same_class(book.students(), {one.id: one for one in students}, str(roster))
        arrivals = receive(book, found, slug, folder, students)
        before = book.marks(slug) if no_cache else ()
        assess = Assessment(book, found, slug, jobs, fresh=no_cache, grade=grade)
        stopped = _graded(assess, arrivals)
        if stopped:
            raise click.exceptions.Exit(stopped)
        marks = book.marks(slug)
        notes = {one.submission.seq: one.notes for one in arrivals.hand_ins}
        work = class_work(marks, book.students(), notes)
        show(class_table(slug, marks, book.students()), plain_width=110)
        for line in moved(before, marks) if no_cache else ():
            click.echo(f"moved: {line}")
        needy = person_needed(arrivals, marks)
        if told := place.unrecorded_policy(book):
            click.echo(f"\nattention: {told}")
        Outputs(html, csv, json).write(book, marks, work)
    raise click.exceptions.Exit(1 if needy else 0)


def _graded(assess: Assessment, arrivals: Arrivals) -> int:
    """Grade and put in force; 0, or the exit code of a run that was stopped."""
    settled = assess.settled()
    with ClassProgress(len(arrivals.hand_ins)) as progress:
        for one in arrivals.hand_ins:
            if (known := settled.get(one.submission.seq)) is not None:
                progress.graded(one.submission.student, known.result)
        try:
            gradings = replace(
                assess,
                on_known=lambda one, grading: progress.graded(one.submission.student, grading.result),
                on_progress=lambda student, check, text: progress.told(check, text, student),
            ).of(one for one in arrivals.hand_ins if one.submission.seq not in settled)
        except (Interrupted, KeyboardInterrupt) as error:
            why = str(error) or "interrupted"
            done = f"{progress.done} of {len(arrivals.hand_ins)} hand-ins are graded and on record"
            click.echo(f"{why}\n{done}; the same command goes on from there", err=True)
            return 130 if why == "interrupted" else 1
    items = not_in_force(assess.book, assess.slug, gradings)
    if items:
        assess.book.revise(assess.slug, "grade", GRADER, "", items)
    if outdated := assess.outdated(arrivals.hand_ins, settled):
        click.echo(
            f"attention: {outdated} of these hand-ins were graded before the assignment or this machine changed, and "
            f"keep their marks; what would move is shown by: grader regrade {assess.slug}\n"
        )
    return 0


def class_table(slug: str, marks: Sequence[Mark], students: dict[str, Student]) -> RenderableType:
    """A line a student: which attempt counts, the mark, what became of the checks, where to look first."""
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("student", overflow="fold")
    table.add_column("attempt", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("passed", justify="right", no_wrap=True)
    table.add_column("first to mend", overflow="fold")
    for mark in marks:
        name = students[mark.student].name if mark.student in students else ""
        who = one_line(f"{name} ({mark.student})" if name else mark.student)
        table.add_row(Text(who), *map(Text, _cells(mark)))
    most = sorted({mark.max for mark in marks if mark.max})
    heading = Text(slug, style="bold").append(f" · out of {points(most[-1])}" if most else "", style="dim")
    return Group(heading, Text(), table)


def _cells(mark: Mark) -> tuple[str, str, str, str]:
    if mark.attempt is None:
        return "–", value_text(mark), "", "; ".join(mark.reasons)
    attempt = f"{mark.number[0]} of {mark.number[1]}"
    if mark.days or mark.attempt.late:
        attempt += f", {mark.days} d late" if mark.days else ", LMS: late"
    if mark.attempt.result is None:
        return attempt, value_text(mark), "", "not graded yet"
    checks = mark.attempt.result.checks
    worst = first_to_mend(checks) or next((check for check in checks if check.undecided), None)
    where = "–" if worst is None else f"{worst.id}: {worst.status.replace('_', ' ')}"
    if worst is not None and worst.misconception:
        where += f", {worst.misconception}"
    return (
        attempt,
        value_text(mark),
        f"{sum(check.passed for check in checks)}/{len(checks)}",
        one_line(where),
    )
