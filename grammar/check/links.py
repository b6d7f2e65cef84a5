"""Links of values: `reward -> da.I`, `da.x -> ff.D`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import NONE, describe, noun, shown_unit
from inferno.grammar.check.ends import base_name
from inferno.grammar.check.wiring import Network, model_of, ports_of
from inferno.grammar.check.wording import listed, near_or_all, short
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import Expression, Reference, apply
from inferno.grammar.source import Span
from inferno.grammar.units import Dimension

THROUGH_A_PROJECTION = "a part takes a projection, `projection exc[:5].v -> inh[:5]:`, say"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link: what it belongs to, which of its values, of what unit and shape."""

    owner: str
    member: str
    dimension: Dimension
    shape: checked.Shape
    span: Span


def check_link(network: Network, start: ast.Expr, end: ast.Expr, span: Span) -> None:
    """A link between a value and what takes it."""
    source, target = _source(network, start), _target(network, end)
    if source is not None and target is not None:
        _join(network, span, source, target)


def check_modulators(network: Network) -> None:
    """Report modulators that nothing is linked to."""
    for name in sorted(network.projections):
        rule = network.projections[name].plasticity
        if rule is None or not isinstance(rule.model, checked.PlasticityModel):
            continue
        for modulator in rule.model.modulators:
            if (name, modulator.name) not in network.linked:
                message = f"nothing drives the modulator `{modulator.name}` of `{rule.model.name}`"
                help_text = f"link a value to it, e.g. `reward -> {name}.{modulator.name}`"
                labels = (Label(modulator.span, "declared here"),)
                network.findings.error("E0531", message, rule.span, f"`{name}.{modulator.name}` has no value", help_text, labels=labels)


# ---- where a value comes from ---------------------------------------------------------------------------


def _source(network: Network, node: ast.Expr) -> End | None:
    findings = network.findings
    owner, member = _parts(node)
    if owner in network.inputs and member is None:
        entry = network.inputs[owner]
        if entry.kind == "spikes":
            message, label = f"`{owner}` holds spikes, and a link carries values", "an input of spikes"
            findings.error("E0530", message, node.span, label, "spikes go through a `projection`")
            return None
        return End(owner, "", NONE, entry.shape, node.span)
    if owner in network.populations:
        return _state(network, network.populations[owner], member, node)
    if _is_part(network, node):
        findings.error("E0530", "a link carries a state of a whole population", node.span, "this is a part of one", THROUGH_A_PROJECTION)
    elif owner is None:
        findings.error("E0530", "a link starts at an input or at a state of a population", node.span, "", "write, say, `reward -> da.I`")
    elif owner in network.inputs:
        findings.error("E0530", f"`{owner}` is an input and has no `{member}`", node.span, "", f"write `{owner} -> …`")
    elif owner in network.projected:
        findings.error("E0530", "a link starts at an input or at a state of a population", node.span, f"`{owner}` is a projection")
    elif owner not in network.declared and findings.is_first("E0501", owner):
        hint = near_or_all(findings, owner, network.declared)
        findings.error("E0501", f"unknown population or input `{owner}`", node.span, "", hint)
    return None


def _state(network: Network, population: checked.Population, member: str | None, node: ast.Expr) -> End | None:
    states = {s.name: s for s in model_of(population).states}
    name = population.name
    if member in states:
        return End(name, member, states[member].dimension, population.shape, node.span)
    if member in (None, "spikes"):
        choice = next(iter(states), None)
        help_text = f"name one, e.g. `{name}.{choice} -> …`" if choice is not None else "spikes go through a `projection`"
        network.findings.error("E0530", "a link carries a state of a population", node.span, "this stands for its spikes", help_text)
    else:
        hint = near_or_all(network.findings, member, states, "its states are")
        network.findings.error("E0530", f"`{name}` has no state `{member}`", node.span, "", hint)
    return None


def _is_part(network: Network, node: ast.Expr) -> bool:
    """Whether an end is of a view, or of a part of a population."""
    base = base_name(node) or ""
    return base in network.views or (base in network.populations and _parts(node)[0] is None)


def _parts(node: ast.Expr) -> tuple[str | None, str | None]:
    """`da.x` as its two names."""
    if isinstance(node, ast.Name):
        return node.id, None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.value.id, node.name
    return None, None


# ---- where it goes --------------------------------------------------------------------------------------


def _target(network: Network, node: ast.Expr) -> End | None:
    findings = network.findings
    owner, member = _parts(node)
    if owner in network.projections and member is not None:
        return _modulator(network, network.projections[owner], member, node)
    if owner in network.populations:
        return _port(network, network.populations[owner], member, node)
    if _is_part(network, node):
        findings.error("E0530", "a link ends at an input of a whole population", node.span, "this is a part of one", THROUGH_A_PROJECTION)
    elif owner in network.projected and member is not None:
        # What could not be checked may have this modulator.
        network.linked.add((owner, member))
    elif owner is None or owner in network.inputs or owner in network.projected:
        message = "a link ends at an input of a population or at the modulator of a rule"
        findings.error("E0530", message, node.span, "", "write, say, `reward -> da.I` or `da.x -> ff.D`")
    elif owner not in network.declared and findings.is_first("E0501", owner):
        hint = near_or_all(findings, owner, [*network.declared, *network.projected])
        findings.error("E0501", f"unknown population or projection `{owner}`", node.span, "", hint)
    return None


def _modulator(network: Network, projection: checked.Projection, member: str, node: ast.Expr) -> End | None:
    rule = projection.plasticity
    name = projection.name
    if name in network.faulty_rules:
        return None
    if rule is None:
        network.findings.error("E0530", f"`{name}` has no modulator: it does not learn", node.span)
        return None
    assert isinstance(rule.model, checked.PlasticityModel)
    known = {m.name: m for m in rule.model.modulators}
    if member not in known:
        hint = near_or_all(network.findings, member, known, "its modulators are")
        help_text = hint or f"declare it there: `modulator {member}`"
        network.findings.error("E0530", f"the rule `{rule.model.name}` of `{name}` has no modulator `{member}`", node.span, "", help_text)
        return None
    if (name, member) in network.linked:
        help_text = "add the values up in a population, and link that"
        network.findings.error("E0530", f"two links end at `{name}.{member}`", node.span, "the second", help_text)
        return None
    network.linked.add((name, member))
    shape = checked.part_shape(network.populations[projection.target].shape, projection.target_part)
    return End(name, member, known[member].dimension, shape, node.span)


def _port(network: Network, population: checked.Population, member: str | None, node: ast.Expr) -> End | None:
    ports = {p.name: p for p in ports_of(model_of(population))}
    name = population.name
    if member is None and len(ports) == 1:
        member = next(iter(ports))
    if member is None:
        choices = f"write one of {listed(f'{name}.{p}' for p in ports)}" if ports else f"`{model_of(population).name}` declares no `input`"
        network.findings.error("E0505", f"`{name}` has {len(ports) or 'no'} input{'s' * (len(ports) != 1)}", node.span, "", choices)
        return None
    if member not in ports:
        hint = near_or_all(network.findings, member, ports, "its inputs are") or f"`{model_of(population).name}` declares no `input`"
        network.findings.error("E0501", f"`{name}` has no input `{member}`", node.span, "", hint)
        return None
    return End(name, member, ports[member].dimension, population.shape, node.span)


# ---- both -----------------------------------------------------------------------------------------------


def _join(network: Network, span: Span, source: End, target: End) -> None:
    if not _fits(network, source, target):
        return
    if target.owner in network.populations and not source.member:
        _drive(network, source, target)
        return
    projection = network.projections.get(target.owner)
    place = projection.target if projection is not None else target.owner
    name = projection.name if projection is not None else ""
    network.links.append(checked.Link(source.owner, source.member, place, target.member, name, span=span))


def _fits(network: Network, source: End, target: End) -> bool:
    words = f"{target.owner}.{target.member}"
    before = network.findings.errors
    if source.dimension != target.dimension:
        message = f"`{words}` takes {noun(target.dimension)}, and `{short(source.span)}` is {noun(source.dimension)}"
        help_text = ""
        if not source.member and target.owner in network.populations:
            example = f"{target.member} = 1 {shown_unit(target.dimension)} * {source.owner}"
            help_text = f"an input is a plain number; give it a unit where `{target.owner}` is declared: `{example}`"
        labels = (Label(target.span, f"takes {describe(target.dimension)}"),)
        network.findings.error("E0530", message, source.span, describe(source.dimension), help_text, labels=labels)
    if math.prod(source.shape) != 1 and source.shape != target.shape:
        message = f"`{short(source.span)}` has the shape {list(source.shape)}, and `{words}` takes {list(target.shape)} or one value"
        network.findings.error("E0502", message, source.span, labels=(Label(target.span, "this end"),))
    return network.findings.errors == before


def _drive(network: Network, source: End, target: End) -> None:
    """An input that enters a population's input is added to what is given for that."""
    population = network.populations[target.owner]
    drive = dict(population.drive)
    value: Expression = Reference("input", source.owner)
    drive[target.member] = apply("add", drive[target.member], value) if target.member in drive else value
    network.populations[target.owner] = replace(population, drive=tuple(sorted(drive.items())))
