"""Inputs and populations of a network."""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check import instances, spike_files
from inferno.grammar.check.dimensions import ANY, NONE
from inferno.grammar.check.options import form_for, options_of, with_options
from inferno.grammar.check.places import read_places
from inferno.grammar.check.scope import LOST, Budget, Draws, Scope, Typed
from inferno.grammar.check.sizes import size_of
from inferno.grammar.check.solving import check_solver
from inferno.grammar.check.soundness import check_neuron, has_infinity
from inferno.grammar.check.starts import begun, initial_values
from inferno.grammar.check.stepping import check_step
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.wording import near_or_all
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import CLOCK, Expression, Reference, is_drawn, references, substitute
from inferno.grammar.source import Span
from inferno.grammar.units import Dimension

SIZE_LIMIT = 10**8


@dataclass
class Network:
    """A network while it is checked.

    `faulty` has the places of models whose insides have mistakes, and which can be used all the same; `declared` and `projected` hold the
    names of all its populations and inputs, and of all its projections, those that could not be checked included: whoever uses them is not
    at fault.
    """

    findings: Findings
    dt: Fraction
    names: dict[str, Typed]
    models: Mapping[str, checked.Model | None]
    faulty: Collection[Span]
    overrides: Mapping[str, ast.Expr]
    functions: Mapping[str, ast.Function]
    expansions: Budget
    operations: Budget
    declared: dict[str, Span] = field(default_factory=dict)
    projected: dict[str, Span] = field(default_factory=dict)
    inputs: dict[str, checked.Input] = field(default_factory=dict)
    populations: dict[str, checked.Population] = field(default_factory=dict)
    projections: dict[str, checked.Projection] = field(default_factory=dict)
    views: dict[str, checked.View] = field(default_factory=dict)
    gaps: dict[str, checked.GapJunction] = field(default_factory=dict)
    trains: dict[str, checked.Input] = field(default_factory=dict)
    readouts: dict[str, checked.Instance] = field(default_factory=dict)
    outputs: dict[str, checked.Output] = field(default_factory=dict)
    has_faulty_outputs: bool = False
    analog: dict[str, Typed] = field(default_factory=dict)
    used_overrides: set[str] = field(default_factory=set)
    links: list[checked.Link] = field(default_factory=list)
    linked: set[tuple[str, str]] = field(default_factory=set)
    faulty_rules: set[str] = field(default_factory=set)
    spiking: set[str] = field(default_factory=set)
    inferred: dict[str, checked.Shape | None] = field(default_factory=dict)
    packed: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def typer(
        self, place: str, *, draws: Draws = "never", inputs: bool = False, local: dict[str, Typed] | None = None,
        outer: dict[str, Typed] | None = None,
    ) -> Typer:  # fmt: skip
        """A typer for the network's own expressions; with `inputs` they may use the network's analog inputs and the time.

        `local` names go before those of the file, `outer` ones behind them.
        """
        names = ChainMap(local or {}, self.analog if inputs else {}, self.names, outer or {})
        scope = Scope(names, place, self.functions, draws=draws, dt=self.dt, time=inputs, budget=self.expansions)
        return Typer(scope, self.findings)

    def overridden(self, owner: str, names: frozenset[str] | set[str]) -> dict[str, ast.Expr]:
        """The overrides `owner.name` for some names of one declaration; they count as used."""
        if not self.overrides:
            return {}
        found = {n: self.overrides[f"{owner}.{n}"] for n in sorted(names) if f"{owner}.{n}" in self.overrides}
        self.used_overrides |= {f"{owner}.{n}" for n in found}
        return found

    def is_faulty(self, model: checked.Model) -> bool:
        """Whether mistakes in a model's insides were reported, which what is said of its uses must not repeat."""
        return model.span in self.faulty

    def afford(self, model: checked.Model, span: Span) -> bool:
        """Whether a further use of a model can be checked; that the file is too large is reported once."""
        if self.operations.spend(size_of(model)):
            return True
        if self.findings.is_first("E0411", "operations"):
            self.findings.error("E0411", "this program is too large to be checked", span, "here it exceeds 20 million operations")
        return False


def model_of(population: checked.Population) -> checked.NeuronModel:
    """The neuron model of a population."""
    assert isinstance(population.neuron.model, checked.NeuronModel)
    return population.neuron.model


def ports_of(model: checked.NeuronModel) -> list[checked.Port]:
    """The ports on which something may end: all but those of gap junctions, whose names have a blank, as nobody else's."""
    return [p for p in model.ports if " " not in p.name]


def inputs_of(model: checked.NeuronModel) -> list[checked.Port]:
    """The ports that a population may drive: all but the receptors."""
    return [p for p in ports_of(model) if not p.receptor]


def settable_of(model: checked.NeuronModel) -> list[str]:
    """The parameters that are written with a use of the model; those of receptors are set from outside only."""
    return [p.name for p in model.parameters if "." not in p.name]


def shape(network: Network, dimensions: tuple[ast.Expr, ...] | None, span: Span, what: str) -> checked.Shape | None:
    """The shape in brackets; `()` stands for one value, None for a mistake that is reported."""
    sizes: list[int] = []
    findings = network.findings
    for node in dimensions or ():
        number = network.typer(f"the shape of {what}").constant(node, NONE, "a size")
        if number is None:
            return None
        if not (number >= 1 and math.isfinite(number) and number == int(number)):
            findings.error("E0608", f"the shape of {what} needs positive whole numbers", node.span, f"this is {float(number):g}")
            return None
        sizes.append(int(number))
    product = 1
    for size in sizes:
        product *= size
        if product > SIZE_LIMIT:
            findings.error("E0608", f"{what} is too large", span, f"the limit is {SIZE_LIMIT:,} elements", "make it smaller")
            return None
    return tuple(sizes)


def check_input(network: Network, statement: ast.InputDecl) -> None:
    """`input image : real[28, 28] in [0, 1]`."""
    declaration, findings = statement.declaration, network.findings
    name = declaration.name
    kind = declaration.type.name if declaration.type is not None else "real"
    network.analog[name] = LOST
    if kind not in ("real", "spikes"):
        span = declaration.type.span if declaration.type is not None else declaration.span
        help_text = f"an input is a plain number; give the unit where it is used, e.g. `128 Hz * {name}`"
        findings.error("E0510", f"an input is `real[…]` or `spikes[…]`, not `{kind}`", span, "", help_text)
        return
    low, high = _input_range(network, declaration)
    default = _input_default(network, declaration, kind, low, high)
    span = declaration.type.span if declaration.type is not None else declaration.span
    size = shape(network, declaration.type.shape if declaration.type is not None else None, span, f"input `{name}`")
    if size is None:
        return
    network.inputs[name] = checked.Input(name, kind, size, low, high, default, span=declaration.span)
    # Spikes are zeros and ones to calculate with.
    network.analog[name] = Typed(Reference("input", name), NONE)


def _input_range(network: Network, declaration: ast.Declaration) -> tuple[float, float]:
    if declaration.range is None:
        return -math.inf, math.inf
    typer = network.typer("the range of an input")
    low, high = (typer.constant(node, NONE, "a limit") for node in (declaration.range.low, declaration.range.high))
    if low is None or high is None:
        return -math.inf, math.inf
    if not low <= high:
        network.findings.error("E0601", "a range is [low, high] with low <= high", declaration.range.span, "it holds nothing")
    return float(low), float(high)


def _input_default(network: Network, declaration: ast.Declaration, kind: str, low: float, high: float) -> float | None:
    """The value that an input has where none is given."""
    if declaration.default is None:
        return None
    span = declaration.default.span
    if kind == "spikes":
        network.findings.error("E0510", "an input of spikes has no value of its own", span, "spikes are given when the network runs")
        return None
    value = network.typer("the value of an input").constant(declaration.default, NONE, f"the value of `{declaration.name}`")
    if value is not None and not (low <= value <= high and math.isfinite(value)):
        label = f"the range is [{low:g}, {high:g}]"
        network.findings.error("E0601", f"the value of `{declaration.name}` lies outside its range", span, label)
    return float(value) if value is not None else None


def check_population(network: Network, declaration: ast.PopulationDecl) -> None:
    """`population exc[10, 10] = ALIF(tau_m = 100 ms)`."""
    name, findings = declaration.name, network.findings
    size = shape(network, declaration.shape, _head(declaration), f"population `{name}`")
    size = network.inferred.get(name, size)
    places = read_places(network, declaration.at, size or ()) if declaration.at is not None else None
    use = instances.find(declaration.value, network.models, checked.NeuronModel, findings)
    if use is None or not network.afford(use.model, declaration.name_span):
        return
    assert isinstance(use.model, checked.NeuronModel)
    if use.model.forms:
        lines = {a.name: a.value for a in declaration.attributes if not a.kind}
        written = {a.name: a.value for a in use.arguments if a.name is not None} | lines
        use = replace(use, model=form_for(use.model, written, network.typer("a value", draws="allowed", inputs=True)))
    use, train = spike_files.taken(use, name, size or (), findings, network.packed)
    assert isinstance(use.model, checked.NeuronModel)
    model, ports = use.model, frozenset(p.name for p in inputs_of(use.model))
    options = options_of(model)
    parameters = {p.name for p in model.parameters}
    draws = _draws(network, declaration, model)
    local = {n: Typed(Reference("parameter", n), t.dimension) for n, t in draws.items()}
    typer = network.typer(f"population `{name}`", draws="allowed", inputs=True, local=local)
    given = {**_settings(network, declaration, model), **network.overridden(name, parameters | ports)}
    ranges = {i.name: (i.low, i.high) for i in network.inputs.values()} | {CLOCK.name: (0.0, math.inf)}
    made = instances.instantiate(use, typer, {n: v for n, v in given.items() if n in parameters}, inputs=ranges, skip=ports | options)
    chosen = {a.name: a.value for a in use.arguments if a.name in options} | {n: v for n, v in given.items() if n in options}
    model = with_options(model, chosen, network.typer(f"population `{name}`"))
    drives = {a.name: a.value for a in use.arguments if a.name in ports} | {n: v for n, v in given.items() if n in ports}
    dimensions = {p.name: p.dimension for p in inputs_of(model)}
    before = findings.errors
    drive = tuple((n, _drive(typer, drives[n], dimensions[n], n)) for n in sorted(drives))
    if train is not None:
        network.trains[train.name] = train
        drive = (*drive, (spike_files.PORT, Reference("input", train.name)))
    initial = initial_values(network, declaration, model, local)
    if size is None:
        return
    if made is None or findings.errors != before:
        # Who reads, joins or records it is checked against its model and shape all the same.
        values = tuple(sorted((p.name, LOST.expression) for p in model.parameters))
        unsettled = checked.Instance(model, values, span=use.span)
        network.populations[name] = checked.Population(name, size, unsettled, places=places, span=declaration.name_span)
        return
    drive = tuple(sorted((*drive, *_defaults(network, declaration, model, made, {n for n, _ in drive}))))
    _check_varying(network, declaration, made, drive, size)
    drawn = tuple((n, t.expression) for n, t in sorted(draws.items()))
    instance = replace(made.instance, model=model)
    population = checked.Population(name, size, instance, drive, initial, drawn, places, span=declaration.name_span)
    if not network.is_faulty(model):
        check_neuron(begun(population), made.places, findings)
    if findings.errors == before and not network.is_faulty(model):
        check_solver(model, dict(population.neuron.values), findings)
        known = {Reference("parameter", n): v for n, v in population.neuron.values}
        check_step(model, known, made.places, population.neuron.span, network.dt, findings)
    network.populations[name] = population


def _head(declaration: ast.PopulationDecl) -> Span:
    """`exc[10, 10]`."""
    if not declaration.shape:
        return declaration.name_span
    return declaration.name_span.to(declaration.shape[-1].span)


def _settings(network: Network, declaration: ast.PopulationDecl, model: checked.NeuronModel) -> dict[str, ast.Expr]:
    """The parameters and inputs given on lines of their own below the population."""
    known = [*settable_of(model), *(p.name for p in inputs_of(model)), *sorted(options_of(model))]
    written: dict[str, ast.Expr] = {}
    for attribute in declaration.attributes:
        if attribute.kind == "draw":
            continue
        if attribute.kind == "" and attribute.name not in known:
            hint = near_or_all(network.findings, attribute.name, known, "its parameters are")
            message = f"`{model.name}` has no parameter `{attribute.name}`"
            network.findings.error("E0303", message, attribute.name_span, "", hint)
        elif attribute.name in written:
            label = Label(written[attribute.name].span, "first here")
            network.findings.error("E0302", f"`{attribute.name}` is given twice", attribute.name_span, "again here", labels=(label,))
        elif attribute.kind == "":
            written[attribute.name] = attribute.value
    return written


def _draws(network: Network, declaration: ast.PopulationDecl, model: checked.NeuronModel) -> dict[str, Typed]:
    """The `draw r = uniform(0, 1)` lines: values per neuron, by names of their own."""
    taken = {p.name: "a parameter" for p in model.parameters} | {p.name: "an input" for p in model.ports}
    taken |= {s.name: "a state" for s in model.states}
    found: dict[str, Typed] = {}
    for attribute in (a for a in declaration.attributes if a.kind == "draw"):
        name, findings = attribute.name, network.findings
        if name in taken:
            written = f"write `{name} = …`" if taken[name] != "a state" else f"write `init {name} = …`"
            findings.error(
                "E0302", f"`{name}` is {taken[name]} of `{model.name}`", attribute.name_span, "", f"{written}, or take another name"
            )
        elif name in found:
            findings.error("E0302", f"`draw {name}` stands twice", attribute.name_span, "again here")
        else:
            given = network.overridden(declaration.name, {name}).get(name, attribute.value)
            typed = network.typer(f"`draw {name}`", draws="allowed").calculable(given)
            found[name] = Typed(typed.expression, NONE if typed.dimension == ANY else typed.dimension)
    return found


def _drive(typer: Typer, node: ast.Expr, dimension: Dimension, name: str) -> Expression:
    """What is given for an input of the model."""
    typer.begin()
    typed = typer.fit(node, dimension, f"the input `{name}`")
    if not typed.is_lost and has_infinity(typed.expression):
        typer.findings.error("E0601", f"the input `{name}` must be finite", node.span, "this is infinite")
    return typed.expression


def _defaults(
    network: Network, declaration: ast.PopulationDecl, model: checked.NeuronModel, made: instances.Made, given: set[str]
) -> list[tuple[str, Expression]]:
    """What inputs are of which the population says nothing."""
    known: dict[Reference, Expression] = {Reference("parameter", n): v for n, v in made.instance.values if not is_drawn(v)}
    found = []
    for port in model.ports:
        if port.default is None or port.name in given:
            continue
        try:
            value = substitute(port.default, known)
        except ValueError as problem:
            message = f"with these values the default of `{port.name}` can't be calculated: {problem}"
            network.findings.error("E0602", message, declaration.value.span, "", f"give `{port.name}` a value")
            continue
        if has_infinity(value):
            network.findings.error("E0601", f"the input `{port.name}` must be finite", declaration.value.span, "its default is infinite")
        found.append((port.name, value))
    return found


def _check_varying(
    network: Network, declaration: ast.PopulationDecl, made: instances.Made, drive: tuple[tuple[str, Expression], ...], size: checked.Shape
) -> None:
    """A value over inputs needs inputs of the population's shape, or of one value."""
    for name, value in (*made.instance.values, *drive):
        for reference in (r for r in references(value, "input") if r.name in network.inputs):
            source = network.inputs[reference.name]
            if source.shape not in ((), size):
                words = f"input `{source.name}` has the shape {list(source.shape)}, population `{declaration.name}` {list(size)}"
                place = made.places.get(name, declaration.value.span)
                labels = (Label(source.span, "declared here"),)
                help_text = "give both the same shape"
                network.findings.error("E0502", words, place, f"`{name}` uses `{source.name}`", help_text, labels=labels)
