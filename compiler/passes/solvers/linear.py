"""Exact updates of a linear block `x' = A x + r`, r constant over the step."""

from __future__ import annotations

from dataclasses import replace

import networkx
import numpy

from inferno.compiler.nodes import Derived, Dynamics, Update
from inferno.compiler.passes.fold_constants import Folding
from inferno.compiler.passes.solvers.exponential import Matrix, propagators
from inferno.compiler.report import Report
from inferno.grammar.affine import affine
from inferno.grammar.expression import ZERO, Constant, Expression, Reference, apply, references


def integrate_block(
    dynamics: Dynamics, block: list[str], rates: dict[str, Expression], dt: float, name: str, report: Report, suffix: str = ""
) -> Dynamics:
    """The dynamics with an exact update for each state of a block."""
    folding = Folding(dict(dynamics.parameters))
    matrix, rests = _system(block, rates, folding)
    reach = _reach(matrix, block, rates)
    free = _Propagated(block, rests, folding, suffix, *propagators(matrix, dt), reach)
    held_names = [s.name for s in dynamics.states if s.held and s.name in block]
    updates, derived = list(free.updates()), free.derived
    if held_names:
        still = numpy.array([s in held_names for s in block])
        frozen = matrix.copy()
        frozen[still] = 0.0
        held = _Propagated(
            block,
            [ZERO if s in held_names else r for s, r in zip(block, rests, strict=True)],
            folding,
            f" held{suffix}",
            *propagators(frozen, dt),
            reach,
        )
        moving = [s for s in block if s not in held_names and any(h in reach[s] for h in held_names)]
        values = dict(held.updates(only=moving))
        derived = derived + held.derived
        pairs = [(s, e, Reference("state", s) if s in held_names else values.get(s)) for s, e in updates]
    else:
        pairs = [(s, e, None) for s, e in updates]
    words = ", ".join(block)
    report.say(
        f"{name}: {words} exactly"
        + (", by one matrix exponential" if len(block) > 1 else f" ({derived[0].name} = {derived[0].value:.9g})" if derived else "")
    )
    return replace(dynamics, derived=(*dynamics.derived, *derived), updates=(*dynamics.updates, *(Update(*p) for p in pairs)))


def _system(block: list[str], rates: dict[str, Expression], folding: Folding) -> tuple[Matrix, list[Expression]]:
    """A, and what is left of each rate without the block's states."""
    symbols = [Reference("state", s) for s in block]
    matrix = numpy.zeros((len(block), len(block)))
    rests: list[Expression] = []
    for row, state in enumerate(block):
        form = affine(rates[state], symbols)
        assert form is not None
        for column, symbol in enumerate(symbols):
            matrix[row, column] = folding.value(form.coefficients[symbol]) if symbol in form.coefficients else 0.0
        rests.append(form.rest)
    return matrix, rests


def _reach(matrix: Matrix, block: list[str], rates: dict[str, Expression]) -> dict[str, set[str]]:
    """For each state the states that it depends on through the equations, itself included: a matter of form, not of values."""
    links: networkx.DiGraph[str] = networkx.DiGraph()
    links.add_nodes_from(block)
    links.add_edges_from((s, r.name) for s in block for r in references(rates[s], "state") if r.name in block)
    return {s: {s, *networkx.descendants(links, s)} for s in block}


class _Propagated:
    """Updates of a block from its propagators, with the constants that they use."""

    def __init__(
        self,
        block: list[str],
        rests: list[Expression],
        folding: Folding,
        suffix: str,
        transition: Matrix,
        gain: Matrix,
        reach: dict[str, set[str]],
    ) -> None:
        self.block, self.rests, self.folding, self.suffix = block, rests, folding, suffix
        self.transition, self.gain, self.reach = transition, gain, reach
        self.derived: list[Derived] = []

    def updates(self, only: list[str] | None = None) -> list[tuple[str, Expression]]:
        """The value of each state after the step."""
        return [(state, self._update(row, state)) for row, state in enumerate(self.block) if only is None or state in only]

    def _constant(self, name: str, value: float, meaning: str) -> Expression:
        self.derived.append(Derived(name, value, meaning))
        return Reference("constant", name)

    def _update(self, row: int, state: str) -> Expression:
        terms: list[Expression] = []
        for column, source in enumerate(self.block):
            if source in self.reach[state]:
                factor = self._constant(
                    f"{state} from {source}{self.suffix}", self.transition[row, column], f"share of {source} in {state} after a step"
                )
                terms.append(apply("multiply", factor, Reference("state", source)))
        return apply("add", *terms, *self._inputs(row, state))

    def _inputs(self, row: int, state: str) -> list[Expression]:
        """What inputs and constants add: one coefficient per port where they enter linearly, else the gain times the rest."""
        offset, has_offset = 0.0, False
        shares: dict[Reference, float] = {}
        others: list[Expression] = []
        for column, source in enumerate(self.block):
            rest, gain = self.rests[column], float(self.gain[row, column])
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
                shares[port] = shares.get(port, 0.0) + gain * self.folding.value(coefficient)
            if form.rest != ZERO:
                offset, has_offset = offset + gain * self.folding.value(form.rest), True
        terms = [
            apply("multiply", self._constant(f"{state} from {p.name}{self.suffix}", v, f"share of {p.name} in {state}"), p)
            for p, v in shares.items()
        ]
        if has_offset:
            terms.append(self._constant(f"{state} offset{self.suffix}", offset, f"what constants add to {state}"))
        return terms + others


__all__ = ["Constant", "integrate_block"]
