"""`trainable(x, min = …, max = …)`: a value that gradients may change."""

from __future__ import annotations

import math
from fractions import Fraction

from inferno.grammar import ast
from inferno.grammar.check.dimensions import Kind, is_plain, quantity
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.wording import near_or_all
from inferno.grammar.expression import Constant, Expression
from inferno.grammar.layers import Mark
from inferno.grammar.source import Span

LIMITS = ("min", "max")


def unwrap(typer: Typer, node: ast.Expr, kind: Kind) -> tuple[ast.Expr, Mark | None]:
    """What is inside of `trainable(…)`, and its limits in base units; any other expression as it is."""
    if not (isinstance(node, ast.Call) and isinstance(node.function, ast.Name) and node.function.id == "trainable"):
        return node, None
    findings = typer.findings
    inner = [a.value for a in node.arguments if a.name is None]
    for argument in node.arguments:
        if argument.name is not None and argument.name not in LIMITS:
            hint = near_or_all(findings, argument.name, LIMITS)
            findings.error("E0303", f"`trainable` has no argument `{argument.name}`", argument.span, "", hint)
    if len(inner) != 1:
        findings.error("E0305", "`trainable` takes one value", node.span, "", "write, say, `trainable(10 ms, min = 2 ms)`")
        return (inner[0] if inner else ast.Number(Fraction(0), span=node.span)), None
    limits = {a.name: typer.constant(a.value, kind, f"`{a.name}` of `trainable`") for a in node.arguments if a.name in LIMITS}
    low, high = (None if (found := limits.get(name)) is None else float(found) for name in LIMITS)
    if low is not None and high is not None and low > high:
        findings.error("E0601", "`min` of `trainable` is above its `max`", node.span)
        return inner[0], None
    return inner[0], Mark(low, high)


def check_mark(typer: Typer, mark: Mark | None, value: Expression, span: Span, kind: Kind) -> None:
    """Report a constant beyond the limits within which it is kept."""
    if mark is None or not isinstance(value, Constant) or not is_plain(kind):
        return
    low, high = -math.inf if mark.low is None else mark.low, math.inf if mark.high is None else mark.high
    if not low <= value.value <= high:
        typer.findings.error("E0601", "a trainable value lies within its limits", span, f"this is {quantity(value.value, kind)}")
