"""The projections of a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial

from inferno.grammar import ast, checked
from inferno.grammar.check import instances, learning, values, weights
from inferno.grammar.check.connectivity import check_file_values, connectivity
from inferno.grammar.check.delays import delay
from inferno.grammar.check.dimensions import NONE, TIME, UNKNOWN, Kind, describe, is_plain, noun, product, quotient, same, shown_unit
from inferno.grammar.check.elsewhere import own_setting
from inferno.grammar.check.ends import Ends, base_name, find_ends
from inferno.grammar.check.entries import entries, within_entries
from inferno.grammar.check.gaps import check_gap
from inferno.grammar.check.positions import by_distance, placed, within
from inferno.grammar.check.scope import Typed
from inferno.grammar.check.shared_draws import SharedDraws, settled, shared_draws
from inferno.grammar.check.solving import check_solver
from inferno.grammar.check.soundness import check_scales, check_values, has_infinity
from inferno.grammar.check.starts import begun_alone
from inferno.grammar.check.stepping import check_step
from inferno.grammar.check.trainable import unwrap
from inferno.grammar.check.windows import check_shared, is_window, window, with_tensors
from inferno.grammar.check.wiring import Network
from inferno.grammar.check.wording import near_or_all
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import Constant, Expression, Reference
from inferno.grammar.layers import Mark
from inferno.grammar.names import nodes_in

SETTINGS = ("connect", "synapse", "weight", "delay", "plasticity", "batch", "lower", "upper", "normalize")


def name_of(declaration: ast.ProjectionDecl) -> str | None:
    """The name of a projection, made of its ends where none is written."""
    source, target = base_name(declaration.source), base_name(declaration.target)
    made = f"{source}_{target}" if source is not None and target is not None else None
    return declaration.name or made


def check_projection(network: Network, declaration: ast.ProjectionDecl) -> None:
    """`projection ff: enc -> exc:` and its settings."""
    name = name_of(declaration)
    if declaration.arrow != "->" or declaration.value is not None:
        check_gap(network, declaration, name or "")
        return
    if name is None:
        network.findings.error("E0501", "a projection joins populations, inputs and views", declaration.span)
        return
    draws = shared_draws(network, name, declaration, SETTINGS)
    attributes = _attributes(network, name, declaration)
    projection = _assemble(network, name, find_ends(network, declaration), attributes, draws)
    if projection is not None:
        network.projections[name] = projection


def _attributes(network: Network, name: str, declaration: ast.ProjectionDecl) -> dict[str, ast.Expr]:
    found: dict[str, ast.Attr] = {}
    for attribute in declaration.attributes:
        if attribute.kind == "draw":
            continue
        if attribute.kind or attribute.name not in SETTINGS:
            hint = own_setting(attribute.name, SETTINGS) or near_or_all(network.findings, attribute.name, SETTINGS)
            network.findings.error("E0701", f"a projection has no setting `{attribute.name}`", attribute.name_span, "", hint)
        elif attribute.name in found:
            label = Label(found[attribute.name].span, "first here")
            network.findings.error("E0302", f"`{attribute.name}` is given twice", attribute.name_span, "again here", labels=(label,))
        else:
            found[attribute.name] = attribute
    return {n: a.value for n, a in found.items()} | network.overridden(name, set(SETTINGS))


# ---- settings -------------------------------------------------------------------------------------------


def _assemble(network: Network, name: str, ends: Ends, attributes: Mapping[str, ast.Expr], draws: SharedDraws) -> checked.Projection | None:
    findings, before, local = network.findings, network.findings.errors, draws.values
    shared = window(network, attributes["connect"], ends) if is_window(attributes.get("connect")) else None
    if is_window(attributes.get("connect")):
        pairs = checked.Connectivity("conv", span=attributes["connect"].span) if shared is not None else None
    else:
        pairs = connectivity(network, attributes.get("connect"), ends)
    synapse, weight_kind = _synapse(network, name, attributes.get("synapse"), ends, local)
    weight_kind = values.weight_of(network, ends, {n: a.span for n, a in attributes.items()}, synapse, weight_kind)
    attributes, trainable = _marks(network, attributes, {"weight": weight_kind, "delay": TIME})
    apart = placed(network, ends, (attributes.get("weight"), attributes.get("delay")), {**network.names, **local}) if shared is None else {}
    if shared is None:
        apart |= entries(network, pairs, {n: attributes.get(n) for n in ("weight", "delay")}, {**network.names, **local})
    weight = _weight(network, attributes.get("weight"), weight_kind, ends, {**apart, **local})
    pairs = by_distance(pairs, weight) if pairs is not None else None
    dimension = weight_kind if is_plain(weight_kind) else NONE
    reached = {**apart, **local}
    delay_steps, delays = delay(network, attributes.get("delay"), reached, lambda time: within(within_entries(time, pairs), ends))
    if pairs is not None:
        for what in ("weight", "delay"):
            check_file_values(network, pairs.recipe, attributes.get(what), what)
    rule = learning.plasticity(network, name, attributes.get("plasticity"), ends.source, ends.target, local)
    reduction = learning.batch_reduction(network, attributes.get("batch"))
    learning.check_fit(network, name, rule, synapse, weight_kind)
    _check_draw_names(network, draws, synapse, rule)
    lower, upper = learning.bounds(network, attributes, weight_kind, rule)
    normalize = learning.normalization(network, attributes.get("normalize"), weight_kind)
    is_whole = findings.errors == before and name not in network.faulty_rules
    if not is_whole or pairs is None or ends.source is None or ends.target is None or ends.port is None:
        return None
    projection = checked.Projection(
        name,
        ends.source.name,
        ends.target.name,
        ends.port.name,
        pairs,
        synapse,
        weight,
        dimension,
        delay_steps,
        rule,
        reduction,
        lower,
        upper,
        normalize,
        ends.source_part,
        ends.target_part,
        delays,
        trainable,
        draws=tuple(sorted(local)),
        event=ends.event,
        value=ends.value.name if ends.value is not None else "",
        span=ends.declaration.span,
    )
    projection = settled(network, projection, draws)
    if shared is not None:
        check_shared(network, projection, {n: node.span for n, node in attributes.items()})
        layer = with_tensors(shared, projection, dict(trainable))
        kept = tuple(t for t in trainable if t[0] not in {tensor.name for tensor in layer.tensors})
        projection = replace(projection, layers=(layer,), trainable=kept)
    return projection if findings.errors == before else None


def _check_draw_names(network: Network, draws: SharedDraws, *instances_here: checked.Instance | None) -> None:
    """Report a `draw` that has the name of a parameter: from outside, both are set by that name."""
    for instance in (i for i in instances_here if i is not None):
        for own in sorted(draws.places.keys() & {n for n, _ in instance.values}):
            help_text = f"write `{instance.model.name}({own} = …)`, or take another name"
            network.findings.error("E0302", f"`{own}` is a parameter of `{instance.model.name}`", draws.places[own], "", help_text)


def _marks(
    network: Network, attributes: Mapping[str, ast.Expr], kinds: Mapping[str, Kind]
) -> tuple[dict[str, ast.Expr], tuple[tuple[str, Mark], ...]]:
    """The settings without `trainable(…)`, and which of them it stood around."""
    found, plain = {}, dict(attributes)
    for name in sorted(kinds.keys() & attributes.keys()):
        plain[name], mark = unwrap(network.typer(f"`{name}`"), attributes[name], kinds[name])
        if mark is not None:
            found[name] = mark
    return plain, tuple(found.items())


def _synapse(
    network: Network, name: str, node: ast.Expr | None, ends: Ends, local: dict[str, Typed]
) -> tuple[checked.Instance | None, Kind]:
    """The synapse, and the dimension that the weight must have."""
    port = ends.port
    if node is None:
        if port is None:
            return None, UNKNOWN
        return None, port.dimension if port.receptor else product(port.dimension, TIME)
    if port is not None and port.receptor and ends.target is not None:
        message = f"`{port.name}` of `{ends.target.name}` is a receptor, which takes spikes without a synapse"
        network.findings.error("E0506", message, node.span, "", "leave `synapse` out: the receptor says what a spike does")
        return None, UNKNOWN
    use = instances.find(node, network.models, checked.SynapseModel, network.findings)
    if use is None:
        return None, UNKNOWN
    assert isinstance(use.model, checked.SynapseModel)
    if not network.afford(use.model, node.span):
        return None, UNKNOWN
    use = replace(use, model=begun_alone(use.model))
    assert isinstance(use.model, checked.SynapseModel)
    given = network.overridden(name, {p.name for p in use.model.parameters})
    made = instances.instantiate(use, network.typer(f"a synapse of `{name}`", draws="allowed", local=local), given)
    if network.is_faulty(use.model):
        return None, UNKNOWN
    delivered = use.model.output_dimension
    if port is not None and ends.target is not None and not same(delivered, port.dimension):
        message = f"`{use.model.name}` delivers {noun(delivered)}, but `{port.name}` of `{ends.target.name}` takes {noun(port.dimension)}"
        factor = quotient(port.dimension, delivered)
        help_text = f"take a synapse whose output is {noun(port.dimension)}, or multiply its output by {noun(factor)}"
        unit = shown_unit(port.dimension) if is_plain(port.dimension) else "1"
        other = f"a receptor of the neuron has whatever unit it says: `receptor s : {unit} = exponential(5 ms)`"
        network.findings.error("E0506", message, node.span, f"delivers {describe(delivered)}", help_text, other)
    if made is None:
        return None, use.model.impulse
    known: dict[Reference, Expression] = {Reference("parameter", n): v for n, v in made.instance.values}
    before = network.findings.errors
    check_scales(use.model.equations, known, use.model, made.places, node.span, network.findings)
    check_solver(use.model, dict(made.instance.values), network.findings)
    if network.findings.errors == before:
        effects = [("the output", use.model.output)] + [(f"`{a.target}` on pre", a.value) for a in use.model.on_impulse]
        check_values(effects, use.model, known, made.places, node.span, network.findings)
    if network.findings.errors == before:
        check_step(use.model, known, made.places, node.span, network.dt, network.findings)
    return made.instance, use.model.impulse


def _weight(network: Network, node: ast.Expr | None, kind: Kind, ends: Ends, local: dict[str, Typed]) -> Expression:
    if node is None:
        help_text = "write `weight = uniform(0, 1)`, say"
        network.findings.error("E0512", "a projection needs `weight`", ends.declaration.name_span, "", help_text)
        return Constant(Fraction(0))
    if isinstance(node, ast.Name) and node.id == "from_file":
        return Reference("file", "weight")
    if any(isinstance(n, ast.ListLiteral) for n in nodes_in(node)):
        help_text = "with `connect = matrix(W)` the entry of each pair is called `matrix`: `weight = 1 pC * matrix`"
        network.findings.error("E0410", "a weight is one number, or one for each synapse", node.span, "this is a list", help_text)
        return Constant(Fraction(0))
    advice = partial(weights.advice, kind) if ends.value is None else None
    typed = network.typer("a weight", draws="allowed", local=local).fit(node, kind, "the weight", advice=advice)
    if not typed.is_lost and has_infinity(typed.expression):
        network.findings.error("E0601", "a weight must be finite", node.span, "this is infinite")
    return typed.expression
