"""A component used somewhere: its arguments become a value for each of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from inferno.grammar import ast, checked, library
from inferno.grammar.check.dimensions import NONE, shown_unit
from inferno.grammar.check.elsewhere import own_model, own_parameter, said_otherwise
from inferno.grammar.check.ranges import Interval, check_range
from inferno.grammar.check.scope import Typed
from inferno.grammar.check.trainable import check_mark, unwrap
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.wording import listed, near_or_all, short, suggestion
from inferno.grammar.diagnostics import Edit, Findings, Label
from inferno.grammar.expression import Constant, Expression, Reference, TooLarge, is_drawn, references, substitute
from inferno.grammar.layers import Mark
from inferno.grammar.source import Span
from inferno.grammar.units import parse_unit

KINDS: dict[type[checked.Model], str] = {
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


@dataclass(frozen=True, slots=True)
class Made:
    """A component with its values, and where each value that was given stands."""

    instance: checked.Instance
    places: Mapping[str, Span]


def find(value: ast.Expr, models: Mapping[str, checked.Model | None], wanted: type[checked.Model], findings: Findings) -> Use | None:
    """The component that `Name(…)` or `Name` uses, which must be of the wanted kind."""
    kind = KINDS[wanted]
    name = value.function if isinstance(value, ast.Call) else value
    if not isinstance(name, ast.Name):
        help_text = f"write the name of a {kind} with its parameters, e.g. `{EXAMPLES[wanted]}`"
        findings.error("E0307", f"a {kind} is expected here", value.span, "", help_text)
        return None
    if name.id not in models:
        if findings.is_first("E0301", "component", name.id):
            findings.error("E0301", f"unknown {kind} `{name.id}`", name.span, "", _where_from(name.id, models, wanted, findings))
        return None
    model = models[name.id]
    if model is None:
        return None
    if not isinstance(model, wanted):
        label = f"a {kind} is expected here"
        findings.error("E0307", f"`{name.id}` is a {KINDS[type(model)]}, not a {kind}", name.span, label)
        return None
    return Use(model, value.arguments if isinstance(value, ast.Call) else (), value.span)


EXAMPLES: dict[type[checked.Model], str] = {
    checked.NeuronModel: "LIF(tau_m = 20 ms)",
    checked.SynapseModel: "Delta(q = 1 pC)",
    checked.PlasticityModel: "STDP(lr_post = 5e-4)",
    checked.ReadoutModel: "MaxRate(exc, classes = 10)",
}

KINDS_OF_FILES: dict[str, type[checked.Model]] = {
    "neurons": checked.NeuronModel,
    "sources": checked.NeuronModel,
    "synapses": checked.SynapseModel,
    "plasticity": checked.PlasticityModel,
}

# What may stand where a component does, and is none.
ALSO: dict[type[checked.Model], tuple[str, ...]] = {checked.ReadoutModel: ("mean", "sum")}


def _where_from(name: str, models: Mapping[str, checked.Model | None], wanted: type[checked.Model], findings: Findings) -> str:
    """Where a component of this name could come from."""
    standard = {component: module for module in library.MODULES for component in library.components(module)}
    if name in standard:
        return f"import it: `from std.{standard[name]} import {name}`"
    fitting = [n for n, model in models.items() if model is None or isinstance(model, wanted)]
    if (own := own_model(name)) and KINDS_OF_FILES.get(standard[own]) is wanted:
        return f"the nearest here is `{own}`: `from std.{standard[own]} import {own}`, and `inferno show {own}`"
    if near := suggestion(findings, name, (*fitting, *ALSO.get(wanted, ()))) or suggestion(findings, name, standard):
        return near
    if wanted is checked.ReadoutModel:
        readouts = [n for n, module in standard.items() if module == "readout"]
        return f"readouts are {listed([*readouts, *ALSO[wanted]])}"
    return f"define it with `{KINDS[wanted].split()[0]} {name:.60}:`, or import it"


def instantiate(
    use: Use,
    typer: Typer,
    overrides: Mapping[str, ast.Expr],
    *,
    inputs: Mapping[str, Interval] | None = None,
    skip: frozenset[str] = frozenset(),
) -> Made | None:
    """The component with its values; `overrides` go before what is written.

    With `inputs`, the ranges of the network's analog inputs, a value may be an expression over them; otherwise it must be constant, or
    drawn where the typer allows draws.
    `skip` names arguments that are not parameters and are read elsewhere.
    """
    before = typer.findings.errors
    nodes = {**bind(use, typer.findings, skip), **overrides}
    is_bound = typer.findings.errors == before
    values: dict[str, Expression] = {}
    marks: dict[str, Mark] = {}
    for parameter in _in_order(use.model):
        node = nodes.get(parameter.name)
        if node is None and parameter.default is None and not is_bound:
            continue  # it may be what an argument with a mistake was meant for
        typer.begin()
        if node is not None:
            node, mark = unwrap(typer, node, parameter.dimension)
            if mark is not None:
                marks[parameter.name] = mark
        value = _value(parameter, node, values, use, typer)
        if value is None:
            continue
        values[parameter.name] = value
        place = (node or use).span
        if not isinstance(value, Constant) and inputs is None and typer.scope.draws == "never":
            typer.findings.error("E0609", f"`{parameter.name}` must be constant", place, f"not allowed in {typer.scope.place}")
        check_range(parameter, value, values, place, typer.findings, inputs)
        check_mark(typer, marks.get(parameter.name), value, place, parameter.dimension)
        if parameter.name in marks and not isinstance(value, Constant):
            typer.findings.error("E0609", f"`{parameter.name}` can be trained only where it is constant", place, "this varies")
    if typer.findings.errors != before:
        return None
    instance = checked.Instance(use.model, tuple(sorted(values.items())), tuple(sorted(marks.items())), span=use.span)
    return Made(instance, {name: node.span for name, node in nodes.items()})


def _in_order(model: checked.Model) -> list[checked.Parameter]:
    """Parameters so that each comes after those its default or range mentions."""
    parameters = {p.name: p for p in model.parameters}
    needs = {p.name: _needs(p) for p in model.parameters}
    return [parameters[name] for name in TopologicalSorter(needs).static_order()] if any(needs.values()) else list(model.parameters)


def _needs(parameter: checked.Parameter) -> set[str]:
    expressions = [e for e in (parameter.default, parameter.low, parameter.high) if e is not None and not isinstance(e, Constant)]
    return {r.name for e in expressions for r in references(e, "parameter")} - {parameter.name}


def _equal_sign(value: ast.Expr) -> Span | None:
    """The place of the `==` of `name == value`."""
    if not (isinstance(value, ast.Compare) and isinstance(value.first, ast.Name) and len(value.rest) == 1 and value.rest[0][0] == "=="):
        return None
    start = value.span.source.text.index("==", value.first.span.end)
    return Span(value.span.source, start, start + 2)


def bind(use: Use, findings: Findings, skip: frozenset[str]) -> dict[str, ast.Expr]:
    """What is written for each parameter, `skip` and arguments with a mistake, which is reported, apart."""
    known = {p.name for p in use.model.parameters}
    bound: dict[str, ast.Expr] = {}
    for argument in use.arguments:
        if argument.name is None and (sign := _equal_sign(argument.value)):
            findings.error("E0103", "`==` compares; it gives no value", sign, "", "write `=`", edit=Edit(sign, "="))
        elif argument.name is None:
            first = _fitting(argument.value, use.model)
            is_count = isinstance(argument.value, ast.Number) and argument.value.unit is None and argument.value.value > 1
            help_text = f"write `{first} = {short(argument.span)}`, say" if first else f"`{use.model.name}` has no parameters"
            if is_count and isinstance(use.model, checked.NeuronModel):
                help_text = (
                    f"how many neurons there are stands behind the name of the population: `population cells[{short(argument.span)}] = …`"
                )
            findings.error("E0305", f"the parameters of `{use.model.name}` are given by name", argument.span, "", help_text)
        elif argument.name in skip:
            continue
        elif argument.name not in known:
            span = Span(argument.span.source, argument.span.start, argument.span.start + len(argument.name))
            names = [p.name for p in use.model.parameters if "." not in p.name]
            hint = _parameter_meant(use.model, argument.name, names, findings)
            if isinstance(use.model, checked.NeuronModel) and argument.name in {p.name for p in use.model.ports}:
                hint = f"`{argument.name}` is a receptor: spikes reach it; give its first value with `init {argument.name} = …`"
            findings.error("E0303", f"`{use.model.name}` has no parameter `{argument.name}`", span, "", hint)
        elif argument.name in bound:
            label = Label(bound[argument.name].span, "first here")
            findings.error("E0302", f"`{argument.name}` is given twice", argument.span, "again here", labels=(label,))
        else:
            bound[argument.name] = argument.value
    return bound


def _parameter_meant(model: checked.Model, name: str, names: list[str], findings: Findings) -> str:
    """Which parameter a name may mean that the component does not have."""
    inputs = [p.name for p in model.ports if not p.receptor] if isinstance(model, checked.NeuronModel) else []
    if own := own_parameter(name, (*names, *inputs)):
        return own
    if isinstance(model, checked.NeuronModel) and name.lower() in ("n", "size", "shape", "number"):
        return "how many neurons there are stands behind their name: `population cells[100] = …`"
    hint = said_otherwise(name, names) or near_or_all(findings, name, names, "its parameters are")
    shown = f"its inputs are {listed(inputs)}; `inferno show {model.name}` says more" if inputs else f"`{model.name}` has no parameters"
    return hint or shown


def _fitting(node: ast.Expr, model: checked.Model) -> str:
    """The parameter that a value given without a name probably means: the first of its unit."""
    names = [p.name for p in model.parameters]
    if isinstance(node, ast.Number) and node.unit not in (None, "dt"):
        dimension = parse_unit(node.unit or "1").dimension
        names = [p.name for p in model.parameters if p.dimension == dimension] or names
    return names[0] if names else ""


def _value(
    parameter: checked.Parameter, node: ast.Expr | None, earlier: Mapping[str, Expression], use: Use, typer: Typer
) -> Expression | None:
    """A parameter's value, as given or by default; None where a mistake is reported."""
    if node is not None:
        typed: Typed = typer.fit(node, parameter.dimension, f"`{parameter.name}` of `{use.model.name}`")
        return None if typed.is_lost else typed.expression
    if parameter.default is None:
        example = f"{parameter.name} = 1" if parameter.dimension == NONE else f"{parameter.name} = 1 {shown_unit(parameter.dimension)}"
        more = ", …" if use.arguments else ""
        help_text = f"write, say, `{use.model.name}({example}{more})`"
        typer.findings.error("E0304", f"`{use.model.name}` needs a value for `{parameter.name}`", use.span, "", help_text)
        return None
    try:
        return substitute(parameter.default, {Reference("parameter", n): v for n, v in earlier.items() if not is_drawn(v)})
    except TooLarge as problem:
        typer.findings.error("E0411", f"the default of `{parameter.name}` is {problem} with these values", use.span)
    except ValueError as problem:
        message = f"the default of `{parameter.name}` can't be calculated: {problem}"
        typer.findings.error("E0602", message, use.span, "", f"give `{parameter.name}` a value, or other values to what its default uses")
    return None
