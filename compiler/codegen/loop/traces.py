"""The traces that rules read: of each neuron of a side, or of each synapse where what arrives differs from one to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inferno.compiler.codegen.loop.between import traces_at_start
from inferno.compiler.codegen.loop.layout import layout_of
from inferno.compiler.codegen.loop.projections import Source
from inferno.compiler.codegen.loop.rules import before_name, modulator_name, start_name
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import ProjectionEdge, Rule, TraceUse
from inferno.grammar.expression import Constant, references


@dataclass(frozen=True, slots=True)
class Kept:
    """The keys of traces of which rules read more than the value after a step: that at its start, or that just before its events."""

    at_start: frozenset[str]
    before: frozenset[str]

    @classmethod
    def of(cls, edges: Iterable[ProjectionEdge]) -> Kept:
        """What the rules of some projections read."""
        at_start, before = set(), set()
        for edge in edges:
            assert edge.rule is not None
            starts, befores = traces_at_start(edge), _read_before(edge.rule)
            at_start |= {u.key for u in edge.rule.traces if u.name in starts}
            before |= {u.key for u in edge.rule.traces if u.name in befores}
        return cls(frozenset(at_start), frozenset(before))


def _read_before(rule: Rule) -> set[str]:
    """The names of the traces that a rule's handlers read as they were just before this step's events."""
    values = [e for _, e in rule.handlers] + [c.value for c in rule.state_changes]
    return {r.name for e in values for r in references(e, "trace")}


def write_traces(loop: Loop, edge: ProjectionEdge, pre: Source, post: Source, done: set[str], kept: Kept) -> None:
    """Write the traces that a rule reads and that no projection before it has written."""
    assert edge.rule is not None
    for use in edge.rule.traces:
        if use.key not in done:
            done.add(use.key)
            _write_trace(loop, edge, use, pre if use.side == "pre" else post, kept)


def _write_trace(loop: Loop, edge: ProjectionEdge, use: TraceUse, source: Source, kept: Kept) -> None:
    assert edge.rule is not None
    late = use.side == "pre" and edge.delays is not None
    count = layout_of(loop, edge, edge.rule, source.size, 0).count if late else str(source.size)
    trace, before = loop.variable(use.key), before_name(loop, use)
    if use.key in kept.before:
        loop.prepare(f"std::vector<T> {before}(batch * {count});")
    if use.key in kept.at_start:
        loop.prepare(f"std::vector<T> {start_name(loop, use)}(batch * {count});")
        loop.write(f"std::copy({trace}, {trace} + batch * {count}, {start_name(loop, use)}.begin());")
    same = isinstance(use.tau, Constant)
    decay = loop.constant(use.key + " decay") if same else f"{loop.array(use.key + ' decay')}[n]"
    with loop.block("for (int64_t b = 0; b < batch; ++b)"):
        loop.write(f"T* __restrict const of_sample = {trace} + b * {count};")
        if use.key in kept.before:
            loop.write(f"T* __restrict const before = {before}.data() + b * {count};")
        with loop.block(f"for (int64_t n = 0; n < {count}; ++n)"):
            loop.write(f"const T decayed = {decay} * of_sample[n];")
            if use.key in kept.before:
                loop.write("before[n] = decayed;")
            spike = f"({source.pointer})[b * {count} + n]"
            new = "decayed" if late else f"{spike} ? T(1) : decayed" if use.nearest else f"decayed + T({spike})"
            loop.write(f"of_sample[n] = {new};")
        if late:
            new = "of_sample[*e] = T(1)" if use.nearest else "of_sample[*e] += T(1)"
            loop.write(f"for (const int32_t* e = {source.events}.begin(b); e != {source.events}.end(b); ++e) {new};")


def write_modulator(loop: Loop, edge: ProjectionEdge, name: str, value: str, targets: int) -> None:
    """Write a modulator as a value for every target; `value` is its text for target `n` of sample `b`."""
    buffer = modulator_name(loop, edge, name)
    loop.prepare(f"std::vector<T> {buffer}(batch * {targets});")
    with loop.block("for (int64_t b = 0; b < batch; ++b)"):
        loop.write(f"for (int64_t n = 0; n < {targets}; ++n) {buffer}[b * {targets} + n] = {value};")
