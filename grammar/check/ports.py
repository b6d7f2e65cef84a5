"""`input I : nA = 0.1 nA in [0 nA, 1 nA]`: what arrives at a component, summed and cut to a range."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import NONE, Kind, is_plain
from inferno.grammar.check.limits import constant_limits
from inferno.grammar.check.scope import LOST, Typed
from inferno.grammar.check.units_of import declared_dimension
from inferno.grammar.expression import Constant, Expression, Reference, apply, references

if TYPE_CHECKING:
    from inferno.grammar.check.components import Body


def port(body: Body, declaration: ast.Declaration) -> None:
    """Add an input to a body; wherever the body names it, it lies in its range."""
    kind, _ = declared_dimension(declaration.type, body.findings)
    default = _default(body, declaration, kind) if declaration.default is not None else None
    kind = kind if is_plain(kind) or default is None else default.dimension
    expression = default.expression if default is not None and not default.is_lost else None
    made = checked.Port(declaration.name, kind if is_plain(kind) else NONE, default=expression, span=declaration.span)
    value = _within(body, declaration, made) if declaration.range is not None else Reference("port", made.name)
    if body.claim(made.name, declaration.name_span):
        body.ports.append(made)
        is_known = (is_plain(kind) or declaration.type is None) and (default is None or not default.is_lost)
        body.names[made.name] = Typed(value, made.dimension) if is_known else LOST


def _within(body: Body, declaration: ast.Declaration, made: checked.Port) -> Expression:
    """The input cut to its range; an infinite limit is none."""
    assert declaration.range is not None
    limits = constant_limits(body.typer(f"a limit of {body.title}"), made.name, made.dimension, declaration.range)
    value: Expression = Reference("port", made.name)
    if _lies_outside(made.default, *limits):
        body.findings.error("E0601", f"the default of `{made.name}` lies outside its range", declaration.span)
    for function, limit in zip(("max", "min"), limits, strict=True):
        if limit is not None and not (isinstance(limit, Constant) and math.isinf(limit.value)):
            value = apply(function, value, limit)
    return value


def _lies_outside(value: Expression | None, low: Expression | None, high: Expression | None) -> bool:
    if not isinstance(value, Constant):
        return False
    return (isinstance(low, Constant) and value.value < low.value) or (isinstance(high, Constant) and value.value > high.value)


def _default(body: Body, declaration: ast.Declaration, kind: Kind) -> Typed:
    """What a neuron's input is where a population says nothing: of the parameters alone."""
    assert declaration.default is not None
    typer, node = body.typer(f"a default of {body.title}"), declaration.default
    if body.component.kind != "neuron":
        help_text = "its input is what arrives; write what is constant into its output or equations"
        return typer.lose("E0424", f"the input of a {body.component.kind} has no default", node.span, "", help_text)
    default = typer.fit(node, kind, f"the default of `{declaration.name}`") if is_plain(kind) else typer.calculable(node)
    if references(default.expression, "state", "port"):
        return typer.lose("E0609", f"the default of `{declaration.name}` must be constant", node.span, "this varies")
    return default
