"""`inferno show`: the text of a component, formatted; of the standard library or of a file.  No torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from inferno.cli import output as printing
from inferno.cli.options import Output, did_you_mean, output_options, require_file
from inferno.errors import UsageError

SUFFIX = ".snn"


@dataclass(frozen=True, slots=True)
class Component:
    """A neuron, synapse, plasticity rule, readout or network block, and the module or file that it stands in."""

    name: str
    kind: str
    module: str
    text: str


@click.command("show")
@click.argument("name", required=False)
@output_options
def command(name: str | None, output: Output) -> None:
    """Print a component of the standard library or of a file.

    NAME is e.g. ALIF, or model.snn:Cell.  Without it, the standard library is listed; model.snn alone lists that file.
    """
    file, wanted = _split(name or "")
    home = str(file) if file else "the standard library"
    components = {component.name: component for component in (_of_file(file) if file else _of_library())}
    if not wanted:
        _list(components, output)
        return
    found = components.get(wanted.rpartition(".")[2])
    if found is None:
        everything = f"`inferno show{f' {file}' if file else ''}` lists what it has"
        raise UsageError(f"{home} has no `{wanted}`", did_you_mean(wanted, components) or everything)
    if output.json:
        printing.done({"name": found.name, "kind": found.kind, "module": found.module, "text": found.text})
    else:
        origin = f"# of {found.module}" if file else f"# from {found.module} import {found.name}"
        click.echo(f"{origin}\n{found.text}")


def _list(components: dict[str, Component], output: Output) -> None:
    if output.json:
        printing.done({"components": {one.name: f"{one.kind} of {one.module}" for one in components.values()}})
    elif components:
        click.echo("\n".join(f"{one.name:<20} {one.kind:<11} {one.module}" for one in components.values()))


def _split(name: str) -> tuple[Path | None, str]:
    """The file and the component that are meant by `model.snn:Cell`, `model.snn` or `Cell`."""
    if name.endswith(SUFFIX):
        return Path(name), ""
    file, colon, wanted = name.rpartition(":")
    return (Path(file), wanted) if colon and file.endswith(SUFFIX) else (None, name)


def _of_library() -> Iterator[Component]:
    """Every component, in the order of the files and of the text."""
    from importlib import resources

    folder = resources.files("inferno.grammar") / "std"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(SUFFIX):
            yield from _components(file.read_bytes(), f"std/{file.name}", f"std.{file.name.removesuffix(SUFFIX)}")


def _of_file(file: Path) -> Iterator[Component]:
    from inferno.grammar import read_program

    require_file(file)
    yield from _components(read_program(file), str(file), str(file))


def _components(data: bytes, name: str, module: str) -> Iterator[Component]:
    """The components of a text, formatted, each with the comments right above it."""
    from inferno.grammar import ast
    from inferno.grammar.decode import decode
    from inferno.grammar.diagnostics import Findings
    from inferno.grammar.printer import format_bytes
    from inferno.grammar.syntax import parse

    findings = Findings()
    source = decode(format_bytes(data, name).replace(b"\r\n", b"\n"), name, findings)
    parsed = parse(source, findings) if source else None
    findings.raise_errors()
    assert source is not None
    assert parsed is not None
    lines = source.text.split("\n")
    for item in parsed.items:
        if isinstance(item, ast.Component | ast.Network):
            kind = item.kind if isinstance(item, ast.Component) else "network"
            first, last = item.span.line - 1, source.position(item.span.end)[0]
            yield Component(item.name, kind, module, "\n".join(lines[_with_comments(lines, first) : _with_block(lines, last)]))


def _with_comments(lines: list[str], first: int) -> int:
    """Where the comments right above a line start."""
    while first > 0 and lines[first - 1].startswith("#"):
        first -= 1
    return first


def _with_block(lines: list[str], last: int) -> int:
    """Where a block ends, with the comments inside it."""
    while last < len(lines) and lines[last].startswith(" "):
        last += 1
    return last
