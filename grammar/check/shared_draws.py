"""`draw r = …` at a projection, and of which element what is drawn there is: of each synapse, or of each neuron of one of its ends.

A parameter of a synapse component is of each target neuron, for which the synapse keeps its states, and the time constant of a trace of
each neuron that has the trace.  Everything else is of each synapse.  What several values share is of the neurons that one of them belongs
to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import ANY, NONE
from inferno.grammar.check.scope import Typed
from inferno.grammar.check.wiring import Network
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import Draw, Expression, is_drawn, leaves, references, transform
from inferno.grammar.source import Span

ENDS = {"pre": "source", "post": "target"}


@dataclass
class SharedDraws:
    """The `draw` lines of a projection: their values, by names that its settings may use, and where they stand."""

    values: dict[str, Typed] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)


def shared_draws(network: Network, name: str, declaration: ast.ProjectionDecl, taken: Iterable[str]) -> SharedDraws:
    """The `draw r = uniform(0, 1)` lines of a projection, `name` being that of the projection and `taken` those of its settings."""
    found = SharedDraws()
    settings = set(taken)
    for attribute in (a for a in declaration.attributes if a.kind == "draw"):
        own, findings = attribute.name, network.findings
        if own in settings:
            message = f"`{own}` is a setting of projections"
            findings.error("E0302", message, attribute.name_span, "", f"write `{own} = …`, or take another name")
        elif own in found.values:
            label = Label(found.places[own], "first here")
            findings.error("E0302", f"`draw {own}` stands twice", attribute.name_span, "again here", labels=(label,))
        else:
            given = network.overridden(name, {own}).get(own, attribute.value)
            typed = network.typer(f"`draw {own}`", draws="allowed").calculable(given)
            found.values[own] = Typed(_shared(typed.expression, own), NONE if typed.dimension == ANY else typed.dimension)
            found.places[own] = attribute.name_span
    return found


def _shared(expression: Expression, own: str) -> Expression:
    """An expression whose draws are those of a name, wherever it is used."""
    return transform(expression, lambda leaf: replace(leaf, shared=own) if isinstance(leaf, Draw) else leaf)


@dataclass
class _Ends:
    """Which end the values of a projection belong to, as far as that is known, and who said so."""

    network: Network
    draws: SharedDraws
    shared: dict[str, tuple[str, str]] = field(default_factory=dict)
    parameters: dict[str, tuple[str, str]] = field(default_factory=dict)

    def claim(self, known: dict[str, tuple[str, str]], name: str, side: str, reason: str, place: Span) -> None:
        """Say that a value is of each neuron of a side."""
        before, other = known.setdefault(name, (side, reason))
        if before != side:
            message = f"`{name}` can't be of each source neuron and of each target neuron"
            label = f"{other} makes it one of each {ENDS[before]} neuron, {reason} one of each {ENDS[side]} neuron"
            self.network.findings.error("E0523", message, place, label, "draw twice, once for either")

    def claim_draws(self, expression: Expression, side: str, reason: str) -> None:
        """Say so of the shared draws in an expression."""
        for name in dict.fromkeys(leaf.shared for leaf in leaves(expression) if isinstance(leaf, Draw) and leaf.shared):
            self.claim(self.shared, name, side, reason, self.draws.places[name])


def settled(network: Network, projection: checked.Projection, draws: SharedDraws) -> checked.Projection:
    """The projection with every draw in it told of which element it is; a contradiction is reported."""
    ends = _Ends(network, draws)
    synapse, rule = projection.synapse, projection.plasticity
    for name, value in synapse.values if synapse is not None else ():
        ends.claim_draws(value, "post", f"`{name}` of `{synapse.model.name}`" if synapse is not None else "")
    if rule is not None:
        _settle_traces(ends, rule)
    sides = {name: side for name, (side, _) in ends.parameters.items()}

    def told(expression: Expression, side: str = "") -> Expression:
        def leaf(found: Expression) -> Expression:
            if not isinstance(found, Draw):
                return found
            return replace(found, side=ends.shared.get(found.shared, ("", ""))[0] if found.shared else side)

        return transform(expression, leaf)

    if synapse is not None:
        synapse = replace(synapse, values=tuple((n, told(v, "post")) for n, v in synapse.values))
    if rule is not None:
        rule = replace(rule, values=tuple((n, told(v, sides.get(n, ""))) for n, v in rule.values))
    delays = replace(projection.delays, time=told(projection.delays.time)) if projection.delays is not None else None
    return replace(
        projection, weight=told(projection.weight), delays=delays, synapse=synapse, plasticity=rule, sides=tuple(sorted(sides.items()))
    )


def _settle_traces(ends: _Ends, rule: checked.Instance) -> None:
    """What the time constants of a rule's traces are made of is of the neurons that have the trace."""
    model, values = rule.model, dict(rule.values)
    assert isinstance(model, checked.PlasticityModel)
    for trace in model.traces:
        reason = f"the trace `{trace.name}`"
        for name in _needed(trace.tau, values):
            ends.claim(ends.parameters, name, trace.side, reason, rule.span)
            ends.claim_draws(values[name], trace.side, reason)


def _needed(expression: Expression, values: Mapping[str, Expression]) -> list[str]:
    """The drawn parameters that an expression depends on; one whose value is wrong has none here."""
    found: dict[str, None] = {}
    fresh = [expression]
    while fresh:
        known = (r.name for r in references(fresh.pop(), "parameter") if r.name in values)
        names = [name for name in known if name not in found and is_drawn(values[name])]
        found |= dict.fromkeys(names)
        fresh += [values[n] for n in names]
    return list(found)
