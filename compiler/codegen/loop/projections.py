"""What a projection delivers to the neurons of one sample."""

from __future__ import annotations

from dataclasses import dataclass

from inferno.compiler.codegen.cpp.expressions import Leaf, cpp
from inferno.compiler.codegen.loop.arrivals import Arriving
from inferno.compiler.codegen.loop.normals import write_normals
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import ProjectionEdge
from inferno.compiler.ranges import within
from inferno.grammar.expression import Draw, Reference, apply

WIDEST_SHORT = 32767


@dataclass(frozen=True, slots=True)
class Source:
    """What arrives over a projection in this step: the pointer to [batch, neurons], and the events in it where they are spikes."""

    pointer: str
    events: str
    size: int


@dataclass(frozen=True, slots=True)
class _Rows:
    """The texts of a projection's rows: the buffer of their sums, where they lie, a synapse's weight, and what all sums are times."""

    sums: str
    lists: str
    each: str
    scale: str


def _rows(loop: Loop, edge: ProjectionEdge, weight: str) -> _Rows:
    # One constant weight is multiplied once, when the spikes are counted.
    same = edge.kernel == "list_uniform"
    each = "[](int64_t) { return 1.0; }" if same else f"[&](int64_t s) {{ return static_cast<double>({weight}[s]); }}"
    scale = f"static_cast<double>({weight})" if same else "1.0"
    lists = f"{loop.array(edge.name + '.indptr', 'int64_t')}, {loop.array(edge.name + '.targets', 'int32_t')}"
    return _Rows(loop.names.of(f"{edge.name} sums"), lists, each, scale)


def write_added_rows(loop: Loop, edge: ProjectionEdge, source: Source, weight: str, targets: int) -> Arriving:
    """Write the sums over the rows of events in sample `b`; how each target takes its own."""
    rows = _rows(loop, edge, weight)
    loop.prepare(f"RowSums<T> {rows.sums}({targets});")
    loop.write(f"{rows.sums}.add({source.events}.begin(b), {source.events}.end(b), {rows.lists}, {rows.each});")
    return Arriving(f"{rows.sums}.take(n, {rows.scale})", f"{rows.sums}.visit({rows.lists}, {{visit}});")


def write_rows(loop: Loop, edge: ProjectionEdge, source: Source | None, weight: str, targets: int, arrived: str = "") -> str:
    """Write what rows of synapses bring to sample `b` from a source, or from the events that are under way; the text for neuron `n`.

    In events named `arrived` is kept over which synapses something came, where they differ in delay.
    """
    rows, buffer = _rows(loop, edge, weight), loop.names.of(f"{edge.name}.impulse of all")
    if source is not None and source.events:
        loop.prepare(f"RowSums<T> {rows.sums}({targets});")
        events = f"{source.events}.begin(b), {source.events}.end(b)"
        loop.write(f"const T* const {buffer} = {rows.sums}.of({events}, {rows.lists}, {rows.each}, {rows.scale});")
        return f"{buffer}[n]"
    loop.prepare(f"std::vector<double> {rows.sums}({targets});")
    loop.prepare(f"std::vector<T> {buffer}({targets});")
    each = rows.each
    if source is not None:
        loop.write(f"add_graded({source.pointer} + b * {source.size}, {source.size}, {rows.lists}, {each}, {rows.sums});")
    else:
        if arrived:
            each = f"[&](int64_t s) {{ {arrived}.add(s); return static_cast<double>({weight}[s]); }}"
        loop.write(f"{late_name(loop, edge)}.deliver(t, {int(edge.delay > 0)}, b, {each}, {rows.sums});")
        if arrived:
            loop.write(f"{arrived}.ends[b] = {arrived}.used;")
    with loop.block(f"for (int64_t n = 0; n < {targets}; ++n)"):
        loop.write(f"{buffer}[n] = static_cast<T>({rows.sums}[n] * {rows.scale});")
        loop.write(f"{rows.sums}[n] = 0;")
    return f"{buffer}[n]"


def late_name(loop: Loop, edge: ProjectionEdge) -> str:
    """The events under way over a projection whose synapses have delays of their own."""
    return loop.names.of(f"{edge.name} late")


def prepare_late(loop: Loop, edge: ProjectionEdge) -> None:
    """Make the events under way; the type of its delays is the narrowest that holds them."""
    steps = "int16_t" if edge.longest <= WIDEST_SHORT else "int32_t"
    rows = f"{loop.array(edge.name + '.indptr', 'int64_t')}, {loop.array(edge.name + '.targets', 'int32_t')}"
    loop.prepare(f"Late<{steps}> {late_name(loop, edge)}({edge.longest}, {rows}, {loop.array(edge.name + '.steps', steps)});")


def write_impulses(loop: Loop, edge: ProjectionEdge, source: Source, weight: str, targets: int) -> str:
    """Write what has to be summed for sample `b` before its neurons are stepped; the text of the impulse on neuron `n`."""
    name, here = loop.names.of, f"{source.pointer} + b * {source.size}"
    if edge.kernel in ("vector", "scaled"):
        strength = f"{weight}[n]" if edge.kernel == "vector" else weight
        return f"{strength} * T(({here})[n])"
    if edge.kernel == "matrix":
        buffer = name(f"{edge.name}.impulse of all")
        loop.prepare(f"std::vector<T> {buffer}({targets});")
        if source.events:
            loop.write(f"sum_rows({source.events}.begin(b), {source.events}.end(b), {weight}, {targets}, {buffer}.data());")
        else:
            sums = name(f"{edge.name} sums")
            loop.prepare(f"std::vector<double> {sums};")
            loop.write(f"sum_graded({here}, {source.size}, {weight}, {targets}, {sums}, {buffer}.data());")
        return f"{buffer}[n]"
    total = name(f"{edge.name} total")
    loop.write(f"const T {total} = {f'T({source.events}.count(b))' if source.events else f'sum_values({here}, {source.size})'};")
    return f"{weight} * {total}" if edge.kernel == "uniform" else f"{weight} * ({total} - T(({here})[n]))"


def write_delivery(loop: Loop, edge: ProjectionEdge, impulse: str) -> str:
    """Write the synapse's step of neuron `n`; the name of what the neuron receives."""
    name = loop.names.of
    delivered = name(f"{edge.name} delivered")
    if edge.synapse is None:
        over = f" / {loop.constant('dt')}" if edge.is_impulse else ""
        loop.write(f"const T {delivered} = {impulse}{over};")
        return delivered
    arrived = name(f"{edge.name} impulse")
    loop.write(f"const T {arrived} = {impulse};")
    dynamics = edge.synapse.dynamics
    current: dict[str, str] = {}
    for state in dynamics.states:
        current[state.name] = name(f"{edge.name}.{state.name} now")
        loop.write(f"const T {current[state.name]} = {loop.variable(f'{edge.name}.{state.name}')}[i];")
    states = dict(current)
    leaf = _leaf(loop, edge, arrived, states)
    added = {
        a.target: cpp(within(dynamics, a.target, apply("add", Reference("state", a.target), a.value)), leaf)
        for a in edge.synapse.on_impulse
    }
    for changed, text in added.items():
        states[changed] = name(f"{edge.name}.{changed} arrived")
        loop.write(f"const T {states[changed]} = {text};")
    loop.write(f"const T {delivered} = {cpp(edge.synapse.output, leaf)};")
    write_normals(loop, edge.name, dynamics, True)
    for local, expression in dynamics.definitions:
        loop.write(f"const auto {name(f'{edge.name}.{local} local')} = {cpp(expression, leaf)};")
    moved = {u.state: cpp(u.free, leaf) for u in dynamics.updates}
    for state in dynamics.states:
        text = moved.get(state.name, states[state.name])
        if text != current[state.name]:
            loop.write(f"{loop.variable(f'{edge.name}.{state.name}')}[i] = {text};")
    return delivered


def _leaf(loop: Loop, edge: ProjectionEdge, arrived: str, states: dict[str, str]) -> Leaf:
    def text(reference: Reference | Draw) -> str:
        assert isinstance(reference, Reference)
        if reference.kind == "port":
            return arrived
        if reference.kind == "state":
            return states[reference.name]
        if reference.kind == "normal":
            return loop.names.of(f"{edge.name}.{reference.name}")
        if reference.kind == "local":
            return loop.names.of(f"{edge.name}.{reference.name} local")
        key = f"{edge.name}.{reference.name}"
        differs = edge.synapse is not None and reference.name in edge.synapse.dynamics.differing
        return f"{loop.array(key)}[n]" if differs else loop.constant(key)

    return text
