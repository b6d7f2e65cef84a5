"""`inferno check`: are there mistakes in a file?  No torch."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inferno.cli import output as printing
from inferno.cli.options import Given, Output, file_argument, output_options, program_options, require_file
from inferno.grammar.diagnostics import Diagnostic, SnnError
from inferno.reporting import write_json

if TYPE_CHECKING:
    from inferno.grammar.fixing import Find


@click.command("check")
@file_argument
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True, help="How to print findings."
)
@click.option("--fix", is_flag=True, help="Make the suggested edits that do no harm, then check again.")
@program_options
@output_options
def command(file: Path, style: str, fix: bool, given: Given, output: Output) -> int:
    """Find the mistakes in a .snn file.

    Exit status 1 if there are any; warnings do not count.
    """
    from inferno import grammar

    require_file(file)
    is_json = style == "json" or output.json

    def find(data: bytes) -> tuple[Diagnostic, ...]:
        return grammar.findings_of(data, str(file), given.overrides, grammar.FolderModules(file, given.folders))[1]

    try:
        data = grammar.read_program(file)
        found = _fixed(file, data, find, style, is_json) if fix else find(data)
    except SnnError as unreadable:
        found = unreadable.diagnostics
    errors = sum(diagnostic.is_error for diagnostic in found)
    if style == "sarif":
        from inferno.grammar.sarif import to_sarif

        print(json.dumps(to_sarif(found), indent=2))
    elif is_json:
        for diagnostic in found:
            write_json("diagnostic", printing.as_object(diagnostic), sys.stdout)
        printing.done({"ok": errors == 0, "errors": errors, "warnings": len(found) - errors})
    else:
        if found:
            print(printing.rendered(found), file=sys.stderr)
        if not errors and not output.quiet:
            print(f"{file}: no mistakes found")
    return printing.PROGRAM_IS_WRONG if errors else 0


def _fixed(file: Path, data: bytes, find: Find, style: str, is_json: bool) -> tuple[Diagnostic, ...]:
    """Make the suggested edits in a file and say which; what is found afterwards."""
    from inferno.durable import replace_file
    from inferno.grammar.fixing import fix

    outcome = fix(data, str(file), find)
    if outcome.data != data:
        replace_file(file, outcome.data)
    stream = sys.stderr if style == "sarif" else sys.stdout
    for made in outcome.made:
        place = printing.as_object(made.finding)
        if is_json:
            write_json("fixed", place, sys.stdout)
        else:
            print(f"{file}:{place['line']}:{place['column']}: fixed {made.finding.code}: {made.finding.message}", file=stream)
    return outcome.findings
