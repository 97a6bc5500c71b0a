"""`grader gradebook policy`: which late policy holds, and what another one would do to the marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from grader.cli.gradebook_place import (
    Place,
    author_of,
    gradebook_option,
    known_students,
    read_file,
    reason_of,
    reason_options,
)
from grader.cli.gradebook_tables import value_text
from grader.core.errors import UsageError
from grader.core.mark import Mark
from grader.core.policy import Policy
from grader.core.text import one_line, printable
from grader.gradebook.book import Gradebook
from grader.gradebook.policy_file import read_policy


@click.command("policy")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say which marks would move and why; record nothing.")
@reason_options
@gradebook_option
@click.pass_obj
def policy_command(
    course: Path | None, file: Path | None, dry_run: bool, reason: str, author: str | None, url: str | None
) -> None:
    """Let another policy hold, or print the one that does.

    Every mark is computed anew from it, nothing is run again; the marks that move are listed, with the reason.

    Example: grader gradebook policy .grader/policy.yaml --dry-run
    """
    place = Place.of(course, url)
    if file is None:
        if dry_run:
            raise UsageError("--dry-run: expected the policy to try: grader gradebook policy FILE --dry-run")
        with place.opened() as book:
            text = book.policy_text() or "# none is on record: nothing is late, the last attempt counts"
            click.echo(printable(text).rstrip("\n"))
        return
    text = _text(file)
    policy = read_policy(text, str(file))  # a faulty one makes no gradebook
    if dry_run:
        with place.opened() as book:
            changes = _tell(place, book, policy, book.marks(), book.marks(policy=policy))
        click.echo(f"marks that would move: {changes}; nothing was recorded")
        return
    reason, author = reason_of(reason), author_of(author)
    with place.opened(create=True) as book:
        before = book.marks()
        number = book.set_policy(text, author, reason, str(file))
        changes = _tell(place, book, policy, before, book.marks())
        click.echo(f"recorded {file} as entry {number}; marks moved: {changes}; nothing was run again")


def _tell(
    place: Place, book: Gradebook, policy: Policy, before: Iterable[Mark], after: Iterable[Mark]
) -> int:
    """Say what moves, and what the policy names and nobody knows; how many marks move."""
    changes = list(_moved(before, after))
    for told in [*changes, *_unknown_names(place, book, policy)]:
        click.echo(told)
    return len(changes)


def _moved(before: Iterable[Mark], after: Iterable[Mark]) -> Iterator[str]:
    """A line for each mark that is another one: from what to what, and the steps to it that are new."""
    old = {(mark.student, mark.slug): mark for mark in before}
    for mark in after:
        was = old[mark.student, mark.slug]
        if value_text(was) == value_text(mark):
            continue
        said = {line.text for line in was.lines}
        same = was.attempt is not None and mark.attempt is not None and mark.number == was.number
        steps = (
            mark.lines[1:] if same else mark.lines
        )  # the first says which attempt counts, in the policy's zone
        why = "; ".join(line.text for line in steps if line.text not in said)
        told = f"{mark.student}, {mark.slug}: {value_text(was)} → {value_text(mark)}"
        yield one_line(f"{told}: {why}" if why else told)


def _text(file: Path) -> str:
    try:
        return read_file(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{file}: is not UTF-8; save the file as UTF-8") from None


def _unknown_names(place: Place, book: Gradebook, policy: Policy) -> list[str]:
    """What the policy names and nobody knows: a slip of the pen there would go unnoticed."""
    slugs, students = place.slugs(book), known_students(book)
    unknown = [f'the assignment "{slug}"' for slug in policy.assignments if slug not in slugs]
    named = dict.fromkeys(student for student, _ in policy.extensions)
    unknown += [f'the student "{student}"' for student in named if student not in students]
    return [f"attention: the policy names {what}, which is not on record" for what in unknown]
