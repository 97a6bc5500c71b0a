"""The command line. Commands parse, call and print; what they do lives in `grader.grading` and `grader.report`.

Exit codes: 0 done, whatever the marks; 1 something needs a person; 2 wrong usage or bad configuration.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import click

from grader import __version__
from grader.core.errors import GraderError, Unavailable

_COMMANDS = {
    "list": "grader.cli.handouts:list_command",
    "start": "grader.cli.handouts:start_command",
    "check": "grader.cli.handouts:check_command",
    "submit": "grader.cli.submit:submit_command",
    "grade": "grader.cli.grade:grade_command",
    "batch": "grader.cli.batch:batch_command",
    "regrade": "grader.cli.regrade:regrade_command",
    "report": "grader.cli.report:report_command",
    "similar": "grader.cli.similar:similar_command",
    "audit": "grader.cli.audit:audit_command",
    "release": "grader.cli.handouts:release_command",
    "data": "grader.cli.data:data_command",
    "exam": "grader.cli.exam:exam_command",
    "new": "grader.cli.exam:new_command",
    "gradebook": "grader.cli.gradebook:gradebook_command",
    "gpu": "grader.cli.gpu:gpu_command",
    "doctor": "grader.cli.doctor:doctor_command",
    "schema": "grader.cli.schema:schema_command",
}


class _Lazy(click.Group):
    """Imports a command's module only when it is called: `check` on a laptop must not pay for the rest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name].partition(":")
        command: click.Command = getattr(__import__(module, fromlist=[attribute]), attribute)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="grader")
@click.option(
    "--course",
    type=click.Path(path_type=Path),
    envvar="GRADER_COURSE",
    help="Folder of the course (assignments/, reference/); default: the one around the current directory.",
)
@click.pass_context
def cli(ctx: click.Context, course: Path | None) -> None:
    """Grade deep-learning assignments: safely, and with advice that teaches.

    \b
    Students:     grader start backprop    grader check backprop
    Instructors:  grader grade backprop submissions/*.zip --html reports
    """
    ctx.obj = course


def main() -> None:
    """Entry of the console script: faults are one line on stderr, never a traceback."""
    gc.set_threshold(20_000)  # imports make what stays; to look at it after every 700 objects costs a tenth
    os.environ.setdefault("MPLBACKEND", "agg")  # a reference that plots must open no window
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        code = 130
    except click.ClickException as error:
        error.show()
        code = 2
    except GraderError as error:
        click.echo(f"grader: {error}", err=True)
        code = 1 if isinstance(error, Unavailable) else 2
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"grader: {place}{error.strerror or error}", err=True)
        code = 2
        if isinstance(error, BrokenPipeError):  # `grader … | head`: not a fault
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
    sys.exit(code)
