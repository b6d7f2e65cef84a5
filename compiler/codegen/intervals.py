"""All steps at once of a population that only counts down to its next spike."""

from __future__ import annotations

from inferno.compiler.codegen.expressions import python
from inferno.compiler.codegen.series import counted_key
from inferno.compiler.codegen.writer import Function
from inferno.compiler.nodes import PopulationNode
from inferno.compiler.plan import countdown_stream
from inferno.grammar.expression import CLOCK, Apply, Constant, Draw, Expression, Reference


def write_drift(function: Function, node: PopulationNode) -> None:
    """Write the body of a function that returns what a step adds to the countdowns [time or 1, batch, neurons]."""
    name, key = function.names.of, f"{node.name}."
    (state,) = node.dynamics.states
    function.comment(f"{node.origin.file}:{node.origin.line}: {node.origin.text}")
    varying: dict[str, str] = {}
    for parameter, value in node.dynamics.parameters:
        if not isinstance(value, Constant):
            varying[parameter] = name(key + parameter)
            function.write(f"{varying[parameter]} = {python(value, lambda r: _input(function, key, r))}")

    def leaf(found: Reference | Draw) -> str:
        assert isinstance(found, Reference)
        if found == CLOCK:
            varying[found.name] = name(f"{node.name}.time")
            return varying[found.name]
        return varying.get(found.name) or function.constant(key + found.name)

    (update,) = node.dynamics.updates
    drift = python(_without_state(update.free), leaf)
    if CLOCK.name in varying:
        function.write(f"{varying[CLOCK.name]} = {_input(function, key, CLOCK)}")
    wait = function.variable(key + state.name)
    function.write(f"return torch.broadcast_to({drift}, ({_steps(varying)}, *{wait}.shape))")


def write_intervals(function: Function, node: PopulationNode, drift: str) -> None:
    """Write the body of a function that returns the state after all steps, the spikes [time, batch, neurons] and their number.

    `drift` is the name of the function that makes what a step adds.
    """
    (state,) = node.dynamics.states
    wait, place = function.variable(f"{node.name}.{state.name}"), function.constant("key " + countdown_stream(node))
    moved = f"{drift}(state, arriving, c)"
    function.write(f"spikes, left, counts = interval_spikes({wait}, {moved}, {place}, clock['sample'], clock['step'], steps)")
    spikes, counted = f"{node.name}.spikes", counted_key(node.name)
    function.write(f"return {{{node.name + '.' + state.name!r}: left}}, {{{spikes!r}: spikes, {counted!r}: counts}}")
    function.emit(spikes, "spikes")


def _input(function: Function, key: str, reference: Reference | Draw) -> str:
    assert isinstance(reference, Reference)
    if reference.kind == "parameter":
        return function.constant(key + reference.name)
    function.arrive(reference.name)
    return f"held(arriving[{reference.name!r}]).to({function.constant('dt')}.dtype)"


def _steps(varying: dict[str, str]) -> str:
    """How many different steps there are: 1 where nothing varies."""
    return f"max({', '.join(f'{v}.shape[0]' for v in varying.values())}, 1)" if varying else "1"


def _without_state(update: Expression) -> Expression:
    """What a step adds to the state: `1 * state + drift` without its first term."""
    assert isinstance(update, Apply)
    assert update.function == "add"
    assert len(update.arguments) == 2
    return update.arguments[1]
