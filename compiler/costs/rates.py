"""How often neurons may be expected to spike, as far as the program says; nobody's results depend on it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Dynamics, ProjectionEdge
from inferno.grammar.claimed import Expectation
from inferno.grammar.expression import Constant, Expression, Reference, number, substitute

UNSAID = 0.01
"""Spikes in a ms of a neuron of which the program says nothing: 10 Hz."""

Rates = Mapping[str, float]


def expected_rates(graph: Graph, expectations: tuple[Expectation, ...]) -> Rates:
    """Spikes in a ms of each population of which the program says it: what it claims, or the rate of a source that only counts down."""
    claimed = dict(c for c in map(_claimed, expectations) if c is not None)
    counted = {p.name: _counted(p.dynamics) for p in graphs.populations(graph) if p.kernel == "intervals"}
    return {name: rate for name, rate in counted.items() if rate is not None} | claimed


def in_a_step(graph: Graph, edge: ProjectionEdge, rates: Rates) -> float:
    """The chance that a source of a projection has an event in a step: an analog one always has."""
    if edge.source_kind != "spikes":
        return 1.0
    return min(1.0, rates.get(edge.source, UNSAID) * graphs.experiment(graph).dt)


def of_population(graph: Graph, name: str, rates: Rates) -> float:
    """The chance that a neuron of a population spikes in a step."""
    return min(1.0, rates.get(name, UNSAID) * graphs.experiment(graph).dt)


def _claimed(expectation: Expectation) -> tuple[str, float] | None:
    """The population and the middle of what is claimed of its mean rate, where that is all that is claimed."""
    if len(expectation.statistics) != 1 or not isinstance(expectation.value, Reference):
        return None
    (statistic,) = expectation.statistics
    if statistic.kind not in ("mean_rate", "rate") or not (math.isfinite(expectation.low) and math.isfinite(expectation.high)):
        return None
    return statistic.population, max(0.0, (expectation.low + expectation.high) / 2)


def _counted(dynamics: Dynamics) -> float | None:
    """How often a countdown that is prolonged by 1 on the average reaches 0, None where that changes."""
    known: dict[Reference, Expression] = {Reference("parameter", n): v for n, v in dynamics.parameters if isinstance(v, Constant)}
    known |= {Reference("constant", d.name): Constant(d.value) for d in dynamics.derived if d.value is not None}
    ((_, drift),) = dynamics.equations
    try:
        found = substitute(drift, known)
    except ValueError:
        return None
    return max(0.0, -number(found)) if isinstance(found, Constant) else None
