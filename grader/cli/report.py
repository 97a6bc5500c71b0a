"""`grader report`: the pages of a class from the gradebook alone."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.gradebook_place import Place, gradebook_option
from grader.core.errors import UsageError
from grader.grading.classwork import SIMILAR, alike, class_work, sources, write_class
from grader.grading.course import find_course
from grader.report.similar import INDEX


@click.command("report")
@click.argument("slug")
@click.option(
    "--html",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="Write student/ and instructor/ here.",
)
@click.option("--similar/--no-similar", default=True, help="Look for pairs that are too alike [yes].")
@gradebook_option
@click.pass_obj
def report_command(course: Path | None, slug: str, folder: Path, similar: bool, url: str | None) -> None:
    """The pages of the class and of each student, from the gradebook; no submission is run or looked for.

    Example: grader report backprop --html reports
    """
    place = Place.of(course, url)
    with place.opened() as book:
        marks = book.marks(place.slug(book, slug))
        work = class_work(marks, book.students())
        if not work.results:
            raise UsageError(f'nothing of "{slug}" is graded yet; grade it with: grader batch {slug} DIR')
        given = find_course(course)
        texts = sources(book, given, slug, marks) if similar else {}
        found = alike(given, slug, texts) if texts else ()
    write_class(work, folder, found, texts)
    click.echo(f"wrote {folder / 'instructor' / 'index.html'} and {folder / 'student'}/", err=True)
    if found:
        page = folder / "instructor" / SIMILAR / INDEX
        click.echo(f"{len(found)} pair{'s' * (len(found) > 1)} too alike: look at {page}", err=True)
