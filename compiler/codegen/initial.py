"""What variables are before anything has run."""

from __future__ import annotations

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.expressions import Leaf, python
from inferno.compiler.codegen.synaptic import inside
from inferno.compiler.codegen.writer import Function
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import ProjectionEdge, StateVariable
from inferno.compiler.plan import (
    draw_stream,
    has_draw,
    has_weight,
    is_list,
    is_statistic,
    rule_key,
    size,
    synapse_shape,
    target_shape,
    variables,
    weight_shape,
)
from inferno.grammar.checked import Shape
from inferno.grammar.expression import Constant, Draw, Expression, Reference
from inferno.grammar.layers import LayerTensor


def write_initial_values(graph: Graph, function: Function) -> None:
    """Write the body of `initial_values(c, clock)`, which returns the variables that do not start at zero."""
    function.write("new = {}")
    for node in graphs.populations(graph):
        for state in node.dynamics.states:
            key = f"{node.name}.{state.name}"
            if state.initial != Constant(0):
                function.write(
                    f"new[{key!r}] = {_value(function, node.name, state.name, state.initial, size(node.shape), state.shared is None)}"
                )
    for edge in graphs.projections(graph):
        for state in edge.synapse.dynamics.states if edge.synapse is not None else ():
            if state.initial != Constant(0):
                count = size(target_shape(graph, edge))
                function.write(
                    f"new[{edge.name + '.' + state.name!r}] = {_value(function, edge.name, state.name, state.initial, count, True)}"
                )
        for state in edge.rule.states if edge.rule is not None else ():
            if state.initial != Constant(0):
                function.write(f"new[{edge.name + '.' + state.name!r}] = {_synaptic_value(graph, function, edge, state)}")
    for edge, tensor in _layer_tensors(graph):
        if is_statistic(tensor) and tensor.initial != Constant(0):
            function.write(f"new[{f'{edge.name}.{tensor.name}'!r}] = {_value(function, edge.name, tensor.name, tensor.initial, 1, False)}")
    function.write("return new")


def _synaptic_value(graph: Graph, function: Function, edge: ProjectionEdge, state: StateVariable) -> str:
    """The text of a state that every synapse has in every sample: [batch or 1, *weights]."""
    shape = synapse_shape(graph, edge)
    count = f"{function.constant(edge.name + '.targets')}.shape[0]" if edge.pattern == "list" else size(shape)
    differing = edge.rule.differing if edge.rule is not None else frozenset()
    each = state.shared is None
    wide = shape if edge.pattern == "conv" else ()
    text = _value(
        function, edge.name, state.name, state.initial, count, each, rule_key(edge.name, ""), differing=differing, synapses=wide
    )  # fmt: skip
    text = f"torch.broadcast_to({text}, ({'clock[' + repr('sample') + '].shape[0], ' if each else ''}{count},))"
    if edge.pattern == "list":
        return text
    text = f"{text}.reshape{((-1, *shape) if each else shape)!r}"
    if edge.pattern == "conv":
        return inside(edge, text)
    return f"without_diagonal({text})" if edge.without_diagonal else text


def write_initial_weights(graph: Graph, function: Function) -> None:
    """Write the body of `initial_weights(c, clock)`, which returns every tensor of weights."""
    function.write("new = {}")
    for edge in graphs.projections(graph):
        if not has_weight(edge) or is_list(edge):
            continue
        shape = weight_shape(graph, edge)
        key = f"{edge.name}.weight"
        text = _value(function, edge.name, "weight", edge.weight, size(shape), False, shape=shape)
        text = f"torch.broadcast_to({text}, {(size(shape),)!r}).reshape{shape!r}"
        text = f"without_diagonal({text})" if edge.without_diagonal else text
        if edge.normalize is not None:
            text = f"normalize_l1({text}, {function.constant(f'{edge.name}.norm')}, {edge.normalize[1]!r})"
        function.write(f"new[{key!r}] = {text}")
    for edge, tensor in _layer_tensors(graph):
        if not is_statistic(tensor):
            count = size(tensor.shape)
            text = _value(function, edge.name, tensor.name, tensor.initial, count, False)
            text = f"torch.broadcast_to({text}, {(count,)!r}).reshape{tensor.shape!r}"
            if edge.normalize is not None and tensor.name == "weight":
                text = f"normalize_l1({text}, {function.constant(f'{edge.name}.norm')}, {edge.normalize[1]!r})"
            function.write(f"new[{f'{edge.name}.{tensor.name}'!r}] = {text}")
    function.write("return new")


def write_synapses(edge: ProjectionEdge, number: int) -> list[str]:
    """Functions that give the weights, and the delays in ms, of a stretch of synapses; `drawn` gives its numbers of a stream."""
    places = [("weight", edge.weight)] if has_weight(edge) else []
    places += [("delay", edge.delays.time)] if edge.delays is not None else []
    made = []
    for place, expression in places:

        def leaf(found: Reference | Draw, place: str = place) -> str:
            if isinstance(found, Draw):
                end = f", {found.side!r}" if found.side else ""
                return f"drawn({found.standard!r}, {draw_stream(edge.name, f'{place}.initial', found)!r}{end})"
            return f"drawn('file', {found.name!r})" if found.kind == "file" else f"drawn({found.name!r}, '')"

        doc = f"Initial {place}s of {edge.name}."
        made.append(f'def {place}_{number}(c, drawn):\n    """{doc}"""\n    return {python(expression, leaf)}\n')
    return made


def _layer_tensors(graph: Graph) -> list[tuple[ProjectionEdge, LayerTensor]]:
    return [(e, t) for e in graphs.projections(graph) for layer in e.stages or () for t in layer.tensors]


def _value(
    function: Function,
    owner: str,
    place: str,
    expression: Expression,
    count: int | str,
    per_sample: bool,
    prefix: str | None = None,
    shape: Shape = (),
    differing: frozenset[str] = frozenset(),
    synapses: Shape = (),
) -> str:
    """The text of an initial value; a draw of a shared value or of a weight belongs to no sample.

    `prefix` begins a constant's key, `shape` is that of weights, of which `differing` constants have one for each; where windows share
    these, `synapses` is that of what every synapse has.
    """

    def leaf(found: Reference | Draw) -> str:
        if isinstance(found, Draw):
            key = function.constant("key " + draw_stream(owner, f"{place}.initial", found))
            if found.side and len(shape) == 2:
                ends = f"{shape[found.side == 'post']}, dtype=c['dt'].dtype"
                return (
                    f"of_synapses(draw({found.standard!r}, {key}, clock['no sample'], clock['step'], {ends})[0], {found.side!r}, {shape!r})"
                )
            clock = "clock['sample'], clock['step']" if per_sample else "clock['no sample'], clock['step']"
            drawn = f"draw({found.standard!r}, {key}, {clock}, {count}, dtype=c['dt'].dtype)"
            return drawn if per_sample else f"{drawn}[0]"
        constant = function.constant(f"{owner}.{found.name}" if prefix is None else f"{prefix}{found.name}")
        if found.name not in differing:
            return constant
        return f"window_weights({constant}).expand({synapses!r}).reshape(-1)" if synapses else f"{constant}.reshape(-1)"

    names: Leaf = leaf
    text = python(expression, names)
    if has_draw(expression) or not isinstance(expression, Constant):
        return text
    # A sum, for `full_like` refuses a number beyond the type.
    return f"torch.zeros_like({function.constant('dt')}) + {text}"


__all__ = ["variables", "write_initial_values", "write_initial_weights"]
