"""How far the neurons of two populations are from each other, which have places: `distance`, and widths as lengths."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import noun
from inferno.grammar.check.ends import Ends
from inferno.grammar.check.places import LENGTH
from inferno.grammar.check.scope import LOST, Typed
from inferno.grammar.check.wiring import Network
from inferno.grammar.expression import Constant, Draw, Expression, Reference, apply, references, substitute
from inferno.grammar.names import nodes_in
from inferno.grammar.source import Span

DISTANCE = Reference("place", "distance")
"""How far the neurons are from each other that a synapse joins, in um."""


def boxes(ends: Ends) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]] | None:
    """The boxes that hold the neurons of both ends, in um, where these have places on as many axes."""
    source, target = ends.source, ends.target
    if not isinstance(source, checked.Population) or target is None or source.places is None or target.places is None:
        return None
    found = source.places.box(source.shape), target.places.box(target.shape)
    return found if len(found[0]) == len(found[1]) else None


def known_distance(ends: Ends) -> dict[str, Typed]:
    """`distance` as a name for weights and delays, where both ends have places on as many axes."""
    return {"distance": Typed(DISTANCE, LENGTH)} if boxes(ends) is not None else {}


def placed(network: Network, ends: Ends, nodes: Iterable[ast.Expr | None], known: Mapping[str, Typed]) -> dict[str, Typed]:
    """As `known_distance`; where an end has no places and `distance` is asked for all the same, that is reported."""
    found = known_distance(ends)
    if found or "distance" in known or ends.source is None or ends.target is None:
        return found
    asking = next((n for node in nodes if node is not None for n in nodes_in(node) if isinstance(n, ast.Name) and n.id == "distance"), None)
    if asking is None:
        return {}
    help_text = "write `population … at grid(100 um)`, or `at random(1 mm)`, for both, on as many axes"
    network.findings.error("E0524", "`distance` needs places at both ends", asking.span, "", help_text)
    return {"distance": LOST}


def longest_distance(ends: Ends) -> Fraction:
    """No two neurons of the ends are further from each other, in um."""
    found = boxes(ends)
    assert found is not None
    sides = [float(max(side)) for side in zip(*found, strict=True)]
    return Fraction(math.ceil(math.hypot(*sides) * 1000), 1000)


def within(expression: Expression, ends: Ends) -> Expression:
    """An expression with the same least and greatest value, in which a draw stands for the distance."""
    if DISTANCE not in references(expression):
        return expression
    return substitute(expression, {DISTANCE: apply("multiply", Constant(longest_distance(ends)), Draw("uniform", 1))})


def by_distance(pairs: checked.Connectivity, weight: Expression) -> checked.Connectivity:
    """Pairs stored as a list where weights depend on the distance."""
    return replace(pairs, pattern="list", without_diagonal=False) if references(weight, "place") else pairs


def share_grid(ends: Ends) -> bool:
    """Whether both ends have their places on one grid."""
    source, target = ends.source, ends.target
    if not isinstance(source, checked.Population) or target is None or source.shape != target.shape:
        return False
    return isinstance(source.places, checked.Grid) and source.places == target.places


def common_spacing(network: Network, ends: Ends, span: Span) -> Fraction | None:
    """In what a length counts, in um: the spacing of the ends' common grid, else one; None without places, which is reported."""
    source, target = ends.source, ends.target
    if source is None or target is None:
        return None
    for end in (source, target):
        if not isinstance(end, checked.Population) or end.places is None:
            helps = ["give a number of neurons"]
            if isinstance(end, checked.Population):
                helps.insert(0, f"write `population {end.name}[…] = … at grid(100 um)`, or `at random(1 mm)`")
            network.findings.error("E0524", f"`{end.name}` has no places", span, f"this is {noun(LENGTH)}", ", or ".join(helps))
            return None
    assert isinstance(source, checked.Population)
    if boxes(ends) is None:
        found = " and ".join(f"{len(p.places.box(p.shape))}" for p in (source, target) if p.places is not None)
        message = f"the places of `{source.name}` and `{target.name}` have different numbers of axes"
        network.findings.error("E0524", message, span, found)
        return None
    return source.places.spacing if share_grid(ends) and isinstance(source.places, checked.Grid) else Fraction(1)


def share_within(ends: Ends, sigma: float) -> float:
    """The share of all pairs that `gaussian` is expected to join, in a box where edges do not matter."""
    found = boxes(ends)
    assert found is not None
    sides = [float(max(side)) for side in zip(*found, strict=True)]
    return math.prod(min(1.0, math.sqrt(2 * math.pi) * sigma / side) if side else 1.0 for side in sides)
