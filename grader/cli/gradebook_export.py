"""`grader gradebook export`: the marks in the files that others read."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from grader.cli.gradebook_place import Place, gradebook_option, known_student, read_file
from grader.core.errors import UsageError
from grader.core.text import one_line
from grader.gradebook.exports.export import FORMATS, export
from grader.report.files import write_whole

_NOBODY = "Student, Test ("  # Canvas's own view of a student: it never has a mark


@click.command("export")
@click.option("--format", "kind", required=True, type=click.Choice(FORMATS), help="What to write.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help='The file ("-": stdout).')
@click.option("--assignment", "slug", metavar="SLUG", help="Only this assignment.")
@click.option("--student", metavar="ID", help="Only this student.")
@click.option(
    "--template",
    type=click.Path(path_type=Path),
    help="The file that the platform exported, to be filled: needed for canvas, allowed for moodle.",
)
@click.option("--column", metavar="NAME", default="", help="Our column in it [by title or slug].")
@click.option("--include-provisional", is_flag=True, help="Points so far instead of a blank cell.")
@gradebook_option
@click.pass_obj
def export_command(
    course: Path | None,
    kind: str,
    out: Path,
    slug: str | None,
    student: str | None,
    template: Path | None,
    column: str,
    include_provisional: bool,
    url: str | None,
) -> None:
    """Marks for Canvas, Moodle, Gradescope, spreadsheets, programs.

    A provisional mark is left blank, and the reason is listed; so is whoever handed in nothing or has no place in the
    platform's file. Exit 1 if a mark is provisional or has no place.

    Example: grader gradebook export --format canvas --assignment backprop --template canvas.csv --out import.csv
    """
    filled = None if template is None else read_file(template)
    place = Place.of(course, url)
    with place.opened() as book:
        marks = book.marks(None if slug is None else place.slug(book, slug))
        if student is not None:
            chosen = known_student(book, student)
            marks = tuple(mark for mark in marks if mark.student == chosen)
        students = book.students()
    if kind == "gradescope" and len(marks) != 1 and out.suffix != ".zip":
        raise UsageError(f"{out}: {len(marks)} results are written as one archive; name it .zip")
    made = export(
        kind,
        marks,
        students=students,
        template=filled,
        column=column,
        include_provisional=include_provisional,
    )
    _write(out, made.data)
    notes = [note for note in made.notes if not note.startswith(_NOBODY)]
    for note in notes:
        click.echo(one_line(note), err=True)
    click.echo(f"wrote {out}: {len(marks)} marks as {kind}", err=True)
    blank = sum(mark.value is None for mark in marks)
    provisional = 0 if include_provisional else sum(mark.provisional for mark in marks)
    raise click.exceptions.Exit(1 if provisional or len(notes) > blank else 0)


def _write(out: Path, data: bytes) -> None:
    if str(out) == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        write_whole(out, data)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written: {error.strerror}") from None
