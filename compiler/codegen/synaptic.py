"""A rule's states, one for every synapse of every sample, and a weight that moves by an equation.

A value of the source side is [batch, sources], of the target side [batch, targets], a state [batch, sources, targets]; at a projection
from one to one all of them are [batch, targets], over a list of synapses a state is [batch, synapses], and where windows share weights
[batch, out, in * kernel * kernel, places].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inferno.compiler.codegen.expressions import Leaf, literal, python
from inferno.compiler.codegen.writer import Function
from inferno.compiler.nodes import Dynamics, ProjectionEdge, Rule, StateChange
from inferno.compiler.plan import rule_key
from inferno.grammar.expression import Apply, Constant, Draw, Expression, Reference, apply, references

WEIGHT = Reference("state", "w")


def window_text(edge: ProjectionEdge) -> str:
    """The arguments that say which windows a projection has: planes, output channels, kernel, stride, zeros before and after."""
    assert edge.stages is not None
    (layer,) = edge.stages
    options = ", ".join(str(layer.option(name)) for name in ("kernel", "stride", "before", "after"))
    return f"({layer.taken!r}, {layer.given[0]}, {options})"


def inside(edge: ProjectionEdge, text: str) -> str:
    """The text of values of every synapse of windows, 0 where these reach beyond the source's plane and there is none."""
    assert edge.stages is not None
    (layer,) = edge.stages
    if not layer.option("before") and not layer.option("after"):
        return text
    return f"window_inside({text}, {window_text(edge)})"


def arrivals(function: Function, edge: ProjectionEdge, history: str) -> str:
    """The text of what reaches each synapse in this step of a series of spikes, where each has a delay of its own."""
    if edge.pattern == "conv":
        delay, dt = function.constant(f"{edge.name}.delay"), function.constant("dt")
        return f"window_arrivals({history}, {delay}, {dt}, {edge.longest}, {window_text(edge)})"
    late = ", ".join(function.constant(f"{edge.name}.{n}") for n in ("pre", "steps"))
    return f"arrivals({history}, {late}, {edge.longest})"


@dataclass(frozen=True, slots=True)
class Spread:
    """How the text of a value of one side becomes that of a value for every synapse."""

    function: Function
    edge: ProjectionEdge

    def side(self, text: str, side: str) -> str:
        """A value of the `pre` or `post` side, so that it goes together with states."""
        if self.edge.pattern == "one_to_one" or (side == "pre" and self.edge.delays is not None):
            # What arrives over delays that differ is there for every synapse already, and so are traces of it.
            return text
        if self.edge.pattern == "list":
            return f"at({text}, {self.function.constant(self.edge.name + ('.pre' if side == 'pre' else '.targets'))})"
        if self.edge.pattern == "conv":
            windows = window_text(self.edge)
            return f"window_sources({text}, {windows})" if side == "pre" else f"window_targets({text}, {windows})"
        return f"{text}.unsqueeze({2 if side == 'pre' else 1})"


@dataclass(frozen=True, slots=True)
class Readings:
    """What the expressions of a rule read in this step, as texts.

    `before` and `after` are the traces around this step's events, `weight` and `states` the values just before the events, `modulators`
    those of the whole step: [batch, targets].
    """

    before: Mapping[str, str]
    after: Mapping[str, str]
    weight: str
    states: Mapping[str, str]
    modulators: Mapping[str, str]


def spread_leaf(function: Function, edge: ProjectionEdge, rule: Rule, readings: Readings) -> Leaf:
    """Names what a handler reads, each for every synapse."""
    sides, spread = {t.name: t.side for t in rule.traces}, Spread(function, edge)

    def text(leaf: Reference | Draw) -> str:
        assert isinstance(leaf, Reference)
        if leaf.kind in ("trace", "next"):
            values = readings.before if leaf.kind == "trace" else readings.after
            return spread.side(values[leaf.name], sides[leaf.name])
        if leaf.kind == "port":
            return spread.side(readings.modulators[leaf.name], "post")
        if leaf.kind == "state":
            return readings.states[leaf.name]
        if leaf.kind == "weight" and edge.pattern == "conv":
            return f"window_weights({readings.weight})"
        return readings.weight if leaf.kind == "weight" else rule_constant(function, edge, rule, leaf.name)

    return text


def rule_constant(function: Function, edge: ProjectionEdge, rule: Rule, name: str) -> str:
    """The text of a constant of a rule for every synapse: one that differs has a value for each of the weights that windows share."""
    text = function.constant(rule_key(edge.name, name))
    return f"window_weights({text})" if edge.pattern == "conv" and name in rule.differing else text


# ---- between events -------------------------------------------------------------------------------------


def write_integration(
    function: Function, edge: ProjectionEdge, rule: Rule, weight: str, modulators: Mapping[str, str]
) -> tuple[dict[str, str], str]:
    """Write the step of a rule's equations; the names of its states after it, and of what the weight gains, if it has an equation."""
    dynamics = rule.dynamics
    assert dynamics is not None
    leaf = _equation_leaf(function, edge, rule, weight, modulators)
    gain, gained = weight_gain(dynamics)
    for local, expression in dynamics.definitions:
        if Reference("local", local) != gained:
            function.write(f"{_local(function, edge, local)} = {python(expression, leaf)}")
    states = {s.name: function.variable(f"{edge.name}.{s.name}") for s in rule.states}
    for update in dynamics.updates:
        if update.state != "w":
            name = function.names.of(f"{edge.name}.{update.state} integrated")
            function.write(f"{name} = {python(update.free, leaf)}")
            states[update.state] = name
    if gain is None:
        return states, ""
    change = function.names.of(f"{edge.name}.weight gain")
    if edge.pattern == "conv":
        arguments = f"{python(gain, leaf)}, {weight}, clock, {rule.reduction!r}, {window_text(edge)}"
        function.write(f"{change} = window_gain({arguments})")
        return states, change
    text = f"like({python(gain, leaf)}, {weight})" if isinstance(gain, Constant) else python(gain, leaf)
    function.write(f"{change} = over_samples({text}, {weight}, clock, {rule.reduction!r})")
    return states, change


def _local(function: Function, edge: ProjectionEdge, name: str) -> str:
    return function.names.of(f"{edge.name}.rule {name} local")


def _equation_leaf(function: Function, edge: ProjectionEdge, rule: Rule, weight: str, modulators: Mapping[str, str]) -> Leaf:
    """Names what an equation reads: all values as they are at the start of the step."""
    spread, traces = Spread(function, edge), {t.name: t for t in rule.traces}

    def text(leaf: Reference | Draw) -> str:
        assert isinstance(leaf, Reference)
        if leaf.kind == "state" and leaf.name == "w":
            return f"window_weights({weight})" if edge.pattern == "conv" else weight
        if leaf.kind == "state":
            return function.variable(f"{edge.name}.{leaf.name}")
        if leaf.kind == "port":
            return spread.side(modulators[leaf.name], "post")
        if leaf.kind == "trace":
            return spread.side(function.variable(traces[leaf.name].key), traces[leaf.name].side)
        return _local(function, edge, leaf.name) if leaf.kind == "local" else rule_constant(function, edge, rule, leaf.name)

    return text


def weight_gain(dynamics: Dynamics) -> tuple[Expression | None, Expression | None]:
    """What the weight gains in a step, and the name of its new value where that is not needed for anything else.

    Small gains are not made by taking a difference of weights where the update is a sum of the weight and something.
    """
    update = next((u for u in dynamics.updates if u.state == "w"), None)
    if update is None:
        return None, None
    new = dict(dynamics.definitions).get(update.free.name, update.free) if isinstance(update.free, Reference) else update.free
    if new == WEIGHT:
        return Constant(0), update.free
    if isinstance(new, Apply) and new.function == "add" and WEIGHT in new.arguments:
        terms = [t for t in new.arguments if t != WEIGHT]
        readers = [e for _, e in dynamics.definitions] + [u.free for u in dynamics.updates if u.state != "w"]
        unread = not any(update.free in references(e) for e in readers)
        return apply("add", *terms), update.free if unread and isinstance(update.free, Reference) else None
    return apply("add", update.free, apply("negate", WEIGHT)), None


# ---- at events ------------------------------------------------------------------------------------------


def write_state_changes(
    function: Function, edge: ProjectionEdge, rule: Rule, events: Mapping[str, str], states: Mapping[str, str], leaf: Leaf
) -> None:
    """Write the states after this step's events (`pre` and `post`, 0 or 1 for each neuron); all changes read the values before them."""
    for state in rule.states:
        current = function.variable(f"{edge.name}.{state.name}")
        changes = [c for c in rule.state_changes if c.target == state.name]
        text = _changed(Spread(function, edge), states[state.name], changes, events, leaf)
        if text == current:
            continue
        for word, limit in (("maximum", state.low), ("minimum", state.high)):
            text = f"{word}({text}, {python(limit, leaf)})" if limit is not None and changes else text
        if state.shared is not None:
            every = f"({text}).expand(clock['sample'].shape[0], *{current}.shape)"
            text = f"batch_{state.shared}({every}, {current}, clock)"
        text = f"like({text}, {current})"
        text = inside(edge, text) if edge.pattern == "conv" else f"without_diagonal({text})" if edge.without_diagonal else text
        function.change(f"{edge.name}.{state.name}", text)


def _changed(spread: Spread, before: str, changes: list[StateChange], events: Mapping[str, str], leaf: Leaf) -> str:
    """A state's value after the events: scaled or set first, then added to."""

    def happened(change: StateChange) -> str:
        return spread.side(events[change.event], change.event)

    text = before
    for change in changes:
        if change.operation == "scale":
            text = f"when({happened(change)}, ({python(change.value, leaf)}) * {text}, {text})"
    for change in changes:
        if change.operation == "set":
            text = f"when({happened(change)}, {python(change.value, leaf)}, {text})"
    for change in changes:
        if change.operation == "add" and isinstance(change.value, Constant):
            # A number has no type of its own.
            text = f"{text} + {literal(change.value.value)} * {happened(change)}"
        elif change.operation == "add":
            text = f"{text} + when({happened(change)}, {python(change.value, leaf)})"
    return text
