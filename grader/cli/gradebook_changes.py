"""`grader gradebook override`, `mark` and `import`: what people decide; each with its author and reason."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

import click

from grader.cli.gradebook_place import (
    Place,
    author_of,
    gradebook_option,
    known_student,
    known_students,
    mark_of,
    read_file,
    reason_of,
    reason_options,
)
from grader.cli.gradebook_tables import moved, value_text
from grader.core.errors import UsageError
from grader.core.mark import Mark, points
from grader.core.result import hundredths
from grader.core.text import one_line
from grader.gradebook.book import Gradebook
from grader.gradebook.marks_file import parse_points, read_marks


@click.command("override")
@click.argument("student")
@click.argument("slug")
@click.option("--score", metavar="X", help="The points that hold instead.")
@click.option("--check", metavar="ID", default="", help="Set this check's points alone, not the whole score.")
@click.option("--clear", is_flag=True, help="Take an earlier override back.")
@reason_options
@gradebook_option
@click.pass_obj
def override_command(
    course: Path | None,
    student: str,
    slug: str,
    score: str | None,
    check: str,
    clear: bool,
    reason: str,
    author: str | None,
    url: str | None,
) -> None:
    """Set a student's score, or one check's points, by hand.

    The score is the final word: no policy touches it. A check's points pass through the policy as others do.

    Example: grader gradebook override ann backprop --score 8.5 --reason "right by another derivation"
    """
    given, reason, author = _given(score, clear, "--score X"), reason_of(reason), author_of(author)
    place = Place.of(course, url)
    with place.opened() as book:
        slug, student = place.slug(book, slug), known_student(book, student)
        before = mark_of(book, student, slug)
        if given is not None:
            _fits(given, _check_worth(before, check) if check else _most(place, before), before, check)
        number = book.override(student, slug, given, author, reason, check)
        _tell(book, before, number)


@click.command("mark")
@click.argument("student")
@click.argument("slug")
@click.argument("item")
@click.argument("value", metavar="[POINTS]", required=False)
@click.option("--clear", is_flag=True, help="Take an earlier mark of this item back.")
@reason_options
@gradebook_option
@click.pass_obj
def mark_command(
    course: Path | None,
    student: str,
    slug: str,
    item: str,
    value: str | None,
    clear: bool,
    reason: str,
    author: str | None,
    url: str | None,
) -> None:
    """Give points for an item that a person marks.

    The items are those under `manual` in assignment.yaml; until all have points, the mark is provisional.

    Example: grader gradebook mark ann backprop defence 4 --reason "explained the chain rule, not the shapes"
    """
    given, reason, author = _given(value, clear, "POINTS"), reason_of(reason), author_of(author)
    place = Place.of(course, url)
    with place.opened() as book:
        slug, student = place.slug(book, slug), known_student(book, student)
        before = mark_of(book, student, slug)
        if given is not None:
            _fits(given, _item_worth(place, before, item), before, item)
        number = book.mark_manual(student, slug, item, given, author, reason)
        _tell(book, before, number)


@click.command("import")
@click.argument("file", metavar="CSV", type=click.Path(path_type=Path))
@click.option("--assignment", "slug", required=True, metavar="SLUG", help="What the marks are for.")
@click.option("--out-of", "most", metavar="X", help="The maximum [the file's column max].")
@click.option("--id", "id_column", default="id", show_default=True, help="The column that holds the id.")
@click.option("--column", default="score", show_default=True, help="The column that holds the points.")
@click.option(
    "--replace", is_flag=True, help="Also where there are hand-ins: the marks stand in their place."
)
@reason_options
@gradebook_option
@click.pass_obj
def import_command(
    course: Path | None,
    file: Path,
    slug: str,
    most: str | None,
    id_column: str,
    column: str,
    replace: bool,
    reason: str,
    author: str | None,
    url: str | None,
) -> None:
    """Take over marks that were made elsewhere.

    In an exam, by another tool. Rows without points or with an unknown student are left out and listed; then exit 1.

    Example: grader gradebook import midterm.csv --assignment midterm --out-of 40 --reason "written exam"
    """
    reason, author = reason_of(reason), author_of(author)
    out_of = None if most is None else parse_points(most, "--out-of")
    made = read_marks(read_file(file), str(file), slug, out_of, id_column, column)
    place = Place.of(course, url)
    with place.opened() as book:
        known = known_students(book)
        if not known:
            raise UsageError("nobody is on record; take over a roster with: grader gradebook roster CSV")
        notes = [*made.notes, *(f"{one}: is not on record" for one in made.marks if one not in known)]
        marks = {student: mark for student, mark in made.marks.items() if student in known}
        if not marks:
            raise UsageError(f'{file}: expected the id of a known student in "{id_column}", found none')
        if not replace:
            _no_hand_ins(book, slug, marks)
        new = slug not in place.slugs(book)
        before = book.marks(slug)
        number = book.import_marks(slug, marks, file.name, author, reason)
        if not new:
            for told in moved(before, book.marks(slug)):
                click.echo(told)
    for note in notes:
        click.echo(f"left out: {one_line(note)}")
    added = ", an assignment that is new here" if new else ""
    click.echo(f"{slug}: imported marks: {len(marks)}{added} (entry {number})")
    raise click.exceptions.Exit(1 if notes else 0)


def _given(text: str | None, clear: bool, what: str) -> int | None:
    if (text is None) != clear:
        raise UsageError(f"expected either {what} or --clear")
    return None if text is None else parse_points(text, what)


def _check_worth(mark: Mark, check: str) -> int:
    result = mark.attempt.result if mark.attempt else None
    worth = {one.id: hundredths(one.max_points) for one in result.checks} if result else {}
    return _chosen(worth, check, f"{mark.student}, {mark.slug}", "check")


def _item_worth(place: Place, mark: Mark, item: str) -> int:
    """Of the result; before there is one, of the course's assignment."""
    spec, where = place.spec(mark.slug), f"{mark.student}, {mark.slug}"
    asked = {one.id: one.points * 100 for one in spec.manual} if spec else {}
    if mark.attempt is None or mark.attempt.result is None:
        return _chosen(asked, item, where, "manual item")
    graded = {one.id: hundredths(one.max_points) for one in mark.attempt.result.manual}
    if item in asked and item not in graded:
        raise UsageError(
            f'{where}: "{item}" came into the assignment after this was graded; take it over with: '
            f"grader regrade {mark.slug} --apply"
        )
    return _chosen(graded, item, where, "manual item")


def _most(place: Place, mark: Mark) -> int | None:
    """What the whole is worth; None: nobody knows yet."""
    spec = place.spec(mark.slug)
    if not mark.max and spec is not None:
        return hundredths(spec.points) + sum(item.points * 100 for item in spec.manual)
    return mark.max or None


def _chosen(worth: Mapping[str, int], name: str, place: str, what: str) -> int:
    if name in worth:
        return worth[name]
    near = difflib.get_close_matches(name, worth, 1, 0.5)
    if near:
        hint = f'did you mean "{near[0]}"?'
    else:
        hint = f"known are {', '.join(worth)}" if worth else f"there is no {what} in what was graded so far"
    raise UsageError(f'{place}: there is no {what} "{one_line(name)}"; {hint}')


def _fits(given: int, most: int | None, mark: Mark, what: str) -> None:
    if most is not None and given > most:
        place = ", ".join(filter(None, (mark.student, mark.slug, what)))
        raise UsageError(f"{place}: expected points from 0 to {points(most)}, got {points(given)}")


def _no_hand_ins(book: Gradebook, slug: str, marks: Mapping[str, object]) -> None:
    there = sorted({one.student for one in book.submissions(slug)} & marks.keys())
    if there:
        raise UsageError(
            f"{len(there)} of these students have hand-ins in {slug} ({', '.join(there[:3])}), and an imported mark "
            "stands in place of them; add --replace if that is meant"
        )


def _tell(book: Gradebook, before: Mark, number: int) -> None:
    after = mark_of(book, before.student, before.slug)
    of = f" of {points(after.max)}" if after.max else ""
    click.echo(
        f"{after.student}, {after.slug}: {value_text(before)} → {value_text(after)}{of} (entry {number})"
    )
    for reason in after.reasons if after.provisional else ():
        click.echo(f"still provisional: {one_line(reason)}")
    if value_text(before) == value_text(after):
        click.echo(f"nothing moved; see why: grader gradebook history {after.student} {after.slug}")
