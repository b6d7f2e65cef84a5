"""The limits of a range in a component, which are made of its parameters."""

from __future__ import annotations

from inferno.grammar import ast
from inferno.grammar.check.dimensions import Kind
from inferno.grammar.check.typing import Typer
from inferno.grammar.expression import Constant, Expression, has_draw, references


def constant_limits(typer: Typer, name: str, kind: Kind, interval: ast.Interval) -> tuple[Expression | None, Expression | None]:
    """The limits of what a component calls `name`, made of parameters; None for one that is wrong, which is reported."""
    findings, limits = typer.findings, []
    for node in (interval.low, interval.high):
        limit = typer.fit(node, kind, f"a limit of `{name}`")
        varies = has_draw(limit.expression) or bool(references(limit.expression, "state", "port", "input", "trace", "next", "weight"))
        if varies:
            findings.error("E0609", f"a limit of `{name}` must be constant", node.span, "this varies")
        limits.append(None if limit.is_lost or varies else limit.expression)
    low, high = limits
    if isinstance(low, Constant) and isinstance(high, Constant) and low.value > high.value:
        findings.error("E0601", f"the range of `{name}` is empty", interval.span, "the lower limit is above the upper one")
    return low, high
