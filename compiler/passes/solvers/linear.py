"""Exact updates of a linear block `x' = A x + r`, r constant over the step.

Where A differs from neuron to neuron, so do the constants: those of a single state by their closed form, those of several by a matrix
exponential for each neuron, when the parameters are drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import networkx

from inferno.compiler.nodes import Derived, Dynamics, Propagator, Update
from inferno.compiler.passes.fold_constants import Folding
from inferno.compiler.passes.solvers.entries import Entries, Entry, entry, expression, numbers, plus, times
from inferno.compiler.passes.solvers.exponential import propagators
from inferno.compiler.passes.solvers.noise import Gain, Noise, gained, number_of
from inferno.compiler.report import Report
from inferno.errors import UsageError
from inferno.grammar.affine import affine
from inferno.grammar.expression import ZERO, Apply, Constant, Expression, Reference, apply, references


def integrate_block(
    dynamics: Dynamics, block: list[str], rates: dict[str, Expression], noise: Noise, dt: float, name: str, report: Report, suffix: str = ""
) -> Dynamics:
    """The dynamics with an exact update for each state of a block, whose rates are `rates` and `noise`."""
    folding = Folding(dict(dynamics.parameters), frozenset(n for n, _ in dynamics.drawn))
    matrix, rests = _system(block, rates, folding)
    reach = _reach(block, rates)
    gain = gained(block, matrix, noise, reach, folding, dt, suffix)
    free = _Propagated(block, rests, folding, suffix, _solution(block, matrix, dt, suffix), reach, gain)
    held_names = [s.name for s in dynamics.states if s.held and s.name in block]
    updates, derived, made, spread = list(free.updates()), free.derived, list(free.solution.propagators), list(gain.diffusions)
    if held_names:
        frozen: Entries = [[0.0] * len(block) if s in held_names else row for s, row in zip(block, matrix, strict=True)]
        still = [ZERO if s in held_names else r for s, r in zip(block, rests, strict=True)]
        # Where one state gains another share of a normal number, so must all: how they vary together is in their shares.
        moving = [s for s in block if s not in held_names and (gain.shares or any(h in reach[s] for h in held_names))]
        ending = f" held{suffix}"
        values: dict[str, Expression] = {}
        if moving:
            left = gained(block, frozen, noise, reach, folding, dt, ending, frozenset(held_names))
            held = _Propagated(block, still, folding, ending, _solution(block, frozen, dt, ending), reach, left)
            values = dict(held.updates(only=moving))
            derived, made, spread = derived + held.derived, made + held.solution.propagators, spread + list(left.diffusions)
        pairs = [(s, e, Reference("state", s) if s in held_names else values.get(s)) for s, e in updates]
    else:
        pairs = [(s, e, None) for s, e in updates]
    _require_numbers(name, block, derived)
    with_noise = "; its noise too, by the Gaussian distribution of what it adds" if gain.shares else ""
    report.say(f"{name}: {', '.join(block)} exactly{_manner(block, free)}{with_noise}")
    return replace(
        dynamics,
        derived=(*dynamics.derived, *derived),
        updates=(*dynamics.updates, *(Update(*p) for p in pairs)),
        propagators=(*dynamics.propagators, *made),
        diffusions=(*dynamics.diffusions, *spread),
        normals=(*dynamics.normals, *gain.normals),
    )


def _require_numbers(name: str, block: list[str], derived: list[Derived]) -> None:
    """Raises `UsageError` where several states drive each other beyond all numbers within a step, which only their exponential shows."""
    if any(d.value is not None and not math.isfinite(d.value) for d in derived):
        message = f"`{name}`: {', '.join(f'`{s}`' for s in block)} would grow beyond all numbers within a step"
        raise UsageError(message, "is a sign or a unit in their equations wrong? what decays is written `tau * x' = -x`")


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
        matrix.append([entry(form.coefficients.get(symbol, ZERO), folding) for symbol in symbols])
        rests.append(form.rest)
    return matrix, rests


@dataclass
class _Solution:
    """`x(dt) = transition x(0) + gain r`, and the propagators that make the two where they differ from neuron to neuron."""

    transition: Entries
    gain: Entries
    propagators: list[Propagator] = field(default_factory=list)


def _solution(block: list[str], matrix: Entries, dt: float, suffix: str) -> _Solution:
    if all(isinstance(e, float) for row in matrix for e in row):
        across, gain = propagators(numbers(matrix), dt)
        return _Solution([[float(x) for x in row] for row in across], [[float(x) for x in row] for row in gain])
    step = Constant(dt)
    if len(block) == 1:
        # Not simplified where dt is 1: the text that is generated depends on no value.
        exponent = Apply("multiply", (expression(matrix[0][0]), step))
        return _Solution([[apply("exp", exponent)]], [[Apply("multiply", (apply("phi1", exponent), step))]])
    names = [[f"{s} by {other}{suffix}" for other in block] for s in block]
    gains = [[f"{s} by rate of {other}{suffix}" for other in block] for s in block]
    rows = tuple(tuple(expression(e) for e in row) for row in matrix)
    made = Propagator(rows, tuple(map(tuple, names)), tuple(map(tuple, gains)))
    return _Solution(
        [[Reference("constant", n) for n in row] for row in names], [[Reference("constant", n) for n in row] for row in gains], [made]
    )


def _reach(block: list[str], rates: dict[str, Expression]) -> dict[str, set[str]]:
    """For each state the states that it depends on through the equations, itself included: a matter of form, not of values."""
    links: networkx.DiGraph[str] = networkx.DiGraph()
    links.add_nodes_from(block)
    links.add_edges_from((s, r.name) for s in block for r in references(rates[s], "state") if r.name in block)
    return {s: {s, *networkx.descendants(links, s)} for s in block}


class _Propagated:
    """Updates of a block from its propagators, with the constants that they use."""

    def __init__(
        self, block: list[str], rests: list[Expression], folding: Folding, suffix: str, solution: _Solution, reach: dict[str, set[str]],
        gain: Gain,
    ) -> None:  # fmt: skip
        self.block, self.rests, self.folding, self.suffix = block, rests, folding, suffix
        self.solution, self.reach, self.gain = solution, reach, gain
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
        return apply("add", *terms, *self._inputs(row, state), *self._noise(state))

    def _noise(self, state: str) -> list[Expression]:
        """What noise adds: shares of standard normal numbers."""
        terms: list[Expression] = []
        for other, share in self.gain.shares.get(state, {}).items():
            meaning = f"share that {state} has of the noise of {other}" if other != state else f"noise of {state} in a step"
            factor = self._constant(f"{state} from noise of {other}{self.suffix}", share, meaning)
            terms.append(apply("multiply", factor, Reference("normal", number_of(other))))
        return terms

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
                shares[port] = plus(shares.get(port, 0.0), times(gain, entry(coefficient, self.folding)))
            if form.rest != ZERO:
                offset, has_offset = plus(offset, times(gain, entry(form.rest, self.folding))), True
        terms = [
            apply("multiply", self._constant(f"{state} from {p.name}{self.suffix}", v, f"share of {p.name} in {state}"), p)
            for p, v in shares.items()
        ]
        if has_offset:
            terms.append(self._constant(f"{state} offset{self.suffix}", offset, f"what constants add to {state}"))
        return terms + others


__all__ = ["Constant", "integrate_block"]
