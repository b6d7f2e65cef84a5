"""`inferno check`: are there mistakes in a file, and with --run, is the network as it claims?  No torch without --run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inferno.cli import output as printing
from inferno.cli.options import (
    Execution,
    Given,
    Output,
    execution_options,
    file_argument,
    load_network,
    output_options,
    program_options,
    require_file,
)
from inferno.cli.stimuli import read_inputs, require_duration, run_once, stimulus_options
from inferno.errors import UsageError
from inferno.grammar.diagnostics import Diagnostic, SnnError
from inferno.reporting import write_json

if TYPE_CHECKING:
    from inferno.grammar.fixing import Find
    from inferno.runtime.description import Claim


@click.command("check")
@file_argument
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True, help="How to print findings."
)
@click.option("--fix", is_flag=True, help="Make the suggested edits that do no harm, then check again.")
@click.option("--run", "runs", is_flag=True, help="Also let the network run, and check its `expect` lines.")
@stimulus_options
@program_options
@execution_options
@output_options
def command(
    file: Path,
    style: str,
    fix: bool,
    runs: bool,
    duration: str | None,
    inputs: tuple[str, ...],
    given: Given,
    execution: Execution,
    output: Output,
) -> int:
    """Find the mistakes in a .snn file.

    Exit status 1 if there are any, or with --run if the network is not as it claims; warnings do not count.  What belongs to a run
    (--duration, --input, --device …) counts with --run only.
    """
    from inferno import grammar

    require_file(file)
    if runs and style == "sarif":
        raise UsageError("--run and --format sarif do not go together", "sarif has mistakes of the text alone")
    if duration is not None:
        require_duration(duration)
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
        return printing.PROGRAM_IS_WRONG if errors else 0
    if is_json:
        for diagnostic in found:
            write_json("diagnostic", printing.as_object(diagnostic), sys.stdout)
    elif found:
        print(printing.rendered(found), file=sys.stderr)
    counts: dict[str, object] = {"errors": errors, "warnings": len(found) - errors}
    if runs and not errors:
        judged = _judged(file, duration, inputs, given, execution)
        return _conclude(file, judged, counts, is_json, output)
    if is_json:
        printing.done({"ok": errors == 0, **counts})
    elif not errors and not output.quiet:
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


def _judged(file: Path, duration: str | None, inputs: tuple[str, ...], given: Given, execution: Execution) -> tuple[Claim, ...]:
    """The claims of a program after one run of its network."""
    net = load_network(file, given, execution)
    return run_once(net, read_inputs(net.program, inputs), duration, execution.batch).claims


def _conclude(file: Path, judged: tuple[Claim, ...], counts: dict[str, object], is_json: bool, output: Output) -> int:
    """Print the claims and whether they hold; the exit status."""
    status = printing.claims(judged, is_json)
    failed = sum(not claim.holds for claim in judged)
    if is_json:
        printing.done({"ok": not failed, **counts, "claims": len(judged), "failed_claims": failed})
    elif not output.quiet:
        print(f"{file}: {_summary(len(judged), failed)}")
    return status


def _summary(claims: int, failed: int) -> str:
    if not claims:
        return "it runs; it claims nothing (write, say, `expect mean_rate(exc) in [5 Hz, 20 Hz]`)"
    if failed:
        return f"{failed} of {claims} claim{'s' if claims != 1 else ''} {'does' if failed == 1 else 'do'} not hold"
    return "what it claims holds" if claims == 1 else f"all {claims} claims hold"
