"""The equations of a rule between events: every synapse of every sample, in stretches that lie together.

Where a state decays in each step there is nothing to leave out; the loops are plain, so that the compiler does several synapses at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from inferno.compiler.codegen.cpp.expressions import cpp
from inferno.compiler.codegen.loop.layout import Layout
from inferno.compiler.codegen.loop.rules import start_name, synapse_leaf
from inferno.compiler.codegen.loop.weights import bounded, write_bounded
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.codegen.synaptic import weight_gain
from inferno.compiler.nodes import Dynamics, ProjectionEdge
from inferno.compiler.plan import is_list
from inferno.grammar.expression import Expression, Reference, references

STRETCH = 512


def traces_at_start(edge: ProjectionEdge) -> set[str]:
    """The names of the traces that a rule's equations read, as they are at the start of a step."""
    if edge.rule is None or edge.rule.dynamics is None:
        return set()
    return {r.name for e in _expressions(edge.rule.dynamics) for r in references(e, "trace")}


def _expressions(dynamics: Dynamics) -> list[Expression]:
    return [e for _, e in dynamics.definitions] + [u.free for u in dynamics.updates]


def write_between(loop: Loop, layout: Layout, weight: str) -> None:
    """Write the step of a rule's equations: its states, and the weight if it has an equation."""
    edge, dynamics = layout.edge, layout.rule.dynamics
    if dynamics is None or not dynamics.updates:
        return
    gain, gained = weight_gain(dynamics)
    shared = gain is not None and not _per_sample(dynamics, gain)
    gains = loop.names.of(f"{edge.name} gains")
    if gain is not None and not shared:
        loop.prepare(f"std::vector<double> {gains}({_length(layout)});")
    with _stretches(loop, layout):
        if gain is not None and not shared:
            loop.write(f"std::fill({gains}.begin(), {gains}.end(), 0.0);")
        if any(u.state != "w" for u in dynamics.updates) or (gain is not None and not shared):
            with loop.block("for (int64_t b = 0; b < batch; ++b)"):
                loop.write("#pragma GCC ivdep")
                with _synapses(loop, layout):
                    _write_states(loop, layout, dynamics, weight, None if shared else gain, gained)
        if gain is not None:
            with _synapses(loop, layout):
                _write_gain(loop, layout, dynamics, weight, gain if shared else None)


# ---- loops --------------------------------------------------------------------------------------


def _length(layout: Layout) -> int:
    """How many synapses a stretch has: a row of a matrix, so that its source is one."""
    return STRETCH if is_list(layout.edge) else layout.targets


@contextmanager
def _stretches(loop: Loop, layout: Layout) -> Iterator[None]:
    with loop.block(f"for (int64_t from = 0; from < {layout.count}; from += {_length(layout)})"):
        if is_list(layout.edge):
            loop.write(f"const int64_t length = std::min<int64_t>({STRETCH}, {layout.count} - from);")
        elif layout.edge.kernel == "matrix":
            loop.write(f"[[maybe_unused]] const int64_t source = from / {layout.targets};")
        yield


@contextmanager
def _synapses(loop: Loop, layout: Layout) -> Iterator[None]:
    length = "length" if is_list(layout.edge) else str(layout.targets)
    with loop.block(f"for (int64_t k = 0; k < {length}; ++k)"):
        loop.write("const int64_t s = from + k;")
        if layout.edge.kernel != "matrix":
            loop.write(f"[[maybe_unused]] const int64_t source = {layout.source_of(loop, 's')};")
        target = layout.target_of(loop, "s") if is_list(layout.edge) else "k"
        loop.write(f"[[maybe_unused]] const int64_t target = {target};")
        yield


# ---- what happens in them -----------------------------------------------------------------------


def _write_states(loop: Loop, layout: Layout, dynamics: Dynamics, weight: str, gain: Expression | None, gained: Expression | None) -> None:
    """Write the new states of synapse `s` in sample `b`, and add what it makes the weight gain."""
    edge, rule = layout.edge, layout.rule
    variables = {s.name: f"{loop.variable(f'{edge.name}.{s.name}')}[b * {layout.count} + s]" for s in rule.states}
    own = {}
    for state, variable in variables.items():
        own[state] = loop.names.of(f"{state} at start")
        loop.write(f"[[maybe_unused]] const T {own[state]} = {variable};")
    own["w"] = f"{weight}[s]"
    leaf = synapse_leaf(loop, edge, rule, layout.places("source", "target"), own["w"], own, start_name)
    for local, expression in dynamics.definitions:
        if Reference("local", local) != gained:
            own[local] = loop.names.of(f"{edge.name}.rule {local} local")
            loop.write(f"[[maybe_unused]] const auto {own[local]} = {cpp(expression, leaf)};")
    off = "source == target ? {0} * T(0) : {0}" if edge.without_diagonal else "{0}"
    for update in (u for u in dynamics.updates if u.state != "w"):
        loop.write(f"const T {loop.names.of(f'{update.state} moved')} = {cpp(update.free, leaf)};")
    if gain is not None:
        loop.write(f"{loop.names.of(f'{edge.name} gains')}[k] += static_cast<double>({cpp(gain, leaf)});")
    for update in (u for u in dynamics.updates if u.state != "w"):
        loop.write(f"{variables[update.state]} = {off.format(loop.names.of(f'{update.state} moved'))};")


def _write_gain(loop: Loop, layout: Layout, dynamics: Dynamics, weight: str, shared: Expression | None) -> None:
    """Write the weight after what it gains: the samples' `gains`, or an expression that is the same for all of them."""
    edge, rule = layout.edge, layout.rule
    loop.write(f"const T before = {weight}[s];")
    if shared is None:
        total = f"{loop.names.of(f'{edge.name} gains')}[k]"
        gain = f"static_cast<T>({total}{' / static_cast<double>(batch)' if rule.reduction == 'mean' else ''})"
    else:
        own = {"w": "before"}
        leaf = synapse_leaf(loop, edge, rule, layout.places("source", "target"), "before", own)
        for local, expression in dynamics.definitions:
            if not _per_sample(dynamics, expression):
                own[local] = loop.names.of(f"{edge.name}.rule {local} local")
                loop.write(f"[[maybe_unused]] const auto {own[local]} = {cpp(expression, leaf)};")
        gain = f"T({cpp(shared, leaf)}){' * T(batch)' if rule.reduction == 'sum' else ''}"
    loop.write(f"const T gain = {gain};")
    write_bounded(loop, edge, bounded(loop, edge, ["gain"]), f"{weight}[s]", "source == target")


def _per_sample(dynamics: Dynamics, expression: Expression) -> bool:
    """Whether an expression may differ from sample to sample."""
    local, left = dict(dynamics.definitions), [expression]
    while left:
        here = left.pop()
        if any(r.kind in ("port", "trace", "next") or (r.kind == "state" and r.name != "w") for r in references(here)):
            return True
        left += [local[r.name] for r in references(here, "local")]
    return False
