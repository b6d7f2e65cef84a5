"""Drops what nobody reads: states, traces and parameters without a reader."""

from __future__ import annotations

from dataclasses import replace

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Dynamics, Event, PopulationNode, ProjectionEdge, Rule
from inferno.compiler.report import Report
from inferno.grammar.expression import Expression, references


def drop_dead(graph: Graph, report: Report) -> Graph:
    """Without states that neither a spike, another state, an output nor a recording depends on; likewise traces and parameters."""
    wanted = graphs.observed(graph)
    return graphs.map_payloads(
        graph, lambda p: _population(p, set(wanted.get(p.name, ())), report), lambda e: _projection(e, set(wanted.get(e.name, ())), report)
    )


def _population(node: PopulationNode, wanted: set[str], report: Report) -> PopulationNode:
    live = _live_states(node, wanted)
    dead = [s.name for s in node.dynamics.states if s.name not in live]
    if dead:
        report.say(f"{node.name}: dropped the states {', '.join(dead)}, which nobody reads")
    events = tuple(replace(e, assignments=tuple(a for a in e.assignments if a.target in live)) for e in node.events)
    happening = _live_events(events, wanted)
    dynamics = replace(
        node.dynamics,
        states=tuple(s for s in node.dynamics.states if s.name in live),
        equations=tuple((n, e) for n, e in node.dynamics.equations if n in live),
    )
    kept = replace(
        node,
        dynamics=dynamics,
        assignments=tuple(a for a in node.assignments if a.target in live),
        events=tuple(e for e in events if e.name in happening),
        arrivals=tuple(a for a in node.arrivals if a.target in live),
        gaps=tuple(g for g in node.gaps if g.state in live),
    )
    readers = [e for _, e in dynamics.equations]
    readers += [e for s in dynamics.states for e in (s.initial, s.low, s.high) if e is not None]
    readers += [a.value for a in (*kept.changes, *kept.arrivals)] + [e.condition for e in kept.events]
    readers += [node.condition] if node.condition is not None else []
    readers += [value for _, value in node.drive] + ([] if isinstance(node.refractory_steps, int | None) else [node.refractory_steps])
    dynamics = _without_unread_parameters(dynamics, readers)
    known = {n for n, _ in (*dynamics.parameters, *dynamics.drawn)}
    limits = tuple(x for x in node.limits if all(r.name in known for r in references(x.value, "parameter")))
    return replace(kept, dynamics=dynamics, limits=limits)


def _live_states(node: PopulationNode, wanted: set[str]) -> set[str]:
    """States that are wanted or that a live one depends on."""
    sources: dict[str, list[Expression]] = {s.name: [] for s in node.dynamics.states}
    for name, expression in (*node.dynamics.equations, *((a.target, a.value) for a in (*node.assignments, *node.arrivals))):
        sources[name].append(expression)
    for event in node.events:
        for assignment in event.assignments:
            sources[assignment.target] += [assignment.value, *_conditions(event, node.events)]
    live = {n for n in wanted if n in sources} | {
        r.name for e in node.events if e.name in wanted for c in _conditions(e, node.events) for r in references(c, "state")
    }
    live |= {r.name for r in references(node.condition, "state")} if node.condition is not None else set()
    if node.condition is None and not live:
        # A population that never spikes is there for its states.
        return set(sources)
    if any(references(rate, "noise") for _, rate in node.dynamics.equations):
        # Which random numbers a state gets depends on the states that noise moves together with it: nobody's recording may change them.
        live |= {name for name, _ in node.dynamics.equations}
    fresh = set(live)
    while fresh:
        fresh = {r.name for name in fresh for e in sources[name] for r in references(e, "state")} - live
        live |= fresh
    return live


def _conditions(event: Event, events: tuple[Event, ...]) -> list[Expression]:
    """When an event occurs, with the conditions of those that it depends on."""
    found, fresh = {event.name: event.condition}, [event.condition]
    while fresh:
        names = {r.name for e in fresh for r in references(e, "event")} - found.keys()
        more = {e.name: e.condition for e in events if e.name in names}
        found |= more
        fresh = list(more.values())
    return list(found.values())


def _live_events(events: tuple[Event, ...], wanted: set[str]) -> set[str]:
    """Events that do something, are read, or decide of others that are."""
    live: set[str] = set()
    for event in reversed(events):
        if event.assignments or event.name in wanted or event.name in live:
            live |= {event.name} | {r.name for r in references(event.condition, "event")}
    return live


def _without_unread_parameters(dynamics: Dynamics, readers: list[Expression]) -> Dynamics:
    read = {r.name for e in readers for r in references(e, "parameter")}
    for name, value in (*dynamics.parameters, *reversed(dynamics.drawn)):
        if name in read:
            read |= {r.name for r in references(value, "parameter")}
    return replace(
        dynamics,
        parameters=tuple((n, v) for n, v in dynamics.parameters if n in read),
        drawn=tuple((n, v) for n, v in dynamics.drawn if n in read),
    )


def _projection(edge: ProjectionEdge, wanted: set[str], report: Report) -> ProjectionEdge:
    if edge.rule is None:
        return edge
    rule = _without_dead_states(edge.rule, wanted, edge.name, report)
    changes = [change for _, change in rule.handlers] + [c.value for c in rule.state_changes]
    changes += [rate for _, rate in rule.dynamics.equations] if rule.dynamics is not None else []
    read = {r.name for change in changes for r in references(change, "trace", "next")}
    dead = [t.name for t in rule.traces if t.name not in read]
    if dead:
        report.say(f"{edge.name}: dropped the traces {', '.join(dead)}, which no handler reads")
    return replace(edge, rule=replace(rule, traces=tuple(t for t in rule.traces if t.name in read)))


def _without_dead_states(rule: Rule, wanted: set[str], name: str, report: Report) -> Rule:
    """A rule without the states that neither its weight nor a recording depends on."""
    if rule.dynamics is None:
        return rule
    sources: dict[str, list[Expression]] = {s.name: [] for s in rule.dynamics.states}
    for state, expression in (*rule.dynamics.equations, *((c.target, c.value) for c in rule.state_changes)):
        sources[state].append(expression)
    live: set[str] = set()
    fresh = (wanted & set(sources)) | ({"w"} & set(sources)) | {r.name for _, e in rule.handlers for r in references(e, "state")}
    while fresh:
        live |= fresh
        fresh = {r.name for state in fresh for e in sources[state] for r in references(e, "state")} - live
    dead = [s for s in sources if s not in live]
    if not dead:
        return rule
    report.say(f"{name}: dropped the states {', '.join(dead)} of {rule.model}, which nobody reads")
    dynamics = replace(
        rule.dynamics,
        states=tuple(s for s in rule.dynamics.states if s.name in live),
        equations=tuple((n, e) for n, e in rule.dynamics.equations if n in live),
    )
    changes = tuple(c for c in rule.state_changes if c.target in live)
    return replace(rule, dynamics=dynamics if dynamics.states else None, state_changes=changes)
