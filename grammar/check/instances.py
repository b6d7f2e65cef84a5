"""A component used somewhere: its arguments become a value for each of its parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import NONE, Kind
from inferno.grammar.check.typing import Typer, suggestion
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant, Expression, Reference, substitute
from inferno.grammar.source import Span
from inferno.grammar.units import base_unit

KINDS: dict[type, str] = {
    checked.NeuronModel: "neuron",
    checked.SynapseModel: "synapse",
    checked.PlasticityModel: "plasticity rule",
    checked.ReadoutModel: "readout",
}


@dataclass(frozen=True, slots=True)
class Use:
    """A component's name with its arguments, as written."""

    model: checked.Model
    arguments: tuple[ast.Argument, ...]
    span: Span


def find(value: ast.Expr, models: Mapping[str, checked.Model | None], wanted: type, findings: Findings) -> Use | None:
    """The component that `Name(…)` or `Name` uses, which must be of the wanted kind."""
    name = value.function if isinstance(value, ast.Call) else value
    if not isinstance(name, ast.Name):
        findings.error("E0307", f"a {KINDS[wanted]} is expected here", value.span, "", "write its name with its parameters, e.g. `LIF(tau_m = 20 ms)`")
        return None
    if name.id not in models:
        hint = suggestion(name.id, models) or f"define `{KINDS[wanted].split()[0]} {name.id}:` or import it, e.g. `from std.neurons import LIF`"
        findings.error("E0301", f"unknown {KINDS[wanted]} `{name.id}`", name.span, "", hint)
        return None
    model = models[name.id]
    if model is None:
        return None
    if not isinstance(model, wanted):
        findings.error("E0307", f"`{name.id}` is a {KINDS[type(model)]}, not a {KINDS[wanted]}", name.span)
        return None
    return Use(model, value.arguments if isinstance(value, ast.Call) else (), value.span)


def instantiate(use: Use, typer: Typer, overrides: Mapping[str, ast.Expr], *, varying: bool = False, skip: frozenset[str] = frozenset()) -> checked.Instance | None:
    """The component with its values; `overrides` go before what is written.

    With `varying` a value may be an expression over the network's inputs; otherwise it must be constant.  `skip` names arguments that
    are not parameters and are read elsewhere.
    """
    written = _bind(use, typer.findings, skip)
    if written is None:
        return None
    values: dict[str, Expression] = {}
    complete = True
    for parameter in _in_order(use.model):
        node = overrides.get(parameter.name, written.get(parameter.name))
        value = _value(parameter, node, values, use, typer)
        if value is None:
            complete = False
            continue
        values[parameter.name] = value
        if not isinstance(value, Constant) and not varying:
            typer.findings.error("E0609", f"`{parameter.name}` must be constant", (node or use).span)
            complete = False
        complete = check_range(parameter, value, values, (node or use).span, typer.findings) and complete
    if not complete:
        return None
    return checked.Instance(use.model, tuple(sorted(values.items())), span=use.span)


def _in_order(model: checked.Model) -> list[checked.Parameter]:
    """Parameters so that each comes after those its default or range mentions."""
    from graphlib import TopologicalSorter

    from inferno.grammar.expression import references

    parameters = {p.name: p for p in model.parameters}
    needs = {
        p.name: {r.name for e in (p.default, p.low, p.high) if e is not None for r in references(e, "parameter") if r.name != p.name} for p in model.parameters
    }
    return [parameters[name] for name in TopologicalSorter(needs).static_order() if name in parameters]


def _bind(use: Use, findings: Findings, skip: frozenset[str]) -> dict[str, ast.Expr] | None:
    known = [p.name for p in use.model.parameters]
    bound: dict[str, ast.Expr] = {}
    fine = True
    for argument in use.arguments:
        if argument.name is None:
            findings.error("E0305", f"the parameters of `{use.model.name}` are given by name", argument.span, "", f"write `{known[0]} = {argument.span.text.strip()}`, say" if known else "")
            fine = False
        elif argument.name in skip:
            continue
        elif argument.name not in known:
            listed = ", ".join(f"`{n}`" for n in known) or "none"
            findings.error("E0303", f"`{use.model.name}` has no parameter `{argument.name}`", argument.span, "", suggestion(argument.name, known) or f"its parameters: {listed}")
            fine = False
        elif argument.name in bound:
            findings.error("E0302", f"`{argument.name}` is given twice", argument.span, "again here", labels=(Label(bound[argument.name].span, "first here"),))
            fine = False
        else:
            bound[argument.name] = argument.value
    return bound if fine else None


def _value(parameter: checked.Parameter, node: ast.Expr | None, earlier: Mapping[str, Expression], use: Use, typer: Typer) -> Expression | None:
    if node is not None:
        before = len(typer.findings.all)
        value = typer.expect(node, parameter.dimension, f"`{parameter.name}` of `{use.model.name}`")
        return value if len(typer.findings.all) == before else None
    if parameter.default is None:
        unit = base_unit(parameter.dimension)
        example = f"{parameter.name} = 1 {unit}" if parameter.dimension != NONE else f"{parameter.name} = 1"
        typer.findings.error("E0304", f"`{use.model.name}` needs a value for `{parameter.name}`", use.span, "", f"write `{use.model.name}({example}, …)`")
        return None
    try:
        return substitute(parameter.default, {Reference("parameter", n): v for n, v in earlier.items()})
    except ValueError as problem:
        typer.findings.error("E0602", f"the default of `{parameter.name}` can't be calculated: {problem}", use.span)
        return None


def check_range(parameter: checked.Parameter, value: Expression, values: Mapping[str, Expression], span: Span, findings: Findings) -> bool:
    """Whether a constant value lies in its parameter's range and is whole where it must be; else a finding says so."""
    if not isinstance(value, Constant) or isinstance(value.value, bool):
        return True
    if parameter.integer and Fraction(value.value if math.isfinite(value.value) else 0.5).denominator != 1:
        findings.error("E0607", f"`{parameter.name}` is a whole number", span, f"this is {float(value.value):g}")
        return False
    references = {Reference("parameter", n): v for n, v in values.items()}
    for limit, above in ((parameter.low, True), (parameter.high, False)):
        bound = substitute(limit, references) if limit is not None else None
        if isinstance(bound, Constant) and (value.value < bound.value if above else value.value > bound.value):
            unit = "" if parameter.dimension == NONE else " " + base_unit(parameter.dimension)
            findings.error(
                "E0601",
                f"`{parameter.name}` is out of range",
                span,
                f"this is {float(value.value):g}{unit}",
                f"it must be {'at least' if above else 'at most'} {float(bound.value):g}{unit}",
            )
            return False
    return True


def plain(value: Expression, kind: Kind) -> str:
    """A value as a reader writes it."""
    return f"{float(value.value):g}" if isinstance(value, Constant) else str(kind)
