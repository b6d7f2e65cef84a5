"""`population sheet[10, 10] = LIF() at grid(100 um)`, `at random(1 mm)`: the places of neurons as they are written."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import quantity
from inferno.grammar.places import LONGEST, SHORTEST, Grid, Places, Scatter
from inferno.grammar.units import dimension_of

if TYPE_CHECKING:
    from inferno.grammar.check.wiring import Network

LENGTH = dimension_of(m=1)
EXAMPLES = "write `at grid(100 um)` or `at random(1 mm)`, say"


def read_places(network: Network, node: ast.Expr, shape: checked.Shape) -> Places:
    """Where a population of some shape is; a grid for a mistake, which is reported: nothing more is to be said of it."""
    return _places(network, node, shape) or Grid(Fraction(1))


def _places(network: Network, node: ast.Expr, shape: checked.Shape) -> Places | None:
    name = node.function.id if isinstance(node, ast.Call) and isinstance(node.function, ast.Name) else ""
    if not isinstance(node, ast.Call) or name not in ("grid", "random"):
        network.findings.error("E0524", "this says no places", node.span, "", EXAMPLES)
        return None
    return _grid(network, node) if name == "grid" else _scatter(network, node, shape)


def _grid(network: Network, node: ast.Call) -> Grid | None:
    if len(node.arguments) != 1 or node.arguments[0].name not in (None, "spacing"):
        network.findings.error("E0305", "`grid` takes the distance of neighbours", node.span, "", "write `at grid(100 um)`, say")
        return None
    spacing = _length(network, node.arguments[0].value, "grid", "the spacing of a grid")
    return Grid(spacing) if spacing is not None else None


def _scatter(network: Network, node: ast.Call, shape: checked.Shape) -> Scatter | None:
    """One side stands for those of a box with as many axes as the population has, several say the axes as well."""
    if not node.arguments or any(a.name is not None for a in node.arguments):
        help_text = "write `at random(1 mm)`, or `at random(1 mm, 2 mm)` for a sheet of these sides"
        network.findings.error("E0305", "`random` takes the sides of a box", node.span, "", help_text)
        return None
    sides = [_length(network, a.value, "random", "a side of the box") for a in node.arguments]
    found = tuple(s for s in sides if s is not None)
    if len(found) < len(sides):
        return None
    return Scatter(found * max(len(shape), 1) if len(found) == 1 else found)


def _length(network: Network, node: ast.Expr, words: str, what: str) -> Fraction | None:
    value = network.typer(f"`{words}`").constant(node, LENGTH, what)
    if value is not None and not 0 < value < math.inf:
        network.findings.error("E0524", f"{what} must be greater than 0 um and finite", node.span)
        return None
    if value is not None and not SHORTEST <= value <= LONGEST:
        message = f"{what} must be between {quantity(SHORTEST, LENGTH)} and {quantity(LONGEST, LENGTH)}"
        network.findings.error("E0524", message, node.span, f"this is {quantity(value, LENGTH)}", "is the unit right?")
        return None
    return Fraction(value) if value is not None else None
