"""Which populations run together, and in which order.

A region is a strongly connected component: what feeds back on itself must be stepped together.  Regions run one after the
other, each over all time steps, so that everything between them is computed for all steps at once.
"""

from __future__ import annotations

from dataclasses import replace

import networkx

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import LinkEdge, ProjectionEdge, Region
from inferno.compiler.report import Report


def schedule(graph: Graph, report: Report) -> Graph:
    """With the regions in the order in which they run."""
    regions = tuple(Region(_within(graph, group)) for group in components(graph))
    owner = {name: index for index, region in enumerate(regions) for name in region.populations}
    for index, region in enumerate(regions):
        words = ", ".join(region.populations)
        report.say(f"region {index + 1}: {words}: {_manner(graph, region, owner)}")
        for edge in graphs.projections(graph):
            if owner[edge.target] == index and owner.get(edge.source) != index:
                learns = "; in training step by step, since its weights learn" if edge.rule is not None else ""
                report.say(f"  {edge.name}: all time steps at once, or in the loop that it reaches{learns}")
    return graphs.with_experiment(graph, replace(graphs.experiment(graph), regions=regions))


def _manner(graph: Graph, region: Region, owner: dict[str, int]) -> str:
    """How a region runs, and why not better."""
    nodes = [graphs.population(graph, name) for name in region.populations]
    if all(n.kernel == "intervals" for n in nodes):
        return "all time steps at once, or in the loop that reads them"
    edges: tuple[ProjectionEdge | LinkEdge, ...] = (*graphs.projections(graph), *graphs.links(graph))
    feedback = [e.name for e in edges if owner.get(e.source) == owner[e.target] == owner[nodes[0].name]]
    inside = {n.name for n in nodes}
    coupled = [g.name for n in nodes for g in n.gaps if g.other in inside - {n.name} and g.name == g.stream]
    feedback += coupled
    return f"stepped, since {', '.join(feedback)} feed back" if feedback else "its states are stepped, nothing feeds back"


def components(graph: Graph) -> list[list[str]]:
    """Groups of populations that feed back on each other, in topological order; ties by name."""
    links: networkx.DiGraph[str] = networkx.DiGraph()
    links.add_nodes_from(p.name for p in graphs.populations(graph))
    # A modulator is read where its projection's target is stepped, which therefore runs with or after what makes it.
    edges: tuple[ProjectionEdge | LinkEdge, ...] = (*graphs.projections(graph), *graphs.links(graph))
    links.add_edges_from((e.source, e.target) for e in edges if e.source in links)
    # Gap junctions read states at the start of a step, so that they set no order; but both ends are stepped together.
    links.add_edges_from((g.other, p.name) for p in graphs.populations(graph) for g in p.gaps if g.other)
    condensed = networkx.condensation(links)
    order = networkx.lexicographical_topological_sort(condensed, key=lambda c: min(condensed.nodes[c]["members"]))
    return [sorted(condensed.nodes[c]["members"]) for c in order]


def _within(graph: Graph, group: list[str]) -> tuple[str, ...]:
    """The order within a step: along projections without delay and links into inputs; ties by name.

    A modulator is read when all populations of the step have run.
    """
    links: networkx.DiGraph[str] = networkx.DiGraph()
    links.add_nodes_from(group)
    links.add_edges_from(
        (e.source, e.target) for e in graphs.projections(graph) if e.delay == 0 and e.source in group and e.target in group
    )
    links.add_edges_from((e.source, e.target) for e in graphs.links(graph) if not e.projection and {e.source, e.target} <= set(group))
    return tuple(networkx.lexicographical_topological_sort(links))
