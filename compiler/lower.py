"""A checked program as a graph: nothing is decided here."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import PurePath

from inferno.compiler import graph as graphs
from inferno.compiler.drawn import Separated, limits, refractory_steps, rule_limits, separate, separate_constant
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import (
    Assign,
    Bound,
    Delays,
    Dynamics,
    Event,
    Experiment,
    Gap,
    InputNode,
    LinkEdge,
    ModulatorUse,
    Origin,
    PopulationNode,
    ProjectionEdge,
    ReadoutNode,
    Recorded,
    Rule,
    StateChange,
    StateVariable,
    Synapse,
    TraceUse,
    ValueEdge,
)  # fmt: skip
from inferno.grammar import checked
from inferno.grammar.expression import CLOCK, Apply, Constant, Expression, Reference, is_drawn, number, references, substitute
from inferno.grammar.source import Span
from inferno.grammar.units import dimension_of


def lower(program: checked.Program) -> Graph:
    """The graph of a program: inputs, populations and outputs as nodes, projections as edges."""
    run = program.run
    recorded = tuple(Recorded(r.name, r.owner, r.variable, r.every, r.index) for r in program.recordings)
    measured = tuple(sorted({(s.population, s.variable) for e in program.expectations for s in e.statistics}))
    experiment = Experiment(PurePath(program.name).name, float(run.dt), run.steps, run.batch, run.seed, run.reset, recorded, measured)
    graph = graphs.empty(experiment)
    for item in (*program.inputs, *program.trains):
        graphs.add_node(graph, InputNode(item.name, item.kind, item.shape, item.low, item.high, origin(item.span)))
    for population in program.populations:
        gaps = tuple(gap for g in program.gaps for gap in _gaps(g, population.name))
        graphs.add_node(graph, replace(_population(population, run.dt), gaps=gaps))
    for output in program.outputs:
        graphs.add_node(graph, _readout(output))
        graphs.add_edge(graph, ValueEdge(f"to output {output.name}", output.population, f"output {output.name}"))
    kinds = {i.name: i.kind for i in program.inputs}
    receptors = {(p.name, port.name) for p in program.populations for port in _neuron(p).ports if port.receptor}
    for projection in program.projections:
        kind = "value" if projection.value else kinds.get(projection.source, "spikes")
        modulators = tuple(ModulatorUse(v.port, v.source, v.variable) for v in program.links if v.projection == projection.name)
        to_receptor = (projection.target, projection.port) in receptors
        edge = _projection(projection, kind, to_receptor, modulators)
        graphs.add_edge(graph, replace(edge, source=_relay(graph, projection)) if projection.event else edge)
    for link in program.links:
        graphs.add_edge(graph, LinkEdge(link.name, link.source, link.variable, link.target, link.port, link.projection))
    for population in program.populations:
        given = [e for _, e in (*population.neuron.values, *population.drive)]
        for name in sorted({r.name for e in given for r in references(e, "input")} - {CLOCK.name}):
            graphs.add_edge(graph, ValueEdge(f"{name} to {population.name}", name, population.name))
    return graph


def _relay(graph: Graph, projection: checked.Projection) -> str:
    """The name of the population that sends an event of another as its spikes, in the step in which it occurs."""
    source, event = projection.source, projection.event
    name = f"{source}.{event}"
    if name not in graph:
        node = graphs.population(graph, source)
        occurs = Apply("greater", (Reference("port", event), Constant(Fraction(1, 2))))
        dynamics = Dynamics((), (), (event,), ())
        surrogate = ("fast_sigmoid", 25.0)
        graphs.add_node(
            graph, PopulationNode(name, node.shape, event, dynamics, (), occurs, (), None, surrogate, node.origin, relays=source)
        )
        graphs.add_edge(graph, LinkEdge(f"{source}.{event} -> its relay", source, event, name, event, ""))
    return name


def origin(span: Span) -> Origin:
    """The place of a declaration, with its first line."""
    return Origin(PurePath(span.source.name).name, span.line, span.source.line(span.line).strip())


def _dynamics(
    values: tuple[tuple[str, Expression], ...], states: tuple[checked.State, ...], ports: tuple[str, ...],
    equations: tuple[checked.Equation, ...],
    held: tuple[str, ...] = (), solver: checked.Solver | None = None, initial: dict[str, Expression] | None = None,
) -> Dynamics:  # fmt: skip
    overridden = initial or {}
    variables = tuple(
        StateVariable(
            s.name, overridden.get(s.name, s.initial), s.shared, s.persistent, s.train_only, s.name in held, s.receptor, s.low, s.high
        )
        for s in sorted(states, key=lambda s: s.name)
    )
    rates = tuple((e.state, e.rate) for e in sorted(equations, key=lambda e: e.state))
    return Dynamics(values, variables, ports, rates, solver.method if solver else None, solver.substeps if solver else 1)


def _gaps(gap: checked.GapJunction, population: str) -> list[Gap]:
    """What gap junctions bring to the neurons of a population."""
    port, conductance = f"{gap.name} current", float(gap.conductance)
    if not gap.other:
        same = Gap(gap.name, port, gap.state, conductance, gap.part, ("symmetric", gap.recipe), stream=gap.name)
        return [same] if gap.population == population else []
    there = Gap(
        gap.name, port, gap.state, conductance, gap.part, gap.recipe, gap.other, gap.other_state, gap.other_part, gap.name
    )  # fmt: skip
    back = Gap(
        f"{gap.name} back", port, gap.other_state, conductance, gap.other_part, ("transposed", gap.recipe), gap.population, gap.state,
        gap.part, gap.name,
    )  # fmt: skip
    return [g for g, owner in ((there, gap.population), (back, gap.other)) if owner == population]


def _neuron(population: checked.Population) -> checked.NeuronModel:
    model = population.neuron.model
    assert isinstance(model, checked.NeuronModel)
    return model


def _population(population: checked.Population, dt: Fraction) -> PopulationNode:
    model = _neuron(population)
    held = model.refractory.hold if model.refractory is not None else ()
    ports = tuple(sorted(p.name for p in model.ports))
    values = separate(population)
    dynamics = _dynamics(values.parameters, model.states, ports, model.equations, held, model.solver, dict(population.initial))
    dynamics = replace(dynamics, drawn=values.drawn)
    rule = model.spike
    assignments = _assigns(rule.assignments) if rule is not None else ()
    surrogate = (model.surrogate.function, model.surrogate.slope) if model.surrogate is not None else ("fast_sigmoid", 25.0)
    return PopulationNode(
        population.name, population.shape, model.name, dynamics, values.drive,
        rule.condition if rule is not None else None, assignments,
        _refractory_steps(model, population.neuron, dt), surrogate, origin(population.span),
        arrivals=_assigns(model.arrivals), events=tuple(Event(e.name, e.condition, _assigns(e.assignments)) for e in model.events),
        limits=limits(model, values),
    )  # fmt: skip


def _assigns(made: tuple[checked.Assignment, ...]) -> tuple[Assign, ...]:
    return tuple(Assign(a.target, a.value, a.accumulate) for a in made)


def _refractory_steps(model: checked.NeuronModel, instance: checked.Instance, dt: Fraction) -> int | Expression | None:
    """`ceil(t_ref/dt)` on exact decimals, or None where that is no step; an expression where it differs from neuron to neuron."""
    if model.refractory is None:
        return None
    duration = substitute(model.refractory.duration, {Reference("parameter", n): v for n, v in instance.values if not is_drawn(v)})
    if is_drawn(duration):
        return refractory_steps(duration, dt)
    assert isinstance(duration, Constant)
    exact = duration.value if isinstance(duration.value, Fraction) else Fraction(repr(number(duration)))
    return math.ceil(exact / dt) or None


def _synapse(instance: checked.Instance) -> Synapse:
    model = instance.model
    assert isinstance(model, checked.SynapseModel)
    values = separate_constant(instance.values)
    dynamics = _dynamics(values.parameters, model.states, (model.impulse_name,), model.equations, solver=model.solver)
    dynamics = replace(dynamics, drawn=values.drawn)
    on_impulse = tuple(Assign(a.target, a.value, a.accumulate) for a in model.on_impulse)
    bounds = tuple(replace(x, side="post") for x in limits(model, values))
    return Synapse(model.name, dynamics, on_impulse, model.output, bounds)


def _names(synapse: checked.SynapseModel) -> frozenset[str]:
    """What a synapse calls its own."""
    return frozenset({s.name for s in synapse.states} | {p.name for p in synapse.parameters})


def _rule(
    instance: checked.Instance, projection: str, reduction: str, modulators: tuple[ModulatorUse, ...], sides: tuple[tuple[str, str], ...],
    taken: frozenset[str],
) -> Rule:  # fmt: skip
    """A rule; a trace that is called as a state or parameter of the synapse, which are `taken`, has another key."""
    model = instance.model
    assert isinstance(model, checked.PlasticityModel)
    values = separate_constant(instance.values)
    known = {Reference("parameter", n): v for n, v in values.parameters}
    keys = {t.name: f"{projection}.{t.name} trace" if t.name in taken else f"{projection}.{t.name}" for t in model.traces}
    traces = tuple(TraceUse(t.name, t.side, substitute(t.tau, known), t.nearest, keys[t.name]) for t in model.traces)
    return Rule(
        model.name, values.parameters, traces, tuple((h.event, h.change) for h in model.handlers if h.target == "w"), reduction,
        dynamics=_rule_dynamics(model, values),
        state_changes=tuple(StateChange(h.event, h.target, h.operation, h.change) for h in model.handlers if h.target != "w"),
        modulators=modulators, drawn=values.drawn, sides=sides, limits=rule_limits(model, values, dict(sides)),
    )  # fmt: skip


def _rule_dynamics(model: checked.PlasticityModel, values: Separated) -> Dynamics | None:
    """The states of a rule, the weight among them if it has an equation or an equation reads it."""
    own = Reference("state", "w")
    among = any(e.state == own.name or own in references(e.rate, "state") for e in model.equations)
    if not model.states and not among:
        return None
    weight = (checked.State(own.name, dimension_of(), Constant(0), span=model.span),) if among else ()
    ports = tuple(m.name for m in model.modulators)
    return replace(_dynamics(values.parameters, (*model.states, *weight), ports, model.equations, solver=model.solver), drawn=values.drawn)


def _projection(
    projection: checked.Projection, source_kind: str, to_receptor: bool, modulators: tuple[ModulatorUse, ...]
) -> ProjectionEdge:
    lower, upper = (Bound(b.kind, b.limit, b.exponent) if b is not None else None for b in (projection.lower, projection.upper))
    normalize, delays, pairs = projection.normalize, projection.delays, projection.connectivity
    synapse = projection.synapse.model if projection.synapse is not None else None
    own = _names(synapse) if isinstance(synapse, checked.SynapseModel) else frozenset()
    return ProjectionEdge(
        projection.name, projection.source, source_kind, projection.target, projection.port,
        pairs.pattern if delays is None or pairs.pattern == "conv" else "list", pairs.without_diagonal and delays is None,
        projection.weight, projection.delay_steps,
        _synapse(projection.synapse) if projection.synapse is not None else None,
        _rule(projection.plasticity, projection.name, projection.batch_reduction, modulators, projection.sides, own)
        if projection.plasticity is not None else None,
        lower, upper, (normalize.norm, normalize.over, normalize.each) if normalize is not None else None, origin(projection.span),
        recipe=pairs.recipe if pairs.pattern == "list" or delays is not None else ("dense", 1),
        source_part=projection.source_part, target_part=projection.target_part,
        delays=Delays(delays.time, delays.longest) if delays is not None else None,
        stages=projection.layers, trainable=tuple(n for n, _ in projection.trainable),
        to_receptor=to_receptor, variable=projection.value,
    )  # fmt: skip


def _readout(output: checked.Output) -> ReadoutNode:
    options: tuple[tuple[str, float], ...] = ()
    kind = output.kind
    if output.readout is not None:
        kind = output.readout.model.name
        options = tuple((n, number(v)) for n, v in output.readout.values)
    return ReadoutNode(output.name, kind, output.population, output.variable, options, origin(output.span), output.part)
