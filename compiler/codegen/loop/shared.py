"""States of which the batch has one: what each sample makes of them comes together, in float64, at the end of the step."""

from __future__ import annotations

from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import PopulationNode, StateVariable
from inferno.compiler.plan import has_draw, size
from inferno.grammar.expression import ZERO, Constant, references


def shared_sums(node: PopulationNode, training: bool) -> list[StateVariable]:
    """The states of which the batch has one, and which this mode changes."""
    return [s for s in node.dynamics.states if s.shared is not None and not frozen(s, training) and _changes(node, s)]


def shared_name(loop: Loop, node: PopulationNode, state: StateVariable) -> str:
    """The buffer in which the samples' values of a shared state come together."""
    return loop.names.of(f"{node.name}.{state.name} together")


def frozen(state: StateVariable, training: bool) -> bool:
    """Whether a state stands still in a mode."""
    return state.train_only and not training


def gather(loop: Loop, node: PopulationNode, state: StateVariable, value: str, before: str) -> str:
    """The line that adds a sample's value of a shared state to those of the samples before it."""
    sums, how = shared_name(loop, node, state), _how(node, state)
    if how == "same":
        return f"{sums}[n] = static_cast<double>({value});"
    if how == "mean":
        return f"{sums}[n] += static_cast<double>({value});"
    if how == "sum":
        return f"{sums}[n] += static_cast<double>({value}) - static_cast<double>({before});"
    return f"{sums}[n] = b == 0 ? static_cast<double>({value}) : larger(static_cast<double>({value}), {sums}[n]);"


def write_shared(loop: Loop, node: PopulationNode, training: bool, recorded: tuple[str, ...]) -> None:
    """Write the new values of shared states, once all samples are done."""
    count = size(node.shape)
    for state in shared_sums(node, training):
        variable, sums = loop.variable(f"{node.name}.{state.name}"), shared_name(loop, node, state)
        value = {
            "mean": f"{sums}[n] / static_cast<double>(batch)", "sum": f"static_cast<double>({variable}[n]) + {sums}[n]",
        }.get(_how(node, state), f"{sums}[n]")  # fmt: skip
        loop.write(f"for (int64_t n = 0; n < {count}; ++n) {variable}[n] = static_cast<T>({value});")
    for state in node.dynamics.states:
        if state.shared is not None and state.name in recorded:
            key = f"{node.name}.{state.name}"
            out, variable = loop.emit(key, count, "T"), loop.variable(key)
            loop.write(f"for (int64_t b = 0; b < batch; ++b) std::copy({variable}, {variable} + {count}, {out} + b * {count});")


def _changes(node: PopulationNode, state: StateVariable) -> bool:
    return any(u.state == state.name for u in node.dynamics.updates) or any(a.target == state.name for a in node.changes)


def _how(node: PopulationNode, state: StateVariable) -> str:
    """How the samples' values become one: `same` where no sample can differ from another."""
    if (state.held and node.refractory_steps is not None) or any(a.target == state.name for a in node.changes):
        return state.shared or ""
    single = {s.name for s in node.dynamics.states if s.shared is not None}
    local = dict(node.dynamics.definitions)
    open_expressions = [u.free for u in node.dynamics.updates if u.state == state.name]
    while open_expressions:
        expression = open_expressions.pop()
        if has_draw(expression) or any(
            r.kind in ("port", "input") or (r.kind == "state" and r.name not in single) for r in references(expression)
        ):
            return state.shared or ""
        if any(not isinstance(dict(node.dynamics.parameters).get(r.name, ZERO), Constant) for r in references(expression, "parameter")):
            return state.shared or ""
        open_expressions += [local[r.name] for r in references(expression, "local") if r.name in local]
        if any(r.name == "free" for r in references(expression, "local")) and node.refractory_steps is not None:
            return state.shared or ""
    return "same"
