"""Weight changes as outer products: what depends on the source side, on the target side, and on the synapse is told apart.

A change `a(i) * b(j) * c(w)` summed over the batch is one product of two matrices; anything else needs every synapse of every sample.
"""

from __future__ import annotations

from dataclasses import replace

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import ProjectionEdge, Rule, Term
from inferno.compiler.report import Report
from inferno.grammar.expression import ONE, Apply, Expression, TooLarge, apply, references

SIDES = ("pre", "post", "synapse")


def factor_rules(graph: Graph, report: Report) -> Graph:
    """With the handlers of every rule as terms."""
    return graphs.map_payloads(graph, on_projection=lambda e: replace(e, rule=_factored(e, e.rule, report)) if e.rule is not None else e)


def _factored(edge: ProjectionEdge, rule: Rule, report: Report) -> Rule:
    sides = {t.name: t.side for t in rule.traces}
    terms: list[Term] = []
    for statement, (event, change) in enumerate(rule.handlers, 1):
        for summand in _summands(change):
            # What differs from synapse to synapse and sample to sample can't be taken out of the sum over samples.
            factors = _factors(summand, sides, rule.differing) if not references(summand, "state") else None
            if factors is None:
                report.say(f"{edge.name}: on {event}: not a product of a source side and a target side; made for every synapse and sample")
                terms.append(Term(statement, event, ONE, ONE, summand, separable=False))
            else:
                terms.append(Term(statement, event, factors["pre"], factors["post"], factors["synapse"]))
    products = sum(t.separable for t in terms)
    if products:
        report.say(f"{edge.name}: {rule.model} as {products} outer product{'s' * (products > 1)} over the batch")
    return replace(rule, terms=tuple(terms))


def _summands(change: Expression) -> list[Expression]:
    """The terms of a change, products distributed over sums, unless that is long."""
    terms = _distributed(change)
    return terms if terms is not None and len(terms) <= 16 else [change]


def _distributed(expression: Expression) -> list[Expression] | None:
    if not isinstance(expression, Apply):
        return [expression]
    if expression.function == "add":
        parts = [_distributed(a) for a in expression.arguments]
        return None if any(p is None for p in parts) else [t for p in parts for t in p or []]
    if expression.function == "negate":
        inner = _distributed(expression.arguments[0])
        return None if inner is None else [apply("negate", t) for t in inner]
    if expression.function == "multiply":
        products: list[list[Expression]] = [[]]
        for argument in expression.arguments:
            inner = _distributed(argument)
            if inner is None or len(products) * len(inner) > 16:
                return None
            products = [[*p, t] for p in products for t in inner]
        try:
            return [apply("multiply", *p) for p in products]
        except TooLarge:
            return None
    return [expression]


def _side(expression: Expression, sides: dict[str, str], differing: frozenset[str]) -> str | None:
    """Where a factor belongs; a number goes with the synapse; None if it mixes sides."""
    found = {sides[r.name] for r in references(expression, "trace", "next")}
    if any(r.name in differing for r in references(expression, "parameter", "constant")):
        found.add("synapse")
    if references(expression, "port"):
        found.add("post")  # A modulator has a value for each target.
    if references(expression, "weight"):
        found.add("synapse")
    return None if len(found) > 1 else found.pop() if found else "synapse"


def _factors(expression: Expression, sides: dict[str, str], differing: frozenset[str]) -> dict[str, Expression] | None:
    side = _side(expression, sides, differing)
    if side is not None:
        return {s: expression if s == side else ONE for s in SIDES}
    if not isinstance(expression, Apply) or expression.function not in ("multiply", "divide", "negate"):
        return None
    parts = [_factors(a, sides, differing) for a in expression.arguments]
    if any(p is None for p in parts):
        return None
    known = [p for p in parts if p is not None]
    if expression.function == "negate":
        return {**known[0], "synapse": apply("negate", known[0]["synapse"])}
    return {s: apply(expression.function, *(p[s] for p in known)) for s in SIDES}
