"""One step of a population in a loop: every sample, and in it every neuron."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from inferno.compiler.codegen.cpp.expressions import Leaf, cpp
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import PopulationNode, StateVariable
from inferno.compiler.plan import has_draw, size, stream
from inferno.grammar.expression import ZERO, Constant, Draw, Reference, references

InputText = Callable[[str], str]


@dataclass
class Element:
    """What one neuron's lines need: texts of what its inputs receive, of inputs of the network, and of its states."""

    ports: dict[str, str]
    network_input: InputText
    values: dict[Reference, str] = field(default_factory=dict)


def write_neuron(loop: Loop, node: PopulationNode, ports: dict[str, str], network_input: InputText, training: bool, recorded: tuple[str, ...]) -> None:
    """Write the step of neuron `n` of sample `b`, at `i` of [batch, neurons]; `ports` is the text of what each input receives."""
    element = Element(ports, network_input)
    key, name = f"{node.name}.", loop.names.of
    current: dict[str, str] = {}
    for state in node.dynamics.states:
        current[state.name] = name(f"{key}{state.name} now")
        at = "n" if state.shared is not None else "i"
        loop.write(f"const T {current[state.name]} = {loop.variable(key + state.name)}[{at}];")
    free = _free(loop, node)
    _write_values(loop, node, element)
    leaf = _leaf(loop, node, element, current, free)
    for local, expression in node.dynamics.definitions:
        loop.write(f"const auto {name(f'{key}{local} local')} = {cpp(expression, leaf)};")
    after = _integrated(loop, node, current, leaf, free, training)
    if node.condition is not None:
        spike = name(f"{key}spike")
        text = cpp(node.condition, _leaf(loop, node, element, after, free))
        loop.write(f"const bool {spike} = {text}{f' & {free}' if free else ''};")
        loop.write(f"{spikes_of(loop, node)}[i] = {spike};")
        after = _reset(loop, node, element, after, spike, free, training)
        if free:
            left, steps = loop.variable(key + "refractory", "int32_t"), loop.constant(key + "refractory steps", "int32_t")
            loop.write(f"{left}[i] = {spike} ? {steps} : {left}[i] - ({left}[i] > 0);")
    _store(loop, node, current, after, recorded)


def spikes_of(loop: Loop, node: PopulationNode) -> str:
    """The pointer to a population's spikes in this step."""
    return loop.names.of(f"{node.name}.spikes")


def shared_sums(node: PopulationNode, training: bool) -> list[StateVariable]:
    """The states of which the batch has one, and which this mode changes."""
    return [s for s in node.dynamics.states if s.shared is not None and not _frozen(s, training) and _changes(node, s)]


def shared_name(loop: Loop, node: PopulationNode, state: StateVariable) -> str:
    """The buffer in which the samples' values of a shared state come together."""
    return loop.names.of(f"{node.name}.{state.name} together")


def _changes(node: PopulationNode, state: StateVariable) -> bool:
    return any(u.state == state.name for u in node.dynamics.updates) or any(a.target == state.name for a in node.assignments)


def _frozen(state: StateVariable, training: bool) -> bool:
    return state.train_only and not training


def _free(loop: Loop, node: PopulationNode) -> str:
    """The name that says that a neuron is not refractory, if it can be."""
    if node.refractory_steps is None:
        return ""
    free = loop.names.of(f"{node.name}.free")
    loop.write(f"const bool {free} = {loop.variable(node.name + '.refractory', 'int32_t')}[i] == 0;")
    return free


def _write_values(loop: Loop, node: PopulationNode, element: Element) -> None:
    """What inputs receive, and parameters that vary with the network's inputs."""

    def varying(leaf: Reference | Draw) -> str:
        assert isinstance(leaf, Reference)
        return element.network_input(leaf.name)

    for parameter, value in node.dynamics.parameters:
        if not isinstance(value, Constant):
            text = loop.names.of(f"{node.name}.{parameter}")
            loop.write(f"const T {text} = {cpp(value, varying)};")
            element.values[Reference("parameter", parameter)] = text
    drive = dict(node.drive)
    for port in node.dynamics.ports:
        parts = [element.ports[port]] if port in element.ports else []
        if port in drive:
            parts.append(loop.constant(f"{node.name}.{port} drive") if isinstance(drive[port], Constant) else cpp(drive[port], varying))
        text = loop.names.of(f"{node.name}.{port}")
        loop.write(f"[[maybe_unused]] const T {text} = {' + '.join(parts) if parts else 'T(0)'};")
        element.values[Reference("port", port)] = text


def _leaf(loop: Loop, node: PopulationNode, element: Element, states: dict[str, str], free: str, place: str = "spike", where: str = "") -> Leaf:
    def text(leaf: Reference | Draw) -> str:
        if isinstance(leaf, Draw):
            key = loop.constant("key " + stream(node.name, place, leaf.number), "int64_t")
            drawn = f"T(draw_{leaf.standard}({key}, samples[b], static_cast<uint32_t>(first_step + t), n))"
            return f"({where} ? {drawn} : T(0))" if where else drawn
        if leaf.kind == "state":
            return states[leaf.name]
        if leaf.kind == "local":
            return (free or "true") if leaf.name == "free" else loop.names.of(f"{node.name}.{leaf.name} local")
        return element.values[leaf] if leaf in element.values else loop.constant(f"{node.name}.{leaf.name}")

    return text


def _integrated(loop: Loop, node: PopulationNode, current: dict[str, str], leaf: Leaf, free: str, training: bool) -> dict[str, str]:
    """The states after integration."""
    after = dict(current)
    for update in node.dynamics.updates:
        if _frozen(node.dynamics.state(update.state), training):
            continue
        after[update.state] = loop.names.of(f"{node.name}.{update.state} after")
        moved = cpp(update.free, leaf)
        if update.held is None or not free:
            loop.write(f"const T {after[update.state]} = {moved};")
            continue
        # Both are calculated, so that neighbours can be done together.
        both = loop.names.of(f"{node.name}.{update.state} moved")
        loop.write(f"const T {both} = {moved};")
        loop.write(f"const T {after[update.state]} = {free} ? {both} : {cpp(update.held, leaf)};")
    return after


def _reset(loop: Loop, node: PopulationNode, element: Element, after: dict[str, str], spike: str, free: str, training: bool) -> dict[str, str]:
    """The states after the event block, all of whose lines read the values before it."""
    changed = dict(after)
    for assignment in node.assignments:
        if _frozen(node.dynamics.state(assignment.target), training):
            continue
        before = after[assignment.target]
        value = cpp(assignment.value, _leaf(loop, node, element, after, free, assignment.target, spike))
        value = f"{before} + {value}" if assignment.accumulate else value
        changed[assignment.target] = loop.names.of(f"{node.name}.{assignment.target} reset")
        loop.write(f"const T {changed[assignment.target]} = {spike} ? {value} : {before};")
    return changed


def _store(loop: Loop, node: PopulationNode, current: dict[str, str], after: dict[str, str], recorded: tuple[str, ...]) -> None:
    for state in node.dynamics.states:
        key, text = f"{node.name}.{state.name}", after[state.name]
        if text == current[state.name]:
            pass
        elif state.shared is None:
            loop.write(f"{loop.variable(key)}[i] = {text};")
        else:
            loop.write(_gather(shared_name(loop, node, state), _how(node, state), text, current[state.name]))
        if state.name in recorded and state.shared is None:
            loop.write(f"{loop.emit(key, size(node.shape), 'T')}[i] = {text};")


def _how(node: PopulationNode, state: StateVariable) -> str:
    """How the samples' values become one: `same` where no sample can differ from another."""
    if (state.held and node.refractory_steps is not None) or any(a.target == state.name for a in node.assignments):
        return state.shared or ""
    single = {s.name for s in node.dynamics.states if s.shared is not None}
    local = dict(node.dynamics.definitions)
    open_expressions = [u.free for u in node.dynamics.updates if u.state == state.name]
    while open_expressions:
        expression = open_expressions.pop()
        if has_draw(expression) or any(r.kind in ("port", "input") or (r.kind == "state" and r.name not in single) for r in references(expression)):
            return state.shared or ""
        if any(not isinstance(dict(node.dynamics.parameters).get(r.name, ZERO), Constant) for r in references(expression, "parameter")):
            return state.shared or ""
        open_expressions += [local[r.name] for r in references(expression, "local") if r.name in local]
        if any(r.name == "free" for r in references(expression, "local")) and node.refractory_steps is not None:
            return state.shared or ""
    return "same"


def _gather(sums: str, how: str, value: str, before: str) -> str:
    """The line that adds a sample's value of a shared state to those of the samples before it."""
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


