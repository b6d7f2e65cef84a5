"""The network as a networkx graph: one frozen payload under one key per node and edge, read in sorted order."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

import networkx

from inferno.compiler.nodes import Edge, Experiment, InputNode, LinkEdge, Payload, PopulationNode, ProjectionEdge, ReadoutNode, ValueEdge

if TYPE_CHECKING:
    Graph = networkx.MultiDiGraph[str]
else:
    Graph = networkx.MultiDiGraph

T = TypeVar("T")

PAYLOAD = "payload"
_DERIVED = "derived"


def empty(experiment: Experiment) -> Graph:
    """A graph without nodes."""
    graph = Graph()
    graph.graph[PAYLOAD] = experiment
    return graph


def experiment(graph: Graph) -> Experiment:
    """What belongs to the whole network."""
    found: Experiment = graph.graph[PAYLOAD]
    return found


def _derived(graph: Graph, name: str, make: Callable[[], T]) -> T:
    """What follows from the whole graph, made once until the graph changes: every pass and every text asks for it many times."""
    known: dict[str, T] = graph.graph.setdefault(_DERIVED, {})
    if name not in known:
        known[name] = make()
    return known[name]


def _nodes(graph: Graph) -> list[Payload]:
    """All nodes, by name."""
    return _derived(graph, "nodes", lambda: [graph.nodes[name][PAYLOAD] for name in sorted(graph.nodes)])


def populations(graph: Graph) -> list[PopulationNode]:
    """The populations, by name."""
    return [n for n in _nodes(graph) if isinstance(n, PopulationNode)]


def inputs(graph: Graph) -> list[InputNode]:
    """The inputs, by name."""
    return [n for n in _nodes(graph) if isinstance(n, InputNode)]


def readouts(graph: Graph) -> list[ReadoutNode]:
    """The outputs, by name."""
    return [n for n in _nodes(graph) if isinstance(n, ReadoutNode)]


def _edges(graph: Graph) -> list[Edge]:
    """All edges, by name."""

    def by_name() -> list[Edge]:
        return [data[PAYLOAD] for _, _, _, data in sorted(graph.edges(keys=True, data=True), key=lambda e: e[2])]

    return _derived(graph, "edges", by_name)


def projections(graph: Graph) -> list[ProjectionEdge]:
    """The projections, by name."""
    return [e for e in _edges(graph) if isinstance(e, ProjectionEdge)]


def value_edges(graph: Graph) -> list[ValueEdge]:
    """The edges by which inputs enter parameters."""
    return [e for e in _edges(graph) if isinstance(e, ValueEdge)]


def links(graph: Graph) -> list[LinkEdge]:
    """The links of values, by name."""
    return [e for e in _edges(graph) if isinstance(e, LinkEdge)]


def observed(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """Variables, by owner, that are read from outside of what they belong to: recorded, reduced, claimed, linked, projected, coupled."""
    return _derived(graph, "observed", lambda: _observed(graph))


def _observed(graph: Graph) -> dict[str, tuple[str, ...]]:
    whole = experiment(graph)
    pairs = {(r.owner, r.variable) for r in whole.recorded} | {(o.population, o.variable) for o in readouts(graph)} | set(whole.measured)
    pairs |= {(g.other, g.other_state) for p in populations(graph) for g in p.gaps if g.other}
    pairs |= {(e.source, e.variable) for e in projections(graph) if e.variable} | {(e.source, e.variable) for e in links(graph)}
    found: dict[str, tuple[str, ...]] = {}
    for owner, variable in sorted(pairs):
        found[owner] = (*found.get(owner, ()), variable)
    return found


def population(graph: Graph, name: str) -> PopulationNode:
    """The population of a name."""
    found: PopulationNode = graph.nodes[name][PAYLOAD]
    return found


def add_node(graph: Graph, node: Payload) -> None:
    """Add a node under a name that is not taken: outputs live in a name space of their own."""
    graph.graph.pop(_DERIVED, None)
    graph.add_node(node_key(node), **{PAYLOAD: node})


def node_key(node: Payload) -> str:
    """The graph's key of a node."""
    return f"output {node.name}" if isinstance(node, ReadoutNode) else node.name


def add_edge(graph: Graph, edge: Edge) -> None:
    """Add an edge, keyed by its name."""
    graph.graph.pop(_DERIVED, None)
    graph.add_edge(edge.source, edge.target, key=edge.name, **{PAYLOAD: edge})


def map_payloads(
    graph: Graph,
    on_population: Callable[[PopulationNode], PopulationNode] = lambda p: p,
    on_projection: Callable[[ProjectionEdge], ProjectionEdge] = lambda e: e,
) -> Graph:
    """A copy of the graph with populations and projections replaced."""
    result = empty(experiment(graph))
    for node in _nodes(graph):
        add_node(result, on_population(node) if isinstance(node, PopulationNode) else node)
    for edge in _edges(graph):
        add_edge(result, on_projection(edge) if isinstance(edge, ProjectionEdge) else edge)
    return result


def with_experiment(graph: Graph, changed: Experiment) -> Graph:
    """A copy of the graph with another experiment."""
    result = map_payloads(graph)
    result.graph[PAYLOAD] = changed
    return result


def content_hash(graph: Graph) -> str:
    """SHA-256 of everything the graph says."""
    parts = [repr(experiment(graph)), *(repr(n) for n in _nodes(graph)), *(repr(e) for e in _edges(graph))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def as_data(value: object) -> object:
    """A payload as plain JSON data."""
    from inferno.compiler.text import expression_text
    from inferno.grammar.expression import Apply, Constant, Draw, Reference

    if isinstance(value, Apply | Constant | Draw | Reference):
        return expression_text(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_data(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [as_data(v) for v in value]
    return value
