"""What a checked program claims of itself: `expect` lines and the statistics that they are about."""

from __future__ import annotations

from dataclasses import dataclass

from inferno.grammar.checked import Checked
from inferno.grammar.expression import Expression


@dataclass(frozen=True, slots=True)
class Statistic(Checked):
    """A number that a run has: `kind` is `value` (of a recordable variable), `rate`, `mean_rate`, `cv_isi`, `fano` or `correlation`.

    `reduction` (`mean`, `min`, `max`, `std`, `sum`) makes one number of what there is for each neuron, sample and, for values, step.
    Steps before `start` do not count; spikes are counted in windows of so many steps.
    """

    kind: str
    reduction: str
    population: str
    variable: str
    index: tuple[tuple[int | None, int | None, int | None], ...]
    start: int
    window: int


@dataclass(frozen=True, slots=True)
class Expectation(Checked):
    """`expect value in [low, high]`: the value refers to its statistics by their numbers; limits in base units.

    `unit` is what the author wrote the limits in, `factor` how much of the base unit that is.
    """

    text: str
    value: Expression
    statistics: tuple[Statistic, ...]
    low: float
    high: float
    unit: str
    factor: float
