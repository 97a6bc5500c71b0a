"""`grader submit`: the student's hand-in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from grader.grading.handin import Package


@click.command("submit")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--student", "given", required=True, metavar="ID", help="Your id, as the course knows it.")
@click.option("--to", metavar="DROP", type=click.Path(path_type=Path), help="The drop folder of your course.")
@click.option(
    "--out",
    metavar="ZIP",
    type=click.Path(path_type=Path),
    help="Where to write the archive for the LMS [SLUG-ID.zip here].",
)
@click.option(
    "--gradebook",
    "url",
    envvar="GRADER_GRADEBOOK",
    metavar="URL",
    help="Say from it how much GPU time you have left, where that is rationed.",
)
def submit_command(folder: Path, given: str, to: Path | None, out: Path | None, url: str | None) -> None:
    """Pack your work on the assignment in DIR (default: this folder), check it once, and hand it in.

    Without --to it writes a zip archive for you to upload to the LMS. With it the archive goes to
    DROP/SLUG/ID/1.zip, then 2.zip and so on; an earlier attempt stays as it is.

    Example: grader submit backprop --student s1234567 --to /srv/drop
    """
    from grader.cli.progress import Progress
    from grader.cli.ration import ration
    from grader.grading.drop import drop, drop_folder, save, zip_file
    from grader.grading.handin import hand_in, named
    from grader.grading.handout import assignment_of

    if to is not None and out is not None:
        raise click.UsageError("--to and --out exclude each other: a drop folder, or an archive for the LMS")
    student = named(given)
    # before the checks: they may take long
    assignment = assignment_of(folder)
    place = drop_folder(to) if to else zip_file(out or Path(f"{assignment.slug}-{student.file_name}.zip"))
    with Progress(1) as progress:
        made = hand_in(folder, student, progress.told)
    path = drop(made.archive, place, assignment.slug, student) if to else save(made.archive, place)
    rows = [("handed in" if to else "upload", str(path)), *_receipt(made, path)]
    if told := ration(assignment, student.id, url):
        rows.append(("GPU time", told))
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        click.echo(f"{name:<{width}}  {text}")
    raise click.exceptions.Exit(1 if made.parcel.missing else 0)


def _receipt(made: Package, path: Path) -> Iterator[tuple[str, str]]:
    """What was packed, what was not, and what the course's own grading will find again."""
    from grader.sandbox.archive import size

    parcel, score = made.parcel, made.result.score()
    yield "packed", ", ".join(f"{name} ({size(len(data))})" for name, data in parcel.files.items())
    if parcel.missing:
        yield "missing", f"{', '.join(parcel.missing)}: the assignment asks for it"
    extra = [name for name in parcel.extra if name != path.name]
    if extra:
        more = f" and {len(extra) - 5} more" if len(extra) > 5 else ""
        yield "left out", f"{', '.join(extra[:5])}{more}: the assignment does not ask for it"
    yield from (("note", note) for note in made.notes)
    yield "hash", made.receipt.submission
    yield "time", str(datetime.fromtimestamp(int(path.stat().st_mtime)).astimezone())
    hidden = float(made.assignment.points) - score.max / 100
    yield (
        "checked",
        f"{score.low / 100:g} of the {score.max / 100:g} points that are visible here; "
        f"{hidden:g} more of {float(made.assignment.points):g} are hidden until it is graded",
    )
