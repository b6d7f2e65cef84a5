"""How the sum over a projection's sources is made, from its connectivity and whether its weight is one constant."""

from __future__ import annotations

from dataclasses import replace

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import ProjectionEdge
from inferno.compiler.report import Report
from inferno.grammar.expression import Constant

WHY = {
    "matrix": "rows of the weight matrix, summed for the sources that spiked",
    "vector": "element by element",
    "scaled": "element by element, one constant weight",
    "uniform": "w * (sum of sources): one constant weight",
    "uniform_no_self": "w * (sum of sources - self): one constant weight without diagonal",
}


def select_kernels(graph: Graph, report: Report) -> Graph:
    """With a kernel for every projection."""

    def visit(edge: ProjectionEdge) -> ProjectionEdge:
        kernel = _kernel(edge)
        why_not = "" if kernel != "matrix" else " (its weights learn)" if edge.rule is not None else " (its weights differ)"
        report.say(f"{edge.name}: {WHY[kernel]}{why_not}")
        return replace(edge, kernel=kernel)

    return graphs.map_payloads(graph, on_projection=visit)


def _kernel(edge: ProjectionEdge) -> str:
    constant = isinstance(edge.weight, Constant) and edge.rule is None and edge.normalize is None
    if edge.pattern == "one_to_one":
        return "scaled" if constant else "vector"
    if constant:
        return "uniform_no_self" if edge.without_diagonal else "uniform"
    return "matrix"
