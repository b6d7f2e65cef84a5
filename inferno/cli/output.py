"""What commands print: results on standard output, errors on standard error, and with --json one object a line on standard output."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from inferno.grammar.diagnostics import Diagnostic, SnnError
from inferno.reporting import write_json

if TYPE_CHECKING:
    from inferno.runtime.description import Claim

PROGRAM_IS_WRONG = 1


def done(values: Mapping[str, Any]) -> None:
    """The last line of a command with --json."""
    write_json("done", values, sys.stdout)


def claims(judged: Sequence[Claim], as_json: bool) -> int:
    """Each claim with its value, and whether it holds; the exit status."""
    for claim in judged:
        if as_json:
            write_json("claim", dataclasses.asdict(claim), sys.stdout)
        else:
            print(f"expect {claim}")
    return 0 if all(claim.holds for claim in judged) else PROGRAM_IS_WRONG


def report_error(message: str, help_text: str, status: int, as_json: bool) -> int:
    """One line on standard error; gives the exit status back."""
    line = f"error: {message}" + (f"; {help_text}" if help_text else "")
    print(" ".join(line.splitlines()), file=sys.stderr, flush=True)
    if as_json:
        write_json("error", {"message": message, "help": help_text, "exit_status": status}, sys.stdout)
    return status


def report_program(error: SnnError, as_json: bool) -> int:
    """A program's diagnostics on standard error; gives the exit status back."""
    print(rendered(error.diagnostics), file=sys.stderr, flush=True)
    if as_json:
        found = [as_object(diagnostic) for diagnostic in error.diagnostics]
        message = f"{len(found)} finding{'' if len(found) == 1 else 's'} in the program"
        write_json("error", {"message": message, "exit_status": PROGRAM_IS_WRONG, "diagnostics": found}, sys.stdout)
    return PROGRAM_IS_WRONG


def rendered(diagnostics: tuple[Diagnostic, ...]) -> str:
    """Diagnostics as text, in colour on a terminal unless NO_COLOR is set."""
    from inferno.grammar.render import render_all

    return render_all(diagnostics, sys.stderr.isatty() and not os.environ.get("NO_COLOR")).rstrip("\n")


def as_object(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as JSON values."""
    from inferno.grammar.render import to_json

    return to_json(diagnostic)
