"""What a matrix of connections says of a synapse: `connect = matrix(W)`, `weight = 5 pC * matrix`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import NONE
from inferno.grammar.check.scope import LOST, Typed
from inferno.grammar.check.wiring import Network
from inferno.grammar.expression import Constant, Draw, Expression, Reference, apply, references, substitute
from inferno.grammar.names import nodes_in

ENTRY = Reference("place", "entry")
"""The entry of the matrix that joins the two neurons of a synapse."""
NAME = "matrix"

Rows = tuple[tuple[float, ...], ...]


def rows_of(recipe: checked.Recipe) -> Rows | None:
    """The rows of the one matrix in which every pair of a recipe has an entry; None where there is none."""
    kind = recipe[0]
    if kind == "matrix":
        return tuple(tuple(row) for row in recipe[2])
    if kind == "-":
        return rows_of(recipe[1])
    found = [rows for rows in map(rows_of, recipe[1:]) if rows is not None] if kind == "&" else []
    return found[0] if len(found) == 1 else None


def entries(
    network: Network, pairs: checked.Connectivity | None, nodes: Mapping[str, ast.Expr | None], known: Iterable[str]
) -> dict[str, Typed]:
    """`matrix` as a name for weights and delays; where no matrix joins the pairs and it is asked for all the same, that is reported.

    Where entries other than 0 and 1 are used neither by the weight nor by the delay, that is a warning.
    """
    within = [n for node in nodes.values() if node is not None for n in nodes_in(node)]
    asking = [n for n in within if isinstance(n, ast.Name) and n.id == NAME]
    listed = any(isinstance(n, ast.ListLiteral) for n in within)
    if NAME in known or pairs is None:
        return {} if NAME in known or not asking else {NAME: LOST}
    rows = rows_of(pairs.recipe)
    if rows is not None:
        if not asking and not listed and any(entry not in (0, 1) for row in rows for entry in row):
            help_text = "an entry that is not 0 joins its pair, and is no weight; `weight = 1 pC * matrix`, say, makes it one"
            network.findings.error("W0904", "the entries of this matrix count as 0 or 1", pairs.span, "there are others", help_text)
        return {NAME: Typed(ENTRY, NONE)}
    if not asking:
        return {}
    help_text = "write `connect = matrix([[0, 2], [1, 0]])`, a row for each source; then `matrix` is the entry of each pair"
    network.findings.error("E0504", "`matrix` needs a matrix in which every pair has an entry", asking[0].span, "", help_text)
    return {NAME: LOST}


def within_entries(expression: Expression, pairs: checked.Connectivity | None) -> Expression:
    """An expression with the same least and greatest value, in which a draw stands for the entries."""
    if pairs is None or ENTRY not in references(expression):
        return expression
    found = [Fraction(entry) for row in rows_of(pairs.recipe) or () for entry in row if entry != 0] or [Fraction(1)]
    low, width = Constant(min(found)), Constant(max(found) - min(found))
    return substitute(expression, {ENTRY: apply("add", low, apply("multiply", width, Draw("uniform", 1)))})
