"""`neuron B extends A:`: the statements of A, but for those that B replaces, and then those of B."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from inferno.grammar import ast
from inferno.grammar.check.scope import Budget
from inferno.grammar.check.wording import near_or_all, ring
from inferno.grammar.diagnostics import Findings
from inferno.grammar.names import nodes_in

Key = tuple[str, str]
CLAUSES: Mapping[type[ast.Node], str] = {
    ast.SpikeWhen: "spike",
    ast.Refractory: "refractory",
    ast.Solve: "solve",
    ast.Surrogate: "surrogate",
    ast.OutputDecl: "output",
}
"""Clauses of which a component has one."""


def inherited(
    components: Mapping[str, ast.Component],
    findings: Findings,
    budget: Budget,
    hint_of: Callable[[str], str],
    lost: frozenset[str] = frozenset(),
) -> dict[str, ast.Component | None]:
    """The components with what they inherit put in; None where a mistake is reported.

    `hint_of` says what to do about a base that isn't there; `lost` are names whose absence has been reported.
    """
    found: dict[str, ast.Component | None] = {}
    for name in _in_order(components, findings, found):
        component = components[name]
        found[name] = component if component.extends is None else _extended(component, components, found, findings, budget, hint_of, lost)
    return {name: found[name] for name in components}


def _in_order(components: Mapping[str, ast.Component], findings: Findings, found: dict[str, ast.Component | None]) -> Iterator[str]:
    """Names, each after what it extends; those that extend themselves are reported and not among them."""
    needs = {n: [c.extends.id] if c.extends is not None and c.extends.id in components else [] for n, c in components.items()}
    while True:
        try:
            order = list(TopologicalSorter(needs).static_order())
        except CycleError as cycle:
            around = list(dict.fromkeys(cycle.args[1]))
            last = components[around[-1]]
            findings.error("E0415", f"defined through itself: {ring(around[::-1])}", (last.extends or last).span, "")
            found.update(dict.fromkeys(around))
            for name in around:
                del needs[name]
            needs = {n: [m for m in needed if m in needs] for n, needed in needs.items()}
            continue
        yield from order
        return


def _extended(
    component: ast.Component,
    components: Mapping[str, ast.Component],
    found: Mapping[str, ast.Component | None],
    findings: Findings,
    budget: Budget,
    hint_of: Callable[[str], str],
    lost: frozenset[str],
) -> ast.Component | None:
    assert component.extends is not None
    name, span = component.extends.id, component.extends.span
    if name not in components:
        if name not in lost and findings.is_first("E0301", "component", name):
            fitting = [n for n, c in components.items() if c.kind == component.kind and n != component.name]
            hint = hint_of(name) or near_or_all(findings, name, fitting, "there are")
            findings.error("E0301", f"unknown {component.kind} `{name}`", span, "", hint)
        return None
    if components[name].kind != component.kind:
        label = f"a {component.kind} extends a {component.kind}"
        findings.error("E0307", f"`{name}` is a {components[name].kind}, not a {component.kind}", span, label)
        return None
    base = found[name]
    if base is None:
        return None
    if not budget.spend(len(base.body)):
        if findings.is_first("E0411", "budget"):
            findings.error("E0411", "this program is too large once what its components extend is put in", span)
        return None
    return merged(base, component)


def merged(base: ast.Component, component: ast.Component) -> ast.Component:
    """A component with the statements that it inherits."""
    own = frozenset(key for statement in component.body for key in _keys(statement))
    states = {d.name for s in component.body if isinstance(s, ast.States) for d in s.declarations}
    # What is no state any more has no equation.
    gone = own | {("equation", name) for kind, name in own if kind == "name" and name not in states}
    kept = [left for statement in base.body if (left := _without(statement, gone)) is not None]
    return replace(component, extends=None, doc=component.doc or base.doc, body=(*kept, *component.body))


def _keys(statement: ast.Node) -> list[Key]:
    """What a statement defines: a later one with the same key takes its place."""
    if isinstance(statement, ast.Params | ast.States):
        return [("name", d.name) for d in statement.declarations]
    if isinstance(statement, ast.InputDecl | ast.Receptor):
        return [("name", statement.declaration.name)]
    if isinstance(statement, ast.Traces):
        return [("name", d.name) for d in statement.definitions]
    if isinstance(statement, ast.Let | ast.Function | ast.Modulator):
        return [("name", statement.name)]
    if isinstance(statement, ast.Equation):
        return [("equation", n.name) for n in nodes_in(statement.left) if isinstance(n, ast.Derivative)]
    if isinstance(statement, ast.OnEvent):
        return [("on", statement.name)]
    if isinstance(statement, ast.BoundDecl):
        return [("bound", statement.name)]
    return [("clause", CLAUSES[type(statement)])]


def _without(statement: ast.ComponentStatement, gone: frozenset[Key]) -> ast.ComponentStatement | None:
    """What is left of a statement without some of what it defines."""
    if isinstance(statement, ast.Params | ast.States):
        kept = tuple(d for d in statement.declarations if ("name", d.name) not in gone)
        return replace(statement, declarations=kept) if kept else None
    if isinstance(statement, ast.Traces):
        left = tuple(d for d in statement.definitions if ("name", d.name) not in gone)
        return replace(statement, definitions=left) if left else None
    return None if any(key in gone for key in _keys(statement)) else statement
