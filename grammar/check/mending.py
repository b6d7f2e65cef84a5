"""What would turn a term of the wrong unit into a right one, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from itertools import islice

from inferno.grammar import ast
from inferno.grammar.check.dimensions import NONE, TIME, Kind, is_plain, noun, quotient, raised, shown_unit
from inferno.grammar.check.scope import Typed
from inferno.grammar.check.wording import short
from inferno.grammar.diagnostics import Edit
from inferno.grammar.expression import Reference
from inferno.grammar.source import Span
from inferno.grammar.units import Dimension, parse_unit

CONDUCTANCE, CURRENT, VOLTAGE = (parse_unit(unit).dimension for unit in ("uS", "nA", "mV"))
ROOT_OF_TIME = raised(TIME, Fraction(1, 2))
SIMPLE = (ast.Name, ast.Attribute, ast.Call, ast.Product, ast.Number)


def mending(node: ast.Expr, found: Kind, wanted: Kind, names: Mapping[str, Typed]) -> str:
    """What to do about a term that has one dimension and should have another; empty if there is nothing to say."""
    if not is_plain(found) or not is_plain(wanted) or found == wanted:
        return ""
    words = short(node.span)
    number = node.operand if isinstance(node, ast.Unary) and node.operator == "-" else node
    if found == NONE and isinstance(number, ast.Number):
        return f"write the unit behind the number: `{words} {shown_unit(wanted)}`"
    if isinstance(node, ast.Number):
        return f"`{words}` is {noun(found)}, and {noun(wanted)} is needed here"
    beginning = f"`{words}` is {noun(found)}"
    can_join = isinstance(node, SIMPLE) and not words.endswith("…")
    if (found, wanted) == (CONDUCTANCE, CURRENT):
        voltage = next(
            (n for n, t in names.items() if isinstance(t.expression, Reference) and t == Typed(Reference("state", n), VOLTAGE)), "v"
        )
        example = f", e.g. `{words}*(E - {voltage})`" if can_join else ""
        return f"{beginning}; multiply it by a voltage{example}"
    factor, divisor = quotient(wanted, found), quotient(found, wanted)
    if factor == ROOT_OF_TIME:
        tau = _named(TIME, names, words) or "tau"
        return f"{beginning}; multiply it by the root of a time{f', e.g. `sqrt(2*{tau})*{words}`' if can_join else ''}"
    by_product, by_quotient = _named(factor, names, words), _named(divisor, names, words)
    if by_product is None and (by_quotient is not None or _is_rate(factor, divisor)):
        example = f", e.g. `{words}/{by_quotient}`" if can_join and by_quotient else ""
        return f"{beginning}; divide it by {noun(divisor)}{example}"
    example = f", e.g. `{by_product}*{words}`" if can_join and by_product else ""
    return f"{beginning}; multiply it by {noun(factor)}{example}"


def _is_rate(factor: Kind, divisor: Kind) -> bool:
    """Whether dividing is the better word: the divisor has a name of its own, as `time` has, and the factor is its inverse."""
    return is_plain(factor) and is_plain(divisor) and sum(e for e in divisor if e > 0) == 1 and all(e >= 0 for e in divisor)


def _named(dimension: Kind, names: Mapping[str, Typed], words: str) -> str | None:
    """A parameter, or else another name, that has this dimension and is not a number."""
    if dimension == NONE or not is_plain(dimension):
        return None
    within = frozenset(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", words))
    fitting = [n for n, t in islice(names.items(), 1000) if _is(t, dimension) and n not in within]
    parameters = [n for n in fitting if isinstance(e := names[n].expression, Reference) and e.kind == "parameter"]
    return next(iter(parameters or fitting), None)


def _is(typed: Typed, dimension: Dimension) -> bool:
    return typed.dimension == dimension


def unit_alone(node: ast.Name) -> tuple[str, Edit | None]:
    """What to write for a unit that stands by itself, as in `10*ms` or `0.02/ms`, and the edit where it is sure."""
    span = node.span
    before = span.source.text[max(0, span.start - 60) : span.start]
    if found := re.search(r"(?<![A-Za-z0-9_.])[0-9.]+(?:[eE][-+]?[0-9]+)?([ ]*[*][ ]*)$", before):
        place = Span(span.source, span.start - len(found[1]), span.end)
        return f"a unit stands directly behind its number, without `*`: `{found[0][: -len(found[1])]} {node.id}`", Edit(
            place, f" {node.id}"
        )
    if before.rstrip().endswith("/"):
        return f"to divide by a unit, give it a number: `/(1 {node.id})`", Edit(span, f"(1 {node.id})")
    if node.id == "dt":
        return "the length of a step is `1 dt`", Edit(span, "(1 dt)")
    if before.rstrip().endswith("*"):
        return f"to multiply by a unit, give it a number: `*(1 {node.id})`", Edit(span, f"(1 {node.id})")
    hint = f"a unit stands only directly behind a number, e.g. `1 {node.id}`; compound units have no blanks, e.g. `10 mV/ms`"
    return hint, None
