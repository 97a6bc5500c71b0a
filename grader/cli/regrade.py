"""`grader regrade`: run again what is on record, see who moves, and put it in force or take it back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click
from rich import box
from rich.table import Table
from rich.text import Text

from grader.cli.cluster import cluster_option, grading_on
from grader.cli.gradebook_place import Place, author_of, gradebook_option, known_student, reason_options
from grader.cli.gradebook_tables import moved
from grader.cli.progress import ClassProgress
from grader.core.errors import UsageError
from grader.core.mark import points
from grader.core.result import CheckResult, hundredths
from grader.core.text import one_line
from grader.gradebook.book import Gradebook
from grader.grading.batch import Interrupted
from grader.grading.course import find_course
from grader.grading.gradings import Assessment
from grader.grading.regrade import Difference, Move, causes, regrade, undo
from grader.report.terminal import show
from grader.report.wording import LABELS


@click.command("regrade")
@click.argument("slug")
@click.option("--student", metavar="ID", help="This student alone.")
@click.option("--check", metavar="CHECK", help="This check alone; the others stay as they are.")
@click.option("--apply", "apply_", is_flag=True, help="Put the new gradings in force, as a new revision.")
@click.option("--undo", "undo_", is_flag=True, help="Take the last revision back.")
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Judge processes [cores]."
)
@cluster_option
@reason_options
@gradebook_option
@click.pass_obj
def regrade_command(
    course: Path | None,
    slug: str,
    student: str | None,
    check: str | None,
    apply_: bool,
    undo_: bool,
    jobs: int,
    cluster: str | None,
    author: str | None,
    reason: str,
    url: str | None,
) -> None:
    """Grade again what is on record, after the assignment changed, and show who moves. Nothing is overwritten.

    Example: grader regrade backprop --apply --reason "the tolerance of test_gradients was too strict"
    """
    if undo_ and (apply_ or student or check):
        raise UsageError("--undo takes back a whole revision; it stands alone")
    place = Place.of(course, url)
    with grading_on(cluster) as grade, place.opened() as book:
        place.slug(book, slug)
        if undo_:
            _undo(book, slug, author_of(author), reason)
            return
        who = known_student(book, student) if student else None
        if not book.submissions(slug, who):
            raise UsageError(f'no hand-in of "{slug}" is on record; grade with: grader batch {slug} DIR')
        with ClassProgress(len(book.submissions(slug, who))) as progress:
            assess = Assessment(
                book,
                find_course(course),
                slug,
                jobs,
                only=check,
                grade=grade,
                rationed=False,
                on_known=lambda one, grading: progress.graded(one.submission.student, grading.result),
                on_progress=lambda student, check, text: progress.told(check, text, student),
            )
            try:
                difference = regrade(assess, who)
            except (Interrupted, KeyboardInterrupt) as error:
                click.echo(f"{error or 'interrupted'}: nothing was changed; run it again", err=True)
                raise click.exceptions.Exit(130 if str(error) in ("", "interrupted") else 1) from None
        _show(difference)
        if apply_ and difference.changed:
            _apply(book, slug, difference, author_of(author), reason)
        elif difference.changed:
            click.echo(f"nothing was changed; to put this in force: grader regrade {slug} --apply")


def _show(difference: Difference) -> None:
    if not difference.moves:
        click.echo("nobody moves: every check comes out as before")
        return
    show(_table(difference.moves), plain_width=130)
    students = {move.submission.student for move in difference.moves}
    up = sum(after > (before or 0) for before, after in difference.points.values())
    down = sum(after < (before or 0) for before, after in difference.points.values())
    click.echo(
        f"\n{len(students)} student{'s' * (len(students) != 1)}; hand-ins with more points: {up}, with fewer: {down}"
    )


def _table(moves: Sequence[Move]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False, header_style="bold")
    for name in ("student", "attempt", "check", "before", "after", "why"):
        table.add_column(name, overflow="fold", justify="right" if name == "attempt" else "left")
    for move in moves:
        submission = move.submission
        cells = (one_line(submission.student), str(submission.attempt), move.check)
        table.add_row(*map(Text, (*cells, _told(move.before), _told(move.after), move.why)))
    return table


def _told(check: CheckResult | None) -> str:
    if check is None:
        return "–"
    earned = f"{points(hundredths(check.points))} of {points(hundredths(check.max_points))}"
    return f"{LABELS[check.status]}, {earned}"


def _apply(book: Gradebook, slug: str, difference: Difference, author: str, reason: str) -> None:
    before = book.marks()
    items = {one: grading.seq for one, grading in difference.changed.items()}
    seq = book.revise(slug, "regrade", author, reason or causes(difference), items)
    click.echo(f"recorded as entry {seq}; to take it back: grader regrade {slug} --undo")
    for line in moved(before, book.marks()):
        click.echo(f"  {line}")


def _undo(book: Gradebook, slug: str, author: str, reason: str) -> None:
    before = book.marks()
    seq = undo(book, slug, author, reason)
    click.echo(f"taken back, recorded as entry {seq}")
    for line in moved(before, book.marks()):
        click.echo(f"  {line}")
