"""`grader schema`: the contracts, as JSON Schema."""

from __future__ import annotations

import json

import click
import msgspec

from grader.core.assignment import AssignmentFile
from grader.core.schema import result_schema


@click.command("schema")
@click.argument("what", type=click.Choice(["result", "assignment"]))
def schema_command(what: str) -> None:
    """Print the JSON Schema of a result (--json) or of assignment.yaml.

    Example: grader schema result
    """
    schema = result_schema() if what == "result" else msgspec.json.schema(AssignmentFile)
    click.echo(json.dumps(schema, indent=2))
