"""`inferno show`: the text of a standard library component.  No torch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

import click

from inferno.cli import output as printing
from inferno.cli.options import Output, did_you_mean, output_options
from inferno.errors import UsageError

HEAD = re.compile(r"(neuron|synapse|plasticity|source|readout)\s+([A-Za-z_][A-Za-z0-9_]*)\b")


@dataclass(frozen=True, slots=True)
class Component:
    """A component of the standard library, as its author wrote it."""

    name: str
    kind: str
    module: str
    text: str


@click.command("show")
@click.argument("name", required=False)
@output_options
def command(name: str | None, output: Output) -> None:
    """Print a standard library component.

    NAME is e.g. ALIF; without it, all are listed.
    """
    components = {component.name: component for component in _components()}
    if name is None:
        if output.json:
            printing.done({"components": {one.name: f"{one.kind} of {one.module}" for one in components.values()}})
        else:
            click.echo("\n".join(f"{one.name:<20} {one.kind:<11} {one.module}" for one in components.values()))
        return
    found = components.get(name.rpartition(".")[2])
    if found is None:
        raise UsageError(f"the standard library has no `{name}`", did_you_mean(name, components) or "`inferno show` lists what it has")
    if output.json:
        printing.done({"name": found.name, "kind": found.kind, "module": found.module, "text": found.text})
    else:
        click.echo(f"# from {found.module} import {found.name}\n{found.text}")


def _components() -> Iterator[Component]:
    """Every component, in the order of the files and of the text."""
    folder = resources.files("inferno.grammar") / "std"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".snn"):
            yield from _split(file.read_text(encoding="utf-8").splitlines(), f"std.{file.name.removesuffix('.snn')}")


def _split(lines: list[str], module: str) -> Iterator[Component]:
    """The components of one file, each with the comments right above it."""
    for number, line in enumerate(lines):
        head = HEAD.match(line)
        if head is None:
            continue
        start = number
        while start > 0 and lines[start - 1].startswith("#"):
            start -= 1
        end = number + 1
        while end < len(lines) and (not lines[end].strip() or lines[end][0] in " )]"):
            end += 1
        yield Component(head[2], head[1], module, "\n".join(lines[start:end]).rstrip())
