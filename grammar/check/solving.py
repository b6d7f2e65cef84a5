"""Whether equations have the form that the author's `solve` needs."""

from __future__ import annotations

from collections.abc import Mapping

from inferno.grammar import checked
from inferno.grammar.affine import affine, without_noise
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant, Expression, Reference, is_drawn, references, substitute

Solved = checked.NeuronModel | checked.SynapseModel | checked.PlasticityModel


def check_solver(model: Solved, values: Mapping[str, Expression], findings: Findings) -> None:
    """Report an equation that `solve exact` or `solve exponential_euler` can't integrate."""
    solver = model.solver
    if solver is None or solver.method not in ("exact", "exponential_euler"):
        return
    known = {Reference("parameter", n): v for n, v in values.items()}
    for equation in model.equations:
        if solver.method == "exact" and not _is_linear(equation.rate, known):
            words = "`solve exact` needs equations that are linear in the states, with constant coefficients"
            words += ", also of noise" if references(equation.rate, "noise") else ""
        elif solver.method == "exponential_euler" and affine(drift(equation.rate), [Reference("state", equation.state)]) is None:
            words = f"`solve exponential_euler` needs equations that are linear in their own state, and `{equation.state}'` is not"
        else:
            continue
        findings.error(
            "E0421",
            words,
            equation.span,
            "not of this form",
            "leave `solve` out, or use `solve rk4`",
            labels=(Label(solver.span, "asked for here"),),
        )


def drift(rate: Expression) -> Expression:
    """A rate without its noise."""
    form = without_noise(rate)
    return form.rest if form is not None else rate


def _is_linear(rate: Expression, known: Mapping[Reference, Expression]) -> bool:
    noise = without_noise(rate)
    form = affine(drift(rate), references(rate, "state"))
    if form is None or noise is None:
        return False
    return all(_is_fixed(substitute(c, known)) for c in (*form.coefficients.values(), *noise.coefficients.values()))


def _is_fixed(coefficient: Expression) -> bool:
    return isinstance(coefficient, Constant) or (is_drawn(coefficient) and not references(coefficient, "state", "port", "input", "noise"))
