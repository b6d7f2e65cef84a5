"""Every unit that can be written, its dimension, and its exact factor to the base units of a compiled network.

Base units are coherent: ms, mV, nA, and hence uS = nA/mV, MOhm = mV/nA, nF = nA*ms/mV, pC = nA*ms, kHz = 1/ms; um for
length, amol for amount (so that mM = amol/um^3), g for mass.  A value in base units needs no factor ever after.
`dt` is no unit of this table: its length is a setting of the run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

Dimension = tuple[Fraction, Fraction, Fraction, Fraction, Fraction, Fraction]
"""Exponents over (s, V, A, m, mol, g)."""

LARGEST_EXPONENT = 99
LARGEST_PRODUCT = 16


@dataclass(frozen=True, slots=True)
class Unit:
    """A dimension, and the factor that turns a value in this unit into base units."""

    dimension: Dimension
    factor: Fraction


def dimension_of(s: int = 0, V: int = 0, A: int = 0, m: int = 0, mol: int = 0, g: int = 0) -> Dimension:
    """The dimension with these exponents."""
    return (Fraction(s), Fraction(V), Fraction(A), Fraction(m), Fraction(mol), Fraction(g))


DIMENSIONLESS = dimension_of()

PREFIXES: dict[str, int] = {"": 0, "f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9}

# What one unprefixed unit is: its dimension, and the power of ten of base units in it.
_ROOTS: dict[str, tuple[Dimension, int]] = {
    "s": (dimension_of(s=1), 3),
    "V": (dimension_of(V=1), 3),
    "A": (dimension_of(A=1), 9),
    "S": (dimension_of(A=1, V=-1), 6),
    "F": (dimension_of(A=1, s=1, V=-1), 9),
    "Ohm": (dimension_of(V=1, A=-1), -6),
    "Hz": (dimension_of(s=-1), -3),
    "C": (dimension_of(A=1, s=1), 12),
    "m": (dimension_of(m=1), 6),
    "g": (dimension_of(g=1), 0),
    "mol": (dimension_of(mol=1), 18),
    "M": (dimension_of(mol=1, m=-3), 3),  # molar: mol/dm^3 = 10^18 amol / 10^15 um^3
}

UNITS: dict[str, Unit] = {
    prefix + root: Unit(dimension, Fraction(10) ** (power + exponent))
    for root, (dimension, exponent) in _ROOTS.items()
    for prefix, power in PREFIXES.items()
}

_NAMED: dict[Dimension, tuple[str, str]] = {
    DIMENSIONLESS: ("1", "1"),
    dimension_of(s=1): ("time", "ms"),
    dimension_of(V=1): ("voltage", "mV"),
    dimension_of(A=1): ("current", "nA"),
    dimension_of(A=1, V=-1): ("conductance", "uS"),
    dimension_of(V=1, A=-1): ("resistance", "MOhm"),
    dimension_of(A=1, s=1, V=-1): ("capacitance", "nF"),
    dimension_of(A=1, s=1): ("charge", "pC"),
    dimension_of(s=-1): ("frequency", "kHz"),
    dimension_of(m=1): ("length", "um"),
    dimension_of(m=2): ("area", "um^2"),
    dimension_of(m=3): ("volume", "um^3"),
    dimension_of(mol=1): ("amount", "amol"),
    dimension_of(mol=1, m=-3): ("concentration", "mM"),
    dimension_of(g=1): ("mass", "g"),
}

_BASE_NAMES = ("ms", "mV", "nA", "um", "amol", "g")
_QUANTITY_NAMES = ("time", "voltage", "current", "length", "amount", "mass")

_FACTOR = re.compile(r"(1|[A-Za-z]+)(?:\^(-?[0-9]{1,2}))?")


def multiply(left: Dimension, right: Dimension, power: int | Fraction = 1) -> Dimension:
    """The dimension of `left * right^power`."""
    s, V, A, m, mol, g = (a + b * power for a, b in zip(left, right, strict=True))
    return (s, V, A, m, mol, g)


def parse_unit(text: str) -> Unit:
    """The unit that a text such as `nS/ms`, `1/ms`, `1` or `mV^2` stands for.

    Raises KeyError for a name that is no unit and ValueError for a text that is not built of units.
    """
    parts = re.split(r"([*/])", text)
    if len(parts) > 2 * LARGEST_PRODUCT - 1:
        raise ValueError(f"a unit of more than {LARGEST_PRODUCT} factors")
    dimension, factor = DIMENSIONLESS, Fraction(1)
    for index in range(0, len(parts), 2):
        found = _FACTOR.fullmatch(parts[index])
        if found is None:
            raise ValueError(f"`{parts[index]}` is not a unit")
        name, exponent = found.group(1), int(found.group(2) or 1)
        if name == "1":
            continue
        power = -exponent if index and parts[index - 1] == "/" else exponent
        unit = AMOL if name == "amol" else UNITS[name]
        dimension = multiply(dimension, unit.dimension, power)
        factor *= unit.factor**power
    return Unit(dimension, factor)


# The base unit of amount is printed, so it can be read back; nobody writes it in a model.
AMOL = Unit(dimension_of(mol=1), Fraction(1))


def dimension_name(dimension: Dimension) -> str:
    """What people call a dimension: `voltage`, `conductance`, `1`, or a product such as `voltage/time`."""
    if dimension in _NAMED:
        return _NAMED[dimension][0]
    return _with_time(dimension, 0) or _product(dimension, _QUANTITY_NAMES)


def base_unit(dimension: Dimension) -> str:
    """The text of the unit in which a compiled network holds a dimension: `mV`, `uS/ms`, `1`."""
    if dimension in _NAMED:
        return _NAMED[dimension][1]
    return _with_time(dimension, 1) or _product(dimension, _BASE_NAMES)


def _with_time(dimension: Dimension, column: int) -> str | None:
    """A named dimension times or over a power of time, if it is that."""
    for power in (-1, 1, -2, 2):
        rest = multiply(dimension, dimension_of(s=1), -power)
        if rest in _NAMED:
            name = _NAMED[rest][column]
            time = ("time", "ms")[column] + ("" if abs(power) == 1 else f"^{abs(power)}")
            return f"{name}/{time}" if power < 0 else time if name == "1" else f"{name}*{time}"
    return None


def _product(dimension: Dimension, names: tuple[str, ...]) -> str:
    """A product of powers of base names."""
    above = [_power(name, e) for name, e in zip(names, dimension, strict=True) if e > 0]
    below = [_power(name, -e) for name, e in zip(names, dimension, strict=True) if e < 0]
    return "/".join(["*".join(above) or "1", *below])


def _power(name: str, exponent: Fraction) -> str:
    if exponent == 1:
        return name
    return f"{name}^{exponent}" if exponent.denominator == 1 else f"{name}^({exponent})"
