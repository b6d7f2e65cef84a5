"""One state for all traces that are the same: of the same neurons, arriving with the same delay, with the same time constant.

Traces are stepped with the projection's target, so only projections onto populations that run together share.
"""

from __future__ import annotations

from dataclasses import replace

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import ProjectionEdge, TraceUse
from inferno.compiler.passes.schedule import components
from inferno.compiler.report import Report
from inferno.grammar.expression import Constant


def share_traces(graph: Graph, report: Report) -> Graph:
    """With equal traces under one key."""
    together = {name: index for index, group in enumerate(components(graph)) for name in group}
    owners: dict[object, str] = {}

    def shared(edge: ProjectionEdge, use: TraceUse) -> TraceUse:
        if (use.side == "pre" and edge.delays is not None) or not isinstance(use.tau, Constant):
            # What has arrived differs from synapse to synapse; and what is drawn is drawn for this projection.
            return use
        neurons = (edge.source, edge.source_part, edge.delay) if use.side == "pre" else (edge.target, edge.target_part, 0)
        key = owners.setdefault((neurons, together[edge.target], use.tau, use.nearest), use.key)
        if key != use.key:
            report.say(f"{use.key} is {key}")
        return replace(use, key=key)

    def visit(edge: ProjectionEdge) -> ProjectionEdge:
        if edge.rule is None:
            return edge
        return replace(edge, rule=replace(edge.rule, traces=tuple(shared(edge, t) for t in edge.rule.traces)))

    return graphs.map_payloads(graph, on_projection=visit)
