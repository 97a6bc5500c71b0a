"""`grader gradebook`: the record of marks: look at it, decide, set it up, take it out."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from grader.cli.gradebook_changes import import_command, mark_command, override_command
from grader.cli.gradebook_export import export_command
from grader.cli.gradebook_place import (
    Place,
    author_of,
    gradebook_option,
    known_student,
    known_students,
    mark_of,
    read_file,
    same_class,
)
from grader.cli.gradebook_policy import policy_command
from grader.cli.gradebook_tables import history, of_assignment, of_course, of_student
from grader.core.errors import UsageError
from grader.core.lms_roster import read_lms_roster
from grader.core.roster import Student
from grader.core.text import one_line
from grader.gradebook.book import Gradebook
from grader.report.terminal import show

_WIDTH = 80


@click.group("gradebook")
def gradebook_command() -> None:
    """The record of marks: nothing in it is ever changed, only added, and every mark can be explained.

    Example: grader gradebook show backprop
    """


@gradebook_command.command("show")
@click.argument("name", metavar="[SLUG|STUDENT]", required=False)
@gradebook_option
@click.pass_obj
def show_command(course: Path | None, name: str | None, url: str | None) -> None:
    """Marks of the course, of an assignment, or of a student.

    Example: grader gradebook show backprop
    """
    place = Place.of(course, url)
    with place.opened() as book:
        if name is None:
            marks = book.marks()
            if not marks:
                click.echo(f"students: {len(book.students())}; no hand-in and no mark yet")
            else:
                show(of_course(marks), plain_width=_WIDTH)
        elif name in place.slugs(book):
            show(of_assignment(name, book.marks(name), book.students()), plain_width=_WIDTH)
        else:
            student = known_students(book)[_student(place, book, name)]
            marks = tuple(mark for mark in book.marks() if mark.student == student.id)
            show(of_student(student, marks), plain_width=_WIDTH)
        if told := place.unrecorded_policy(book):
            click.echo(f"\nattention: {told}")


@gradebook_command.command("history")
@click.argument("student")
@click.argument("slug")
@gradebook_option
@click.pass_obj
def history_command(course: Path | None, student: str, slug: str, url: str | None) -> None:
    """One mark explained.

    Every step that leads to it, and everything that happened: who did it, when and why.

    Example: grader gradebook history ann backprop
    """
    place = Place.of(course, url)
    with place.opened() as book:
        slug, student = place.slug(book, slug), known_student(book, student)
        mark, zone = mark_of(book, student, slug), book.policy().timezone
        report = history(known_students(book)[student], mark, book.history(student, slug), zone)
        show(report, plain_width=_WIDTH)


@gradebook_command.command("roster")
@click.argument("file", metavar="CSV", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Also where nobody in the file is on record, but others are.")
@click.option("--author", metavar="NAME", help="Who decides [the user who is logged in].")
@gradebook_option
@click.pass_obj
def roster_command(course: Path | None, file: Path, force: bool, author: str | None, url: str | None) -> None:
    """Take over the students of a CSV file.

    In our shape (id, name, email) or in that of Canvas, Moodle or Gradescope. Nobody is ever removed: who stands in
    the gradebook and not in the file stays.

    Example: grader gradebook roster participants.csv
    """
    students = {one.id: one for one in read_lms_roster(read_file(file), str(file))}
    place = Place.of(course, url)
    with place.opened(create=True) as book:
        known = book.students()
        if not force:
            same_class(known, students, str(file))
        book.enrol(tuple(students.values()), author_of(author))
        _tell_roster(known, students)


@gradebook_command.command("verify")
@gradebook_option
@click.pass_obj
def verify_command(course: Path | None, url: str | None) -> None:
    """Look for damage: every hash, every result, every entry. Exit 1 if anything does not fit.

    Example: grader gradebook verify
    """
    place = Place.of(course, url)
    with place.opened() as book:
        problems = book.verify()
        for problem in problems:
            click.echo(problem)
        if problems:
            click.echo(f"problems: {len(problems)}; keep this gradebook, and go on from a copy that is whole")
            raise click.exceptions.Exit(1)
        click.echo(
            f"nothing is wrong; students: {len(known_students(book))}, hand-ins: {len(book.submissions())}, "
            f"assignments: {len(book.slugs())}"
        )


for _command in (override_command, mark_command, policy_command, import_command, export_command):
    gradebook_command.add_command(_command)


def _student(place: Place, book: Gradebook, name: str) -> str:
    """Raises UsageError with the nearest assignment, or else the nearest student."""
    near = difflib.get_close_matches(name, place.slugs(book), 1, 0.7)
    if near and name not in known_students(book):
        raise UsageError(f'there is no assignment or student "{one_line(name)}"; did you mean "{near[0]}"?')
    return known_student(book, name)


def _tell_roster(known: dict[str, Student], students: dict[str, Student]) -> None:
    fresh = students.keys() - known.keys()
    changed = sum(known.get(one.id) != one for one in students.values())
    absent = [student for student in known if student not in students]
    click.echo(f"students: {len(students)}, new: {len(fresh)}, changed: {changed - len(fresh)}")
    if absent:
        shown = ", ".join(absent[:5]) + (" …" if len(absent) > 5 else "")
        click.echo(f"not in this file, still on record: {len(absent)} ({shown})")
