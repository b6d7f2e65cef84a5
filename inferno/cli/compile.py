"""`inferno compile`: turn a file into a torch module, and show what that is made of.  No torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inferno.cli import output as printing
from inferno.cli.options import Given, Output, file_argument, output_options, program_options, require_file
from inferno.errors import UsageError

if TYPE_CHECKING:
    from inferno.compiler.pipeline import Compiled
    from inferno.grammar import Modules
    from inferno.grammar.checked import Program


@click.command("compile")
@file_argument
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write an artifact folder that run, eval and load_network() take.")
@click.option(
    "--emit",
    type=click.Choice(["ast", "graph", "python", "cpp", "dot", "json"]),
    help="Print the checked program, the graph (Mermaid, DOT, JSON), the torch module or the C++ loops.",
)
@click.option("--explain", is_flag=True, help="Print what each pass did and why not more, and what the steps would cost in each way.")
@program_options
@output_options
def command(file: Path, out: Path | None, emit: str | None, explain: bool, given: Given, output: Output) -> None:
    """Compile a .snn file."""
    from inferno.compiler.pipeline import compile_program
    from inferno.grammar import FolderModules, check_text, read_program

    require_file(file)
    text = read_program(file)
    modules = FolderModules(file, given.folders)
    program = check_text(text, str(file), given.overrides, modules)
    compiled = compile_program(program)
    stage = _stage(emit, program, compiled) if emit else None
    explanation = _explanation(compiled) if explain else None
    if out is not None:
        _write(out, text, given.overrides, compiled, modules)
    if output.json:
        printing.done({"name": program.name, "out": out, "emit": stage, "explanation": explanation})
        return
    for part in (stage, explanation):
        if part is not None:
            click.echo(part.rstrip("\n"))
    if stage is None and not explain and not output.quiet:
        graph, lines = compiled.graph, len(compiled.source.splitlines())
        size = f"{graph.number_of_nodes()} nodes, {graph.number_of_edges()} edges, {lines} lines of torch"
        click.echo(f"{file}: {size}" + (f" in {out}" if out else ""))


def _explanation(compiled: Compiled) -> str:
    """What the passes did, and what the steps are expected to cost on this machine."""
    from inferno.compiler.costs.report import explain_costs
    from inferno.machine_cache import known_machine

    return compiled.explanation + explain_costs(compiled, known_machine())


def _stage(emit: str, program: Program, compiled: Compiled) -> str:
    from inferno.cli.tree import to_text
    from inferno.compiler import text

    if emit == "ast":
        return to_text(program)
    if emit == "python":
        return compiled.source
    if emit == "cpp":
        return compiled.loops
    writers: dict[str, Any] = {"graph": text.to_mermaid, "dot": text.to_dot, "json": text.to_json}
    written: str = writers[emit](compiled.graph)
    return written


def _write(out: Path, text: bytes, overrides: dict[str, str], compiled: Compiled, modules: Modules) -> None:
    from inferno.compiler import artifact

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"--out {out} is {'a folder with files in it' if out.is_dir() else 'a file'}", "name a new folder")
    artifact.write(compiled, text, overrides, out, modules)
