"""Equations become updates over one step: exactly where they are linear, by exponential Euler or Runge-Kutta elsewhere.

Inputs are held constant over a step.  What is chosen for which states, and why, is reported.
"""

from __future__ import annotations

from dataclasses import replace

import networkx

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Dynamics, PopulationNode, ProjectionEdge
from inferno.compiler.passes.fold_constants import Folding
from inferno.compiler.passes.solvers import linear, stepwise
from inferno.compiler.passes.solvers.noise import Noise, separate, sharing
from inferno.compiler.ranges import within
from inferno.compiler.report import Report
from inferno.grammar.affine import Affine, affine
from inferno.grammar.expression import Expression, Reference, references

Rates = dict[str, Expression]


def integrate(graph: Graph, report: Report) -> Graph:
    """With an update for every state that has an equation."""
    dt = graphs.experiment(graph).dt
    return graphs.map_payloads(
        graph,
        lambda p: _population(p, dt, report),
        lambda e: _projection(e, dt, report),
    )


def _projection(edge: ProjectionEdge, dt: float, report: Report) -> ProjectionEdge:
    if edge.synapse is not None:
        edge = replace(edge, synapse=replace(edge.synapse, dynamics=integrate_dynamics(edge.synapse.dynamics, dt, edge.name, report)))
    if edge.rule is not None and edge.rule.dynamics is not None:
        name = f"{edge.name}, {edge.rule.model}"
        edge = replace(edge, rule=replace(edge.rule, dynamics=integrate_dynamics(edge.rule.dynamics, dt, name, report)))
    return edge


def _population(node: PopulationNode, dt: float, report: Report) -> PopulationNode:
    """A population with its updates; where other states depend on one that is frozen in evaluation, with others for that."""
    frozen = {s.name for s in node.dynamics.states if s.train_only}
    moving = tuple((n, rate) for n, rate in node.dynamics.equations if n not in frozen)
    in_evaluation = None
    # With noise the shares of all states change: they say how the states vary together.
    noisy = frozen and any(references(rate, "noise") for _, rate in node.dynamics.equations)
    if noisy or any(r.name in frozen for _, rate in moving for r in references(rate, "state")):
        in_evaluation = integrate_dynamics(
            replace(node.dynamics, equations=moving), dt, f"{node.name} in evaluation", report, " in evaluation"
        )
    return replace(node, dynamics=integrate_dynamics(node.dynamics, dt, node.name, report), in_evaluation=in_evaluation)


def integrate_dynamics(dynamics: Dynamics, dt: float, name: str, report: Report, suffix: str = "") -> Dynamics:
    """The dynamics with definitions and updates for its equations; `suffix` ends the names of the constants that are made."""
    made = _integrated(dynamics, dt, name, report, suffix)
    updates = tuple(
        replace(u, free=within(made, u.state, u.free), held=within(made, u.state, u.held) if u.held is not None else None)
        for u in made.updates
    )
    return replace(made, updates=updates)


def _integrated(dynamics: Dynamics, dt: float, name: str, report: Report, suffix: str) -> Dynamics:
    rates, noise = separate(dynamics.equations)
    folding = Folding(dict(dynamics.parameters), frozenset(n for n, _ in dynamics.drawn))
    exact = linear_states(rates, noise, folding) if dynamics.method in (None, "exact") else set()
    for block in _blocks(rates, noise, exact):
        dynamics = linear.integrate_block(dynamics, block, rates, noise, dt, name, report, suffix)
    rest = [s for s in sorted(rates) if s not in exact]
    if not rest:
        return dynamics
    noisy = [s for s in rest if s in noise]
    if noisy:
        report.say(f"{name}: the noise of {', '.join(noisy)} by steps of Euler-Maruyama, in the sense of Itô")
    if dynamics.method == "exponential_euler":
        report.say(f"{name}: {', '.join(rest)} by exponential Euler, as the author says")
        return stepwise.exponential_euler(dynamics, rest, rates, noise, dt, folding, suffix)
    if dynamics.method in ("euler", "rk2", "rk4"):
        report.say(f"{name}: {', '.join(rest)} by {dynamics.method}, as the author says (substeps: {dynamics.substeps})")
        return stepwise.runge_kutta(dynamics, rest, rates, noise, dt, dynamics.method)
    # One state at a time, not a circle of them at once: a spike's upstroke, which rk4 follows far beyond the threshold, would else be
    # carried into slow variables such as an adaptation current.
    conditionally = [s for s in rest if affine(rates[s], [Reference("state", s)]) is not None]
    if conditionally:
        report.say(f"{name}: {', '.join(conditionally)} by exponential Euler: linear in itself, with coefficients that change")
        dynamics = stepwise.exponential_euler(dynamics, conditionally, rates, noise, dt, folding, suffix)
    nonlinear = [s for s in rest if s not in conditionally]
    if nonlinear:
        report.say(f"{name}: {', '.join(nonlinear)} by rk4: not linear in itself")
        dynamics = stepwise.runge_kutta(dynamics, nonlinear, rates, noise, dt, "rk4")
    return dynamics


def linear_states(rates: Rates, noise: Noise, folding: Folding) -> set[str]:
    """States whose rates are affine, with constant coefficients, in states that are so too or have no equation, and in noise.

    A noise that drives a state which is not makes none of the states linear that it drives, since they vary together.
    """
    found = {s for s in rates if all(folding.is_constant(c) for c in noise.get(s, {}).values())}
    while True:
        kept = {s for s in found if _is_linear(rates, s, found, folding) and sharing(s, noise) <= found}
        if kept == found:
            return found
        found = kept


def _is_linear(rates: Rates, state: str, linear_ones: set[str], folding: Folding) -> bool:
    moving = [r for r in references(rates[state], "state") if r.name in rates]
    if any(s.name not in linear_ones for s in moving):
        return False
    form: Affine | None = affine(rates[state], moving)
    return form is not None and all(folding.is_constant(c) for c in form.coefficients.values())


def _blocks(rates: Rates, noise: Noise, members: set[str]) -> list[list[str]]:
    """Linear states that depend on each other, directly or not, or have a noise in common, together."""
    links: networkx.Graph[str] = networkx.Graph()
    links.add_nodes_from(members)
    links.add_edges_from((s, r.name) for s in members for r in references(rates[s], "state") if r.name in members)
    links.add_edges_from((s, other) for s in members for other in sharing(s, noise))
    return sorted(sorted(block) for block in networkx.connected_components(links))
