"""The projections of a network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check import instances, learning
from inferno.grammar.check.dimensions import NONE, TIME, UNKNOWN, Kind, describe, is_plain, noun, product, quantity, quotient, same
from inferno.grammar.check.soundness import check_scales, has_infinity
from inferno.grammar.check.wiring import Network, model_of
from inferno.grammar.check.wording import listed, near_or_all, short, suggestion
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import Constant, Expression, Reference

SETTINGS = ("connect", "synapse", "weight", "delay", "plasticity", "batch", "lower", "upper", "normalize")
PATTERNS = ("dense", "one_to_one")
LATER_PATTERNS = ("random", "fixed_in", "fixed_out", "fixed_total", "gaussian", "ring", "conv", "from_file", "matrix")
MOST_DELAY_STEPS = 100_000


@dataclass(frozen=True, slots=True)
class Ends:
    """What a projection joins; None for what could not be checked, which is reported."""

    declaration: ast.ProjectionDecl
    source: checked.Population | checked.Input | None
    target: checked.Population | None
    port: checked.Port | None


def name_of(declaration: ast.ProjectionDecl) -> str | None:
    """The name of a projection, made of its ends where none is written."""
    source, target = _endpoint(declaration.source), _endpoint(declaration.target)
    made = f"{source[0]}_{target[0]}" if source is not None and target is not None else None
    return declaration.name or made


def check_projection(network: Network, declaration: ast.ProjectionDecl) -> None:
    """`projection ff: enc -> exc:` and its settings."""
    findings = network.findings
    if declaration.arrow != "->" or declaration.value is not None:
        help_text = "write `projection name: a -> b:` with its settings below"
        findings.error("E0801", "this form of a projection is not supported yet", declaration.span, "", help_text)
        return
    source, target = _endpoint(declaration.source), _endpoint(declaration.target)
    if source is None or target is None:
        where = declaration.source if source is None else declaration.target
        findings.error("E0801", "views of a population are not supported yet as the end of a projection", where.span)
        return
    name = declaration.name or f"{source[0]}_{target[0]}"
    attributes = _attributes(network, name, declaration)
    origin = _source(network, source, declaration)
    place, port = _target(network, target, declaration) or (None, None)
    projection = _assemble(network, name, Ends(declaration, origin, place, port), attributes)
    if projection is not None:
        network.projections[name] = projection


def _attributes(network: Network, name: str, declaration: ast.ProjectionDecl) -> dict[str, ast.Expr]:
    found: dict[str, ast.Attr] = {}
    for attribute in declaration.attributes:
        if attribute.kind or attribute.name not in SETTINGS:
            hint = near_or_all(network.findings, attribute.name, SETTINGS)
            network.findings.error("E0701", f"a projection has no setting `{attribute.name}`", attribute.name_span, "", hint)
        elif attribute.name in found:
            label = Label(found[attribute.name].span, "first here")
            network.findings.error("E0302", f"`{attribute.name}` is given twice", attribute.name_span, "again here", labels=(label,))
        else:
            found[attribute.name] = attribute
    return {n: a.value for n, a in found.items()} | network.overridden(name, set(SETTINGS))


# ---- ends -----------------------------------------------------------------------------------------------


def _endpoint(node: ast.Expr) -> tuple[str, str | None] | None:
    if isinstance(node, ast.Name):
        return node.id, None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.value.id, node.name
    return None


def _source(network: Network, end: tuple[str, str | None], declaration: ast.ProjectionDecl) -> checked.Population | checked.Input | None:
    name, member = end
    span = declaration.source.span
    found = network.populations.get(name) or network.inputs.get(name)
    if found is None:
        _unknown_end(network, name, declaration.source)
        return None
    if member not in (None, "spikes"):
        help_text = f"project the spikes: `{name} -> …`"
        network.findings.error("E0801", f"a projection of `{name}.{member}` is not supported yet", span, "", help_text)
        return None
    if isinstance(found, checked.Population) and model_of(found).spike is None:
        network.findings.error("E0511", f"`{name}` never spikes", span, f"`{model_of(found).name}` has no `spike when`")
        return None
    return found


def _target(
    network: Network, end: tuple[str, str | None], declaration: ast.ProjectionDecl
) -> tuple[checked.Population, checked.Port] | None:
    name, member = end
    findings, span = network.findings, declaration.target.span
    population = network.populations.get(name)
    if population is None:
        if name in network.inputs:
            findings.error("E0501", f"`{name}` is an input; a projection ends on a population", span, "", _swapped(network, declaration))
        else:
            _unknown_end(network, name, declaration.target)
        return None
    ports = {p.name: p for p in model_of(population).ports}
    if member is not None and member not in ports:
        hint = near_or_all(findings, member, ports, "its inputs are") or f"`{model_of(population).name}` declares no `input`"
        findings.error("E0501", f"`{name}` has no input `{member}`", span, "", hint)
        return None
    if not ports:
        label = f"`{model_of(population).name}` declares no `input`"
        findings.error("E0505", f"`{name}` has no input", span, label, _swapped(network, declaration))
        return None
    if member is None and len(ports) > 1:
        choices = listed(f"{name}.{p}" for p in ports)
        findings.error("E0505", f"`{name}` has {len(ports)} inputs", span, "which one?", f"write one of {choices}")
        return None
    return population, ports[member] if member is not None else next(iter(ports.values()))


def _swapped(network: Network, declaration: ast.ProjectionDecl) -> str:
    """The other direction, if that would do."""
    end = _endpoint(declaration.source)
    source = network.populations.get(end[0]) if end is not None else None
    if source is None or not model_of(source).ports:
        return ""
    return f"is it the other way round? `{short(declaration.target.span)} -> {short(declaration.source.span)}`"


def _unknown_end(network: Network, name: str, node: ast.Expr) -> None:
    if name in network.declared or not network.findings.is_first("E0501", name):
        return
    hint = near_or_all(network.findings, name, network.declared)
    network.findings.error("E0501", f"unknown population `{name}`", node.span, "", hint)


# ---- settings -------------------------------------------------------------------------------------------


def _assemble(network: Network, name: str, ends: Ends, attributes: Mapping[str, ast.Expr]) -> checked.Projection | None:
    findings, before = network.findings, network.findings.errors
    connectivity = _connectivity(network, attributes.get("connect"), ends)
    synapse, weight_kind = _synapse(network, name, attributes.get("synapse"), ends)
    weight = _weight(network, attributes.get("weight"), weight_kind, ends)
    dimension = weight_kind if is_plain(weight_kind) else NONE
    delay = _delay(network, attributes.get("delay"))
    rule = learning.plasticity(network, name, attributes.get("plasticity"), ends.source, ends.target)
    reduction = learning.batch_reduction(network, attributes.get("batch"))
    lower, upper = learning.bounds(network, attributes, weight_kind)
    normalize = learning.normalization(network, attributes.get("normalize"), weight_kind)
    if findings.errors != before or connectivity is None or ends.source is None or ends.target is None or ends.port is None:
        return None
    return checked.Projection(
        name,
        ends.source.name,
        ends.target.name,
        ends.port.name,
        connectivity,
        synapse,
        weight,
        dimension,
        delay,
        rule,
        reduction,
        lower,
        upper,
        normalize,
        span=ends.declaration.span,
    )


def _connectivity(network: Network, node: ast.Expr | None, ends: Ends) -> checked.Connectivity | None:
    findings = network.findings
    if node is None:
        findings.error("E0504", "a projection needs `connect`", ends.declaration.name_span, "", "write `connect = dense`, say")
        return None
    terms = node.terms if isinstance(node, ast.Sum) else (("+", node),)
    pattern = terms[0][1]
    name = pattern.function if isinstance(pattern, ast.Call) else pattern
    if not isinstance(name, ast.Name) or name.id not in PATTERNS:
        words = name.id if isinstance(name, ast.Name) else short(pattern.span)
        if words in LATER_PATTERNS:
            findings.error("E0801", f"the connectivity `{words}` is not supported yet", pattern.span, "", "use `dense` or `one_to_one`")
        elif isinstance(node, ast.Logical):
            findings.error("E0801", "`&` between connectivities is not supported yet", node.span)
        else:
            hint = suggestion(findings, words, (*PATTERNS, *LATER_PATTERNS)) or "use `dense` or `one_to_one`"
            findings.error("E0504", f"unknown connectivity `{words}`", pattern.span, "", hint)
        return None
    if isinstance(pattern, ast.Call):
        findings.error("E0305", f"`{name.id}` takes no arguments", pattern.span, "", f"write `{name.id}`")
        return None
    diagonal = len(terms) == 2 and terms[1][0] == "-" and isinstance(terms[1][1], ast.Name) and terms[1][1].id == "diagonal"
    if len(terms) == 2 and isinstance(last := terms[1][1], ast.Name) and last.id not in ("diagonal", *PATTERNS, *LATER_PATTERNS):
        hint = suggestion(findings, last.id, ("diagonal", *PATTERNS)) or "write `dense - diagonal`"
        findings.error("E0504", f"unknown connectivity `{last.id}`", last.span, "", hint)
        return None
    if len(terms) > 1 and not diagonal:
        findings.error("E0801", "of the algebra of connectivities only `- diagonal` is supported yet", node.span)
        return None
    if diagonal and name.id == "one_to_one":
        findings.error("E0509", "`one_to_one - diagonal` connects nothing", node.span, "", "`one_to_one` is the diagonal")
        return None
    if ends.source is not None and ends.target is not None and (diagonal or name.id == "one_to_one"):
        sources, targets = math.prod(ends.source.shape), math.prod(ends.target.shape)
        if sources != targets:
            if not findings.is_first("sizes", *sorted((ends.source.name, ends.target.name))):
                return None
            code, words = ("E0509", "- diagonal") if diagonal else ("E0502", "one_to_one")
            counts = f"`{ends.source.name}` has {sources:,}, `{ends.target.name}` has {targets:,}"
            findings.error(code, f"`{words}` needs as many sources as targets", node.span, counts)
            return None
    return checked.Connectivity(name.id, diagonal, span=node.span)


def _synapse(network: Network, name: str, node: ast.Expr | None, ends: Ends) -> tuple[checked.Instance | None, Kind]:
    """The synapse, and the dimension that the weight must have."""
    port = ends.port
    if node is None:
        return None, product(port.dimension, TIME) if port is not None else UNKNOWN
    use = instances.find(node, network.models, checked.SynapseModel, network.findings)
    if use is None:
        return None, UNKNOWN
    assert isinstance(use.model, checked.SynapseModel)
    if not network.afford(use.model, node.span):
        return None, UNKNOWN
    given = network.overridden(name, {p.name for p in use.model.parameters})
    made = instances.instantiate(use, network.typer(f"a synapse of `{name}`", draws="later"), given)
    delivered = use.model.output_dimension
    if port is not None and ends.target is not None and not same(delivered, port.dimension):
        message = f"`{use.model.name}` delivers {noun(delivered)}, but `{port.name}` of `{ends.target.name}` takes {noun(port.dimension)}"
        factor = quotient(port.dimension, delivered)
        help_text = f"take a synapse whose output is {noun(port.dimension)}, or multiply its output by {noun(factor)}"
        network.findings.error("E0506", message, node.span, f"delivers {describe(delivered)}", help_text)
    if made is None:
        return None, use.model.impulse
    known: dict[Reference, Expression] = {Reference("parameter", n): v for n, v in made.instance.values}
    check_scales(use.model.equations, known, use.model, made.places, node.span, network.findings)
    return made.instance, use.model.impulse


def _weight(network: Network, node: ast.Expr | None, kind: Kind, ends: Ends) -> Expression:
    if node is None:
        help_text = "write `weight = uniform(0, 1)`, say"
        network.findings.error("E0512", "a projection needs `weight`", ends.declaration.name_span, "", help_text)
        return Constant(Fraction(0))
    if isinstance(node, ast.Name) and node.id == "from_file":
        network.findings.error("E0801", "`weight = from_file` is not supported yet", node.span, "", "give a constant or a distribution")
        return Constant(Fraction(0))
    typed = network.typer("a weight", draws="allowed").fit(node, kind, "the weight")
    if not typed.is_lost and has_infinity(typed.expression):
        network.findings.error("E0601", "a weight must be finite", node.span, "this is infinite")
    return typed.expression


def _delay(network: Network, node: ast.Expr | None) -> int:
    """A delay in whole steps, rounded half up; a delay that is not 0 is at least one step."""
    if node is None:
        return 0
    if isinstance(node, ast.Name) and node.id == "from_file":
        network.findings.error("E0801", "`delay = from_file` is not supported yet", node.span, "", "give a constant")
        return 0
    value = network.typer("a delay", draws="later").constant(node, TIME, "a delay")
    if value is None:
        return 0
    if not 0 <= value < math.inf:
        network.findings.error("E0601", "a delay is a finite time of at least 0 ms", node.span, f"this is {quantity(value, TIME)}")
        return 0
    steps = Fraction(value) / network.dt
    if steps > MOST_DELAY_STEPS:
        label = f"the limit is {MOST_DELAY_STEPS:,} steps of {float(network.dt):g} ms"
        network.findings.error("E0601", "this delay is too long", node.span, label, "is the unit right?")
        return 0
    return 0 if value == 0 else max(1, math.floor(steps + Fraction(1, 2)))
