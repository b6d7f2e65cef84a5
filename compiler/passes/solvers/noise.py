"""White noise in updates: a Gaussian transition of linear blocks, Euler-Maruyama (Itô) steps of other states.

What noise adds is made of standard normal numbers that are drawn in every step.  Those of a linear block belong to its states, since
several states that one noise drives gain different sums of it; elsewhere they belong to the noises, one for each substep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inferno.compiler.nodes import Diffusion
from inferno.compiler.passes.fold_constants import Folding
from inferno.compiler.passes.solvers.covariance import covariance, factor
from inferno.compiler.passes.solvers.entries import Entries, Entry, entry, expression, numbers
from inferno.grammar.affine import without_noise
from inferno.grammar.expression import Apply, Constant, Expression, Reference, apply, substitute

Noise = Mapping[str, Mapping[str, Expression]]
"""For each state the noises in its equation, each with what it is multiplied by."""


def separate(equations: tuple[tuple[str, Expression], ...]) -> tuple[dict[str, Expression], Noise]:
    """The drift of each state, and its noise."""
    drift: dict[str, Expression] = {}
    noise: dict[str, dict[str, Expression]] = {}
    for state, rate in equations:
        form = without_noise(rate)
        assert form is not None
        drift[state] = form.rest
        if form.coefficients:
            noise[state] = {reference.name: coefficient for reference, coefficient in form.coefficients.items()}
    return drift, noise


def sharing(state: str, noise: Noise) -> set[str]:
    """The other states that a noise of a state drives."""
    return {other for other in noise if other != state and noise[other].keys() & noise.get(state, {}).keys()}


# ---- linear blocks ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gain:
    """What noise adds to a block in a step: the share that a state has of the standard normal number of each state that is named."""

    shares: Mapping[str, Mapping[str, Entry]]
    diffusions: tuple[Diffusion, ...] = ()

    @property
    def normals(self) -> tuple[str, ...]:
        """The numbers that are drawn."""
        return tuple(number_of(s) for s in sorted({other for row in self.shares.values() for other in row}))


def number_of(state: str) -> str:
    """The place and number of the stream of a state's standard normal numbers."""
    return f"{state}.noise.1"


NO_GAIN = Gain({})


def gained(
    block: list[str], matrix: Entries, noise: Noise, reach: Mapping[str, set[str]], folding: Folding, dt: float, suffix: str,
    still: frozenset[str] = frozenset(),
) -> Gain:  # fmt: skip
    """What noise adds to a block in which the states `still` do not move, whatever their equations say."""
    moving: Noise = {s: {} if s in still else noise.get(s, {}) for s in block}
    names = sorted({n for found in moving.values() for n in found})
    if not names:
        return NO_GAIN
    present = _present(block, {s: set() if s in still else {n for r in reach[s] for n in moving[r]} for s in block})
    inputs: Entries = [[entry(moving[s][n], folding) if n in moving[s] else 0.0 for n in names] for s in block]
    if all(isinstance(e, float) for row in (*matrix, *inputs) for e in row):
        lower = factor(covariance(numbers(matrix), numbers(inputs), dt))
        return Gain({s: {block[j]: float(lower[i, j]) for j in present[i]} for i, s in enumerate(block)})
    if len(block) == 1:
        return Gain({block[0]: {block[0]: _alone(expression(matrix[0][0]), [expression(e) for e in inputs[0]], dt)}})
    called = tuple(
        tuple(f"{s} by noise of {other}{suffix}" if j in present[i] else "" for j, other in enumerate(block)) for i, s in enumerate(block)
    )
    rows, coefficients = (tuple(tuple(expression(e) for e in row) for row in m) for m in (matrix, inputs))
    shares = {s: {block[j]: Reference("constant", called[i][j]) for j in present[i]} for i, s in enumerate(block)}
    return Gain(shares, (Diffusion(rows, coefficients, called),))


def _present(block: list[str], reached: Mapping[str, set[str]]) -> list[list[int]]:
    """For each row of a covariance's triangular factor the columns that can differ from 0: a matter of form, not of values."""
    rows: list[list[int]] = []
    for i, state in enumerate(block):
        found: list[int] = []
        for j in range(i + 1):
            shared = reached[state] & reached[block[j]]
            filled = j < i and any(k in rows[j] for k in found)
            if shared or filled:
                found.append(j)
        rows.append(found)
    return rows


def _alone(rate: Expression, coefficients: list[Expression], dt: float) -> Expression:
    """The standard deviation of what noise adds to a single state: the root of `sum(b^2) dt phi1(2 a dt)`."""
    # Not simplified where dt is 1: the text that is generated depends on no value.
    grown = apply("phi1", Apply("multiply", (rate, Constant(2 * dt))))
    return apply("sqrt", Apply("multiply", (Apply("add", tuple(Apply("multiply", (b, b)) for b in coefficients)), Constant(dt), grown)))


# ---- elsewhere --------------------------------------------------------------------------------------------


def increments(noise: Mapping[str, Expression], substep: int, points: Mapping[Reference, Expression], root: Expression) -> list[Expression]:
    """What noise adds to a state in a substep: its coefficients where the substep begins, `root` of a time, and normal numbers."""
    return [
        apply("multiply", substitute(coefficient, points), root, Reference("normal", f"{name}.{substep + 1}"))
        for name, coefficient in sorted(noise.items())
    ]


def drawn_for(states: list[str], noise: Noise, substeps: int) -> tuple[str, ...]:
    """The standard normal numbers of such states."""
    names = sorted({n for s in states for n in noise.get(s, {})})
    return tuple(f"{n}.{substep + 1}" for n in names for substep in range(substeps))
