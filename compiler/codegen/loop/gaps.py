"""Currents through gap junctions, of the states at the start of a step."""

from __future__ import annotations

from inferno.compiler.codegen.loop.sources import part_text
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import Gap, PopulationNode
from inferno.compiler.plan import size


def write_gaps(loop: Loop, node: PopulationNode) -> dict[str, list[str]]:
    """Write the currents of sample `b` before its neurons are stepped; their texts for neuron `n`, by the inputs that they enter."""
    ports: dict[str, list[str]] = {}
    for gap in node.gaps:
        ports.setdefault(gap.port, []).append(_write_gap(loop, node, gap))
    return ports


def _write_gap(loop: Loop, node: PopulationNode, gap: Gap) -> str:
    current, count = loop.names.of(f"{gap.name}.current"), size(node.shape)
    loop.prepare(f"std::vector<T> {current}({count}, T(0));")
    part = loop.names.of(f"{gap.name}.part")
    ranges = gap.part or tuple((0, n) for n in node.shape)
    loop.prepare(f"const std::vector<int32_t> {part} = part_of({part_text(node.shape, ranges)});")
    shared = node.dynamics.state(gap.state).shared is not None
    values = f"{loop.variable(f'{node.name}.{gap.state}')}{'' if shared else f' + b * {count}'}"
    rows = ", ".join((loop.array(f"{gap.name}.indptr", "int64_t"), loop.array(f"{gap.name}.targets", "int32_t")))
    loop.write(f"couple({values}, {part}, {rows}, {loop.constant(f'{gap.name}.weight')}, {current}.data());")
    return f"{current}[n]"
