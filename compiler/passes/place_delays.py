"""Delays: which spikes must be kept for how many steps, and a check that no cycle is without delay."""

from __future__ import annotations

import networkx

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.report import Report
from inferno.compiler.verify import BrokenGraph


def place_delays(graph: Graph, report: Report) -> Graph:
    """The graph as it is; what its delays cost is reported, and a cycle without delay is refused by name."""
    immediate: networkx.DiGraph[str] = networkx.DiGraph()
    immediate.add_nodes_from(sorted(graph.nodes))
    immediate.add_edges_from((e.source, e.target) for e in graphs.projections(graph) if e.delay == 0)
    immediate.add_edges_from((e.source, e.target) for e in graphs.links(graph) if not e.projection)
    if not networkx.is_directed_acyclic_graph(immediate):
        ring = [source for source, _ in networkx.find_cycle(immediate)]
        raise BrokenGraph(f"a cycle without delay that the checker let pass: {' -> '.join([*ring, ring[0]])}")
    longest: dict[tuple[str, str], int] = {}
    for edge in graphs.projections(graph):
        sent = edge.source, f"the values of {edge.variable}" if edge.variable else "spikes"
        longest[sent] = max(longest.get(sent, 0), edge.longest)
    for (source, what), steps in sorted(longest.items()):
        if steps:
            report.say(f"{source}: {what} are kept for {steps} step{'s' * (steps > 1)}")
    return graph
