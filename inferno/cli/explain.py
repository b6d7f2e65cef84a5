"""`inferno explain`: what an error code means.  No torch."""

from __future__ import annotations

import click

from inferno.cli import output as printing
from inferno.cli.options import Output, did_you_mean, output_options
from inferno.errors import UsageError


@click.command("explain")
@click.argument("code", required=False)
@output_options
def command(code: str | None, output: Output) -> None:
    """Explain an error code.

    CODE is e.g. E0203; without it, all are listed.
    """
    from inferno.grammar.codes import CODES

    if code is None:
        if output.json:
            printing.done({"codes": {name: CODES[name].title for name in sorted(CODES)}})
        else:
            click.echo("\n".join(f"{name}  {CODES[name].title}" for name in sorted(CODES)))
        return
    known = CODES.get(code.upper())
    if known is None:
        raise UsageError(f"there is no error code `{code}`", did_you_mean(code, CODES) or "`inferno explain` lists them all")
    if output.json:
        printing.done({"code": code.upper(), "title": known.title, "explanation": known.explanation})
    else:
        click.echo(f"# {code.upper()}: {known.title}\n\n{known.explanation.strip()}")
