"""One step of a population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from inferno.compiler.codegen.events import combined
from inferno.compiler.codegen.expressions import Leaf, literal, python
from inferno.compiler.codegen.normals import write_normals
from inferno.compiler.codegen.writer import Function
from inferno.compiler.nodes import PopulationNode, StateVariable
from inferno.compiler.plan import has_draw, size, stream
from inferno.compiler.ranges import comes_together, within
from inferno.grammar.expression import CLOCK, Apply, Constant, Draw, Expression, Reference, apply, references

MARGINS = {"greater_equal": (0, 1, ""), "less_equal": (1, 0, ""), "greater": (0, 1, ", strict=True"), "less": (1, 0, ", strict=True")}


def write_population(
    function: Function, node: PopulationNode, ports: dict[str, str], training: bool, recorded: tuple[str, ...]
) -> dict[str, str]:
    """Write the step of a population; the texts of its states at the end of it.  `ports` is the text of what each input receives."""
    if not training and node.in_evaluation is not None:
        node = replace(node, dynamics=node.in_evaluation)
    name = function.names.of
    key = f"{node.name}."
    function.write()
    function.comment(f"{node.origin.file}:{node.origin.line}: {node.origin.text}")
    start = {s.name: function.variable(key + s.name) for s in node.dynamics.states}
    refractory = function.variable(key + "refractory") if node.refractory_steps is not None else ""
    values = _ports_and_parameters(function, node, ports)
    if refractory:
        function.write(f"{name(key + 'free')} = {refractory} == 0")
    current = _arrived(function, node, start, values)
    write_normals(function, node.name, node.dynamics, training, size(node.shape))
    leaf = _leaf(function, node, values, current)
    for local, expression in node.dynamics.definitions:
        function.write(f"{name(key + local + ' local')} = {python(expression, leaf)}")
    after = _integrated(function, node, current, leaf, training)
    spikes = ""
    if node.condition is not None:
        spikes = _spikes(function, node, _leaf(function, node, values, after), refractory)
        if refractory:
            steps = function.constant(key + "refractory steps")
            function.change(key + "refractory", f"torch.where({spikes} != 0, {steps}, ({refractory} - 1).clamp(min=0))")
        function.emit(key + "spikes", spikes)
    happened = _events(function, node, values, after, spikes, recorded)
    after = _reset(function, node, after, values, spikes, training, happened)
    occurred = {e.name: f"{happened[e.name]}.to(c['dt'].dtype)" for e in node.events}
    return {**_store(function, node, start, after, recorded), **occurred}


def _ports_and_parameters(function: Function, node: PopulationNode, ports: dict[str, str]) -> dict[Reference, str]:
    """Texts of inputs and of parameters that vary with the network's inputs."""
    found: dict[Reference, str] = {}

    def varying(found: Reference | Draw) -> str:
        assert isinstance(found, Reference)
        return function.arrive(found.name) if found.kind == "input" else function.constant(f"{node.name}.{found.name}")

    for parameter, value in node.dynamics.parameters:
        if not isinstance(value, Constant):
            text = function.names.of(f"{node.name}.{parameter}")
            function.write(f"{text} = {python(value, varying)}")
            found[Reference("parameter", parameter)] = text
    drive = dict(node.drive)
    for port in node.dynamics.ports:
        parts = [ports[port]] if port in ports else []
        if port in drive:
            parts.append(_drive(function, node, port, drive[port], varying))
        # A receptor's name is also that of a state.
        suffix = " arriving" if any(s.name == port for s in node.dynamics.states) else ""
        text = function.names.of(f"{node.name}.{port}{suffix}")
        if _reads(node, Reference("port", port)):
            function.write(f"{text} = {' + '.join(parts) if parts else '0.0'}")
        found[Reference("port", port)] = text
    return found


def _drive(function: Function, node: PopulationNode, port: str, value: Expression, varying: Leaf) -> str:
    return function.constant(f"{node.name}.{port} drive") if isinstance(value, Constant) else f"({python(value, varying)})"


def _reads(node: PopulationNode, reference: Reference) -> bool:
    expressions = [u.free for u in node.dynamics.updates] + [e for _, e in node.dynamics.definitions]
    expressions += [a.value for a in (*node.changes, *node.arrivals)] + [e.condition for e in node.events]
    expressions += [node.condition] if node.condition is not None else []
    return any(reference in references(e) for e in expressions)


def _leaf(
    function: Function, node: PopulationNode, values: dict[Reference, str], states: dict[str, str], place: str = "spike", where: str = "",
    events: Mapping[str, str] | None = None,
) -> Leaf:  # fmt: skip
    """Names leaves: states as given, constants from the table, draws from the stream of their place."""

    def text(leaf: Reference | Draw) -> str:
        if isinstance(leaf, Draw):
            key = function.constant("key " + stream(node.name, place, leaf.number))
            masked = f", where={where} != 0" if where else ""
            return f"draw({leaf.standard!r}, {key}, clock['sample'], clock['step'], {size(node.shape)}{masked}, dtype=c['dt'].dtype)"
        if leaf.kind == "state":
            return states[leaf.name]
        if leaf.kind == "event":
            assert events is not None
            return events[leaf.name]
        if leaf.kind == "normal":
            return function.names.of(f"{node.name}.{leaf.name}")
        if leaf.kind == "local":
            return (
                function.names.of(f"{node.name}.free")
                if leaf.name == "free" and node.refractory_steps is not None
                else _local(function, node, leaf.name)
            )
        if leaf == CLOCK:
            return function.arrive(leaf.name)
        return values[leaf] if leaf in values else function.constant(f"{node.name}.{leaf.name}")

    return text


def _local(function: Function, node: PopulationNode, name: str) -> str:
    return "True" if name == "free" else function.names.of(f"{node.name}.{name} local")


def _arrived(function: Function, node: PopulationNode, start: dict[str, str], values: dict[Reference, str]) -> dict[str, str]:
    """The states once what arrives over receptors is added to them."""
    current = dict(start)
    for arrival in node.arrivals:
        name = function.names.of(f"{node.name}.{arrival.target} arrived")
        value = within(node.dynamics, arrival.target, apply("add", Reference("state", arrival.target), arrival.value))
        function.write(f"{name} = {python(value, _leaf(function, node, values, start))}")
        current[arrival.target] = name
    return current


def _frozen(state: StateVariable, training: bool) -> bool:
    return state.train_only and not training


def _integrated(function: Function, node: PopulationNode, current: dict[str, str], leaf: Leaf, training: bool) -> dict[str, str]:
    """The states after integration."""
    after = dict(current)
    free = function.names.of(f"{node.name}.free")
    for update in node.dynamics.updates:
        if _frozen(node.dynamics.state(update.state), training):
            continue
        text = python(update.free, leaf)
        if update.held is not None and node.refractory_steps is not None:
            text = f"torch.where({free}, {text}, {python(update.held, leaf)})"
        after[update.state] = function.names.of(f"{node.name}.{update.state} after")
        function.write(f"{after[update.state]} = {text}")
    return after


def _spikes(function: Function, node: PopulationNode, leaf: Leaf, refractory: str) -> str:
    """The line that says who spikes."""
    spikes, condition = function.names.of(f"{node.name}.spikes"), node.condition
    assert condition is not None
    free = f", {function.names.of(node.name + '.free')}" if refractory else ", None"
    if isinstance(condition, Apply) and condition.function in MARGINS:
        left, right, strict = MARGINS[condition.function]
        margin = python(apply("add", condition.arguments[left], apply("negate", condition.arguments[right])), leaf)
        surrogate, slope = node.surrogate
        function.write(f"{spikes} = fire({margin}{free}, {surrogate!r}, {literal(slope)}{strict})")
    else:
        function.write(f"{spikes} = happens({python(condition, leaf)}{free}, {function.constant('dt')})")
    if not _per_sample(node, condition):
        function.write(f"{spikes} = {spikes}.expand(clock['sample'].shape[0], {size(node.shape)})")
    return spikes


def _events(
    function: Function, node: PopulationNode, values: dict[Reference, str], after: dict[str, str], spikes: str, recorded: tuple[str, ...]
) -> dict[str, str]:
    """Write which events of the population's own occur; the name of each."""
    occurs = {"spike": f"({spikes} != 0)"}
    for event in node.events:
        leaf = _leaf(function, node, values, after, f"{event.name}.event", "", occurs)
        name = function.names.of(f"{node.name}.{event.name}")
        function.write(f"{name} = occurs({python(event.condition, leaf)}, clock['sample'], {size(node.shape)})")
        occurs[event.name] = name
        if event.name in recorded:
            function.emit(f"{node.name}.{event.name}", f"{name}.to(c['dt'].dtype)")
    return occurs


def _per_sample(node: PopulationNode, condition: Expression) -> bool:
    """Whether a condition surely has a value for each sample, and not one for the batch."""
    states = {s.name for s in node.dynamics.states if s.shared is None}
    return has_draw(condition) or any(r.kind == "state" and r.name in states for r in references(condition))


def _reset(
    function: Function, node: PopulationNode, after: dict[str, str], values: dict[Reference, str], spikes: str, training: bool,
    events: Mapping[str, str],
) -> dict[str, str]:  # fmt: skip
    """The states after the event blocks, all of whose lines read the values before them."""
    changed = dict(after)
    for change in combined(node) if comes_together(node) else ():
        if not _frozen(node.dynamics.state(change.target), training):
            changed[change.target] = function.names.of(f"{node.name}.{change.target} reset")
            leaf = _leaf(function, node, values, after, change.target, "", events)
            function.write(f"{changed[change.target]} = {python(change.value, leaf)}")
    if comes_together(node):
        return changed
    for assignment in node.assignments:
        if _frozen(node.dynamics.state(assignment.target), training):
            continue
        before = after[assignment.target]
        value = python(assignment.value, _leaf(function, node, values, after, assignment.target, spikes))
        value = f"{before} + {value}" if assignment.accumulate else value
        changed[assignment.target] = function.names.of(f"{node.name}.{assignment.target} reset")
        function.write(f"{changed[assignment.target]} = when({spikes}, {value}, {before})")
    return changed


def _store(
    function: Function, node: PopulationNode, current: dict[str, str], after: dict[str, str], recorded: tuple[str, ...]
) -> dict[str, str]:
    """The text of each state at the end of the step."""
    final: dict[str, str] = {}
    for state in node.dynamics.states:
        key, text = f"{node.name}.{state.name}", after[state.name]
        if text != current[state.name] and state.shared is not None:
            name = function.names.of(key + " shared")
            function.write(f"{name} = batch_{state.shared}({text}, {current[state.name]}, clock)")
            text = name
        if text != current[state.name]:
            function.change(key, text if state.shared is not None else f"like({text}, {current[state.name]})")
        if state.name in recorded:
            function.emit(key, text if state.shared is None else f"{text}.expand(clock['sample'].shape[0], {size(node.shape)})")
        final[state.name] = text
    return final
