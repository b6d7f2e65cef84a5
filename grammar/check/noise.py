"""`xi`: white noise in the equations of neurons and synapses."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from inferno.grammar import ast, checked
from inferno.grammar.affine import without_noise
from inferno.grammar.check.dimensions import TIME, raised
from inferno.grammar.check.scope import Typed
from inferno.grammar.expression import Expression, Reference

if TYPE_CHECKING:
    from inferno.grammar.check.typing import Typer

NAME = re.compile(r"xi(_[A-Za-z0-9_]+)?")
PER_ROOT_OF_TIME = raised(TIME, Fraction(-1, 2))


def noise_named(name: str) -> Typed | None:
    """What `xi`, or `xi_` with a name, is in an equation: noise of its own, of the dimension of 1/sqrt(time)."""
    return Typed(Reference("noise", name), PER_ROOT_OF_TIME) if NAME.fullmatch(name) else None


def lose_noise(typer: Typer, node: ast.Name) -> Typed:
    """Report noise in a place where none can be."""
    help_text = "elsewhere draw a number, e.g. `normal(0 mV, 1 mV)` in a spike condition or block"
    message = f"`{node.id}` holds noise, which" if node.id in typer.scope.noisy else f"`{node.id}`, white noise,"
    message += " can stand only in the equation of a neuron or synapse"
    return typer.lose("E0422", message, node.span, f"not known in {typer.scope.place}", help_text)


def check_noise(typer: Typer, statement: ast.Equation, rate: Expression, state: checked.State) -> bool:
    """Whether the noise of an equation, if it has any, has a meaning; if not, that is reported."""
    form = without_noise(rate)
    if form is None:
        message = "noise enters an equation as a sum of terms, each `xi` times what holds no noise"
        help_text = "write it as a factor, e.g. `sigma*sqrt(2*tau)*xi`; a choice goes into what it is multiplied by: `(a if c else b)*xi`"
        typer.findings.error("E0422", message, statement.right.span, "not of this form", help_text)
        return False
    if form.coefficients and state.shared is not None:
        message = f"`{state.name}`, which samples share, can't have noise"
        help_text = "leave `@shared` out: each sample then has noise of its own"
        typer.findings.error("E0422", message, statement.span, "noise differs from sample to sample", help_text)
        return False
    return True
