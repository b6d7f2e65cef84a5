"""Dimensions of expressions: a unit's exponents, or one of four kinds that are no unit; and how a reader calls them."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeGuard

from inferno.grammar.units import Dimension, base_unit, dimension_name, dimension_of, multiply, parse_unit

Kind = Dimension | Literal["any", "boolean", "unknown"]
NONE: Dimension = dimension_of()
TIME: Dimension = parse_unit("ms").dimension
ANY: Literal["any"] = "any"
"""Of `0` and `inf`, and of a plasticity rule's weight, whose unit its projection decides: fits every dimension."""
BOOLEAN: Literal["boolean"] = "boolean"
UNKNOWN: Literal["unknown"] = "unknown"
"""Of an expression whose problem has been reported: fits everything."""

LARGEST_EXPONENT = 99

# What people write rather than the base unit.
_CUSTOMARY = {parse_unit("Hz").dimension: ("Hz", Fraction(1000))}


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
        return multiply(left, right, sign)
    return UNKNOWN if UNKNOWN in (left, right) else ANY


def product(left: Kind, right: Kind) -> Kind:
    """The dimension of a product."""
    return _combine(left, right, 1)


def quotient(left: Kind, right: Kind) -> Kind:
    """The dimension of a quotient."""
    return _combine(left, right, -1)


def raised(base: Kind, exponent: Fraction) -> Kind:
    """The dimension of a power."""
    return multiply(NONE, base, exponent) if is_plain(base) else base


def is_sensible(kind: Kind) -> bool:
    """Whether the exponents of a dimension are such as occur in a model (`m^1000000` is none)."""
    return not is_plain(kind) or all(abs(e.numerator) <= LARGEST_EXPONENT and e.denominator <= LARGEST_EXPONENT for e in kind)


def shown_unit(dimension: Dimension) -> str:
    """The unit in which people write a dimension: `mV`, `Hz`; it can be put behind a number."""
    return _CUSTOMARY[dimension][0] if dimension in _CUSTOMARY else base_unit(dimension)


def quantity(value: Fraction | float, dimension: Dimension) -> str:
    """A value in base units as people write it: `-5 Hz`, `0.3`."""
    factor = _CUSTOMARY[dimension][1] if dimension in _CUSTOMARY else 1
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value:g}"
    exact = Fraction(value) * factor
    try:
        number = f"{float(exact) + 0.0:g}"
    except OverflowError:
        # More than a float holds: what may be written in a base unit may be that in the customary one.
        number = f"{Decimal(exact.numerator) / exact.denominator:.6g}"
    return number if dimension == NONE else f"{number} {shown_unit(dimension)}"


def describe(kind: Kind) -> str:
    """What a label says: `mV (voltage)`, `a number without unit`, `true or false`."""
    if kind == NONE:
        return "a number without unit"
    if is_plain(kind):
        name, unit = dimension_name(kind), shown_unit(kind)
        shown = "µ" + unit[1:] if unit.startswith("u") else unit
        return shown if name == unit else f"{shown} ({name})"
    return {"any": "of any unit", "boolean": "true or false", "unknown": "unknown"}[str(kind)]


def noun(kind: Kind) -> str:
    """What a sentence says: `a conductance`, `a number without unit`, `a quantity in mV/ms`."""
    if not is_plain(kind) or kind == NONE:
        return describe(kind)
    name = dimension_name(kind)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}" if name.isalpha() else f"a quantity in {shown_unit(kind)}"
