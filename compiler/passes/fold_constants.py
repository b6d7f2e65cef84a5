"""Folds constants: what depends on parameters alone is calculated once, on the host, in float64.

Units are gone already: the checker gives every number in coherent base units (ms, mV, nA, …), so that no factor is left.
Parameters stay named; they become inputs of the compiled step, which therefore need not be compiled again for another value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Assign, Derived, Dynamics, PopulationNode, ProjectionEdge, Rule, StateVariable
from inferno.compiler.report import Report
from inferno.compiler.text import expression_text
from inferno.grammar.expression import Apply, Constant, Expression, Reference, leaves, number, substitute, transform


def fold_constants(graph: Graph, report: Report) -> Graph:
    """With every constant part of an expression made a named constant."""
    return graphs.map_payloads(graph, lambda p: _population(p, report), lambda e: _projection(e, report))


@dataclass
class Folding:
    """The constants made while one payload is folded; parameters that are `drawn` are constants too, though not numbers."""

    parameters: Mapping[str, Expression]
    drawn: frozenset[str] = frozenset()
    made: dict[Expression, Derived] = field(default_factory=dict)

    def is_constant(self, expression: Expression) -> bool:
        """Whether nothing in it changes while the network runs."""
        return all(isinstance(leaf, Constant) or self._is_fixed(leaf) for leaf in leaves(expression))

    def _is_fixed(self, leaf: Expression) -> bool:
        if not isinstance(leaf, Reference):
            return False
        if leaf.kind == "parameter":
            return leaf.name in self.drawn or isinstance(self.parameters.get(leaf.name), Constant)
        return leaf.kind == "constant"

    def differs(self, expression: Expression) -> bool:
        """Whether a constant expression differs from neuron to neuron."""
        made = {d.name for d in self.made.values() if d.formula is not None}
        names = [leaf for leaf in leaves(expression) if isinstance(leaf, Reference)]
        return any(r.name in (self.drawn if r.kind == "parameter" else made) for r in names)

    def value(self, expression: Expression) -> float:
        """The number that a constant expression is."""
        known = {Reference("parameter", n): v for n, v in self.parameters.items()}
        known |= {Reference("constant", d.name): Constant(d.value) for d in self.made.values() if d.value is not None}
        return number(substitute(expression, known))

    def _is_number(self, expression: Expression) -> bool:
        """Whether constants that the author kept apart can be calculated together: `p + x + q` may be a number where `p + q` is none."""
        try:
            return self.differs(expression) or math.isfinite(self.value(expression))
        except ValueError:
            return False

    def fold(self, expression: Expression) -> Expression:
        """The expression with its largest constant parts named; a bare parameter or number stays."""
        if not isinstance(expression, Apply):
            return expression
        if not self.is_constant(expression):
            return self._fold_parts(expression)
        differs = self.differs(expression)
        if expression.function in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "and", "or", "not"):
            if differs:
                return self._fold_parts(expression)
            return substitute(expression, {Reference("parameter", n): v for n, v in self.parameters.items()})
        if expression not in self.made:
            value, formula = (None, expression) if differs else (self.value(expression), None)
            self.made[expression] = Derived(f"{len(self.made) + 1}", value, expression_text(expression), formula)
        return Reference("constant", self.made[expression].name)

    def _fold_parts(self, expression: Apply) -> Expression:
        """A sum or product keeps its constant terms together; others are folded argument by argument."""
        arguments = expression.arguments
        if expression.function in ("add", "multiply"):
            fixed = [a for a in arguments if self.is_constant(a)]
            if len(fixed) > 1 and self._is_number(Apply(expression.function, tuple(fixed))):
                together = self.fold(Apply(expression.function, tuple(fixed)))
                return Apply(expression.function, (together, *(self.fold(a) for a in arguments if not self.is_constant(a))))
        return Apply(expression.function, tuple(self.fold(a) for a in arguments))


def _population(node: PopulationNode, report: Report) -> PopulationNode:
    folding = Folding(dict(node.dynamics.parameters), frozenset(n for n, _ in node.dynamics.drawn))
    condition = folding.fold(node.condition) if node.condition is not None else None
    assignments = _folded(node.assignments, folding)
    arrivals = _folded(node.arrivals, folding)
    events = tuple(replace(e, condition=folding.fold(e.condition), assignments=_folded(e.assignments, folding)) for e in node.events)
    dynamics = _finish(node.dynamics, folding, node.name, report)
    return replace(node, condition=condition, assignments=assignments, arrivals=arrivals, events=events, dynamics=dynamics)


def _folded(assignments: tuple[Assign, ...], folding: Folding) -> tuple[Assign, ...]:
    return tuple(replace(a, value=folding.fold(a.value)) for a in assignments)


def described(derived: Derived) -> str:
    """A constant for the report."""
    return f"{derived.meaning} of each neuron" if derived.value is None else f"{derived.meaning} = {derived.value:.6g}"


def _finish(dynamics: Dynamics, folding: Folding, name: str, report: Report) -> Dynamics:
    """The constants of conditions and events named; equations keep their parameters, which `integrate` folds into coefficients."""
    states = tuple(_with_folded_range(s, folding) for s in dynamics.states)
    if folding.made:
        report.say(f"{name}: {', '.join(described(d) for d in folding.made.values())}")
    return replace(dynamics, states=states, derived=(*dynamics.derived, *folding.made.values()))


def _with_folded_range(state: StateVariable, folding: Folding) -> StateVariable:
    low, high = (folding.fold(e) if e is not None else None for e in (state.low, state.high))
    return replace(state, low=low, high=high)


def _projection(edge: ProjectionEdge, report: Report) -> ProjectionEdge:
    if edge.synapse is not None:
        folding = Folding(dict(edge.synapse.dynamics.parameters), frozenset(n for n, _ in edge.synapse.dynamics.drawn))
        output = folding.fold(edge.synapse.output)
        on_impulse = tuple(replace(a, value=folding.fold(a.value)) for a in edge.synapse.on_impulse)
        dynamics = _finish(edge.synapse.dynamics, folding, edge.name, report)
        edge = replace(edge, synapse=replace(edge.synapse, output=output, on_impulse=on_impulse, dynamics=dynamics))
    return replace(edge, rule=_rule(edge.rule, edge.name, report)) if edge.rule is not None else edge


def _rule(rule: Rule, name: str, report: Report) -> Rule:
    folding = Folding(dict(rule.parameters), frozenset(n for n, _ in rule.drawn))
    handlers = tuple((event, folding.fold(change)) for event, change in rule.handlers)
    changes = tuple(replace(c, value=folding.fold(c.value)) for c in rule.state_changes)
    if folding.made:
        report.say(f"{name}: {', '.join(described(d) for d in folding.made.values())}")
    return replace(rule, handlers=handlers, state_changes=changes, derived=tuple(folding.made.values()))


__all__ = ["Folding", "fold_constants", "transform"]
