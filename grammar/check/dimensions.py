"""Dimensions of expressions: a unit's exponents, or one of four kinds that are no unit."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, TypeGuard

from inferno.grammar.units import Dimension, base_unit, dimension_name

Kind = Dimension | Literal["any", "boolean", "unknown"]
NONE: Dimension = (Fraction(0),) * 6
ANY: Literal["any"] = "any"
"""Of `0` and `inf`: fits every dimension."""
BOOLEAN: Literal["boolean"] = "boolean"
UNKNOWN: Literal["unknown"] = "unknown"
"""Of an expression whose problem has been reported: fits everything."""


def is_plain(kind: Kind) -> TypeGuard[Dimension]:
    """Whether a kind is a definite dimension."""
    return isinstance(kind, tuple)


def same(left: Kind, right: Kind) -> bool:
    """Whether two kinds go together."""
    if UNKNOWN in (left, right):
        return True
    if BOOLEAN in (left, right):
        return left == right
    return ANY in (left, right) or left == right


def _combine(left: Kind, right: Kind, sign: int) -> Kind:
    if is_plain(left) and is_plain(right):
        return tuple(a + sign * b for a, b in zip(left, right, strict=True))
    return UNKNOWN if UNKNOWN in (left, right) else ANY


def product(left: Kind, right: Kind) -> Kind:
    """The dimension of a product."""
    return _combine(left, right, 1)


def quotient(left: Kind, right: Kind) -> Kind:
    """The dimension of a quotient."""
    return _combine(left, right, -1)


def raised(base: Kind, exponent: Fraction) -> Kind:
    """The dimension of a power."""
    return tuple(a * exponent for a in base) if is_plain(base) else base


def describe(kind: Kind) -> str:
    """What a reader calls it: `mV (voltage)`, `a number without unit`, `true or false`."""
    if kind == NONE:
        return "a number without unit"
    if is_plain(kind):
        name, unit = dimension_name(kind), base_unit(kind)
        return unit if name == unit else f"{unit} ({name})"
    return {"any": "0 or inf", "boolean": "true or false", "unknown": "unknown"}[str(kind)]
