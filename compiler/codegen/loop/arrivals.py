"""What arrives at receptors, added to their states before the neurons are stepped, only where something may arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.codegen.series import summed_in_loop
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Assign, PopulationNode, ProjectionEdge
from inferno.compiler.plan import is_list, size
from inferno.compiler.ranges import has_range
from inferno.grammar.expression import Expression, Reference, references


@dataclass(frozen=True, slots=True)
class Arriving:
    """What arrives over a projection: the text of what neuron `n` takes, once, and that of a visit to all that may get something."""

    taken: str
    visit: str


def added_before(
    graph: Graph, node: PopulationNode, edges: Iterable[ProjectionEdge], taken: Iterable[str], training: bool
) -> dict[str, str]:
    """The states, by their inputs, to which arrivals can be added before the population is stepped.

    Rows of synapses bring something to few neurons; nothing else enters such an input (`taken` are those that something does), and nobody
    reads the state as it was at the start of the step.
    """
    into: dict[str, list[ProjectionEdge]] = {}
    for edge in edges:
        into.setdefault(edge.port, []).append(edge)
    links = {k.port for k in graphs.links(graph) if k.target == node.name and not k.projection}
    closed = {*taken, *(port for port, _ in node.drive), *links}
    found = {}
    for arrival in node.arrivals:
        port = arrival.value.name if isinstance(arrival.value, Reference) and arrival.value.kind == "port" else ""
        open_to = port in into and port not in closed and all(_is_sparse(graph, e, training) for e in into[port])
        if open_to and any(_has_rows(e) for e in into[port]) and _is_alone(graph, node, arrival, port):
            found[port] = arrival.target
    return found


def _is_sparse(graph: Graph, edge: ProjectionEdge, training: bool) -> bool:
    plain = edge.synapse is None and not edge.is_impulse
    return bool(edge.target_part) or (plain and _has_rows(edge) and summed_in_loop(graph, edge, training))


def _has_rows(edge: ProjectionEdge) -> bool:
    """Whether events of a step bring rows of synapses with them, all at once."""
    return is_list(edge) and edge.delays is None and edge.source_kind == "spikes" and not edge.variable and not edge.target_part


def _is_alone(graph: Graph, node: PopulationNode, arrival: Assign, port: str) -> bool:
    """Whether an input enters nothing but a state, which has no range and is not read before."""
    state = Reference("state", arrival.target)
    others = [a.value for a in node.arrivals if a is not arrival]
    if any(state in references(e) for e in others) or sum(a.target == arrival.target for a in node.arrivals) > 1:
        return False
    if has_range(node.dynamics, arrival.target) or node.dynamics.state(arrival.target).shared is not None:
        return False
    if any(Reference("port", port) in references(e) for e in (*others, *_formulas(node))):
        return False
    return arrival.target not in _sent(graph, node.name)


def _formulas(node: PopulationNode) -> Iterator[Expression]:
    yield from node.dynamics.moves
    yield from (a.value for a in node.changes)
    yield from (e.condition for e in node.events)
    yield from [node.condition] if node.condition is not None else []


def _sent(graph: Graph, name: str) -> set[str]:
    """The states of a population that others, or it itself, get as values."""
    gaps = [(p.name, g) for p in graphs.populations(graph) for g in p.gaps]
    found = [(owner, g.state) for owner, g in gaps] + [(g.other, g.other_state) for _, g in gaps]
    found += [(e.source, e.variable) for e in graphs.projections(graph)] + [(k.source, k.variable) for k in graphs.links(graph)]
    return {state for owner, state in found if owner == name}


def write_arrivals(loop: Loop, node: PopulationNode, added: Mapping[str, str], arriving: Mapping[str, list[Arriving]]) -> PopulationNode:
    """Write what is added to states of sample `b`, summed over projections first; the population without these arrivals."""
    for port, state in added.items():
        visit = loop.names.of(f"{node.name}.{port} arrives")
        value = f"{loop.variable(f'{node.name}.{state}')}[b * {size(node.shape)} + n]"
        total = " + ".join(a.taken for a in arriving[port])
        loop.write(f"const auto {visit} = [&](int64_t n) {{ {value} += {total}; }};")
        for one in arriving[port]:
            loop.write(one.visit.format(visit=visit))
    return replace(node, arrivals=tuple(a for a in node.arrivals if a.target not in added.values()))
