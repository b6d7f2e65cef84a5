"""Updates of equations that have no exact solution here: exponential Euler and explicit Runge-Kutta."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from inferno.compiler.nodes import Dynamics, Update
from inferno.grammar.affine import affine
from inferno.grammar.expression import ZERO, Constant, Expression, Reference, apply, references, substitute

# Stages of each method: where a stage is evaluated (as a share of the step along the previous slope), and its weight in the result.
METHODS: dict[str, tuple[tuple[Fraction, Fraction], ...]] = {
    "euler": ((Fraction(0), Fraction(1)),),
    "rk2": ((Fraction(0), Fraction(0)), (Fraction(1, 2), Fraction(1))),
    "rk4": ((Fraction(0), Fraction(1, 6)), (Fraction(1, 2), Fraction(1, 3)), (Fraction(1, 2), Fraction(1, 3)), (Fraction(1), Fraction(1, 6))),
}


def _state(name: str) -> Reference:
    return Reference("state", name)


def _held(dynamics: Dynamics, state: str) -> Expression | None:
    return _state(state) if dynamics.state(state).held else None


def exponential_euler(dynamics: Dynamics, state: str, rate: Expression, dt: float) -> Dynamics:
    """`x' = a x + b` with a and b as they are at the start of the step: `x exp(a h) + b h phi1(a h)`, in substeps of h."""
    form = affine(rate, [_state(state)])
    assert form is not None
    step = Constant(dt / dynamics.substeps)
    definitions: list[tuple[str, Expression]] = []

    def define(name: str, expression: Expression) -> Expression:
        definitions.append((name, expression))
        return Reference("local", name)

    slope = form.coefficients.get(_state(state), ZERO)
    exponent = define(f"{state}_exponent", apply("multiply", slope, step))
    drive = define(f"{state}_drive", apply("multiply", form.rest, step, apply("phi1", exponent)))
    value: Expression = _state(state)
    for _ in range(dynamics.substeps):
        value = define(f"{state}_{len(definitions)}", apply("add", apply("multiply", value, apply("exp", exponent)), drive))
    update = Update(state, value, _held(dynamics, state))
    return replace(dynamics, definitions=(*dynamics.definitions, *definitions), updates=(*dynamics.updates, update))


def runge_kutta(dynamics: Dynamics, states: list[str], rates: dict[str, Expression], dt: float, method: str) -> Dynamics:
    """Explicit Runge-Kutta steps of some states, with the states that they depend on carried along for the stages."""
    carried = _carried(states, rates)
    step = dt / dynamics.substeps
    definitions: list[tuple[str, Expression]] = []

    def define(name: str, expression: Expression) -> Expression:
        definitions.append((name, expression))
        return Reference("local", name)

    values: dict[str, Expression] = {s: _state(s) for s in carried}
    for substep in range(dynamics.substeps):
        slopes: list[dict[str, Expression]] = []
        for stage, (share, _) in enumerate(METHODS[method]):
            at = {s: _moved(values[s], slopes[-1][s], float(share) * step) if slopes else values[s] for s in carried}
            points = {_state(s): define(f"{s}_at_{substep}_{stage}", at[s]) if slopes else at[s] for s in carried}
            slopes.append({s: define(f"{s}_slope_{substep}_{stage}", _slope(dynamics, s, substitute(rates[s], points))) for s in carried})
        for s in carried:
            moves = [apply("multiply", Constant(float(w) * step), k[s]) for (_, w), k in zip(METHODS[method], slopes, strict=True) if w]
            values[s] = define(f"{s}_after_{substep}", apply("add", values[s], *moves))
    updates = tuple(Update(s, values[s], _held(dynamics, s)) for s in states)
    return replace(dynamics, definitions=(*dynamics.definitions, *definitions), updates=(*dynamics.updates, *updates))


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
