"""How the sum over a projection's sources is made, from its connectivity and whether its weight is one constant."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import PopulationNode, ProjectionEdge
from inferno.compiler.report import Report
from inferno.grammar.expression import Apply, Constant, Draw, Reference, references

WHY = {
    "matrix": "rows of the weight matrix, summed for the sources that spiked",
    "vector": "element by element",
    "scaled": "element by element, one constant weight",
    "uniform": "w * (sum of sources): one constant weight",
    "layers": "through its layers",
    "uniform_no_self": "w * (sum of sources - self): one constant weight without diagonal",
    "list": "rows of synapses, for the sources that spiked",
    "list_uniform": "w * (number of spikes that arrive), over rows of synapses: one constant weight",
}

WHY_OF_VALUES = {
    **WHY,
    "matrix": "rows of the weight matrix, times the values of all sources",
    "list": "rows of synapses, times the values of all sources",
    "list_uniform": "w * (sum of the values that arrive), over rows of synapses: one constant weight",
}


def select_kernels(graph: Graph, report: Report) -> Graph:
    """With a kernel for every projection."""

    observed = graphs.observed(graph)

    def visit(edge: ProjectionEdge) -> ProjectionEdge:
        kernel = _kernel(edge)
        learns = edge.rule is not None or "weight" in edge.trainable
        why_not = "" if kernel != "matrix" else " (its weights learn)" if learns else " (its weights differ)"
        report.say(f"{edge.name}: {(WHY_OF_VALUES if edge.variable else WHY)[kernel]}{why_not}")
        return replace(edge, kernel=kernel)

    def visit_population(node: PopulationNode) -> PopulationNode:
        if not is_interval_source(node) or any(s.name in observed.get(node.name, ()) for s in node.dynamics.states):
            return node
        report.say(f"{node.name}: all time steps at once: counts down, spikes at 0, draws its next interval")
        return replace(node, kernel="intervals")

    return graphs.map_payloads(graph, visit_population, visit)


def is_interval_source(node: PopulationNode) -> bool:
    """Whether a population only counts down: one state that moves at a rate of its own, and is prolonged by an exponential draw at 0."""
    if (
        len(node.dynamics.states) != 1
        or len(node.dynamics.equations) != 1
        or len(node.assignments) != 1
        or node.refractory_steps is not None
        or node.arrivals
        or node.events
        or node.dynamics.states[0].low is not None
        or node.dynamics.states[0].high is not None
    ):
        return False
    (state,), ((_, rate),), (prolonged,) = node.dynamics.states, node.dynamics.equations, node.assignments
    runs_down = Apply("less_equal", (Reference("state", state.name), Constant(Fraction(0))))
    alone = not references(rate, "state", "port", "noise")
    plain = state.shared is None and not state.train_only and alone and node.dynamics.method in (None, "exact")
    draws = prolonged.accumulate and isinstance(prolonged.value, Draw) and prolonged.value.standard == "exponential"
    return plain and node.condition == runs_down and draws


def _kernel(edge: ProjectionEdge) -> str:
    if edge.stages is not None:
        return "layers"
    constant = isinstance(edge.weight, Constant) and edge.rule is None and edge.normalize is None and "weight" not in edge.trainable
    if edge.pattern == "list":
        return "list_uniform" if constant else "list"
    if edge.pattern == "one_to_one":
        return "scaled" if constant else "vector"
    if constant:
        return "uniform_no_self" if edge.without_diagonal else "uniform"
    return "matrix"
