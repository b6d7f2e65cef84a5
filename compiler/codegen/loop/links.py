"""Values that are read in the step in which they are made: links into populations, and modulators of rules."""

from __future__ import annotations

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import PopulationNode, Region
from inferno.compiler.plan import node_shape, size


def linked(loop: Loop, graph: Graph, region: Region, source: str, variable: str, neuron: str) -> str:
    """The text of a linked value for a neuron of sample `b`: a state made in this step of the region, or what comes from outside it."""
    count = size(node_shape(graph, source))
    place, shared = "0" if count == 1 else neuron, False
    if source in region.populations:
        node = graphs.population(graph, source)
        shared = any(s.name == variable and s.shared is not None for s in node.dynamics.states)
        is_event = any(e.name == variable for e in node.events)
        pointer = event_buffer(loop, source, variable) if is_event else loop.variable(f"{source}.{variable}")
    else:
        pointer = loop.arrive(f"{source}.{variable}" if variable else source, count, "T")
    return f"({pointer})[{place}]" if shared else f"({pointer})[b * {count} + {place}]"


def event_buffer(loop: Loop, source: str, event: str) -> str:
    """The buffer with the events of this step that a population of the same region reads, [batch, neurons]."""
    return loop.names.of(f"{source}.{event} in this step")


def events_read(graph: Graph, region: Region, node: PopulationNode) -> frozenset[str]:
    """The events of a population that another of its region reads."""
    names = {e.name for e in node.events}
    return frozenset(v.variable for v in graphs.links(graph) if v.source == node.name and v.target in region.populations) & names


def links_into(loop: Loop, graph: Graph, region: Region, node: PopulationNode) -> dict[str, list[str]]:
    """The texts of what a population's neuron `n` reads over links, by its inputs."""
    ports: dict[str, list[str]] = {}
    for link in graphs.links(graph):
        if link.target == node.name and not link.projection:
            ports.setdefault(link.port, []).append(linked(loop, graph, region, link.source, link.variable, "n"))
    return ports
