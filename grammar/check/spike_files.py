"""`SpikeTrain(file = "s.npz")`: spikes that a file gives to the input `given` of a neuron."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from inferno.grammar import ast, checked
from inferno.grammar.check.instances import Use
from inferno.grammar.diagnostics import Findings
from inferno.grammar.regular_files import Missing, locate

PORT = "given"


def taken(
    use: Use, population: str, shape: checked.Shape, findings: Findings, packed: Mapping[tuple[str, str], str]
) -> tuple[Use, checked.Input | None]:
    """A neuron's use without its `file`, and what that file gives; the contents are read when the network is loaded.

    `packed` says where an artifact holds a file, by the name of the text that names it and the path that it names.
    """
    model = use.model
    is_fitting = (
        isinstance(model, checked.NeuronModel)
        and PORT in {p.name for p in model.ports}
        and "file" not in {p.name for p in model.parameters}
    )
    files = [a for a in use.arguments if a.name == "file"]
    if not files or not is_fitting:
        return use, None
    rest = replace(use, arguments=tuple(a for a in use.arguments if a.name != "file"))
    argument, example = files[0], f'write, say, `{model.name}(file = "spikes.npz")`'
    if len(files) > 1 or any(a.name == PORT for a in rest.arguments):
        message = f"`{model.name}` takes one source of spikes: a `file` or `{PORT}`"
        findings.error("E0302", message, (files[1] if len(files) > 1 else argument).span, "the second one", "keep one of them")
        return rest, None
    if not isinstance(argument.value, ast.Text):
        findings.error("E0515", "a file is named by a text", argument.value.span, "this is none", example)
        return rest, None
    owner, path = use.span.source.name, argument.value.value
    found = Path(packed[owner, path]) if (owner, path) in packed else locate(owner, path)
    if isinstance(found, Missing):
        message = f"can't read the spikes of `{population}`: {found.reason}"
        findings.error("E0515", message, argument.value.span, "", found.help or "files are named from the folder of the program")
        return rest, None
    return rest, checked.Input(f"{population} file", "spikes", shape, 0.0, 1.0, file=str(found), written=path, span=use.span)
