"""What states begin with, where it is said by what other states begin with: `state u = 0.2*v`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, TypeVar

from inferno.grammar import ast, checked
from inferno.grammar.check.scope import Typed
from inferno.grammar.check.wording import near_or_all, ring, way_out
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant, Draw, Expression, Reference, TooLarge, has_draw, references, substitute, transform
from inferno.grammar.source import Span

if TYPE_CHECKING:
    from inferno.grammar.check.wiring import Network

ModelT = TypeVar("ModelT", checked.SynapseModel, checked.PlasticityModel)


def derived(states: Iterable[checked.State], given: Mapping[str, Expression]) -> dict[str, Expression]:
    """What those states begin with that are said to begin with what others do, with `given` in place of their own, and these put in.

    A number that is drawn for another state is the same number here.  Raises CycleError, and ValueError where a value can't be
    calculated or is too large.
    """
    found = {s.name: given.get(s.name, s.initial) for s in states}
    needs = {name: [r.name for r in references(value, "state")] for name, value in found.items()}
    for name in TopologicalSorter(needs).static_order():
        if needs[name]:
            found[name] = substitute(found[name], {Reference("state", n): _of_another(found[n], n) for n in needs[name]})
    return {name: found[name] for name in sorted(found) if needs[name]}


def _of_another(value: Expression, state: str) -> Expression:
    """What a state begins with as another one reads it: the numbers of its draws stay its own."""
    return transform(value, lambda leaf: replace(leaf, state=state) if isinstance(leaf, Draw) and not (leaf.shared or leaf.state) else leaf)


def initial_values(
    network: Network, declaration: ast.PopulationDecl, model: checked.NeuronModel, local: dict[str, Typed]
) -> tuple[tuple[str, Expression], ...]:
    """What the neurons of a population begin with that the model alone does not say: by `init name = value`, or by what these bring.

    These lines may use the population's draws, the model's parameters, and what other states begin with.
    """
    parameters = {p.name: Typed(Reference("parameter", p.name), p.dimension) for p in model.parameters}
    states = {s.name: s for s in model.states}
    outer = parameters | {s.name: Typed(Reference("state", s.name), s.dimension) for s in model.states}
    found: dict[str, Expression] = {}
    for attribute in declaration.attributes:
        name = attribute.name
        if attribute.kind != "init":
            continue
        if name not in states:
            hint = near_or_all(network.findings, name, states, "its states are")
            network.findings.error("E0405", f"`{name}` is not a state of `{model.name}`", attribute.name_span, "", hint)
            continue
        if name in found:
            network.findings.error("E0302", f"`init {name}` stands twice", attribute.name_span, "again here")
            continue
        typer = network.typer("an initial value", draws="allowed", local=local, outer=outer)
        typed = typer.fit(attribute.value, states[name].dimension, f"`{name}`")
        if isinstance(typed.expression, Constant) and not math.isfinite(typed.expression.value):
            network.findings.error("E0601", f"the initial value of `{name}` must be finite", attribute.value.span, "this is infinite")
        found[name] = typed.expression
    if not network.is_faulty(model):
        found |= _reported(states, found, f"`{declaration.name}`", declaration.name_span, network.findings)
    return tuple(sorted(found.items()))


def begun(population: checked.Population) -> checked.Population:
    """The population with a model whose states begin as its own do."""
    model, given = population.neuron.model, dict(population.initial)
    assert isinstance(model, checked.NeuronModel)
    states = tuple(replace(s, initial=given.get(s.name, s.initial)) for s in model.states)
    return replace(population, neuron=replace(population.neuron, model=replace(model, states=states)))


def begun_alone(model: ModelT) -> ModelT:
    """The model of a synapse or rule, of which no population says how it begins, with what its states begin with put in."""
    try:
        own = derived(model.states, {})
    except (CycleError, ValueError):
        return model  # which was reported where it stands
    return replace(model, states=tuple(replace(s, initial=own.get(s.name, s.initial)) for s in model.states)) if own else model


def check(states: Mapping[str, checked.State], title: str, span: Span, findings: Findings) -> None:
    """Report what can't be made of the initial values of a component's states; circles were reported where names were put in order."""
    with suppress(CycleError):
        _put_together(states, {}, title, span, findings)


def _reported(
    states: Mapping[str, checked.State], given: Mapping[str, Expression], title: str, span: Span, findings: Findings
) -> dict[str, Expression]:
    try:
        return _put_together(states, given, title, span, findings)
    except CycleError as cycle:
        around = list(dict.fromkeys(cycle.args[1]))
        if any(name in given for name in around):
            findings.error("E0415", f"defined through itself: {ring(around)}", span, "by its `init`")
        return {}


def _put_together(
    states: Mapping[str, checked.State], given: Mapping[str, Expression], title: str, span: Span, findings: Findings
) -> dict[str, Expression]:
    """What `derived` gives, or nothing where that is reported; raises CycleError."""
    try:
        found = derived(states.values(), given)
    except TooLarge as problem:
        findings.error("E0411", f"the initial values of {title} are {problem} once they are put together", span)
        return {}
    except ValueError as problem:
        if isinstance(problem, CycleError):
            raise
        findings.error("E0602", f"the initial values of {title} can't be calculated: {problem}", span, "", way_out(problem))
        return {}
    for name in found:
        for reference in references(given.get(name, states[name].initial), "state"):
            other = states[reference.name]
            start = found.get(other.name, given.get(other.name, other.initial))
            _check_kept_alike(states[name], other, start, span if given else states[name].span, findings)
    return found


def _check_kept_alike(reader: checked.State, other: checked.State, start: Expression, span: Span, findings: Findings) -> None:
    """Report a state that would begin with what was drawn for another one of other samples."""
    if not has_draw(start) or (reader.shared, reader.persistent) == (other.shared, other.persistent):
        return
    message = f"`{reader.name}` begins with a number that is drawn for `{other.name}`, which other samples share or keep"
    findings.error("E0409", message, span, "", "give both the same `@shared` and `@persistent`", labels=(Label(other.span, "this one"),))
