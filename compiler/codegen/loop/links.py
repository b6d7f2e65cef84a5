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
        pointer = loop.variable(f"{source}.{variable}")
    else:
        pointer = loop.arrive(f"{source}.{variable}" if variable else source, count, "T")
    return f"({pointer})[{place}]" if shared else f"({pointer})[b * {count} + {place}]"


def links_into(loop: Loop, graph: Graph, region: Region, node: PopulationNode) -> dict[str, list[str]]:
    """The texts of what a population's neuron `n` reads over links, by its inputs."""
    ports: dict[str, list[str]] = {}
    for link in graphs.links(graph):
        if link.target == node.name and not link.projection:
            ports.setdefault(link.port, []).append(linked(loop, graph, region, link.source, link.variable, "n"))
    return ports
