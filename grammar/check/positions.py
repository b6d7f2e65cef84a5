"""`population sheet[10, 10] = LIF() at grid(100 um)`: where neurons are, and how far those of two populations are from each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import noun
from inferno.grammar.check.ends import Ends
from inferno.grammar.check.scope import LOST, Typed
from inferno.grammar.check.wiring import LENGTH, Network
from inferno.grammar.expression import Constant, Draw, Expression, Reference, apply, references, substitute
from inferno.grammar.names import nodes_in
from inferno.grammar.source import Span

DISTANCE = Reference("place", "distance")
"""How far the neurons are from each other that a synapse joins, in um."""


def known_distance(ends: Ends) -> dict[str, Typed]:
    """`distance` as a name for weights and delays, where both ends have places on grids of as many axes."""
    source, target = ends.source, ends.target
    if not isinstance(source, checked.Population) or target is None or source.spacing is None or target.spacing is None:
        return {}
    return {"distance": Typed(DISTANCE, LENGTH)} if len(source.shape) == len(target.shape) else {}


def placed(network: Network, ends: Ends, nodes: Iterable[ast.Expr | None], known: Mapping[str, Typed]) -> dict[str, Typed]:
    """As `known_distance`; where an end has no places and `distance` is asked for all the same, that is reported."""
    found = known_distance(ends)
    if found or "distance" in known or ends.source is None or ends.target is None:
        return found
    asking = next((n for node in nodes if node is not None for n in nodes_in(node) if isinstance(n, ast.Name) and n.id == "distance"), None)
    if asking is None:
        return {}
    help_text = "write `population … at grid(100 um)` for both, on grids of as many axes"
    network.findings.error("E0524", "`distance` needs places at both ends", asking.span, "", help_text)
    return {"distance": LOST}


def longest_distance(ends: Ends) -> Fraction:
    """No two neurons of the ends are further from each other, in um."""
    source, target = ends.source, ends.target
    assert isinstance(source, checked.Population) and target is not None
    sizes = [
        max(Fraction(n - 1) * (p.spacing or 0) for n, p in ((a, source), (b, target)))
        for a, b in zip(source.shape, target.shape, strict=True)
    ]
    return Fraction(math.ceil(math.hypot(*map(float, sizes)) * 1000), 1000)


def within(expression: Expression, ends: Ends) -> Expression:
    """An expression with the same least and greatest value, in which a draw stands for the distance."""
    if DISTANCE not in references(expression):
        return expression
    return substitute(expression, {DISTANCE: apply("multiply", Constant(longest_distance(ends)), Draw("uniform", 1))})


def by_distance(pairs: checked.Connectivity, weight: Expression) -> checked.Connectivity:
    """Pairs stored as a list where weights depend on the distance."""
    return replace(pairs, pattern="list", without_diagonal=False) if references(weight, "place") else pairs


def width(network: Network, ends: Ends, length: Fraction | float, span: Span) -> Fraction | float | None:
    """A length as a number of neurons, for `gaussian(100 um)`; None where it can't be told, which is reported."""
    names: list[str] = []
    spacings: list[Fraction] = []
    for end in (ends.source, ends.target):
        if end is None:
            return None
        spacing = end.spacing if isinstance(end, checked.Population) else None
        if spacing is None:
            helps = ["give a number of neurons"]
            if isinstance(end, checked.Population):
                helps.insert(0, f"write `population {end.name}[…] = … at grid(100 um)`")
            network.findings.error("E0524", f"`{end.name}` has no places", span, f"this is {noun(LENGTH)}", ", or ".join(helps))
            return None
        names.append(end.name)
        spacings.append(spacing)
    if spacings[0] != spacings[1]:
        found = f"{float(spacings[0]):g} um and {float(spacings[1]):g} um"
        network.findings.error("E0524", f"the grids of `{names[0]}` and `{names[1]}` have different spacings", span, found)
        return None
    return length / spacings[0]
