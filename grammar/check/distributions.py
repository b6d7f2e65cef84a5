"""Distributions as expressions of three standard draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from inferno.grammar import ast
from inferno.grammar.diagnostics import Findings
from inferno.grammar.expression import Constant, Expression
from inferno.grammar.source import Span

if TYPE_CHECKING:
    from inferno.grammar.check.typing import Typer

SIGNATURES: dict[str, tuple[str, ...]] = {
    "uniform": ("low", "high"),
    "normal": ("mean", "std"),
    "lognormal": ("median", "sigma"),
    "exponential": ("mean",),
    "constant": ("value",),
    "gamma": ("shape", "scale"),
    "beta": ("a", "b"),
}
NAMES = tuple(SIGNATURES)
PURE = {"lognormal": ("sigma",), "gamma": ("shape",), "beta": ("a", "b")}
"""Arguments without a unit; the others have that of the distribution."""
GAMMA_ATTEMPTS = 10
COMPLAINTS = {
    "uniform": "`uniform(low, high)` needs low <= high, both finite",
    "normal": "`normal(mean, std)` needs std >= 0, both finite",
    "lognormal": "`lognormal(median, sigma)` needs median > 0 and sigma >= 0, both finite",
    "exponential": "`exponential(mean)` needs a finite mean >= 0",
    "constant": "`constant(value)` needs a finite value",
    "gamma": "`gamma(shape, scale)` needs shape > 0 and scale >= 0, both finite",
    "beta": "`beta(a, b)` needs a > 0 and b > 0, both finite",
}


def bind(node: ast.Call, name: str, findings: Findings) -> list[ast.Expr] | None:
    """The arguments of a distribution in their order, by position or name."""
    names = SIGNATURES[name]
    bound: dict[str, ast.Expr] = {}
    for position, argument in enumerate(node.arguments):
        key = argument.name or (names[position] if position < len(names) else "")
        if key not in names or key in bound:
            findings.error("E0305", f"`{name}` takes ({', '.join(names)})", argument.span, "this argument does not fit")
            return None
        bound[key] = argument.value
    missing = [key for key in names if key not in bound]
    if missing:
        findings.error("E0305", f"`{name}` takes ({', '.join(names)})", node.span, f"`{missing[0]}` is missing")
        return None
    return [bound[key] for key in names]


def valid(name: str, values: Sequence[Expression]) -> bool:
    """Whether constant arguments make sense; others can't be told yet."""
    numbers = [float(v.value) if isinstance(v, Constant) else None for v in values]
    if any(number is not None and not math.isfinite(number) for number in numbers):
        return False
    first, second = (numbers + [None])[:2]
    if name == "uniform":
        return first is None or second is None or first <= second
    if name == "normal":
        return second is None or second >= 0
    if name == "lognormal":
        return (first is None or first > 0) and (second is None or second >= 0)
    if name == "gamma":
        return (first is None or first > 0) and (second is None or second >= 0)
    if name == "beta":
        return (first is None or first > 0) and (second is None or second > 0)
    return name != "exponential" or first is None or first >= 0


def express(name: str, values: Sequence[Expression], typer: Typer, span: Span) -> Expression:
    """A distribution as an expression of a standard draw."""
    if name == "constant":
        return values[0]
    if name == "exponential":
        return typer.build(span, "multiply", values[0], typer.standard_draw("exponential"))
    if name == "uniform":
        low, high = values
        width = typer.build(span, "add", high, typer.build(span, "negate", low))
        return typer.build(span, "add", low, typer.build(span, "multiply", width, typer.standard_draw("uniform")))
    if name == "gamma":
        return typer.build(span, "multiply", values[1], typer.build(span, "exp", _log_gamma(values[0], typer, span)))
    if name == "beta":
        # Of two gamma variables x and y: x/(x + y), which keeps its digits as a function of log(x) - log(y).
        other = typer.build(span, "negate", _log_gamma(values[1], typer, span))
        return typer.build(span, "sigmoid", typer.build(span, "add", _log_gamma(values[0], typer, span), other))
    spread = typer.build(span, "multiply", values[1], typer.standard_draw("normal"))
    if name == "normal":
        return typer.build(span, "add", values[0], spread)
    return typer.build(span, "multiply", values[0], typer.build(span, "exp", spread))


def _log_gamma(shape: Expression, typer: Typer, span: Span) -> Expression:
    """The logarithm of a gamma variable of scale 1."""
    attempts = [typer.standard_draw(kind) for _ in range(GAMMA_ATTEMPTS) for kind in ("normal", "uniform")]
    return typer.build(span, "log_gamma_variate", shape, typer.standard_draw("uniform"), *attempts)
