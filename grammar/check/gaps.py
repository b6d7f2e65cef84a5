"""`projection gap: out <-> out.v = gap_junction(g = 0.5 nS, connect = ring(1))`: neurons that share a current."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check.connectivity import connectivity
from inferno.grammar.check.dimensions import describe, noun, quotient
from inferno.grammar.check.ends import Ends, base_name
from inferno.grammar.check.views import Place, has_index_behind, part_of, resolve
from inferno.grammar.check.wiring import Network, model_of
from inferno.grammar.check.wording import near_or_all, short
from inferno.grammar.expression import Reference, apply

EXAMPLE = "write `projection gap: cells <-> cells.v = gap_junction(g = 0.5 nS, connect = ring(1))`"
OPTIONS = ("g", "connect")


@dataclass(frozen=True, slots=True)
class Side:
    """One end of gap junctions: a population or a part of it, and the equation of the state that is coupled."""

    population: checked.Population
    part: checked.Ranges
    equation: checked.Equation
    state: checked.State


def check_gap(network: Network, declaration: ast.ProjectionDecl, name: str) -> None:
    """Check gap junctions, and let their current enter the equations of the states that they couple."""
    findings = network.findings
    options = _options(network, declaration)
    sides = _sides(network, declaration) if declaration.value is not None else None
    if options is None or sides is None:
        return
    first, second = sides
    given = options | network.overridden(name, set(OPTIONS))
    before = findings.errors
    ends = Ends(declaration, first.population, first.part, second.population, second.part, None)
    pairs = connectivity(network, given.get("connect"), ends)
    value = _conductance(network, declaration, given.get("g"), second)
    if findings.errors != before or pairs is None or value is None:
        return
    gap = checked.GapJunction(name, second.population.name, second.equation.state, value, second.part, pairs.recipe, span=declaration.span)
    if not _is_same(first, second):
        gap = replace(gap, other=first.population.name, other_state=first.equation.state, other_part=first.part)
    network.gaps[name] = gap
    for owner, equation in {(s.population.name, s.equation.state): s.equation for s in sides}.items():
        network.populations[owner[0]] = _with_current(network.populations[owner[0]], equation, name)


def _is_same(first: Side, second: Side) -> bool:
    """Whether both ends are the same neurons, with the same state."""
    return (first.population.name, first.part, first.equation.state) == (second.population.name, second.part, second.equation.state)


def _conductance(network: Network, declaration: ast.ProjectionDecl, node: ast.Expr | None, side: Side) -> Fraction | None:
    """The number `g` in base units; None where it is missing or wrong, which is reported."""
    assert side.equation.driven is not None
    wanted = quotient(side.equation.driven, side.state.dimension)
    if node is None:
        network.findings.error("E0522", "a gap junction needs `g`", declaration.span, f"{describe(wanted)}", EXAMPLE)
        return None
    value = network.typer("a gap junction").constant(node, wanted, "`g`")
    if value is not None and not 0 <= value < float("inf"):
        found = "this is negative" if value < 0 else "this is infinite"
        network.findings.error("E0601", "`g` of a gap junction must be at least 0 and finite", node.span, found)
        return None
    return Fraction(value) if value is not None else None


def _options(network: Network, declaration: ast.ProjectionDecl) -> dict[str, ast.Expr] | None:
    """The arguments of `gap_junction`."""
    call = declaration.value
    is_call = isinstance(call, ast.Call) and isinstance(call.function, ast.Name) and call.function.id == "gap_junction"
    if declaration.arrow != "<->" or not is_call:
        where = call.span if call is not None else declaration.span
        if declaration.arrow == "<->":
            network.findings.error("E0522", "what joins both ways is a gap junction", where, "", EXAMPLE)
        elif is_call:
            help_text = f"write `{short(declaration.source.span)} <-> {short(declaration.target.span)}`"
            ends = declaration.source.span.to(declaration.target.span)
            network.findings.error("E0522", "gap junctions join both ways", ends, f"`{declaration.arrow}` is one way", help_text)
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


def _sides(network: Network, declaration: ast.ProjectionDecl) -> tuple[Side, Side] | None:
    """Both ends; the first has the state that the second names, unless it names one itself."""
    places = [_place(network, node) for node in (declaration.source, declaration.target)]
    target = declaration.target
    if isinstance(target, ast.Attribute):
        name = target.name
    else:
        place = places[1]
        moving = [e.state for e in model_of(network.populations[place.owner]).equations] if place is not None else []
        if place is not None:
            help_text = f"write `{short(target.span)}.{next(iter(moving), 'v')}`, say"
            network.findings.error("E0522", "which state do the gap junctions couple?", target.span, "", help_text)
        return None
    if places[0] is None or places[1] is None:
        return None
    own = declaration.source.name if isinstance(declaration.source, ast.Attribute) else name
    second = _side(network, target, places[1], name)
    first = _side(network, declaration.source, places[0], own) if second is not None else None
    if first is None or second is None or first.equation.driven is None or second.equation.driven is None:
        return None
    return (first, second) if _fit(network, declaration, first, second) else None


def _fit(network: Network, declaration: ast.ProjectionDecl, first: Side, second: Side) -> bool:
    """Whether one current can flow between both ends."""
    findings, mine, its = network.findings, first.population.name, second.population.name
    kinds = [(s.state.dimension, s.equation.driven) for s in (first, second)]
    if kinds[0] != kinds[1]:
        names = f"`{mine}.{first.state.name}` and `{its}.{second.state.name}`"
        for shown, one, other in zip(("are", "are driven by"), *kinds, strict=True):
            if one != other and one is not None and other is not None:
                message = f"{names} {shown} {noun(one)} and {noun(other)}: no current can flow between them"
                findings.error("E0522", message, declaration.target.span, "", "couple states of the same unit, whose equations have it too")
                return False
    if mine == its and first.state == second.state and first.part != second.part and _overlap(first, second):
        message = "the two parts that gap junctions join overlap"
        findings.error("E0522", message, declaration.target.span, "", "join two parts without common neurons, or one part with itself")
        return False
    if mine == its and first.state != second.state:
        message = f"gap junctions within `{mine}` couple one state, not `{first.state.name}` and `{second.state.name}`"
        findings.error("E0522", message, declaration.target.span)
        return False
    return True


def _overlap(first: Side, second: Side) -> bool:
    whole = tuple((0, n) for n in first.population.shape)
    axes = zip(first.part or whole, second.part or whole, strict=True)
    return all(max(a[0], b[0]) < min(a[1], b[1]) for a, b in axes)


def _place(network: Network, node: ast.Expr) -> Place | None:
    """The population, or part of one, that an end is."""
    if has_index_behind(network, node, "E0522"):
        return None
    owner = node.value if isinstance(node, ast.Attribute) else node
    base = base_name(owner)
    if base is None or isinstance(owner, ast.Attribute) or (base not in network.populations and base not in network.views):
        if base not in network.declared or base in network.inputs:
            message = "a gap junction joins neurons of populations"
            network.findings.error("E0522", message, owner.span, f"`{short(owner.span)}` is no population", EXAMPLE)
        return None
    place = resolve(network, owner)
    if place is not None and place.owner in network.inputs:
        network.findings.error("E0522", "a gap junction joins neurons of populations", owner.span, f"`{place.owner}` is an input", EXAMPLE)
        return None
    return place


def _side(network: Network, node: ast.Expr, place: Place, name: str) -> Side | None:
    """An end with the equation of the state that is coupled."""
    findings, population = network.findings, network.populations[place.owner]
    model = model_of(population)
    moving = {e.state: e for e in model.equations}
    if network.is_faulty(model):
        return None
    state = next((s for s in model.states if s.name == name), None)
    if name not in moving or state is None:
        hint = near_or_all(findings, name, moving, "such states are")
        findings.error("E0522", f"`{name}` is no state of `{model.name}` with an equation", node.span, "", hint)
        return None
    if state.shared is not None:
        findings.error("E0522", f"`{name}` is one value for the whole batch, which nothing can couple", node.span)
        return None
    return Side(population, part_of(place, population.shape), moving[name], state)


def _with_current(population: checked.Population, equation: checked.Equation, name: str) -> checked.Population:
    """The population with the current on the right side of the equation."""
    model = model_of(population)
    assert equation.driven is not None
    current = checked.Port(f"{name} current", equation.driven, span=equation.span)
    present = next(e for e in model.equations if e.state == equation.state)
    rate = apply("add", present.rate, apply("divide", Reference("port", current.name), equation.scale))
    # An equation of a population that several gap junctions couple grows with each.
    equations = tuple(replace(e, rate=rate) if e.state == equation.state else e for e in model.equations)
    coupled = replace(model, ports=(*model.ports, current), equations=equations)
    return replace(population, neuron=replace(population.neuron, model=coupled))
