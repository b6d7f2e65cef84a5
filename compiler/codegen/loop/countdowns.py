"""Sources that count down to their spikes, in the loop of the only region that reads these: all that leaves it is how many there were."""

from __future__ import annotations

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.loop.projections import Source
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.codegen.series import counted_key, drift_key, summed_in_loop
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import PopulationNode, ProjectionEdge, Region
from inferno.compiler.plan import countdown_stream, has_own_line, size


def drawn_in_loop(graph: Graph, region: Region, training: bool) -> tuple[str, ...]:
    """The populations that the loop of a region steps itself, since nobody else wants their spikes."""
    into = {e.source for e in graphs.projections(graph) if e.target in region.populations}
    sources = [n.name for n in graphs.populations(graph) if n.kernel == "intervals" and n.name in into]
    return tuple(name for name in sources if _is_only_for(graph, name, region, training))


def _is_only_for(graph: Graph, source: str, region: Region, training: bool) -> bool:
    """Whether all that a population sends is summed in the loop of a region, in the step in which it is sent."""
    edges = [e for e in graphs.projections(graph) if e.source == source]
    return not graphs.observed(graph).get(source) and all(_is_summed(graph, e, region, training) for e in edges)


def _is_summed(graph: Graph, edge: ProjectionEdge, region: Region, training: bool) -> bool:
    at_once = not edge.longest and not has_own_line(graph, edge)
    return edge.target in region.populations and at_once and summed_in_loop(graph, edge, training)


def write_countdown(loop: Loop, node: PopulationNode) -> Source:
    """Write the step of such a population, and what it is made of; its spikes."""
    (state,) = node.dynamics.states
    name, count = loop.names.of(f"{node.name} countdowns"), size(node.shape)
    wait = loop.variable(f"{node.name}.{state.name}")
    drift, stride = loop.series("arriving", drift_key(node.name), "const T")
    counts, _ = loop.series("emits", counted_key(node.name), "int64_t")
    key = loop.constant("key " + countdown_stream(node), "int64_t")
    given = f"{wait}, {drift}, {stride}, static_cast<uint64_t>({key}), samples, first_step, {counts}"
    loop.prepare(f"Countdowns<T> {name}(batch, {count}, {given});")
    loop.write(f"{name}.step(t);")
    loop.finish(f"{name}.finish();")
    return Source(f"{name}.flags()", f"{name}.events()", count)
