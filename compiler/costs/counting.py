"""What the work of steps is counted from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inferno.compiler import graph as graphs
from inferno.compiler.costs.rates import Rates
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import ProjectionEdge


@dataclass(frozen=True, slots=True)
class Counting:
    """What the work of steps is counted from."""

    graph: Graph
    rates: Rates
    batch: int
    pairs_in_files: Mapping[str, int]
    edges: Mapping[str, tuple[ProjectionEdge, ...]]


def counted(graph: Graph, rates: Rates, batch: int, pairs_in_files: Mapping[str, int]) -> Counting:
    """What the work of a graph's steps is counted from."""
    edges: dict[str, list[ProjectionEdge]] = {}
    for edge in graphs.projections(graph):
        edges.setdefault(edge.target, []).append(edge)
    return Counting(graph, rates, batch, pairs_in_files, {name: tuple(found) for name, found in edges.items()})
