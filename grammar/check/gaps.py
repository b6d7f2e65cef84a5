"""`projection gap: out <-> out.v = gap_junction(g = 0.5 nS, connect = ring(1))`: neurons that share a current."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check.connectivity import connectivity
from inferno.grammar.check.dimensions import describe, quotient
from inferno.grammar.check.ends import Ends, base_name
from inferno.grammar.check.views import Place, part_of, resolve
from inferno.grammar.check.wiring import Network, model_of
from inferno.grammar.check.wording import near_or_all, short
from inferno.grammar.expression import Reference, apply

EXAMPLE = "write `projection gap: cells <-> cells.v = gap_junction(g = 0.5 nS, connect = ring(1))`"
OPTIONS = ("g", "connect")


def check_gap(network: Network, declaration: ast.ProjectionDecl) -> None:
    """Check a gap junction, and let its current enter the equation of the state that it couples."""
    findings, name = network.findings, declaration.name
    options = _options(network, declaration)
    place = _same_place(network, declaration)
    if options is None or place is None or name is None:
        if name is None:
            findings.error("E0522", "a gap junction needs a name", declaration.span, "", EXAMPLE)
        return
    population = network.populations[place.owner]
    equation = _equation(network, declaration, population)
    part = part_of(place, population.shape)
    given = options | network.overridden(name, set(OPTIONS))
    before = findings.errors
    pairs = connectivity(network, given.get("connect"), Ends(declaration, population, part, population, part, None))
    if equation is None or equation.driven is None:
        return
    state = next(s for s in model_of(population).states if s.name == equation.state)
    wanted = quotient(equation.driven, state.dimension)
    value = network.typer("a gap junction").constant(given["g"], wanted, "`g`") if "g" in given else None
    if "g" not in given:
        findings.error("E0522", "a gap junction needs `g`", declaration.span, f"{describe(wanted)}", EXAMPLE)
    elif value is not None and not 0 <= value < float("inf"):
        found = "this is negative" if value < 0 else "this is infinite"
        findings.error("E0601", "`g` of a gap junction must be at least 0 and finite", given["g"].span, found)
    if findings.errors != before or pairs is None or value is None:
        return
    found_gap = (name, population.name, equation.state, Fraction(value), part, pairs.recipe)
    network.gaps[name] = checked.GapJunction(*found_gap, span=declaration.span)
    network.populations[population.name] = _with_current(population, equation, name)


def _options(network: Network, declaration: ast.ProjectionDecl) -> dict[str, ast.Expr] | None:
    """The arguments of `gap_junction`."""
    call = declaration.value
    is_call = isinstance(call, ast.Call) and isinstance(call.function, ast.Name) and call.function.id == "gap_junction"
    if declaration.arrow != "<->" or not is_call:
        where = call.span if call is not None else declaration.span
        if declaration.arrow == "<->":
            network.findings.error("E0522", "what joins both ways is a gap junction", where, "", EXAMPLE)
        else:
            help_text = "write `projection name: a -> b:` with its settings below"
            network.findings.error("E0801", "this form of a projection is not supported yet", declaration.span, "", help_text)
        return None
    assert isinstance(call, ast.Call)
    found: dict[str, ast.Expr] = {}
    for argument in call.arguments:
        if argument.name not in OPTIONS or argument.name in found:
            message = f"`gap_junction` takes `g` and `connect`, each once, not `{argument.name or short(argument.value.span)}`"
            network.findings.error("E0305", message, argument.span, "", EXAMPLE)
            return None
        found[argument.name] = argument.value
    return found


def _same_place(network: Network, declaration: ast.ProjectionDecl) -> Place | None:
    """The population, or part of one, that both ends are."""
    places = []
    target = declaration.target.value if isinstance(declaration.target, ast.Attribute) else declaration.target
    for node in (declaration.source, target):
        base = base_name(node)
        if base is None or isinstance(node, ast.Attribute) or (base not in network.populations and base not in network.views):
            if base not in network.declared or base in network.inputs:
                message = "a gap junction joins a population with itself"
                network.findings.error("E0522", message, node.span, f"`{short(node.span)}` is no population", EXAMPLE)
            return None
        places.append(resolve(network, node))
    first, second = places
    if first is None or second is None:
        return None
    if (first.owner, first.ranges) != (second.owner, second.ranges):
        message = "gap junctions between different populations are not supported yet"
        network.findings.error("E0801", message, declaration.span, "", "put these neurons into one population")
        return None
    return first


def _equation(network: Network, declaration: ast.ProjectionDecl, population: checked.Population) -> checked.Equation | None:
    """The equation of the state that is coupled."""
    findings, target = network.findings, declaration.target
    model = model_of(population)
    moving = {e.state: e for e in model.equations}
    if not isinstance(target, ast.Attribute):
        choices = next(iter(moving), "v")
        findings.error("E0522", "which state do the gap junctions couple?", target.span, "", f"write `{short(target.span)}.{choices}`, say")
        return None
    state = next((s for s in model.states if s.name == target.name), None)
    if target.name not in moving or state is None:
        hint = near_or_all(findings, target.name, moving, "such states are")
        findings.error("E0522", f"`{target.name}` is no state of `{model.name}` with an equation", target.span, "", hint)
        return None
    if state.shared is not None:
        findings.error("E0522", f"`{target.name}` is one value for the whole batch, which nothing can couple", target.span)
        return None
    return moving[target.name]


def _with_current(population: checked.Population, equation: checked.Equation, name: str) -> checked.Population:
    """The population with the current on the right side of the equation."""
    model = model_of(population)
    assert equation.driven is not None
    current = checked.Port(f"{name} current", equation.driven, span=equation.span)
    rate = apply("add", equation.rate, apply("divide", Reference("port", current.name), equation.scale))
    # An equation of a population that several gap junctions couple grows with each.
    equations = tuple(replace(e, rate=rate) if e.state == equation.state else e for e in model.equations)
    coupled = replace(model, ports=(*model.ports, current), equations=equations)
    return replace(population, neuron=replace(population.neuron, model=coupled))
