"""`grader doctor`: what protects this machine, tried layer by layer."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from pathlib import Path

import click

from grader.sandbox.machine import gpus, queueing, torch_pair
from grader.sandbox.probe import Layer, can_grade, probe


@click.command("doctor")
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help='Write JSON to this file ("-": stdout).'
)
def doctor_command(json_file: Path | None) -> None:
    """Try each protection layer, torch, the GPUs and the kernel's clocks: what holds, why not, how to mend it.

    Exit 1 if submissions cannot be graded safely here. Example: grader doctor
    """
    layers = probe()
    fit = can_grade(layers)
    others = [*torch_pair(), gpus(), queueing()]
    if json_file is not None:
        report = {
            "can_grade": fit,
            "layers": [asdict(x) for x in layers],
            "machine": [asdict(x) for x in others],
        }
        text = json.dumps(report, indent=2) + "\n"
        if str(json_file) == "-":
            click.echo(text, nl=False)
        else:
            json_file.write_text(text, encoding="utf-8")
    if str(json_file) != "-":
        click.echo("Sandbox")
        _print(layers)
        click.echo("\nMachine")
        _print(others)
        click.echo(
            "\nSubmissions can be graded safely here."
            if fit
            else "\nSubmissions cannot be graded safely here."
        )
    raise click.exceptions.Exit(0 if fit else 1)


def _print(layers: list[Layer]) -> None:
    width = max(len(layer.name) for layer in layers)
    for layer in layers:
        click.echo(f"  {'holds' if layer.holds else 'NO   '}  {layer.name:<{width}}  {layer.why}")
        if not layer.holds and layer.mend:
            click.echo(textwrap.indent(layer.mend, " " * (width + 11)))
