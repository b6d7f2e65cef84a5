"""What synapses learn from events, one by one: rows of synapses, rules with states, and changes that are no products of two sides.

Those are visited whose source or whose target spiked.  A synapse's sums over the batch are made where it is moved, in the order of the
samples: in float64, but a matrix's products as `event_outer` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inferno.compiler.codegen.cpp.expressions import Leaf, cpp
from inferno.compiler.codegen.loop.layout import Layout
from inferno.compiler.codegen.loop.projections import Source
from inferno.compiler.codegen.loop.rules import product, synapse_leaf
from inferno.compiler.codegen.loop.weights import moved_anyway, reduced, write_moved
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import ProjectionEdge, Rule, StateChange
from inferno.compiler.plan import is_list


@dataclass(frozen=True, slots=True)
class Visits:
    """What the text of a synapse's visit needs.

    `sent` says which rows (or, with delays that differ, which synapses) something arrives over, `hit` which targets spiked.
    """

    edge: ProjectionEdge
    rule: Rule
    layout: Layout
    pre: Source
    post: Source
    weight: str
    sent: str
    hit: str

    @property
    def events(self) -> set[str]:
        """The events at which the rule does something."""
        return {t.event for t in self.rule.terms} | {c.event for c in self.rule.state_changes}


def write_events(loop: Loop, layout: Layout, pre: Source, post: Source, weight: str) -> None:
    """Write what this step's events do to weights and states."""
    edge, rule, name = layout.edge, layout.rule, loop.names.of
    visits = Visits(edge, rule, layout, pre, post, weight, name(f"{edge.name}.touched by arrivals"), name(f"{edge.name}.touched by spikes"))
    anyway = moved_anyway(edge) if rule.terms or edge.without_diagonal else ""
    loop.prepare(f"Touched {visits.sent}({layout.count if layout.late else pre.size}), {visits.hit}({post.size});")
    loop.write(f"{visits.sent}.clear();")
    loop.write(f"{visits.hit}.clear();")
    if "pre" in visits.events:
        loop.write(f"{visits.sent}.add({pre.events}, batch);")
    if "post" in visits.events:
        loop.write(f"{visits.hit}.add({post.events}, batch);")
    if anyway:
        loop.write(f"if ({anyway}) {visits.sent}.add_all();")
    if "pre" in visits.events or anyway:
        _write_sent(loop, visits)
    if "post" in visits.events:
        _write_hit(loop, visits)


def write_normalized(loop: Loop, edge: ProjectionEdge, layout: Layout, pre: Source, post: Source, weight: str) -> None:
    """Write the weights brought back to their norm, where each step does that."""
    if edge.normalize is None or edge.normalize[2] != "step":
        return
    norm, over_sources = loop.constant(f"{edge.name}.norm"), edge.normalize[1] == "pre"
    if is_list(edge):
        side = loop.array(f"{edge.name}.{'targets' if over_sources else 'pre'}", "int32_t")
        loop.write(f"normalize_rows({weight}, {layout.count}, {side}, {(post if over_sources else pre).size}, {norm});")
    elif edge.kernel == "vector":
        loop.write(f"normalize({weight}, 1, {post.size}, {norm}, true);")
    else:
        loop.write(f"normalize({weight}, {pre.size}, {post.size}, {norm}, {'true' if over_sources else 'false'});")


def _write_sent(loop: Loop, visits: Visits) -> None:
    """Write the visits of synapses over which something arrived."""
    layout = visits.layout
    with loop.block(f"for (size_t slot = 0; slot < {visits.sent}.count(); ++slot)"):
        if layout.late:
            loop.write(f"const int64_t s = {visits.sent}.members[slot];")
            loop.write(f"[[maybe_unused]] const int64_t source = {layout.source_of(loop, 's')}, target = {layout.target_of(loop, 's')};")
            _write_visit(loop, visits, "slot", f"{visits.hit}.slots[target]")
            return
        loop.write(f"const int64_t source = {visits.sent}.members[slot];")
        with layout.row(loop):
            _write_visit(loop, visits, "slot", f"{visits.hit}.slots[target]")


def _write_hit(loop: Loop, visits: Visits) -> None:
    """Write the visits of synapses whose target spiked and over which nothing arrived."""
    with loop.block(f"for (size_t slot = 0; slot < {visits.hit}.count(); ++slot)"):
        loop.write(f"const int64_t target = {visits.hit}.members[slot];")
        with visits.layout.column(loop):
            loop.write(f"if ({visits.sent}.slots[{'s' if visits.layout.late else 'source'}] >= 0) continue;")
            _write_visit(loop, visits, "", "slot")


def _write_visit(loop: Loop, visits: Visits, sent: str, hit: str) -> None:
    """Write what the events of all samples do to synapse `s` from `source` to `target`; `sent` and `hit` are the slots of its sides."""
    layout, rule = visits.layout, visits.rule
    if "post" in visits.events:
        loop.write(f"[[maybe_unused]] const int64_t hit = {hit};")
    own = {s.name: f"{loop.variable(f'{visits.edge.name}.{s.name}')}[b * {layout.count} + s]" for s in rule.states}
    leaf = synapse_leaf(loop, visits.edge, rule, layout.places("source", "target"), f"{visits.weight}[s]", own)
    sums = {}
    for number, term in enumerate(rule.terms):
        if term.event == "pre" and not sent:
            sums[number] = "T(0)"
            continue
        kind = "T" if term.separable and visits.edge.pattern == "dense" else "double"
        loop.write(f"{kind} total_{number} = 0;")
        with loop.block(_samples(visits, term.event, sent)):
            loop.write(f"total_{number} += {kind}({product(term, leaf)});")
        sums[number] = f"sum_{number}"
        loop.write(f"const T sum_{number} = {reduced(rule, f'total_{number}')};")
    diagonal = "source == target" if visits.edge.without_diagonal else "false"
    if rule.states:
        _write_changes(loop, visits, leaf, sent, diagonal)
    if rule.terms:
        write_moved(loop, visits.edge, rule, sums, f"{visits.weight}[s]", diagonal, leaf)
    elif visits.edge.without_diagonal:
        loop.write(f"if ({diagonal}) {visits.weight}[s] *= T(0);")


def _samples(visits: Visits, event: str, sent: str) -> str:
    """The head of a loop over the samples `b` in which an event happened to a synapse."""
    events, slot = (visits.sent, "slot") if event == "pre" else (visits.hit, "hit")
    first = f"{events}.first[{slot}]" if event == "pre" or not sent else f"hit < 0 ? -1 : {events}.first[hit]"
    return f"for (int64_t event = {first}, b = 0; event >= 0 && (b = {events}.samples[event], true); event = {events}.next[event])"


# ---- states -------------------------------------------------------------------------------------


def _write_changes(loop: Loop, visits: Visits, leaf: Leaf, sent: str, diagonal: str) -> None:
    """Write the states of a synapse after the events of each sample, all of which read the values before them."""
    changing = [s.name for s in visits.rule.states if any(c.target == s.name for c in visits.rule.state_changes)]
    events = visits.events
    if visits.edge.without_diagonal:
        loop.write(f"if ({diagonal}) {{")
        for state in (s.name for s in visits.rule.states):
            variable = loop.variable(f"{visits.edge.name}.{state}")
            loop.write(f"  for (int64_t b = 0; b < batch; ++b) {variable}[b * {visits.layout.count} + s] *= T(0);")
        loop.write("}" + " else {" * bool(changing))
    if changing and "pre" in events and sent:
        with loop.block(_samples(visits, "pre", sent)):
            both = f"{visits.post.pointer}[b * {visits.post.size} + target]" if "post" in events else "false"
            loop.write(f"[[maybe_unused]] const bool fired = {both};")
            _write_states(loop, visits, changing, leaf, "true", "fired")
    if changing and "post" in events:
        with loop.block(_samples(visits, "post", sent)):
            if sent and "pre" in events:
                loop.write(f"if ({_arrives(loop, visits)}) continue;")
            _write_states(loop, visits, changing, leaf, "false", "true")
    if visits.edge.without_diagonal and changing:
        loop.write("}")


def _arrives(loop: Loop, visits: Visits) -> str:
    """Whether something arrives over synapse `s` in sample `b`."""
    if visits.layout.late:
        return f"{visits.sent}.has(slot, b)"
    return f"({visits.pre.pointer})[b * {visits.pre.size} + source]"


def _write_states(loop: Loop, visits: Visits, changing: list[str], leaf: Leaf, pre: str, post: str) -> None:
    happened = {"pre": pre, "post": post}
    for state in changing:
        before = f"{loop.variable(f'{visits.edge.name}.{state}')}[b * {visits.layout.count} + s]"
        loop.write(f"const T {loop.names.of(f'{state} changed')} = {_changed(visits.rule, state, before, happened, leaf)};")
    for state in changing:
        before = f"{loop.variable(f'{visits.edge.name}.{state}')}[b * {visits.layout.count} + s]"
        loop.write(f"{before} = {loop.names.of(f'{state} changed')};")


def _changed(rule: Rule, state: str, before: str, happened: Mapping[str, str], leaf: Leaf) -> str:
    """The text of a state after the events: scaled or set first, then added to."""

    def of(operation: str) -> list[StateChange]:
        return [c for c in rule.state_changes if c.target == state and c.operation == operation and happened[c.event] != "false"]

    text = before
    for change in of("scale"):
        text = f"({happened[change.event]} ? {cpp(change.value, leaf)} * {text} : {text})"
    for change in of("set"):
        text = f"({happened[change.event]} ? {cpp(change.value, leaf)} : {text})"
    for change in of("add"):
        text = f"{text} + ({happened[change.event]} ? {cpp(change.value, leaf)} : T(0))"
    return text
