"""`grader similar`: pairs of submissions that are too alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from grader.core.assignment import Assignment
from grader.core.errors import UsageError
from grader.core.lms_roster import read_lms_roster
from grader.core.roster import Student
from grader.core.similar import Pair
from grader.core.text import one_line
from grader.grading.collect.collection import collect
from grader.grading.collect.found import Found, Leftover
from grader.grading.collect.reading import read_found
from grader.grading.course import find_course
from grader.grading.similar.pairs import THRESHOLD, pairs
from grader.grading.similar.sources import handout_texts, sources_of
from grader.report.similar import write_similar


@click.command("similar")
@click.argument("slug")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--roster", "roster_file", metavar="CSV", type=click.Path(path_type=Path), help="Who is in the course."
)
@click.option(
    "--html",
    "html_folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write the pairs side by side here.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0.1, 1.0),
    default=THRESHOLD,
    show_default=True,
    help="Report pairs that share this part of the smaller one, 0.1 to 1.",
)
@click.pass_obj
def similar_command(
    course: Path | None,
    slug: str,
    folder: Path,
    roster_file: Path | None,
    html_folder: Path | None,
    threshold: float,
) -> None:
    """Find pairs of submissions in DIR that are too alike. Nothing is run, and nothing leaves this machine.

    Names, numbers, comments, layout and the order of functions do not count, nor does the code of the handout. Of
    several attempts the last is compared. Likeness is no proof: read both sides and talk to both people.

    Example: grader similar backprop export/ --html similar
    """
    found = find_course(course)
    assignment = found.assignment(slug)
    wanted = assignment.files
    roster = _roster(roster_file)
    collection = collect(folder, wanted, roster, slug)
    sources, unread = _read(collection.found, assignment)
    alike = pairs(sources, handout_texts(found, slug), threshold)
    titles = {one.student.id: _title(one.student) for one in collection.found}
    _print(alike, titles, len(sources))
    if html_folder is not None:
        index = write_similar(alike, sources, html_folder, titles)
        click.echo(f"wrote {index}, for the instructor alone", err=True)
    listed = [*collection.leftovers, *unread]
    for one in listed:
        click.echo(f"not compared: {one.path}: {one.why}", err=True)
    raise click.exceptions.Exit(1 if listed else 0)


def _roster(file: Path | None) -> tuple[Student, ...]:
    if file is None:
        return ()
    try:
        return read_lms_roster(file.read_bytes(), str(file))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None


def _read(found: Sequence[Found], assignment: Assignment) -> tuple[dict[str, dict[str, str]], list[Leftover]]:
    """Student → file → text of the last attempt, and the attempts that hold nothing to compare."""
    sources: dict[str, dict[str, str]] = {}
    unread, wanted, definitions = [], assignment.files, assignment.definitions_only
    for one in {one.student.id: one for one in sorted(found, key=lambda one: one.attempt)}.values():
        intake = read_found(one, wanted, definitions_only=definitions).intake
        texts = sources_of(intake.files, wanted[0])
        if texts:
            sources[one.student.id] = texts
        else:
            unread.append(Leftover(one.origin, intake.refusal or "holds no Python file", "not compared"))
    return sources, unread


def _title(student: Student) -> str:
    return f"{student.name} ({student.id})" if student.name not in ("", student.id) else student.id


def _print(alike: Sequence[Pair], titles: Mapping[str, str], compared: int) -> None:
    names = [(one_line(titles[pair.one]), one_line(titles[pair.other])) for pair in alike]
    widths = [max(map(len, column)) for column in zip(*names, strict=True)]
    for pair, (one, other) in zip(alike, names, strict=True):
        share = f"{100 * pair.share:.0f} %"
        click.echo(f"{share:>5}  {one:<{widths[0]}}  {other:<{widths[1]}}  {pair.lines:>4} lines")
    stand = "pair stands" if len(alike) == 1 else "pairs stand"
    click.echo(
        f"{compared} submissions compared, {len(alike)} {stand} out. Likeness is no proof: read both sides."
    )
