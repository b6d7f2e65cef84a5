"""Numbers and quantities as written: the pattern of a quantity, and its exact value."""

from __future__ import annotations

import re
from fractions import Fraction

from inferno.grammar.diagnostics import Diagnostic
from inferno.grammar.source import Span
from inferno.grammar.units import LARGEST_PRODUCT, UNITS

LARGEST_DIGITS = 400
LARGEST_POWER = 308

NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"

_SPLIT = re.compile(r"([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?[ \t]*(.*)", re.DOTALL)


def quantity_pattern() -> str:
    """The regular expression of a number with its unit: `10 ms`, `0.1 nS/ms`, `5 mV^2`, `0.2 1/mV`, `1 dt`.

    Units are joined without blanks.  What cannot be read as one more unit is left over: `10 mV/tau` is `10 mV`
    divided by a name.  A power that is too large is no unit at all, not a power of the quantity.
    """
    names = "|".join(sorted([*UNITS, "dt"], key=lambda name: (-len(name), name)))
    one = rf"(?:{names})(?:\^-?[0-9]{{1,2}})?(?![A-Za-z0-9_])(?!\^-?[0-9])"
    more = rf"[*/]{one}"
    return rf"{NUMBER}(?:[ ]*{one}(?:{more}){{0,{LARGEST_PRODUCT - 1}}}|[ ]+1/{one}(?:{more}){{0,{LARGEST_PRODUCT - 2}}})"


def split_quantity(text: str) -> tuple[str, str | None]:
    """The number and the unit (None without one) of a quantity's text."""
    found = _SPLIT.fullmatch(text)
    assert found is not None, text
    unit = found.group(4)
    return text[: found.start(4)].rstrip(), unit or None


def number_value(text: str) -> Fraction | None:
    """The exact value of a decimal, or None if it has too many digits or leaves the range of a float64.

    The text is measured before anything is computed, so that `1e999999999` costs nothing.
    """
    found = _SPLIT.fullmatch(text)
    assert found is not None, text
    whole, decimals, exponent = found.group(1), found.group(2) or "", found.group(3) or "0"
    if len(whole) + len(decimals) > LARGEST_DIGITS or len(exponent) > 8:
        return None
    digits = (whole + decimals).lstrip("0")
    if not digits:
        return Fraction(0)
    power = int(exponent) - len(decimals)
    if abs(power + len(digits) - 1) > LARGEST_POWER:
        return None
    return int(digits) * Fraction(10) ** power


def too_large(span: Span, small: bool = False) -> Diagnostic:
    """The diagnostic for a number that `number_value` refuses."""
    limits = f"at most {LARGEST_DIGITS} digits, between 1e-{LARGEST_POWER} and 1e{LARGEST_POWER}"
    helps = () if small else ("write `inf` for infinity",)
    return Diagnostic("E0111", f"number too {'small' if small else 'large'}", span, limits, helps=helps)
