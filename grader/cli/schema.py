"""`grader schema`: the contracts, as JSON Schema."""

from __future__ import annotations

import json

import click
import msgspec

from grader.core.assignment import AssignmentFile
from grader.core.schema import result_schema
from grader.exam.form import form_schema


@click.command("schema")
@click.argument("what", type=click.Choice(["result", "assignment", "form"]))
def schema_command(what: str) -> None:
    """Print the JSON Schema of a result (--json), of assignment.yaml, or of an exam's frozen form.

    Example: grader schema result
    """
    if what == "result":
        schema = result_schema()
    else:
        schema = form_schema() if what == "form" else msgspec.json.schema(AssignmentFile)
    click.echo(json.dumps(schema, indent=2))
