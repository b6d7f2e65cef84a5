"""What reaches a region from outside, and what leaves it: the keys under which the runtime keeps series over time."""

from __future__ import annotations

from inferno.compiler.codegen.layers import has_statistics
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import ProjectionEdge
from inferno.compiler.plan import has_own_line, internal


def arriving_key(edge: ProjectionEdge) -> str:
    """The key under which a source's spikes (or an input's values) reach a region from outside."""
    key = series_key(edge)
    if edge.delays is not None:
        return f"{key} over {edge.longest}"
    return f"{key} after {edge.delay}" if edge.delay else key


def series_key(edge: ProjectionEdge) -> str:
    """The key of the series that a source sends."""
    return edge.source if edge.source_kind == "real" else f"{edge.source}.{edge.variable or 'spikes'}"


def drift_key(population: str) -> str:
    """The key of what a step adds to the countdowns of a population."""
    return f"{population}.drift"


def counted_key(population: str) -> str:
    """The key of the numbers of spikes of a population's neurons, part by part of a call."""
    return f"{population}.spikes counted"


def stepwise(graph: Graph, edge: ProjectionEdge, training: bool) -> bool:
    """Whether the impulses of a projection are made step by step: within a region, or because its weights learn."""
    return internal(graph, edge) or (training and edge.rule is not None) or has_own_line(graph, edge)


def summed_in_loop(graph: Graph, edge: ProjectionEdge, training: bool) -> bool:
    """Whether a loop makes the sums of a projection itself: those that are made step by step, and spikes of an earlier region.

    Layers, values and spikes of which each synapse has its own delay are summed before, for all steps at once.
    """
    spikes = edge.source_kind == "spikes" and not edge.variable
    return stepwise(graph, edge, training) or (spikes and edge.stages is None and edge.delays is None)


def is_summed_once(edge: ProjectionEdge, training: bool) -> bool:
    """Whether what arrives over a projection is made once for all steps of a call in which an input's values are held.

    Layers that look at all rows together, to learn their statistics, must see each as often as it comes.
    """
    return edge.source_kind == "real" and edge.delays is None and not (training and has_statistics(edge))
