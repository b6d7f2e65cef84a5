"""Updates of equations that have no exact solution here: exponential Euler and explicit Runge-Kutta."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction

from inferno.compiler.nodes import Derived, Dynamics, Update
from inferno.compiler.passes.fold_constants import Folding
from inferno.compiler.passes.solvers.noise import Noise, drawn_for, increments
from inferno.grammar.affine import affine
from inferno.grammar.expression import ZERO, Apply, Constant, Expression, Reference, apply, references, substitute

# Stages of each method: where a stage is evaluated (as a share of the step along the previous slope), and its weight in the result.
METHODS: dict[str, tuple[tuple[Fraction, Fraction], ...]] = {
    "euler": ((Fraction(0), Fraction(1)),),
    "rk2": ((Fraction(0), Fraction(0)), (Fraction(1, 2), Fraction(1))),
    "rk4": (
        (Fraction(0), Fraction(1, 6)),
        (Fraction(1, 2), Fraction(1, 3)),
        (Fraction(1, 2), Fraction(1, 3)),
        (Fraction(1), Fraction(1, 6)),
    ),
}


def _state(name: str) -> Reference:
    return Reference("state", name)


def _held(dynamics: Dynamics, state: str) -> Expression | None:
    return _state(state) if dynamics.state(state).held else None


@dataclass
class _Definitions:
    """Local names for intermediate values; a number needs none."""

    made: list[tuple[str, Expression]] = field(default_factory=list)

    def define(self, name: str, expression: Expression) -> Expression:
        """What stands for an expression from here on."""
        if isinstance(expression, Constant):
            return expression
        self.made.append((name, expression))
        return Reference("local", name)


@dataclass
class _Steps:
    """Rates times the step: what divides a rate all the time is divided by once, in a constant whose name ends in `suffix`."""

    step: Constant
    folding: Folding
    suffix: str
    made: dict[Expression, Derived] = field(default_factory=dict)

    def change(self, state: str, rate: Expression) -> Expression:
        """What a rate adds in a step."""
        if isinstance(rate, Apply) and rate.function == "divide" and self.folding.is_constant(rate.arguments[1]):
            share = self._share(state, rate.arguments[1])
            if share is not None:
                return apply("multiply", rate.arguments[0], share)
        return apply("multiply", rate, self.step)

    def _share(self, state: str, divisor: Expression) -> Expression | None:
        """The step over a divisor, unless that is beyond all numbers."""
        # Not simplified by values of parameters: the text that is generated depends on none.
        share = Apply("divide", (self.step, divisor))
        try:
            if isinstance(divisor, Constant):
                return apply("divide", self.step, divisor)
            differs = self.folding.differs(share)
            value = None if differs else self.folding.value(share)
        except ValueError:
            return None
        if share not in self.made:
            name, meaning = f"{state} step", f"step over what divides the rate of {state}"
            number = f" {len(self.made) + 1}" if self.made else ""
            self.made[share] = Derived(f"{name}{number}{self.suffix}", value, meaning, share if differs else None)
        return Reference("constant", self.made[share].name)


def exponential_euler(
    dynamics: Dynamics, states: list[str], rates: dict[str, Expression], noise: Noise, dt: float, folding: Folding, suffix: str
) -> Dynamics:
    """`x' = a x + b` with a and b as they are at the start of a substep of h: `x + (a x + b) h phi1(a h)`, all states together.

    This is `x exp(a h) + b h phi1(a h)` with one exponential instead of two.  Noise `g xi` adds a normal number times the deviation that it
    would have with the same a and g all along, `g sqrt(h phi1(2 a h))`.
    """
    step = Constant(dt / dynamics.substeps)
    steps = _Steps(step, folding, suffix)
    local = _Definitions()
    values: dict[str, Expression] = {s: _state(s) for s in states}
    for substep in range(dynamics.substeps):
        after: dict[str, Expression] = {}
        for s in states:
            form = affine(rates[s], [_state(s)])
            assert form is not None
            points = {_state(other): value for other, value in values.items()}
            slope, rate = (substitute(e, points) for e in (form.coefficients.get(_state(s), ZERO), rates[s]))
            exponent = local.define(f"{s}_exponent_{substep}", steps.change(s, slope))
            spread = apply("sqrt", apply("multiply", step, apply("phi1", apply("multiply", Constant(Fraction(2)), exponent))))
            gains = increments(noise.get(s, {}), substep, points, spread)
            moved = apply("add", values[s], apply("multiply", steps.change(s, rate), apply("phi1", exponent)), *gains)
            after[s] = _moving(dynamics, s, moved, values[s]) if dynamics.substeps > 1 else moved
        values = {s: local.define(f"{s}_moved_{substep}", after[s]) for s in states}
    return replace(_with(dynamics, states, values, local, noise), derived=(*dynamics.derived, *steps.made.values()))


def _with(dynamics: Dynamics, states: list[str], values: dict[str, Expression], local: _Definitions, noise: Noise) -> Dynamics:
    return replace(
        dynamics,
        definitions=(*dynamics.definitions, *local.made),
        updates=(*dynamics.updates, *(Update(s, values[s], _held(dynamics, s)) for s in states)),
        normals=(*dynamics.normals, *(n for n in drawn_for(states, noise, dynamics.substeps) if n not in dynamics.normals)),
    )


def _moving(dynamics: Dynamics, state: str, moved: Expression, value: Expression) -> Expression:
    """A held state's value stands still while its neuron is refractory, so that the others see it so in the next substep."""
    return apply("where", Reference("local", "free"), moved, value) if dynamics.state(state).held else moved


def runge_kutta(dynamics: Dynamics, states: list[str], rates: dict[str, Expression], noise: Noise, dt: float, method: str) -> Dynamics:
    """Explicit Runge-Kutta steps of some states, with the states that they depend on carried along for the stages.

    Noise `g xi` adds `g sqrt(h)` times a normal number, g where the substep of h begins: an Euler-Maruyama step in the sense of Itô.
    """
    carried = _carried(states, rates)
    step = dt / dynamics.substeps
    local = _Definitions()
    values: dict[str, Expression] = {s: _state(s) for s in carried}
    for substep in range(dynamics.substeps):
        slopes: list[dict[str, Expression]] = []
        beginning = {_state(s): values[s] for s in carried}
        for stage, (share, _) in enumerate(METHODS[method]):
            at = {s: _moved(values[s], slopes[-1][s], float(share) * step) if slopes else values[s] for s in carried}
            points = {_state(s): local.define(f"{s}_at_{substep}_{stage}", at[s]) if slopes else at[s] for s in carried}
            slopes.append(
                {s: local.define(f"{s}_slope_{substep}_{stage}", _slope(dynamics, s, substitute(rates[s], points))) for s in carried}
            )
        for s in carried if substep + 1 < dynamics.substeps else states:
            moves = [apply("multiply", Constant(float(w) * step), k[s]) for (_, w), k in zip(METHODS[method], slopes, strict=True) if w]
            moves += increments(noise.get(s, {}), substep, beginning, Constant(math.sqrt(step)))
            moved = apply("add", values[s], *moves)
            noisy = dynamics.substeps > 1 and s in noise
            values[s] = local.define(f"{s}_after_{substep}", _moving(dynamics, s, moved, values[s]) if noisy else moved)
    return _with(dynamics, states, values, local, noise)


def _carried(states: list[str], rates: dict[str, Expression]) -> list[str]:
    found: set[str] = set()
    fresh = set(states)
    while fresh:
        found |= fresh
        fresh = {r.name for s in fresh for r in references(rates[s], "state") if r.name in rates} - found
    return sorted(found)


def _moved(value: Expression, slope: Expression, step: float) -> Expression:
    return apply("add", value, apply("multiply", Constant(step), slope))


def _slope(dynamics: Dynamics, state: str, rate: Expression) -> Expression:
    """A held state's slope is zero while its neuron is refractory, so that the others see it stand still."""
    return apply("where", Reference("local", "free"), rate, ZERO) if dynamics.state(state).held else rate
