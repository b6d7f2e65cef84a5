"""Functions of one component alone: how its states are integrated, when a neuron spikes, what a spike does, what a synapse puts out.

Each takes all states of the component and then its inputs, by position and in alphabetical order, and the constants `c` by name; last,
those that need them, the normal numbers `z` of the step by name, which events `e` occur, or the standard random numbers `d` of the
function's own draws, by number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inferno.compiler.codegen.expressions import Leaf, python
from inferno.compiler.codegen.naming import Names
from inferno.compiler.nodes import Assign, Dynamics
from inferno.grammar.expression import Draw, Expression, Reference, apply, leaves, references

HEADER = '''"""{title}, compiled by Inferno.  Made from the program: a change belongs there.

Numbers are in ms, mV, nA, uS, MOhm, nF, pC, kHz.  Each function takes {arguments}.
"""

import math

import torch

from inferno.runtime.primitives import log_gamma_variate, maximum, minimum, phi1, where
'''


@dataclass(frozen=True, slots=True)
class Integration:
    """A function that integrates some states over a time step; a held neuron stands still where it gets a `free` that is false."""

    name: str
    dynamics: Dynamics
    states: tuple[str, ...]
    held: bool = False


@dataclass(frozen=True, slots=True)
class Formula:
    """A function that evaluates an expression."""

    name: str
    expression: Expression
    meaning: str
    reads_events: bool = False

    @property
    def draws(self) -> tuple[Draw, ...]:
        """What it draws, each once."""
        found = {leaf for leaf in leaves(self.expression) if isinstance(leaf, Draw)}
        return tuple(sorted(found, key=lambda d: d.number))


def arguments(dynamics: Dynamics) -> tuple[str, ...]:
    """The names of all states and then of all inputs, which every function takes in this order."""
    return (*(s.name for s in dynamics.states), *dynamics.ports)


def generate_single(title: str, dynamics: Dynamics, integrations: Iterable[Integration], formulas: Iterable[Formula]) -> str:
    """The text of the module with the functions of one component."""
    taken, made = arguments(dynamics), list(integrations)
    noisy = any(i.dynamics.normals for i in made)
    functions = [_integration(i, taken, noisy) for i in made] + [_formula(f, taken) for f in formulas]
    header = HEADER.format(title=title, arguments=", ".join([*taken, "c"]))
    return "\n\n\n".join([header.rstrip(), *functions]) + "\n"


def jump(assignment: Assign) -> Expression:
    """The value of a state after an event."""
    before = Reference("state", assignment.target)
    return apply("add", before, assignment.value) if assignment.accumulate else assignment.value


def _integration(integration: Integration, taken: tuple[str, ...], noisy: bool) -> str:
    names, dynamics = Names(), integration.dynamics
    leaf = _leaf(names)
    updates = {u.state: u for u in dynamics.updates}
    wanted = [updates[s] for s in integration.states if s in updates]
    expressions = [u.free for u in wanted] + [u.held for u in wanted if u.held is not None and integration.held]
    lines = [f"{names.of(f'local {n}')} = {python(e, leaf)}" for n, e in needed(dynamics, expressions)]
    results = []
    for state in integration.states:
        text = names.of(state)
        if state in updates:
            text, held = python(updates[state].free, leaf), updates[state].held
            if integration.held and held is not None:
                text = f"torch.where({names.of('local free')}, {text}, {python(held, leaf)})"
        results.append(text)
    signature = [names.of(a) for a in taken] + ([names.of("local free")] if integration.held else []) + ["c"]
    signature += ["z"] if noisy else []
    doc = f"{', '.join(integration.states)} after a time step" + (", still where not free." if integration.held else ".")
    body = [*lines, f"return {', '.join(results)}" + ("," if len(results) == 1 and not results[0].endswith(",") else "")]
    return _function(integration.name, signature, doc, body)


def needed(dynamics: Dynamics, expressions: list[Expression]) -> list[tuple[str, Expression]]:
    """The definitions that some expressions depend on, in their order."""
    wanted = {r.name for e in expressions for r in references(e, "local")}
    kept = []
    for name, expression in reversed(dynamics.definitions):
        if name in wanted:
            kept.append((name, expression))
            wanted |= {r.name for r in references(expression, "local")}
    return kept[::-1]


def _formula(formula: Formula, taken: tuple[str, ...]) -> str:
    names = Names()
    signature = [*(names.of(a) for a in taken), "c", *(["e"] if formula.reads_events else []), *(["d"] if formula.draws else [])]
    return _function(formula.name, signature, formula.meaning, [f"return {python(formula.expression, _leaf(names))}"])


def _function(name: str, signature: list[str], doc: str, body: list[str]) -> str:
    return "\n".join([f"def {name}({', '.join(signature)}):", f'    """{doc}"""', *(f"    {line}" for line in body)])


def _leaf(names: Names) -> Leaf:
    def text(leaf: Reference | Draw) -> str:
        if isinstance(leaf, Draw):
            return f"d[{leaf.number}]"
        if leaf.kind in ("state", "port"):
            return names.of(leaf.name)
        if leaf.kind in ("event", "normal"):
            return f"{'e' if leaf.kind == 'event' else 'z'}[{leaf.name!r}]"
        return names.of(f"local {leaf.name}") if leaf.kind == "local" else f"c[{leaf.name!r}]"

    return text
