"""Where the neurons of a population are."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

SHORTEST, LONGEST = Fraction(1, 10**100), Fraction(10**100)
"""Between what lengths may be, in um, and widths in neurons: distances are squared, of many neurons in a row as well."""


@dataclass(frozen=True, slots=True)
class Grid:
    """On the population's own grid, the first at the origin, neighbours `spacing` um from each other."""

    spacing: Fraction

    def box(self, shape: tuple[int, ...]) -> tuple[Fraction, ...]:
        """The box that holds them all, one corner of which is the origin, in um; without a shape there is one neuron on one axis."""
        return tuple((n - 1) * self.spacing for n in shape or (1,))


@dataclass(frozen=True, slots=True)
class Scatter:
    """Anywhere in a box, one corner of which is the origin, each neuron on its own; its sides in um."""

    sides: tuple[Fraction, ...]

    def box(self, shape: tuple[int, ...]) -> tuple[Fraction, ...]:
        """The box that holds them all, one corner of which is the origin, in um."""
        return self.sides


Places = Grid | Scatter
