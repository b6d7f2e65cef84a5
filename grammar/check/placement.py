"""Which statements belong in which kind of component."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inferno.grammar import ast

if TYPE_CHECKING:
    from inferno.grammar.check.components import Body

ALLOWED: dict[str, tuple[type[ast.Node], ...]] = {
    "neuron": (
        ast.Params,
        ast.Let,
        ast.Function,
        ast.InputDecl,
        ast.Receptor,
        ast.States,
        ast.Equation,
        ast.SpikeWhen,
        ast.BoundDecl,
        ast.OnEvent,
        ast.Refractory,
        ast.Solve,
        ast.Surrogate,
    ),
    "synapse": (
        ast.Params,
        ast.Let,
        ast.Function,
        ast.InputDecl,
        ast.States,
        ast.Equation,
        ast.OnEvent,
        ast.BoundDecl,
        ast.Solve,
        ast.OutputDecl,
    ),
    "plasticity": (
        ast.Params,
        ast.Let,
        ast.Function,
        ast.Traces,
        ast.Modulator,
        ast.States,
        ast.Equation,
        ast.OnEvent,
        ast.BoundDecl,
        ast.Solve,
    ),
    "readout": (ast.Params,),
}
WORDS: dict[type[ast.Node], str] = {
    ast.SpikeWhen: "`spike when`",
    ast.Refractory: "`refractory`",
    ast.Solve: "`solve`",
    ast.Surrogate: "`surrogate`",
    ast.OnEvent: "`on`",
    ast.Traces: "`trace`",
    ast.Equation: "an equation",
    ast.States: "`state`",
    ast.InputDecl: "`input`",
    ast.OutputDecl: "`output`",
    ast.Let: "`let`",
    ast.Function: "`fn`",
    ast.Receptor: "`receptor`",
    ast.Modulator: "`modulator`",
    ast.BoundDecl: "`bound`",
}

TITLES = {"plasticity": "plasticity rule"}


def refuse_foreign(body: Body) -> None:
    """Report what does not belong in a component of this kind."""
    kind = body.component.kind
    for statement in body.component.body:
        if isinstance(statement, ALLOWED[kind]):
            continue
        title = TITLES.get(kind, kind)
        homes = [other for other, allowed in ALLOWED.items() if isinstance(statement, allowed)]
        help_text = f"it belongs in a {' or a '.join(TITLES.get(h, h) for h in sorted(set(homes) - {kind}))}" if homes else ""
        body.findings.error("E0414", f"{WORDS.get(type(statement), 'this')} does not belong in a {title}", statement.span, "", help_text)
