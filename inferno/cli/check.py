"""`inferno check`: are there mistakes in a file?  No torch."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from inferno.cli import output as printing
from inferno.cli.options import Given, Output, file_argument, output_options, program_options, require_file
from inferno.grammar.diagnostics import SnnError
from inferno.reporting import write_json


@click.command("check")
@file_argument
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True, help="How to print findings."
)
@program_options
@output_options
def command(file: Path, style: str, given: Given, output: Output) -> int:
    """Find the mistakes in a .snn file.

    Exit status 1 if there are any; warnings do not count.
    """
    from inferno import grammar

    require_file(file)
    try:
        _, found = grammar.findings_of(grammar.read_program(file), str(file), given.overrides, grammar.FolderModules(file, given.folders))
    except SnnError as unreadable:
        found = unreadable.diagnostics
    errors = sum(diagnostic.is_error for diagnostic in found)
    if style == "sarif":
        from inferno.grammar import render

        print(json.dumps(render.to_sarif(found), indent=2))
    elif style == "json" or output.json:
        for diagnostic in found:
            write_json("diagnostic", printing.as_object(diagnostic), sys.stdout)
        printing.done({"ok": errors == 0, "errors": errors, "warnings": len(found) - errors})
    else:
        if found:
            print(printing.rendered(found), file=sys.stderr)
        if not errors and not output.quiet:
            print(f"{file}: no mistakes found")
    return printing.PROGRAM_IS_WRONG if errors else 0
