"""Whether equations can be followed over a time step: their coefficients are numbers, and no state grows beyond all numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from inferno.grammar import checked
from inferno.grammar.affine import affine
from inferno.grammar.check.dimensions import TIME, quantity
from inferno.grammar.check.solving import Solved
from inferno.grammar.check.soundness import Values, place_of_value, put_in
from inferno.grammar.check.wording import way_out
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant, Expression, Reference, references
from inferno.grammar.source import Span

BY_EXPONENTIALS = (None, "exact", "exponential_euler")
"""The ways of solving an equation that is linear in its state which take the exponential of its coefficient."""
MOST_GROWTH = 300
"""What a state may grow by in a step, as a logarithm: the square of `exp(300)`, which noise asks for, is a number still."""
MOST_REFRACTORY_STEPS = 2**31 - 1
"""What is left of a refractory period is counted in 32 bits."""
MOST_CHANGE = 10.0**100
"""What a state may change by in a step for each unit of a state: products of a few of these are numbers."""


def check_step(model: Solved, known: Values, places: Mapping[str, Span], span: Span, dt: Fraction, findings: Findings) -> None:
    """Report equations that can't be followed over a step of `dt` with these values; `places` says where values were given."""
    if isinstance(model, checked.NeuronModel) and model.refractory is not None:
        _check_refractory(model, model.refractory, known, places, span, dt, findings)
    for equation in model.equations:
        before = findings.errors
        for symbol, coefficient in _coefficients(equation):
            place = place_of_value(coefficient, places, span)
            found = put_in(coefficient, known)
            if isinstance(found, str):
                words = f"what `{symbol}` adds to" if symbol else "a part of"
                message = f"with these values {words} `{equation.state}'` of `{model.name}` can't be calculated: {found}"
                findings.error("E0602", message, place, "", way_out(found))
            elif isinstance(found, Constant) and symbol in {e.state for e in model.equations}:
                _check_change(equation, symbol, float(found.value) * float(dt), model, place, dt, findings)
            if findings.errors != before:
                break


def _check_refractory(
    model: checked.NeuronModel, refractory: checked.Refractory, known: Values, places: Mapping[str, Span], span: Span, dt: Fraction,
    findings: Findings,
) -> None:  # fmt: skip
    """Report a refractory period of more steps than are counted; drawn ones are cut when they are drawn."""
    duration = put_in(refractory.duration, known)
    if isinstance(duration, Constant) and Fraction(duration.value) / dt > MOST_REFRACTORY_STEPS:
        label = f"the limit is {MOST_REFRACTORY_STEPS:,} steps of {quantity(dt, TIME)}"
        message = f"the refractory period of `{model.name}` is too long"
        findings.error("E0601", message, place_of_value(refractory.duration, places, span), label, "is the unit right?")


def _coefficients(equation: checked.Equation) -> Iterator[tuple[str, Expression]]:
    """What stands before each thing that changes while the network runs, by its name, where the equation is linear; and the rest."""
    changing = [r for r in references(equation.rate) if r.kind != "parameter"]
    own = [r for r in changing if r == Reference("state", equation.state)]
    for symbols in (changing, own):
        form = affine(equation.rate, symbols)
        if form is not None:
            yield from ((symbol.name, coefficient) for symbol, coefficient in form.coefficients.items())
            yield "", form.rest
            return


def _check_change(
    equation: checked.Equation, symbol: str, change: float, model: Solved, place: Span, dt: Fraction, findings: Findings
) -> None:
    """Report that a state changes too fast by a state, itself or another, in a step of `dt`."""
    state, step = equation.state, quantity(dt, TIME)
    method = model.solver.method if model.solver is not None else None
    labels = (Label(equation.span, "by this equation"),)
    if symbol == state and change > MOST_GROWTH and method in BY_EXPONENTIALS:
        message = f"`{state}` of `{model.name}` would grow beyond all numbers within a step"
        help_text = f"is a sign or a unit wrong? what decays is written `tau * {state}' = -{state}`"
        findings.error("E0602", message, place, f"by exp({change:g}) in {step}", help_text, labels=labels)
    elif abs(change) > MOST_CHANGE:
        message = f"`{state}'` of `{model.name}` is too large to be followed in steps of {step}"
        findings.error("E0602", message, place, f"`{symbol}` counts {change:g} times in a step", "is a unit wrong?", labels=labels)
