"""The work of a rule in one step: what each sample adds, and what the weights take, which all samples share."""

from __future__ import annotations

from dataclasses import dataclass

from inferno.compiler.costs.operations import IN_REGISTERS, of_dynamics, of_expressions
from inferno.compiler.costs.projections import Sums
from inferno.compiler.nodes import ProjectionEdge, Rule, Term
from inferno.grammar.expression import ONE
from inferno.machine import Work

STRIDED = 2.5
"""How much longer a weight of a column takes, of which each lies in a line of memory of its own."""
MOVED = 1.5
"""Reading and writing a weight."""
EACH = 0.25
"""A weight's share of each sum over the samples, and of each bound."""
STARTED = 1000.0
"""What a row or column with an event takes besides its weights."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The work of each sample, and that of a step of all of them."""

    of_sample: Work
    of_step: Work


def learning(edge: ProjectionEdge, sums: Sums, spiking: float, batch: int) -> Shared:
    """What a projection learns in a step; `spiking` is the chance that a target spikes in it."""
    rule = edge.rule
    assert rule is not None
    late = edge.delays is not None
    own = Work()
    for trace in rule.traces:
        count = sums.targets if trace.side == "post" else sums.synapses if late else sums.sources
        own += Work(value=(3.0 + 2 * IN_REGISTERS) * count)
    if rule.dynamics is not None and rule.states:
        own += of_dynamics(rule.dynamics).times(sums.synapses)
        own += of_expressions(c.value for c in rule.state_changes).times(sums.synapses * (sums.events + spiking))
    shared = _moved(edge, rule, sums, spiking, batch)
    for term in rule.terms:
        own += _contribution(term, sums, sums.events if term.event == "pre" else spiking)
    if rule.dynamics is not None and any(u.state == "w" for u in rule.dynamics.updates):
        shared += Work(value=MOVED * sums.synapses)
    if edge.normalize is not None and edge.normalize[2] == "step":
        shared += Work(value=MOVED * sums.synapses)
    return Shared(own, shared)


def _contribution(term: Term, sums: Sums, chance: float) -> Work:
    """What a sample adds to the change of a row or column: once for each neuron with an event."""
    others = sums.synapses / max(1, sums.sources if term.event == "pre" else sums.targets)
    neurons = sums.sources if term.event == "pre" else sums.targets
    inner = [term.post if term.event == "pre" else term.pre] if term.separable else [term.synapse]
    side = Work() if inner[0] == ONE else of_expressions(inner).times(others)
    return side + Work(value=IN_REGISTERS * chance * neurons * others)


def _moved(edge: ProjectionEdge, rule: Rule, sums: Sums, spiking: float, batch: int) -> Work:
    """The weights that are moved in a step: those of every row and column with an event in any sample."""
    bounds = (edge.lower is not None) + (edge.upper is not None)
    each = MOVED + EACH * (len(rule.terms) + bounds) + of_expressions(t.synapse for t in rule.terms).value
    touched = {event: 1 - (1 - chance) ** batch for event, chance in (("pre", sums.events), ("post", spiking))}
    rows, columns = ({e: touched[e] for e in {t.event for t in rule.terms}}.get(side, 0.0) for side in ("pre", "post"))
    started = STARTED * (rows * sums.sources + columns * sums.targets)
    return Work(value=sums.synapses * each * (rows + columns * STRIDED) + started)
