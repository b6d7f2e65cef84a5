"""`inferno fmt`: gives files their canonical form.  No torch."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import click

from inferno.cli import output as printing
from inferno.cli.options import Output, output_options, require_file
from inferno.errors import UsageError
from inferno.grammar.diagnostics import Diagnostic, SnnError


@dataclass(slots=True)
class _Outcome:
    """What became of the files: by name those that another form was found for, those that have it, and those that can't be read."""

    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)


@click.command("fmt")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit status 1 and the names of the files that would change.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Format standard input to standard output.")
@output_options
def command(files: tuple[Path, ...], only_check: bool, from_stdin: bool, output: Output) -> int:
    """Format .snn files.

    Blanks, indentation and columns change; words, numbers and comments don't, and `dv/dt` becomes `v'`.
    A file that cannot be read is left as it is: its mistakes are shown, and the exit status is 1.
    """
    if from_stdin == bool(files):
        raise UsageError("name files to format, or give --stdin", "see inferno fmt --help")
    if from_stdin:
        return _format_stdin(only_check)
    for file in files:
        require_file(file)
    outcome = _Outcome()
    for file in dict.fromkeys(files):
        _format_file(file, only_check, outcome)
    _print(outcome, only_check, output)
    return printing.PROGRAM_IS_WRONG if outcome.wrong or (only_check and outcome.changed) else 0


def _format_stdin(only_check: bool) -> int:
    from inferno.grammar.printer import format_bytes

    data = sys.stdin.buffer.read()
    formatted = format_bytes(data, "<stdin>")
    if only_check:
        return printing.PROGRAM_IS_WRONG if formatted != data else 0
    sys.stdout.buffer.write(formatted)
    return 0


def _format_file(file: Path, only_check: bool, outcome: _Outcome) -> None:
    """Format one file, and note what became of it."""
    from inferno.durable import replace_file
    from inferno.grammar import read_program
    from inferno.grammar.printer import format_bytes

    try:
        data = read_program(file)
        formatted = format_bytes(data, str(file))
    except SnnError as unreadable:
        outcome.wrong.append(str(file))
        outcome.findings += unreadable.diagnostics
        return
    if formatted == data:
        outcome.unchanged.append(str(file))
        return
    if not only_check:
        replace_file(file, formatted)
    outcome.changed.append(str(file))


def _print(outcome: _Outcome, only_check: bool, output: Output) -> None:
    if outcome.findings:
        print(printing.rendered(tuple(outcome.findings)), file=sys.stderr)
    if output.json:
        found = [printing.as_object(diagnostic) for diagnostic in outcome.findings]
        names = {"changed": outcome.changed, "unchanged": outcome.unchanged, "wrong": outcome.wrong}
        printing.done({**names, "written": not only_check, "diagnostics": found})
    elif only_check or not output.quiet:
        for name in outcome.changed:
            print(f"{name}: {'not formatted' if only_check else 'formatted'}")
