"""`stepwise(t, [10 ms, 50 ms], [0.1 nA, 0.3 nA])`: a value that changes at given places, as a tree of choices."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from inferno.grammar import ast
from inferno.grammar.check.dimensions import UNKNOWN, noun
from inferno.grammar.check.scope import LOST, Typed
from inferno.grammar.check.wording import short
from inferno.grammar.expression import Constant, Expression
from inferno.grammar.source import Span

if TYPE_CHECKING:
    from inferno.grammar.check.typing import Typer

SIGNATURE = "`stepwise(x, [x1, x2, …], [y1, y2, …])`"


def stepwise(typer: Typer, node: ast.Call) -> Typed:
    """The y of the last place that x has reached, 0 before the first; places ascend and are constant."""
    found = _arguments(typer, node)
    if found is None:
        return LOST
    x, places, values = found
    argument, at = typer.calculable(x), _places(typer, places, x)
    typed = [typer.calculable(value) for value in values.items]
    kind = typer.agree(values.items, typed, "the values of `stepwise` need the same unit")
    if argument.is_lost or at is None or kind == UNKNOWN:
        return LOST
    zero: Expression = Constant(Fraction(0))
    tree = _tree(typer, node.span, argument.expression, at, [zero, *(t.expression for t in typed)])
    return Typed(tree, kind)


def _arguments(typer: Typer, node: ast.Call) -> tuple[ast.Expr, ast.ListLiteral, ast.ListLiteral] | None:
    if any(a.name is not None for a in node.arguments) or len(node.arguments) != 3:
        example = "write, say, `stepwise(t, [10 ms, 50 ms], [0.1 nA, 0.3 nA])`"
        typer.findings.error("E0305", f"{SIGNATURE} takes three arguments, without names", node.span, "", example)
        return None
    x, places, values = (a.value for a in node.arguments)
    for argument in (places, values):
        if not (isinstance(argument, ast.ListLiteral) and argument.items):
            label = f"`{short(argument.span)}` is {'empty' if isinstance(argument, ast.ListLiteral) else 'one value'}"
            typer.findings.error("E0305", f"{SIGNATURE} takes two lists", argument.span, label)
            return None
    assert isinstance(places, ast.ListLiteral) and isinstance(values, ast.ListLiteral)
    if len(places.items) != len(values.items):
        counts = f"there are {len(places.items)} places and {len(values.items)} values"
        typer.findings.error("E0305", f"{SIGNATURE} takes as many places as values", values.span, counts, "it is 0 before the first place")
        return None
    return x, places, values


def _places(typer: Typer, places: ast.ListLiteral, x: ast.Expr) -> list[Constant] | None:
    """The places, which must be constant, of one unit with x, and ascend."""
    typed = [typer.calculable(place) for place in (x, *places.items)]
    kind = typer.agree((x, *places.items), typed, "the places of `stepwise` need the unit of what reaches them")
    if kind == UNKNOWN:
        return None
    found: list[Constant] = []
    for place, value in zip(places.items, typed[1:], strict=True):
        if not isinstance(value.expression, Constant):
            typer.findings.error("E0609", "the places of `stepwise` must be constant", place.span, f"this is {noun(kind)} that varies")
            return None
        if found and not value.expression.value > found[-1].value:
            typer.findings.error("E0601", "the places of `stepwise` must ascend", place.span, "this is not greater than the one before")
            return None
        found.append(value.expression)
    return found


def _tree(typer: Typer, span: Span, x: Expression, places: Sequence[Expression], values: Sequence[Expression]) -> Expression:
    """`values[k]` where x has reached k of the places, found by halving, so that many places nest little."""
    if not places:
        return values[0]
    middle = len(places) // 2
    below = _tree(typer, span, x, places[:middle], values[: middle + 1])
    above = _tree(typer, span, x, places[middle + 1 :], values[middle + 1 :])
    return typer.build(span, "where", typer.build(span, "less", x, places[middle]), below, above)
