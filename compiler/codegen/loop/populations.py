"""One step of a population in a loop: every sample, and in it every neuron."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from inferno.compiler.codegen.cpp.expressions import Leaf, cpp
from inferno.compiler.codegen.events import combined
from inferno.compiler.codegen.loop.links import event_buffer
from inferno.compiler.codegen.loop.normals import write_normals
from inferno.compiler.codegen.loop.shared import frozen, gather
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import PopulationNode, StateVariable
from inferno.compiler.plan import size, stream
from inferno.compiler.ranges import comes_together, within
from inferno.grammar.expression import Constant, Draw, Reference, apply

InputText = Callable[[str], str]


@dataclass
class Element:
    """What one neuron's lines need: texts of what its inputs receive, of inputs of the network, and of its states."""

    ports: dict[str, str]
    network_input: InputText
    values: dict[Reference, str] = field(default_factory=dict)


def write_neuron(
    loop: Loop, node: PopulationNode, ports: dict[str, str], network_input: InputText, training: bool, recorded: tuple[str, ...],
    noted: str, read: frozenset[str] = frozenset(),
) -> None:  # fmt: skip
    """Write the step of neuron `n` of sample `b`, at `i` of [batch, neurons]; `ports` is the text of what each input receives.

    `noted` is the text of where its spike is noted; `read` are the events that another population of the region reads in this step.
    """
    element = Element(ports, network_input)
    key, name = f"{node.name}.", loop.names.of
    current = write_states(loop, node, node.dynamics.states)
    free = _free(loop, node)
    _write_values(loop, node, element)
    start, current = current, _arrived(loop, node, element, current, free)
    write_normals(loop, node.name, node.dynamics, training)
    leaf = _leaf(loop, node, element, current, free)
    for local, expression in node.dynamics.definitions:
        loop.write(f"const auto {name(f'{key}{local} local')} = {cpp(expression, leaf)};")
    after, spike = _integrated(loop, node, current, leaf, free, training), ""
    if node.condition is not None:
        spike = name(f"{key}spike")
        text = cpp(node.condition, _leaf(loop, node, element, after, free))
        loop.write(f"const bool {spike} = {text}{f' & {free}' if free else ''};")
        loop.write(f"{noted} = {spike};")
        if free:
            left, steps = loop.variable(key + "refractory", "int32_t"), _refractory_steps(loop, node)
            loop.write(f"{left}[i] = {spike} ? {steps} : {left}[i] - ({left}[i] > 0);")
    happened = _events(loop, node, element, after, spike, free, recorded, read)
    after = _reset(loop, node, element, after, spike, free, training, happened)
    _store(loop, node, start, after, recorded)


def write_states(loop: Loop, node: PopulationNode, states: Iterable[StateVariable]) -> dict[str, str]:
    """Write states as they are at the start of the step; the name of each."""
    current: dict[str, str] = {}
    for state in states:
        current[state.name] = loop.names.of(f"{node.name}.{state.name} now")
        at = "n" if state.shared is not None else "i"
        loop.write(f"const T {current[state.name]} = {loop.variable(f'{node.name}.{state.name}')}[{at}];")
    return current


def constant_leaf(loop: Loop, node: PopulationNode, states: Mapping[str, str]) -> Leaf:
    """The texts of what is a state or does not change."""

    def text(leaf: Reference | Draw) -> str:
        assert isinstance(leaf, Reference)
        return states[leaf.name] if leaf.kind == "state" else _constant(loop, node, leaf.name)

    return text


def _events(
    loop: Loop, node: PopulationNode, element: Element, after: dict[str, str], spike: str, free: str, recorded: tuple[str, ...],
    read: frozenset[str],
) -> dict[str, str]:  # fmt: skip
    """Write which events of the neuron's own occur; the name of each."""
    occurs = {"spike": spike}
    for event in node.events:
        name = loop.names.of(f"{node.name}.{event.name}")
        leaf = _leaf(loop, node, element, after, free, f"{event.name}.event", "", occurs)
        loop.write(f"const bool {name} = {cpp(event.condition, leaf)};")
        occurs[event.name] = name
        if event.name in read:
            buffer = event_buffer(loop, node.name, event.name)
            loop.prepare(f"std::vector<T> {buffer}(batch * {size(node.shape)});")
            loop.write(f"{buffer}[i] = T({name});")
        if event.name in recorded:
            loop.write(f"{loop.emit(f'{node.name}.{event.name}', size(node.shape), 'T')}[i] = T({name});")
    return occurs


def _arrived(loop: Loop, node: PopulationNode, element: Element, start: dict[str, str], free: str) -> dict[str, str]:
    """The states once what arrives over receptors is added to them."""
    current = dict(start)
    for arrival in node.arrivals:
        name = loop.names.of(f"{node.name}.{arrival.target} arrived")
        value = within(node.dynamics, arrival.target, apply("add", Reference("state", arrival.target), arrival.value))
        loop.write(f"const T {name} = {cpp(value, _leaf(loop, node, element, start, free))};")
        current[arrival.target] = name
    return current


def _constant(loop: Loop, node: PopulationNode, name: str) -> str:
    """A number, or where it differs from neuron to neuron that of neuron `n`."""
    key = f"{node.name}.{name}"
    return f"{loop.array(key)}[n]" if name in node.dynamics.differing else loop.constant(key)


def _refractory_steps(loop: Loop, node: PopulationNode) -> str:
    key = f"{node.name}.refractory steps"
    return loop.constant(key, "int32_t") if isinstance(node.refractory_steps, int) else f"{loop.array(key, 'int32_t')}[n]"


def spikes_of(loop: Loop, node: PopulationNode) -> str:
    """The pointer to a population's spikes in this step."""
    return loop.names.of(f"{node.name}.spikes")


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
        return element.network_input(leaf.name) if leaf.kind == "input" else _constant(loop, node, leaf.name)

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
        # A receptor's name is also that of a state.
        suffix = " arriving" if any(s.name == port for s in node.dynamics.states) else ""
        text = loop.names.of(f"{node.name}.{port}{suffix}")
        loop.write(f"[[maybe_unused]] const T {text} = {' + '.join(parts) if parts else 'T(0)'};")
        element.values[Reference("port", port)] = text


def _leaf(
    loop: Loop, node: PopulationNode, element: Element, states: dict[str, str], free: str, place: str = "spike", where: str = "",
    events: Mapping[str, str] | None = None,
) -> Leaf:  # fmt: skip
    def text(leaf: Reference | Draw) -> str:
        if isinstance(leaf, Draw):
            key = loop.constant("key " + stream(node.name, place, leaf.number), "int64_t")
            drawn = f"T(drawn<Kind::{leaf.standard}>({key}, samples[b], static_cast<uint32_t>(first_step + t), n))"
            return f"({where} ? {drawn} : T(0))" if where else drawn
        if leaf.kind == "state":
            return states[leaf.name]
        if leaf.kind == "event":
            assert events is not None
            return events[leaf.name]
        if leaf.kind == "normal":
            return loop.names.of(f"{node.name}.{leaf.name}")
        if leaf.kind == "local":
            return (free or "true") if leaf.name == "free" else loop.names.of(f"{node.name}.{leaf.name} local")
        if leaf.kind == "input":
            return element.network_input(leaf.name)
        return element.values[leaf] if leaf in element.values else _constant(loop, node, leaf.name)

    return text


def _integrated(loop: Loop, node: PopulationNode, current: dict[str, str], leaf: Leaf, free: str, training: bool) -> dict[str, str]:
    """The states after integration."""
    after = dict(current)
    for update in node.dynamics.updates:
        if frozen(node.dynamics.state(update.state), training):
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


def _reset(
    loop: Loop, node: PopulationNode, element: Element, after: dict[str, str], spike: str, free: str, training: bool,
    events: Mapping[str, str],
) -> dict[str, str]:  # fmt: skip
    """The states after the event blocks, all of whose lines read the values before them."""
    changed = dict(after)
    for change in combined(node) if comes_together(node) else ():
        if not frozen(node.dynamics.state(change.target), training):
            changed[change.target] = loop.names.of(f"{node.name}.{change.target} reset")
            value = cpp(change.value, _leaf(loop, node, element, after, free, change.target, "", events))
            loop.write(f"const T {changed[change.target]} = {value};")
    if comes_together(node):
        return changed
    for assignment in node.assignments:
        if frozen(node.dynamics.state(assignment.target), training):
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
            loop.write(gather(loop, node, state, text, current[state.name]))
        if state.name in recorded and state.shared is None:
            loop.write(f"{loop.emit(key, size(node.shape), 'T')}[i] = {text};")
