"""Currents through gap junctions, made of the states at the start of a step."""

from __future__ import annotations

from inferno.compiler.codegen.writer import Function
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Gap, PopulationNode
from inferno.compiler.plan import node_shape
from inferno.grammar.checked import Ranges


def gap_current(graph: Graph, function: Function, node: PopulationNode, gap: Gap) -> str:
    """The text of the current into every neuron of a population from its neighbours."""
    here = _values(graph, function, node.name, gap.state, gap.part)
    rows = ", ".join(function.constant(f"{gap.name}.{n}") for n in ("weight", "indptr", "targets"))
    if gap.other:
        there = _values(graph, function, gap.other, gap.other_state, gap.other_part)
        text = f"coupled_to({there}, {here}, {rows})"
    else:
        text = f"coupled({here}, {rows})"
    return f"placed({text}, {node.shape!r}, {gap.part!r})" if gap.part else text


def _values(graph: Graph, function: Function, population: str, state: str, part: Ranges) -> str:
    values = function.variable(f"{population}.{state}")
    return f"part({values}, {node_shape(graph, population)!r}, {part!r})" if part else values
