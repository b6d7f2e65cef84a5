"""What a network keeps between steps, and the numbers that its steps read: derived from the graph once all passes have run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Dynamics, PopulationNode, ProjectionEdge, StateVariable
from inferno.grammar.checked import Shape, part_shape
from inferno.grammar.expression import Constant, Draw, Expression, number
from inferno.grammar.layers import LayerTensor
from inferno.grammar.names import split_name

ConstantTable = dict[str, float | int]


@dataclass(frozen=True, slots=True)
class Variable:
    """A tensor that a network keeps.

    `kind` is `state`, `shared` (one value for the batch), `weight`, `synaptic` (of every synapse and sample), `refractory`, `trace` or
    `line` (spikes under way, newest last).
    Shapes are without the batch.  `fresh` variables start anew with every sample; `persistent` ones survive `reset()`.
    """

    key: str
    kind: str
    shape: Shape
    fresh: bool
    persistent: bool

    @property
    def per_sample(self) -> bool:
        """Whether the tensor's first dimension is the batch."""
        return self.kind not in ("shared", "weight", "common")


def stream(owner: str, place: str, draw: int) -> str:
    """The qualified name of a stream of random numbers."""
    return f"{owner}.{place}.{draw}"


def draw_stream(owner: str, place: str, draw: Draw) -> str:
    """The name of a draw's stream: that of its place, of the `draw` line that several values share, or of another state's beginning."""
    place = f"{draw.state}.initial" if draw.state else place
    return stream(owner, f"{draw.shared}.draw" if draw.shared else place, draw.number)


def countdown_stream(node: PopulationNode) -> str:
    """The stream from which a population that counts down draws its intervals."""
    (state,), drawn = node.dynamics.states, node.assignments[0].value
    assert isinstance(drawn, Draw)
    return stream(node.name, state.name, drawn.number)


def size(shape: Shape) -> int:
    """The number of elements."""
    return math.prod(shape)


def node_shape(graph: Graph, name: str) -> Shape:
    """The shape of a population or input."""
    shape: Shape = graph.nodes[name][graphs.PAYLOAD].shape
    return shape


def source_shape(graph: Graph, edge: ProjectionEdge) -> Shape:
    """The shape of what sends."""
    return part_shape(node_shape(graph, edge.source), edge.source_part)


def target_shape(graph: Graph, edge: ProjectionEdge) -> Shape:
    """The shape of what receives."""
    return part_shape(node_shape(graph, edge.target), edge.target_part)


def internal(graph: Graph, edge: ProjectionEdge) -> bool:
    """Whether a projection stays within a region, so that it is stepped in both modes."""
    return any({edge.source, edge.target} <= set(r.populations) for r in graphs.experiment(graph).regions)


def variables(graph: Graph) -> tuple[Variable, ...]:
    """Every variable of a network, by key."""
    found = [v for p in graphs.populations(graph) for v in _population_variables(graph, p)]
    found += [v for e in graphs.projections(graph) for v in _projection_variables(graph, e)]
    unique = {v.key: v for v in [*found, *_lines(graph)]}
    return tuple(unique[key] for key in sorted(unique))


def _is_fresh(graph: Graph, names: tuple[str, ...]) -> bool:
    """Whether one of a variable's names stands in `reset`, or all are reset."""
    reset = graphs.experiment(graph).reset
    return reset is None or any(n in reset for n in names)


def _population_variables(graph: Graph, node: PopulationNode) -> list[Variable]:
    found = []
    for state in node.dynamics.states:
        drawn = state.shared is None and has_draw(state.initial)
        # A drawn initial value is a function of the sample, so it is drawn for each, whatever `reset` lists.
        names = (state.name, f"{node.name}.{state.name}", *(("synapses",) if state.receptor else ()))
        fresh = not state.persistent and (drawn or _is_fresh(graph, names))
        found.append(Variable(f"{node.name}.{state.name}", "shared" if state.shared else "state", node.shape, fresh, state.persistent))
    if node.refractory_steps is not None:
        found.append(Variable(f"{node.name}.refractory", "refractory", node.shape, _is_fresh(graph, ("refractory",)), False))
    return found


def _projection_variables(graph: Graph, edge: ProjectionEdge) -> list[Variable]:
    target = target_shape(graph, edge)
    found = []
    if edge.synapse is not None:
        fresh = _is_fresh(graph, ("synapses",))
        found += [Variable(f"{edge.name}.{s.name}", "state", target, fresh, False) for s in edge.synapse.dynamics.states]
    if edge.rule is not None:
        fresh = _is_fresh(graph, ("traces",))
        shapes = {"pre": source_shape(graph, edge), "post": target}
        for trace in edge.rule.traces:
            if trace.side == "pre" and edge.delays is not None:
                found.append(Variable(trace.key, "synaptic", synapse_shape(graph, edge), fresh, False))
            else:
                found.append(Variable(trace.key, "trace", shapes[trace.side], fresh, False))
        found += [_synaptic(graph, edge, s) for s in edge.rule.states]
    for tensor in (t for layer in edge.stages or () for t in layer.tensors):
        kind = "shared" if is_statistic(tensor) else "weight"
        found.append(Variable(f"{edge.name}.{tensor.name}", kind, tensor.shape, False, True))
    if has_weight(edge):
        found.append(Variable(f"{edge.name}.weight", "weight", weight_shape(graph, edge), False, True))
    return found


def _synaptic(graph: Graph, edge: ProjectionEdge, state: StateVariable) -> Variable:
    """A state that every synapse has in every sample, or that it has once for all of them."""
    drawn = state.shared is None and has_draw(state.initial)
    fresh = not state.persistent and (drawn or _is_fresh(graph, (state.name, f"{edge.name}.{state.name}")))
    kind = "synaptic" if state.shared is None else "common"
    return Variable(f"{edge.name}.{state.name}", kind, synapse_shape(graph, edge), fresh, state.persistent)


def has_weight(edge: ProjectionEdge) -> bool:
    """Whether a projection keeps a tensor of weights, and not one constant."""
    return edge.kernel in ("matrix", "vector", "list")


def is_list(edge: ProjectionEdge) -> bool:
    """Whether a projection is stored as rows of synapses."""
    return edge.kernel in ("list", "list_uniform")


def is_statistic(tensor: LayerTensor) -> bool:
    """Whether a layer's tensor is a running statistic, which only training changes."""
    return tensor.name.startswith(("mean", "variance"))


def is_uniform(edge: ProjectionEdge) -> bool:
    """Whether one constant weight stands for all synapses."""
    return not has_weight(edge) and edge.stages is None


def weight_shape(graph: Graph, edge: ProjectionEdge) -> Shape:
    """[sources, targets], or [targets] for one to one; [-1] for as many as there are synapses."""
    if is_list(edge):
        return (-1,)
    target = size(target_shape(graph, edge))
    return (size(source_shape(graph, edge)), target) if edge.kernel == "matrix" else (target,)


def shared_shape(edge: ProjectionEdge) -> Shape:
    """The shape of weights that windows share, [out, in, kernel, kernel]; of no others."""
    return edge.stages[0].tensors[0].shape if edge.pattern == "conv" and edge.stages is not None else ()


def synapse_shape(graph: Graph, edge: ProjectionEdge) -> Shape:
    """The shape of what every synapse has: that of the weights, or where windows share these, [out, in * kernel * kernel, places]."""
    if edge.pattern != "conv" or edge.stages is None:
        return weight_shape(graph, edge)
    (layer,) = edge.stages
    channels, *plane = layer.given
    return (channels, layer.taken[0] * layer.option("kernel") ** 2, math.prod(plane))


def _lines(graph: Graph) -> list[Variable]:
    """Spikes under way: within a region kept by its step, between regions by the loop around it."""
    longest: dict[str, int] = {}
    for edge in graphs.projections(graph):
        if edge.longest and not has_own_line(graph, edge):
            key = line_key(edge) if internal(graph, edge) else sent_key(edge)
            longest[key] = max(longest.get(key, 0), edge.longest)
    fresh = _is_fresh(graph, ("synapses",))
    own = [
        Variable(own_line_key(e), "line", (e.longest, size(node_shape(graph, e.source))), fresh, False)
        for e in graphs.projections(graph)
        if has_own_line(graph, e)
    ]
    return own + [
        Variable(key, "line", (steps, size(node_shape(graph, split_name(key)[0]))), fresh, False) for key, steps in sorted(longest.items())
    ]


def line_key(edge: ProjectionEdge) -> str:
    """The line of a source that a region keeps: of its spikes, or of a state."""
    return f"{edge.source}.{edge.variable} line" if edge.variable else f"{edge.source}.line"


def has_own_line(graph: Graph, edge: ProjectionEdge) -> bool:
    """Whether a projection keeps the spikes under way itself: it learns, its synapses differ in delay, and its source runs before."""
    return edge.delays is not None and edge.rule is not None and not internal(graph, edge)


def own_line_key(edge: ProjectionEdge) -> str:
    """The line that a projection keeps."""
    return f"{edge.name}.under way"


def sent_key(edge: ProjectionEdge) -> str:
    """The line of a source that is kept between regions."""
    return f"{edge.source}.{edge.variable or 'spikes'} sent"


def has_draw(expression: Expression) -> bool:
    """Whether an expression is random."""
    from inferno.grammar.expression import Draw, leaves

    return any(isinstance(leaf, Draw) for leaf in leaves(expression))


def constants(graph: Graph) -> ConstantTable:
    """Every number that the steps read, by key; what changes none of the generated code."""
    table: ConstantTable = {"dt": graphs.experiment(graph).dt}
    for node in graphs.populations(graph):
        table |= _dynamics_constants(node.name, node.dynamics)
        if node.in_evaluation is not None:
            table |= _dynamics_constants(node.name, node.in_evaluation)
        table |= {f"{node.name}.{p} drive": number(v) for p, v in node.drive if isinstance(v, Constant)}
        table |= {f"{g.name}.weight": g.conductance for g in node.gaps}
        if isinstance(node.refractory_steps, int):
            table[f"{node.name}.refractory steps"] = node.refractory_steps
    for edge in graphs.projections(graph):
        if edge.synapse is not None:
            table |= _dynamics_constants(edge.name, edge.synapse.dynamics)
        table |= _limits(edge)
        if is_uniform(edge):
            table[f"{edge.name}.weight"] = number(edge.weight)
        if edge.rule is not None:
            table |= {rule_key(edge.name, n): number(v) for n, v in edge.rule.parameters if isinstance(v, Constant)}
            table |= {rule_key(edge.name, d.name): d.value for d in edge.rule.derived if d.value is not None}
            if edge.rule.dynamics is not None:
                table |= {rule_key(edge.name, d.name): d.value for d in edge.rule.dynamics.derived if d.value is not None}
            fixed = [t for t in edge.rule.traces if isinstance(t.tau, Constant)]
            table |= {f"{t.key} decay": math.exp(-graphs.experiment(graph).dt / number(t.tau)) for t in fixed}
    return table


def rule_key(projection: str, name: str) -> str:
    """The key of a constant of a rule; a synapse at the same projection may have one of the same name."""
    return f"{projection}.rule {name}"


def _limits(edge: ProjectionEdge) -> ConstantTable:
    """Where bounds and the norm lie."""
    table: ConstantTable = {}
    for side, bound in (("lower", edge.lower), ("upper", edge.upper)):
        if bound is not None:
            table[f"{edge.name}.{side} limit"] = bound.limit
        if bound is not None and bound.kind == "power":
            table[f"{edge.name}.{side} exponent"] = bound.exponent
    if edge.normalize is not None:
        table[f"{edge.name}.norm"] = edge.normalize[0]
    return table


def _dynamics_constants(owner: str, dynamics: Dynamics) -> ConstantTable:
    table: ConstantTable = {f"{owner}.{n}": number(v) for n, v in dynamics.parameters if isinstance(v, Constant)}
    return table | {f"{owner}.{d.name}": d.value for d in dynamics.derived if d.value is not None}
