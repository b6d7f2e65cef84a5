"""Exact updates of a linear block `x' = A x + r`, r constant over the step.

Where A differs from neuron to neuron, so do the constants: those of a single state by their closed form, those of several by a matrix
exponential for each neuron, when the parameters are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import networkx
import numpy

from inferno.compiler.nodes import Derived, Dynamics, Propagator, Update
from inferno.compiler.passes.fold_constants import Folding
from inferno.compiler.passes.solvers.exponential import Matrix, propagators
from inferno.compiler.report import Report
from inferno.grammar.affine import affine
from inferno.grammar.expression import ZERO, Apply, Constant, Expression, Reference, apply, references

Entry = float | Expression
"""A number, or a formula of drawn parameters."""
Entries = list[list[Entry]]


def integrate_block(
    dynamics: Dynamics, block: list[str], rates: dict[str, Expression], dt: float, name: str, report: Report, suffix: str = ""
) -> Dynamics:
    """The dynamics with an exact update for each state of a block."""
    folding = Folding(dict(dynamics.parameters), frozenset(n for n, _ in dynamics.drawn))
    matrix, rests = _system(block, rates, folding)
    reach = _reach(block, rates)
    free = _Propagated(block, rests, folding, suffix, _solution(block, matrix, dt, suffix), reach)
    held_names = [s.name for s in dynamics.states if s.held and s.name in block]
    updates, derived, made = list(free.updates()), free.derived, list(free.solution.propagators)
    if held_names:
        frozen: Entries = [[0.0] * len(block) if s in held_names else row for s, row in zip(block, matrix, strict=True)]
        still = [ZERO if s in held_names else r for s, r in zip(block, rests, strict=True)]
        moving = [s for s in block if s not in held_names and any(h in reach[s] for h in held_names)]
        ending = f" held{suffix}"
        values: dict[str, Expression] = {}
        if moving:
            held = _Propagated(block, still, folding, ending, _solution(block, frozen, dt, ending), reach)
            values = dict(held.updates(only=moving))
            derived, made = derived + held.derived, made + held.solution.propagators
        pairs = [(s, e, Reference("state", s) if s in held_names else values.get(s)) for s, e in updates]
    else:
        pairs = [(s, e, None) for s, e in updates]
    report.say(f"{name}: {', '.join(block)} exactly{_manner(block, free)}")
    return replace(
        dynamics,
        derived=(*dynamics.derived, *derived),
        updates=(*dynamics.updates, *(Update(*p) for p in pairs)),
        propagators=(*dynamics.propagators, *made),
    )


def _manner(block: list[str], free: _Propagated) -> str:
    if free.solution.propagators:
        return ", by a matrix exponential for each neuron, since its parameters differ"
    if len(block) > 1:
        return ", by one matrix exponential"
    if not free.derived:
        return ""
    first = free.derived[0]
    return (
        f" ({first.name} = {first.value:.9g})"
        if first.value is not None
        else f" ({first.name} of each neuron, since its parameters differ)"
    )


def _system(block: list[str], rates: dict[str, Expression], folding: Folding) -> tuple[Entries, list[Expression]]:
    """A, and what is left of each rate without the block's states."""
    symbols = [Reference("state", s) for s in block]
    matrix: Entries = []
    rests: list[Expression] = []
    for state in block:
        form = affine(rates[state], symbols)
        assert form is not None
        matrix.append([_entry(form.coefficients.get(symbol, ZERO), folding) for symbol in symbols])
        rests.append(form.rest)
    return matrix, rests


def _entry(expression: Expression, folding: Folding) -> Entry:
    return expression if folding.differs(expression) else folding.value(expression)


def _expression(entry: Entry) -> Expression:
    return Constant(entry) if isinstance(entry, float) else entry


def _times(left: Entry, right: Entry) -> Entry:
    if isinstance(left, float) and isinstance(right, float):
        return left * right
    if 0.0 in (left, right):
        return 0.0
    return apply("multiply", _expression(left), _expression(right))


def _plus(left: Entry, right: Entry) -> Entry:
    if isinstance(left, float) and isinstance(right, float):
        return left + right
    return apply("add", _expression(left), _expression(right))


@dataclass
class _Solution:
    """`x(dt) = transition x(0) + gain r`, and the propagators that make the two where they differ from neuron to neuron."""

    transition: Entries
    gain: Entries
    propagators: list[Propagator] = field(default_factory=list)


def _solution(block: list[str], matrix: Entries, dt: float, suffix: str) -> _Solution:
    if all(isinstance(entry, float) for row in matrix for entry in row):
        across, gain = propagators(_numbers(matrix), dt)
        return _Solution([[float(x) for x in row] for row in across], [[float(x) for x in row] for row in gain])
    step = Constant(dt)
    if len(block) == 1:
        # Not simplified where dt is 1: the text that is generated depends on no value.
        exponent = Apply("multiply", (_expression(matrix[0][0]), step))
        return _Solution([[apply("exp", exponent)]], [[Apply("multiply", (apply("phi1", exponent), step))]])
    names = [[f"{s} by {other}{suffix}" for other in block] for s in block]
    gains = [[f"{s} by rate of {other}{suffix}" for other in block] for s in block]
    rows = tuple(tuple(_expression(e) for e in row) for row in matrix)
    made = Propagator(rows, tuple(map(tuple, names)), tuple(map(tuple, gains)))
    return _Solution(
        [[Reference("constant", n) for n in row] for row in names], [[Reference("constant", n) for n in row] for row in gains], [made]
    )


def _numbers(matrix: Entries) -> Matrix:
    return numpy.array([[float(e) if isinstance(e, float) else numpy.nan for e in row] for row in matrix])


def _reach(block: list[str], rates: dict[str, Expression]) -> dict[str, set[str]]:
    """For each state the states that it depends on through the equations, itself included: a matter of form, not of values."""
    links: networkx.DiGraph[str] = networkx.DiGraph()
    links.add_nodes_from(block)
    links.add_edges_from((s, r.name) for s in block for r in references(rates[s], "state") if r.name in block)
    return {s: {s, *networkx.descendants(links, s)} for s in block}


class _Propagated:
    """Updates of a block from its propagators, with the constants that they use."""

    def __init__(
        self, block: list[str], rests: list[Expression], folding: Folding, suffix: str, solution: _Solution, reach: dict[str, set[str]]
    ) -> None:
        self.block, self.rests, self.folding, self.suffix = block, rests, folding, suffix
        self.solution, self.reach = solution, reach
        self.derived: list[Derived] = []

    def updates(self, only: list[str] | None = None) -> list[tuple[str, Expression]]:
        """The value of each state after the step."""
        return [(state, self._update(row, state)) for row, state in enumerate(self.block) if only is None or state in only]

    def _constant(self, name: str, value: Entry, meaning: str) -> Expression:
        self.derived.append(Derived(name, value, meaning) if isinstance(value, float) else Derived(name, None, meaning, value))
        return Reference("constant", name)

    def _update(self, row: int, state: str) -> Expression:
        terms: list[Expression] = []
        for column, source in enumerate(self.block):
            if source in self.reach[state]:
                factor = self._constant(
                    f"{state} from {source}{self.suffix}",
                    self.solution.transition[row][column],
                    f"share of {source} in {state} after a step",
                )
                terms.append(apply("multiply", factor, Reference("state", source)))
        return apply("add", *terms, *self._inputs(row, state))

    def _inputs(self, row: int, state: str) -> list[Expression]:
        """What inputs and constants add: one coefficient per port where they enter linearly, else the gain times the rest."""
        offset: Entry = 0.0
        has_offset = False
        shares: dict[Reference, Entry] = {}
        others: list[Expression] = []
        for column, source in enumerate(self.block):
            rest, gain = self.rests[column], self.solution.gain[row][column]
            if source not in self.reach[state] or rest == ZERO:
                continue
            form = affine(rest, [r for r in references(rest) if r.kind in ("port", "state")])
            if form is None or not all(self.folding.is_constant(e) for e in (form.rest, *form.coefficients.values())):
                factor = self._constant(
                    f"{state} from rate of {source}{self.suffix}", gain, f"share of a constant rate of {source} in {state}"
                )
                others.append(apply("multiply", factor, rest))
                continue
            for port, coefficient in form.coefficients.items():
                shares[port] = _plus(shares.get(port, 0.0), _times(gain, _entry(coefficient, self.folding)))
            if form.rest != ZERO:
                offset, has_offset = _plus(offset, _times(gain, _entry(form.rest, self.folding))), True
        terms = [
            apply("multiply", self._constant(f"{state} from {p.name}{self.suffix}", v, f"share of {p.name} in {state}"), p)
            for p, v in shares.items()
        ]
        if has_offset:
            terms.append(self._constant(f"{state} offset{self.suffix}", offset, f"what constants add to {state}"))
        return terms + others


__all__ = ["Constant", "integrate_block"]
