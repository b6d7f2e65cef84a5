"""Inputs, populations and projections of a network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check import instances, learning
from inferno.grammar.check.clauses import TIME
from inferno.grammar.check.dimensions import ANY, NONE, Kind, describe, is_plain, product, quotient, same
from inferno.grammar.check.soundness import check_neuron
from inferno.grammar.check.typing import Scope, Typed, Typer, suggestion
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant, Expression, Reference
from inferno.grammar.source import Span

SIZE_LIMIT = 10**8
PROJECTION_SETTINGS = ("connect", "synapse", "weight", "delay", "plasticity", "batch", "lower", "upper", "normalize")


@dataclass
class Network:
    """A network while it is checked."""

    findings: Findings
    dt: Fraction
    names: dict[str, Typed]
    models: Mapping[str, checked.Model | None]
    overrides: Mapping[str, ast.Expr]
    functions: Mapping[str, ast.Function] = field(default_factory=dict)
    inputs: dict[str, checked.Input] = field(default_factory=dict)
    populations: dict[str, checked.Population] = field(default_factory=dict)
    projections: dict[str, checked.Projection] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    used_overrides: set[str] = field(default_factory=set)

    def typer(self, place: str, *, draws: bool = False, inputs: bool = False) -> Typer:
        """A typer for the network's own expressions; with `inputs` they may use the network's analog inputs."""
        visible = {n: Typed(Reference("input", n), NONE) for n, i in self.inputs.items() if i.kind == "real"} if inputs else {}
        return Typer(Scope({**self.names, **visible}, place, self.functions, draws=draws, dt=self.dt), self.findings)

    def overridden(self, owner: str, names: frozenset[str] | set[str]) -> dict[str, ast.Expr]:
        """The overrides `owner.name` for some names of one declaration; they count as used."""
        found = {n: self.overrides[f"{owner}.{n}"] for n in names if f"{owner}.{n}" in self.overrides}
        self.used_overrides |= {f"{owner}.{n}" for n in found}
        return found


def shape(network: Network, dimensions: tuple[ast.Expr, ...] | None, span: Span, what: str) -> checked.Shape:
    """The shape in brackets; `()` stands for one value, and is what a mistake gives."""
    sizes: list[int] = []
    for node in dimensions or ():
        value = network.typer(f"the shape of {what}").expect(node, NONE, "a size")
        number = value.value if isinstance(value, Constant) else None
        if not isinstance(number, Fraction | float) or isinstance(number, bool) or not math.isfinite(number) or number != int(number) or number < 1:
            network.findings.error("E0608", f"the shape of {what} needs positive whole numbers", node.span, f"this is {float(number):g}" if number is not None else "")
            return ()
        sizes.append(int(number))
    if math.prod(sizes) > SIZE_LIMIT:
        network.findings.error("E0608", f"{what} has {math.prod(sizes):.3g} elements", span, f"the limit is {SIZE_LIMIT:.0e}", "make it smaller")
        return ()
    return tuple(sizes)


def check_input(network: Network, statement: ast.InputDecl) -> None:
    """`input image : real[28, 28] in [0, 1]`."""
    declaration = statement.declaration
    kind = declaration.type.name if declaration.type is not None else "real"
    if kind not in ("real", "spikes"):
        network.findings.error("E0510", f"an input is `real[…]` or `spikes[…]`, not `{kind}`", declaration.span, "", "divide by the unit outside, and give the unit where it is used, e.g. `128 Hz * image`")
        return
    low, high = -math.inf, math.inf
    if declaration.range is not None:
        typer = network.typer("the range of an input")
        limits = [typer.expect(node, NONE, "a limit") for node in (declaration.range.low, declaration.range.high)]
        low, high = (float(limit.value) if isinstance(limit, Constant) else math.nan for limit in limits)
        if not low <= high:
            network.findings.error("E0601", "the range of an input is [low, high] with low <= high", declaration.range.span)
    size = shape(network, declaration.type.shape if declaration.type is not None else None, declaration.span, f"input `{declaration.name}`")
    network.inputs[declaration.name] = checked.Input(declaration.name, kind, size, low, high, span=declaration.span)


def check_population(network: Network, declaration: ast.PopulationDecl) -> None:
    """`population exc[10, 10] = ALIF(tau_m = 100 ms)`."""
    if declaration.at is not None:
        network.findings.error("E0801", "positions (`at`) are not supported yet", declaration.at.span)
    size = shape(network, declaration.shape, declaration.span, f"population `{declaration.name}`")
    use = instances.find(declaration.value, network.models, checked.NeuronModel, network.findings)
    if use is None:
        return
    assert isinstance(use.model, checked.NeuronModel)
    model, ports = use.model, frozenset(p.name for p in use.model.ports)
    typer = network.typer(f"population `{declaration.name}`", inputs=True)
    parameters = {p.name for p in model.parameters}
    overrides = network.overridden(declaration.name, parameters | ports)
    written: dict[str, ast.Expr] = {}
    for attribute in declaration.attributes:
        if attribute.kind == "draw":
            network.findings.error("E0801", "`draw` is not supported yet", attribute.span)
        elif attribute.kind == "" and attribute.name not in parameters | ports:
            hint = suggestion(attribute.name, parameters | ports) or f"parameters of `{model.name}`: {', '.join(sorted(parameters))}"
            network.findings.error("E0303", f"`{model.name}` has no parameter `{attribute.name}`", attribute.name_span, "", hint)
        elif attribute.kind == "":
            written[attribute.name] = attribute.value
    given = {**{n: v for n, v in written.items() if n in parameters}, **{n: v for n, v in overrides.items() if n in parameters}}
    instance = instances.instantiate(use, typer, given, varying=True, skip=ports)
    drives = {a.name: a.value for a in use.arguments if a.name in ports} | {n: v for n, v in {**written, **overrides}.items() if n in ports}
    dimensions = {p.name: p.dimension for p in model.ports}
    drive = tuple((n, typer.expect(drives[n], dimensions[n], f"the input `{n}`")) for n in sorted(drives))
    initial = _initial(network, declaration, model)
    if instance is None:
        return
    _check_varying(network, declaration, instance, drive, size)
    population = checked.Population(declaration.name, size, instance, drive, initial, span=declaration.name_span)
    check_neuron(population, network.findings)
    network.populations[declaration.name] = population


def _initial(network: Network, declaration: ast.PopulationDecl, model: checked.NeuronModel) -> tuple[tuple[str, Expression], ...]:
    """The `init name = value` lines."""
    states = {s.name: s for s in model.states}
    found: dict[str, Expression] = {}
    for attribute in declaration.attributes:
        if attribute.kind != "init":
            continue
        if attribute.name not in states:
            network.findings.error("E0405", f"`{attribute.name}` is not a state of `{model.name}`", attribute.name_span, "", suggestion(attribute.name, states))
            continue
        typer = network.typer("an initial value", draws=True)
        found[attribute.name] = typer.expect(attribute.value, states[attribute.name].dimension, f"the initial value of `{attribute.name}`")
    return tuple(sorted(found.items()))


def _check_varying(network: Network, declaration: ast.PopulationDecl, instance: checked.Instance, drive: tuple[tuple[str, Expression], ...], size: checked.Shape) -> None:
    """A value over inputs needs inputs of the population's shape, or of one value."""
    from inferno.grammar.expression import references

    for name, value in (*instance.values, *drive):
        for reference in references(value, "input"):
            source = network.inputs[reference.name]
            if source.shape not in ((), size):
                words = f"input `{source.name}` has the shape {list(source.shape)}, population `{declaration.name}` {list(size)}"
                network.findings.error("E0502", words, declaration.value.span, f"`{name}` uses `{source.name}`", "give both the same shape", labels=(Label(source.span, "declared here"),))


def _endpoint(node: ast.Expr) -> tuple[str, str | None] | None:
    if isinstance(node, ast.Name):
        return node.id, None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.value.id, node.name
    return None


def check_projection(network: Network, declaration: ast.ProjectionDecl) -> None:
    """`projection ff: enc -> exc:` and its settings."""
    findings = network.findings
    if declaration.arrow != "->" or declaration.value is not None:
        findings.error("E0801", "this form of a projection is not supported yet", declaration.span, "", "write `projection name: a -> b:` with its settings below")
        return
    source, target = _endpoint(declaration.source), _endpoint(declaration.target)
    if source is None or target is None:
        where = declaration.source if source is None else declaration.target
        findings.error("E0801", "views of a population are not supported yet as the end of a projection", where.span)
        return
    name = declaration.name or f"{source[0]}_{target[0]}"
    attributes = _attributes(network, name, declaration)
    origin = _source(network, source, declaration)
    place = _target(network, target, declaration)
    if origin is None or place is None:
        return
    population, port = place
    projection = _assemble(network, name, declaration, attributes, origin, population, port)
    if projection is not None:
        network.projections[name] = projection


def _attributes(network: Network, name: str, declaration: ast.ProjectionDecl) -> dict[str, ast.Expr]:
    found: dict[str, ast.Attr] = {}
    for attribute in declaration.attributes:
        if attribute.kind or attribute.name not in PROJECTION_SETTINGS:
            hint = suggestion(attribute.name, PROJECTION_SETTINGS) or f"known are {', '.join(PROJECTION_SETTINGS)}"
            network.findings.error("E0701", f"a projection has no setting `{attribute.name}`", attribute.name_span, "", hint)
        elif attribute.name in found:
            network.findings.error("E0302", f"`{attribute.name}` is given twice", attribute.name_span, "again here", labels=(Label(found[attribute.name].span, "first here"),))
        else:
            found[attribute.name] = attribute
    return {n: a.value for n, a in found.items()} | network.overridden(name, set(PROJECTION_SETTINGS))


def _source(network: Network, end: tuple[str, str | None], declaration: ast.ProjectionDecl) -> checked.Population | checked.Input | None:
    name, member = end
    found = network.populations.get(name) or network.inputs.get(name)
    if found is None:
        if name not in network.declared:
            _unknown_end(network, name, declaration.source)
        return None
    if member not in (None, "spikes"):
        network.findings.error("E0801", f"a projection of `{name}.{member}` is not supported yet", declaration.source.span, "", f"project the spikes: `{name} -> …`")
        return None
    if isinstance(found, checked.Population) and not _model(found).spike:
        network.findings.error("E0511", f"`{name}` never spikes", declaration.source.span, f"`{_model(found).name}` has no `spike when`")
        return None
    return found


def _model(population: checked.Population) -> checked.NeuronModel:
    assert isinstance(population.neuron.model, checked.NeuronModel)
    return population.neuron.model


def _target(network: Network, end: tuple[str, str | None], declaration: ast.ProjectionDecl) -> tuple[checked.Population, checked.Port] | None:
    name, member = end
    population = network.populations.get(name)
    if population is None:
        if name in network.inputs:
            network.findings.error("E0501", f"`{name}` is an input; a projection ends on a population", declaration.target.span)
        elif name not in network.declared:
            _unknown_end(network, name, declaration.target)
        return None
    ports = {p.name: p for p in _model(population).ports}
    if member is not None and member not in ports:
        network.findings.error("E0501", f"`{name}` has no input `{member}`", declaration.target.span, "", suggestion(member, ports) or f"its inputs: {', '.join(ports) or 'none'}")
        return None
    if member is None and len(ports) != 1:
        listed = ", ".join(f"`{name}.{p}`" for p in ports)
        words = f"`{name}` has {len(ports)} inputs" if ports else f"`{name}` has no input"
        network.findings.error("E0505", words, declaration.target.span, f"`{_model(population).name}` declares no `input`" if not ports else "", f"write one of {listed}" if ports else "")
        return None
    return population, ports[member] if member is not None else next(iter(ports.values()))


def _unknown_end(network: Network, name: str, node: ast.Expr) -> None:
    known = [*network.populations, *network.inputs, *network.declared]
    network.findings.error("E0501", f"unknown population `{name}`", node.span, "", suggestion(name, known) or f"known are {', '.join(sorted(set(known)))}")


def _assemble(
    network: Network, name: str, declaration: ast.ProjectionDecl, attributes: dict[str, ast.Expr],
    source: checked.Population | checked.Input, target: checked.Population, port: checked.Port,
) -> checked.Projection | None:  # fmt: skip
    findings, before = network.findings, len(network.findings.all)
    connectivity = _connectivity(network, attributes.get("connect"), source, target, declaration)
    synapse, weight_kind = _synapse(network, name, attributes.get("synapse"), port, declaration)
    weight = _weight(network, attributes.get("weight"), weight_kind, declaration)
    dimension = weight_kind if is_plain(weight_kind) else NONE
    delay = _delay(network, attributes.get("delay"))
    rule = learning.plasticity(network, name, attributes.get("plasticity"), dimension, source, target)
    reduction = learning.batch_reduction(network, attributes.get("batch"))
    lower, upper = (learning.bound(network, attributes.get(side), side, dimension) for side in ("lower", "upper"))
    normalize = learning.normalization(network, attributes.get("normalize"), dimension)
    if len(findings.all) != before:
        return None
    assert connectivity is not None
    return checked.Projection(
        name, source.name, target.name, port.name, connectivity, synapse, weight, dimension, delay, rule, reduction, lower, upper, normalize, span=declaration.span
    )


def _connectivity(
    network: Network, node: ast.Expr | None, source: checked.Population | checked.Input, target: checked.Population, declaration: ast.ProjectionDecl
) -> checked.Connectivity | None:
    findings = network.findings
    if node is None:
        findings.error("E0504", "a projection needs `connect`", declaration.name_span, "", "write `connect = dense`, say")
        return None
    terms = node.terms if isinstance(node, ast.Sum) else (("+", node),)
    pattern = terms[0][1]
    name = pattern.function if isinstance(pattern, ast.Call) else pattern
    later = ("random", "fixed_in", "fixed_out", "fixed_total", "gaussian", "ring", "conv", "from_file", "matrix")
    if not isinstance(name, ast.Name) or name.id not in ("dense", "one_to_one"):
        words = name.id if isinstance(name, ast.Name) else node.span.text
        if words in later:
            findings.error("E0801", f"the connectivity `{words}` is not supported yet", node.span, "", "use `dense` or `one_to_one`")
        else:
            findings.error("E0504", f"unknown connectivity `{words}`", node.span, "", suggestion(words, ("dense", "one_to_one", *later)) or "use `dense` or `one_to_one`")
        return None
    diagonal = len(terms) == 2 and terms[1][0] == "-" and isinstance(terms[1][1], ast.Name) and terms[1][1].id == "diagonal"
    if len(terms) > 1 and not diagonal:
        findings.error("E0801", "of the algebra of connectivities only `- diagonal` is supported yet", node.span)
        return None
    if name.id == "one_to_one" and math.prod(source.shape) != math.prod(target.shape):
        findings.error("E0502", "`one_to_one` needs as many sources as targets", node.span, f"{math.prod(source.shape)} sources, {math.prod(target.shape)} targets")
        return None
    if diagonal and math.prod(source.shape) != math.prod(target.shape):
        findings.error("E0509", "`- diagonal` needs as many sources as targets", node.span, f"{math.prod(source.shape)} sources, {math.prod(target.shape)} targets")
        return None
    if diagonal and name.id == "one_to_one":
        findings.error("E0509", "`one_to_one - diagonal` connects nothing", node.span)
        return None
    return checked.Connectivity(name.id, diagonal, span=node.span)


def _synapse(network: Network, name: str, node: ast.Expr | None, port: checked.Port, declaration: ast.ProjectionDecl) -> tuple[checked.Instance | None, Kind]:
    """The synapse, and the dimension that the weight must have."""
    if node is None:
        return None, product(port.dimension, TIME)
    use = instances.find(node, network.models, checked.SynapseModel, network.findings)
    if use is None:
        return None, ANY
    assert isinstance(use.model, checked.SynapseModel)
    given = network.overridden(name, {p.name for p in use.model.parameters})
    instance = instances.instantiate(use, network.typer(f"a synapse of `{name}`"), given)
    if not same(use.model.output_dimension, port.dimension):
        missing = quotient(port.dimension, use.model.output_dimension)
        network.findings.error(
            "E0506", f"`{use.model.name}` does not fit the input `{port.name}` of `{declaration.target.span.text}`", node.span,
            f"delivers {describe(use.model.output_dimension)}", f"`{port.name}` takes {describe(port.dimension)}; {describe(missing)} is missing",
        )  # fmt: skip
    if instance is not None:
        _positive_scales(use.model, instance, network.findings, node.span)
    return instance, use.model.impulse


def _positive_scales(model: checked.SynapseModel, instance: checked.Instance, findings: Findings, span: Span) -> None:
    from inferno.grammar.check.soundness import check_scales

    check_scales(model.equations, dict(instance.values), model.name, span, findings)


def _weight(network: Network, node: ast.Expr | None, kind: Kind, declaration: ast.ProjectionDecl) -> Expression:
    if node is None:
        network.findings.error("E0512", "a projection needs `weight`", declaration.name_span, "", "write `weight = uniform(0, 1)`, say")
        return Constant(Fraction(0))
    return network.typer("a weight", draws=True).expect(node, kind, "the weight")


def _delay(network: Network, node: ast.Expr | None) -> int:
    """A delay in whole steps, rounded half up; a delay that is not 0 is at least one step."""
    if node is None:
        return 0
    value = network.typer("a delay", draws=False).expect(node, TIME, "a delay")
    if not isinstance(value, Constant) or isinstance(value.value, bool) or not math.isfinite(value.value) or value.value < 0:
        network.findings.error("E0601", "a delay is a constant time of at least 0", node.span)
        return 0
    steps = Fraction(value.value) / network.dt
    if steps > 100_000:
        network.findings.error("E0601", "this delay is over 100,000 steps long", node.span, f"{float(steps):g} steps", "is the unit right?")
        return 0
    return 0 if value.value == 0 else max(1, math.floor(steps + Fraction(1, 2)))
