"""What must hold of a graph after every pass; a violation is a bug of the pass that ran last."""

from __future__ import annotations

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Dynamics, InputNode, LinkEdge, PopulationNode, Rule
from inferno.grammar.affine import without_noise
from inferno.grammar.expression import CLOCK, Expression, references


class BrokenGraph(AssertionError):
    """A pass left a graph that contradicts itself."""


def verify(graph: Graph, after: str) -> None:
    """Raise `BrokenGraph` with the pass's name if the graph contradicts itself."""
    names = {*graph.nodes, CLOCK.name}
    for population in graphs.populations(graph):
        _dynamics(population.dynamics, f"{population.name} after {after}", names)
        known = {s.name for s in population.dynamics.states}
        _require(all(a.target in known for a in population.changes), f"{population.name} after {after}: assignment to an unknown state")
        _events(population, f"{population.name} after {after}", names)
        for gap in population.gaps:
            states = {s.name for s in graphs.population(graph, gap.other).dynamics.states} if gap.other else {""}
            _require(gap.other_state in states, f"{gap.name} after {after}: couples an unknown state of another population")
            _require(gap.state in known and gap.port in population.dynamics.ports, f"{gap.name} after {after}: couples an unknown state")
        _arrivals(population, f"{population.name} after {after}")
        for expression in (population.condition, *(a.value for a in (*population.assignments, *population.arrivals))):
            if expression is not None:
                _expression(expression, population.dynamics, f"{population.name} after {after}", names)
    for edge in graphs.projections(graph):
        _require(
            isinstance(graph.nodes[edge.target][graphs.PAYLOAD], PopulationNode), f"{edge.name} after {after}: target is no population"
        )
        _require(
            isinstance(graph.nodes[edge.source][graphs.PAYLOAD], PopulationNode | InputNode),
            f"{edge.name} after {after}: source can't spike",
        )
        _require(edge.port in graphs.population(graph, edge.target).dynamics.ports, f"{edge.name} after {after}: unknown port")
        sent = graph.nodes[edge.source][graphs.PAYLOAD]
        known = {s.name for s in sent.dynamics.states} if isinstance(sent, PopulationNode) else set[str]()
        _require(not edge.variable or edge.variable in known, f"{edge.name} after {after}: sends an unknown state")
        _require(0 <= edge.delay <= edge.longest, f"{edge.name} after {after}: impossible delays")
        holds_delays = edge.pattern in ("list", "conv")
        _require(edge.delays is None or holds_delays, f"{edge.name} after {after}: a delay for each synapse, and no list")
        for name, part in ((edge.source, edge.source_part), (edge.target, edge.target_part)):
            shape = graph.nodes[name][graphs.PAYLOAD].shape
            fits = len(part) == len(shape) and all(0 <= low < high <= n for (low, high), n in zip(part, shape, strict=True))
            _require(not part or fits, f"{edge.name} after {after}: a part that `{name}` has not")
        if edge.synapse is not None:
            _dynamics(edge.synapse.dynamics, f"{edge.name} after {after}", names)
        if edge.rule is not None:
            _rule(edge.rule, f"{edge.name} after {after}", names)
    for link in graphs.links(graph):
        _link(graph, link, f"{link.name} after {after}")
    _regions(graph, after)


def _events(population: PopulationNode, where: str, names: set[str]) -> None:
    """Every event reads what comes before it."""
    before = frozenset({"spike"}) if population.condition is not None else frozenset[str]()
    for event in population.events:
        _expression(event.condition, population.dynamics, where, names, events=before)
        for assignment in event.assignments:
            _expression(assignment.value, population.dynamics, where, names)
        before |= {event.name}


def _arrivals(population: PopulationNode, where: str) -> None:
    states = {s.name: s for s in population.dynamics.states}
    for arrival in population.arrivals:
        _require(arrival.target in states, f"{where}: arrivals at an unknown state")
        _require(arrival.accumulate, f"{where}: arrivals do more than add")
        _require({r.name for r in references(arrival.value, "state")} <= states.keys(), f"{where}: arrivals read an unknown state")
        _require(not states[arrival.target].held and states[arrival.target].shared is None, f"{where}: a receptor that may stand still")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise BrokenGraph(message)


def _dynamics(dynamics: Dynamics, where: str, inputs: set[str], traces: frozenset[str] = frozenset()) -> None:
    states = {s.name for s in dynamics.states}
    _require(len(states) == len(dynamics.states), f"{where}: two states of one name")
    _require({n for n, _ in dynamics.equations} <= states, f"{where}: equation of an unknown state")
    _require({u.state for u in dynamics.updates} <= states, f"{where}: update of an unknown state")
    for expression in (e for s in dynamics.states for e in (s.low, s.high) if e is not None):
        _expression(expression, dynamics, where, inputs, traces)
        _require(not references(expression, "state", "port", "input"), f"{where}: a range that moves")
    for _, rate in dynamics.equations:
        drift = without_noise(rate)
        _require(drift is not None, f"{where}: noise that is not added")
        for expression in (drift.rest, *drift.coefficients.values()) if drift is not None else ():
            _expression(expression, dynamics, where, inputs, traces)
    for _, expression in dynamics.definitions:
        _expression(expression, dynamics, where, inputs, traces)
    for update in dynamics.updates:
        _expression(update.free, dynamics, where, inputs, traces)
        if update.held is not None:
            _expression(update.held, dynamics, where, inputs, traces)


def _expression(
    expression: Expression, dynamics: Dynamics, where: str, inputs: set[str], traces: frozenset[str] = frozenset(),
    events: frozenset[str] = frozenset(),
) -> None:  # fmt: skip
    known = {
        "parameter": {n for n, _ in (*dynamics.parameters, *dynamics.drawn)},
        "state": {s.name for s in dynamics.states}, "port": set(dynamics.ports),
        "constant": {d.name for d in dynamics.derived}, "local": {n for n, _ in dynamics.definitions} | {"free"}, "input": inputs,
        "trace": traces, "normal": set(dynamics.normals), "event": events,
    }  # fmt: skip
    for reference in references(expression):
        _require(reference.name in known.get(reference.kind, set()), f"{where}: unknown {reference.kind} `{reference.name}`")


def _rule(rule: Rule, where: str, names: set[str]) -> None:
    """Every name of a rule is one of its own, and every modulator has a source."""
    traces, states = {t.name for t in rule.traces}, {s.name for s in rule.states}
    known = {
        "trace": traces, "next": traces, "state": states, "weight": {"w"}, "port": {m.name for m in rule.modulators},
        "parameter": {n for n, _ in (*rule.parameters, *rule.drawn)}, "constant": {d.name for d in rule.derived},
    }  # fmt: skip
    for expression in (*(e for _, e in rule.handlers), *(c.value for c in rule.state_changes)):
        for reference in references(expression):
            _require(reference.name in known.get(reference.kind, set()), f"{where}: unknown {reference.kind} `{reference.name}`")
    _require(all(c.target in states for c in rule.state_changes), f"{where}: change of an unknown state")
    _require(all(m.source in names for m in rule.modulators), f"{where}: a modulator without a source")
    if rule.dynamics is not None:
        _require(set(rule.dynamics.ports) <= known["port"], f"{where}: a modulator without a value")
        _dynamics(rule.dynamics, where, names, frozenset(traces))


def _link(graph: Graph, link: LinkEdge, where: str) -> None:
    source = graph.nodes[link.source][graphs.PAYLOAD]
    if isinstance(source, PopulationNode):
        known = {s.name for s in source.dynamics.states} | {e.name for e in source.events}
        _require(link.variable in known, f"{where}: unknown state")
    if not link.projection:
        _require(link.port in graphs.population(graph, link.target).dynamics.ports, f"{where}: unknown port")


def _regions(graph: Graph, after: str) -> None:
    regions = graphs.experiment(graph).regions
    if not regions:
        return
    order = [name for region in regions for name in region.populations]
    _require(sorted(order) == [p.name for p in graphs.populations(graph)], f"schedule after {after}: not every population once")
    for edge in graphs.projections(graph):
        if edge.delay == 0 and edge.source in order:
            _require(order.index(edge.source) < order.index(edge.target), f"schedule after {after}: {edge.name} runs against the order")
    for link in graphs.links(graph):
        together = any({link.source, link.target} <= set(region.populations) for region in regions)
        if link.source in order and not (together and link.projection) and link.source != link.target:
            _require(order.index(link.source) < order.index(link.target), f"schedule after {after}: {link.name} runs against the order")
