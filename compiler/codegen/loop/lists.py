"""What rows of synapses learn in one step: those of sources that spiked and of targets that spiked, each synapse moved once.

A synapse's sums over the batch are made where it is moved, in float64 and in the order of the samples.
"""

from __future__ import annotations

from dataclasses import dataclass

from inferno.compiler.codegen.loop.projections import Source
from inferno.compiler.codegen.loop.rules import before_name, product, synapse_leaf
from inferno.compiler.codegen.loop.weights import moved_anyway, reduced, write_moved
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import ProjectionEdge, Rule, TraceUse


@dataclass(frozen=True, slots=True)
class Rows:
    """A learning projection over rows of synapses with what its text needs.

    `sent` says which rows (or, with delays, which synapses) something arrives over, `hit` which targets spiked.
    """

    edge: ProjectionEdge
    rule: Rule
    pre: Source
    post: Source
    weight: str
    sent: str
    hit: str

    @property
    def late(self) -> bool:
        """Whether each synapse has a delay of its own."""
        return self.edge.delays is not None


def synapse_count(loop: Loop, edge: ProjectionEdge, sources: int) -> str:
    """The number of synapses, which no generated text says."""
    count = loop.names.of(f"{edge.name}.synapses")
    loop.prepare(f"const int64_t {count} = {loop.array(edge.name + '.indptr', 'int64_t')}[{sources}];")
    return count


def write_late_trace(loop: Loop, edge: ProjectionEdge, use: TraceUse, arrived: Source) -> None:
    """Write a trace of what arrives over synapses that differ in delay: of every synapse, in every sample."""
    trace, before, count = loop.variable(use.key), before_name(loop, use), synapse_count(loop, edge, arrived.size)
    loop.prepare(f"std::vector<T> {before}(batch * {count});")
    decay = loop.constant(use.key + " decay")
    loop.write(f"for (int64_t i = 0; i < batch * {count}; ++i) {before}[i] = {trace}[i] = {decay} * {trace}[i];")
    with loop.block("for (int64_t b = 0; b < batch; ++b)"):
        loop.write(f"T* const of_sample = {trace} + b * {count};")
        new = "of_sample[*e] = T(1)" if use.nearest else "of_sample[*e] += T(1)"
        loop.write(f"for (const int32_t* e = {arrived.events}.begin(b); e != {arrived.events}.end(b); ++e) {new};")


def write_list(loop: Loop, edge: ProjectionEdge, rule: Rule, pre: Source, post: Source, weight: str) -> None:
    """Write the change of the weights in this step."""
    rows = Rows(edge, rule, pre, post, weight, loop.names.of(f"{edge.name}.sent"), loop.names.of(f"{edge.name}.hit"))
    loop.prepare(f"Touched {rows.sent}({synapse_count(loop, edge, pre.size) if rows.late else pre.size}), {rows.hit}({post.size});")
    loop.write(f"{rows.sent}.clear();")
    loop.write(f"{rows.hit}.clear();")
    events = {t.event for t in rule.terms}
    if "pre" in events:
        loop.write(f"{rows.sent}.add({pre.events}, batch);")
    if "post" in events:
        loop.write(f"{rows.hit}.add({post.events}, batch);")
    if moved_anyway(edge):
        loop.write(f"if ({moved_anyway(edge)}) {rows.sent}.add_all();")
    if "pre" in events or moved_anyway(edge):
        _write_sent(loop, rows)
    if "post" in events:
        _write_hit(loop, rows)
    if edge.normalize is not None and edge.normalize[2] == "step":
        over, count = ("targets", post.size) if edge.normalize[1] == "pre" else ("pre", pre.size)
        side, synapses = loop.array(f"{edge.name}.{over}", "int32_t"), synapse_count(loop, edge, pre.size)
        loop.write(f"normalize_rows({weight}, {synapses}, {side}, {count}, {loop.constant(f'{edge.name}.norm')});")


def _write_sent(loop: Loop, rows: Rows) -> None:
    """Write the new weights of synapses over which something arrived."""
    edge = rows.edge
    starts, targets = loop.array(f"{edge.name}.indptr", "int64_t"), loop.array(f"{edge.name}.targets", "int32_t")
    with loop.block(f"for (size_t slot = 0; slot < {rows.sent}.count(); ++slot)"):
        if rows.late:
            loop.write(f"const int64_t s = {rows.sent}.members[slot];")
            loop.write(f"[[maybe_unused]] const int64_t source = {loop.array(f'{edge.name}.pre', 'int32_t')}[s];")
            _write_synapse(loop, rows, f"{targets}[s]", f"{rows.hit}.slots[target]")
            return
        loop.write(f"const int64_t source = {rows.sent}.members[slot];")
        with loop.block(f"for (int64_t s = {starts}[source]; s < {starts}[source + 1]; ++s)"):
            _write_synapse(loop, rows, f"{targets}[s]", f"{rows.hit}.slots[target]")


def _write_hit(loop: Loop, rows: Rows) -> None:
    """Write the new weights of synapses whose target spiked and over which nothing arrived."""
    edge = rows.edge
    starts, synapses = loop.array(f"{edge.name}.column starts", "int64_t"), loop.array(f"{edge.name}.columns", "int64_t")
    with loop.block(f"for (size_t slot = 0; slot < {rows.hit}.count(); ++slot)"):
        loop.write(f"const int64_t column = {rows.hit}.members[slot];")
        with loop.block(f"for (int64_t k = {starts}[column]; k < {starts}[column + 1]; ++k)"):
            loop.write(f"const int64_t s = {synapses}[k];")
            loop.write(f"[[maybe_unused]] const int64_t source = {loop.array(f'{edge.name}.pre', 'int32_t')}[s];")
            loop.write(f"if ({rows.sent}.slots[{'s' if rows.late else 'source'}] >= 0) continue;")
            _write_synapse(loop, rows, "column", "slot", sent=False)


def _write_synapse(loop: Loop, rows: Rows, target: str, hit: str, *, sent: bool = True) -> None:
    """Write the new weight of synapse `s` from `source`: its sums over the samples with an event, then the move."""
    places = {"pre": f"b * {synapse_count(loop, rows.edge, rows.pre.size)} + s" if rows.late else f"b * {rows.pre.size} + source"}
    places["post"] = f"b * {rows.post.size} + target"
    loop.write(f"[[maybe_unused]] const int64_t target = {target};")
    if any(t.event == "post" for t in rows.rule.terms):
        loop.write(f"const int64_t hit = {hit};")
    weight, sums = f"{rows.weight}[s]", {}
    for number, term in enumerate(rows.rule.terms):
        if term.event == "pre" and not sent:
            sums[number] = "T(0)"
            continue
        loop.write(f"double total_{number} = 0;")
        leaf = synapse_leaf(loop, rows.edge, rows.rule, places, weight)
        value = product(term, leaf)
        events, slot = (rows.sent, "slot") if term.event == "pre" else (rows.hit, "hit")
        first = f"{events}.first[{slot}]" if term.event == "pre" or not sent else f"hit < 0 ? -1 : {events}.first[hit]"
        with loop.block(f"for (int32_t event = {first}; event >= 0; event = {events}.next[event])"):
            loop.write(f"[[maybe_unused]] const int64_t b = {events}.samples[event];")
            loop.write(f"total_{number} += static_cast<double>({value});")
        sums[number] = f"sum_{number}"
        loop.write(f"const T sum_{number} = {reduced(rows.rule, f'total_{number}')};")
    write_moved(loop, rows.edge, rows.rule, sums, weight, "false")
