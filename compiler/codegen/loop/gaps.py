"""Currents through gap junctions, of the states at the start of a step."""

from __future__ import annotations

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.loop.sources import part_text
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Gap, PopulationNode, Region
from inferno.compiler.plan import size
from inferno.grammar.checked import Ranges


def write_starts(loop: Loop, graph: Graph, region: Region) -> None:
    """Write the copies of states that other populations read through gap junctions, before any population is stepped."""
    for gap in (g for name in region.populations for g in graphs.population(graph, name).gaps if g.other):
        node = graphs.population(graph, gap.other)
        count = f"{'' if _shared(node, gap.other_state) else 'batch * '}{size(node.shape)}"
        variable, start = loop.variable(f"{gap.other}.{gap.other_state}"), _start(loop, gap)
        loop.prepare(f"std::vector<T> {start}({count});")
        loop.write_once(f"std::copy({variable}, {variable} + {count}, {start}.begin());")


def write_gaps(loop: Loop, graph: Graph, node: PopulationNode) -> dict[str, list[str]]:
    """Write the currents of sample `b` before its neurons are stepped; their texts for neuron `n`, by the inputs that they enter."""
    ports: dict[str, list[str]] = {}
    for gap in node.gaps:
        ports.setdefault(gap.port, []).append(_write_gap(loop, graph, node, gap))
    return ports


def _write_gap(loop: Loop, graph: Graph, node: PopulationNode, gap: Gap) -> str:
    current = loop.names.of(f"{gap.name} current")
    loop.prepare(f"std::vector<T> {current}({size(node.shape)}, T(0));")
    here = f"{_values(loop.variable(f'{node.name}.{gap.state}'), node, gap.state)}, {_part(loop, gap.name, node, gap.part)}"
    rows = ", ".join((loop.array(f"{gap.name}.indptr", "int64_t"), loop.array(f"{gap.name}.targets", "int32_t")))
    last = f"{rows}, {loop.constant(f'{gap.name}.weight')}, {current}.data()"
    if not gap.other:
        loop.write(f"couple({here}, {last});")
        return f"{current}[n]"
    other = graphs.population(graph, gap.other)
    there = f"{_values(f'{_start(loop, gap)}.data()', other, gap.other_state)}, {_part(loop, gap.name + ' other', other, gap.other_part)}"
    loop.write(f"couple_to({there}, {here}, {last});")
    return f"{current}[n]"


def _shared(node: PopulationNode, state: str) -> bool:
    return node.dynamics.state(state).shared is not None


def _values(pointer: str, node: PopulationNode, state: str) -> str:
    """The text of the values of a state in sample `b`."""
    return pointer if _shared(node, state) else f"{pointer} + b * {size(node.shape)}"


def _part(loop: Loop, name: str, node: PopulationNode, ranges: Ranges) -> str:
    part = loop.names.of(f"{name} part")
    whole = ranges or tuple((0, n) for n in node.shape)
    loop.prepare(f"const Part {part} = part_of({part_text(node.shape, whole)});")
    return part


def _start(loop: Loop, gap: Gap) -> str:
    return loop.names.of(f"{gap.other}.{gap.other_state} at start")
