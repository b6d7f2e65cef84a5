"""`inferno graph`: draw a network.  No torch."""

from __future__ import annotations

import json
from pathlib import Path

import click

from inferno.cli import output as printing
from inferno.cli.options import Given, Output, file_argument, output_options, program_options, require_file


@click.command("graph")
@file_argument
@click.option(
    "--format", "style", type=click.Choice(["mermaid", "dot", "json"]), default="mermaid", show_default=True, help="Its language."
)
@program_options
@output_options
def command(file: Path, style: str, given: Given, output: Output) -> None:
    """Print a network's graph.

    Populations and inputs are its nodes, projections its edges.
    """
    from inferno.compiler import text
    from inferno.compiler.pipeline import compile_program
    from inferno.grammar import check_file

    require_file(file)
    graph = compile_program(check_file(file, given.overrides, given.folders)).graph
    if output.json:
        printing.done({"graph": json.loads(text.to_json(graph))})
        return
    write = {"mermaid": text.to_mermaid, "dot": text.to_dot, "json": text.to_json}[style]
    click.echo(write(graph).rstrip("\n"))
