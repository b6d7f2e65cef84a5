"""Equations become updates over one step: exactly where they are linear, by exponential Euler or Runge-Kutta elsewhere.

Inputs are held constant over a step.  What is chosen for which states, and why, is reported.
"""

from __future__ import annotations

from dataclasses import replace

import networkx

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Dynamics
from inferno.compiler.passes.fold_constants import Folding
from inferno.compiler.passes.solvers import linear, stepwise
from inferno.compiler.report import Report
from inferno.grammar.affine import Affine, affine
from inferno.grammar.expression import Expression, Reference, references

Rates = dict[str, Expression]


def integrate(graph: Graph, report: Report) -> Graph:
    """With an update for every state that has an equation."""
    dt = graphs.experiment(graph).dt
    return graphs.map_payloads(
        graph,
        lambda p: replace(p, dynamics=integrate_dynamics(p.dynamics, dt, p.name, report)),
        lambda e: replace(e, synapse=replace(e.synapse, dynamics=integrate_dynamics(e.synapse.dynamics, dt, e.name, report))) if e.synapse is not None else e,
    )


def integrate_dynamics(dynamics: Dynamics, dt: float, name: str, report: Report) -> Dynamics:
    """The dynamics with definitions and updates for its equations."""
    rates: Rates = dict(dynamics.equations)
    folding = Folding(dict(dynamics.parameters))
    exact = linear_states(rates, folding) if dynamics.method in (None, "exact") else set()
    for block in _blocks(rates, exact):
        dynamics = linear.integrate_block(dynamics, block, rates, dt, name, report)
    rest = [s for s in sorted(rates) if s not in exact]
    if not rest:
        return dynamics
    if dynamics.method == "exponential_euler":
        report.say(f"{name}: {', '.join(rest)} by exponential Euler, as the author says")
        for state in rest:
            dynamics = stepwise.exponential_euler(dynamics, state, rates[state], dt)
        return dynamics
    if dynamics.method in ("euler", "rk2", "rk4"):
        report.say(f"{name}: {', '.join(rest)} by {dynamics.method}, as the author says ({dynamics.substeps} substep{'s' * (dynamics.substeps > 1)})")
        return stepwise.runge_kutta(dynamics, rest, rates, dt, dynamics.method)
    for block in _feedback(rates, rest):
        if all(affine(rates[s], [Reference("state", s)]) is not None for s in block):
            report.say(f"{name}: {', '.join(block)} by exponential Euler: linear in itself, with coefficients that change")
            for state in block:
                dynamics = stepwise.exponential_euler(dynamics, state, rates[state], dt)
        else:
            report.say(f"{name}: {', '.join(block)} by rk4: not linear")
            dynamics = stepwise.runge_kutta(dynamics, block, rates, dt, "rk4")
    return dynamics


def _feedback(rates: Rates, members: list[str]) -> list[list[str]]:
    """States that depend on each other in a circle, together."""
    links = networkx.DiGraph()
    links.add_nodes_from(members)
    links.add_edges_from((r.name, s) for s in members for r in references(rates[s], "state") if r.name in members)
    return sorted(sorted(block) for block in networkx.strongly_connected_components(links))


def linear_states(rates: Rates, folding: Folding) -> set[str]:
    """States whose rates are affine, with constant coefficients, in states that are so too."""
    found = set(rates)
    while True:
        kept = {s for s in found if _is_linear(rates[s], found, folding)}
        if kept == found:
            return found
        found = kept


def _is_linear(rate: Expression, linear_ones: set[str], folding: Folding) -> bool:
    states = references(rate, "state")
    if any(s.name not in linear_ones for s in states):
        return False
    form: Affine | None = affine(rate, states)
    return form is not None and all(folding.is_constant(c) for c in form.coefficients.values())


def _blocks(rates: Rates, members: set[str]) -> list[list[str]]:
    """Linear states that depend on each other, directly or not, together."""
    links = networkx.Graph()
    links.add_nodes_from(members)
    links.add_edges_from((s, r.name) for s in members for r in references(rates[s], "state"))
    return sorted(sorted(block) for block in networkx.connected_components(links))
