"""`grader list`, `start`, `check` and `release`: what students get, and what they run."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click

from grader.core.errors import GraderError
from grader.core.verdict import Status
from grader.grading.course import Course, find_course, read_spec


@click.command("list")
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help='Write JSON to this file ("-": stdout).'
)
@click.pass_obj
def list_command(course: Path | None, json_file: Path | None) -> None:
    """The assignments of the course: slug, points, files to hand in, title.

    Example: grader list
    """
    found = find_course(course)
    specs = [found.assignment(slug) for slug in found.slugs()]
    if json_file is not None:
        rows = [
            {
                "slug": s.slug,
                "title": s.title,
                "points": float(s.points),
                "by_hand": sum(item.points for item in s.manual),
                "files": list(s.files),
            }
            for s in specs
        ]
        _write(json_file, json.dumps(rows, indent=2) + "\n")
        if str(json_file) == "-":
            return
    width = max((len(spec.slug) for spec in specs), default=0)
    files = max((len(" ".join(spec.files)) for spec in specs), default=0)
    for spec in specs:
        by_hand = sum(item.points for item in spec.manual)
        title = f"{spec.title} (and {by_hand} points by hand)" if by_hand else spec.title
        click.echo(
            f"{spec.slug:<{width}}  {float(spec.points):>5g} points  {' '.join(spec.files):<{files}}  {title}"
        )


@click.command("start")
@click.argument("slug")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.pass_obj
def start_command(course: Path | None, slug: str, folder: Path | None) -> None:
    """Make your working copy of an assignment in FOLDER (default: its name). Overwrites nothing.

    Example: grader start backprop
    """
    from grader.grading.release import start

    target = folder or Path(slug)
    found = find_course(course)
    assignment = found.assignment(slug)
    for path in start(found, slug, target):
        click.echo(f"wrote {path}")
    click.echo(
        f"\nRead {target / 'README.md'}, fill in {target / assignment.entry}, then run: grader check {target}"
    )


@click.command("check")
@click.argument("folder", default=".", type=click.Path(path_type=Path))
def check_command(folder: Path) -> None:
    """Run the public checks of the assignment in FOLDER on your own work (default: this folder).

    Example: grader check backprop
    """
    from grader.cli.progress import Progress
    from grader.grading.handout import check
    from grader.report.terminal import feedback, show

    with Progress(1) as progress:
        assignment, result = check(folder, tell=progress.told)
    show(feedback(result, "student", own_machine=True))
    visible = result.score().max / 100
    hidden = float(assignment.points) - visible
    click.echo(
        f"\n{result.score().low / 100:g} of the {visible:g} points that are visible here; "
        f"{hidden:g} more of {float(assignment.points):g} are hidden until it is graded."
    )
    raise click.exceptions.Exit(0 if all(check.passed for check in result.checks) else 1)


@click.command("release")
@click.argument("slugs", nargs=-1)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; say what is out of date (exit 1).")
@click.option("--to", type=click.Path(path_type=Path), help="Write what students get below this folder.")
@click.pass_obj
def release_command(course: Path | None, slugs: tuple[str, ...], only_check: bool, to: Path | None) -> None:
    """Make the stub and public.npz from the reference, for all assignments or those named.

    Example: grader release --check
    """
    from grader.grading.release import generated, publish, write

    found = find_course(course)
    stale = 0
    for slug in slugs or found.slugs():
        if to is not None:
            written = publish(found, slug, to)
            _prove(found, slug, to / slug)
            click.echo(
                f"{slug}: {len(written)} files in {to / slug}; nothing of the reference inside, the stub scores 0"
            )
            continue
        files = generated(found, slug)
        if only_check:
            names = [file.path.name for file in files if not file.fresh]
            stale += len(names)
            click.echo(f"{slug}: {'out of date: ' + ', '.join(names) if names else 'up to date'}")
            continue
        names = [path.name for path in write(files)]
        click.echo(f"{slug}: {'wrote ' + ', '.join(names) if names else 'up to date'}")
    if stale:
        click.echo("mend it with: grader release", err=True)
        raise click.exceptions.Exit(1)


def _prove(found: Course, slug: str, folder: Path) -> None:
    """The released stub, graded as a student would hand it in, must have no point."""
    from grader.grading.batch import grade_all

    entry = read_spec(folder, slug=slug).entry
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / entry
        copy.write_bytes((folder / entry).read_bytes())
        result = grade_all(found, slug, [copy])[0]
    if any(check.status is Status.PASSED for check in result.checks):
        raise GraderError(f"{folder / entry}: the stub has {result.score().low / 100:g} points, expected 0")


def _write(path: Path, text: str) -> None:
    if str(path) == "-":
        click.echo(text, nl=False)
    else:
        path.write_text(text, encoding="utf-8")
