"""What a network is made of, as far as running it needs: names, shapes, units, defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from inferno.runtime.places import Places
from inferno.runtime.synapses import ListInfo

Index = tuple[tuple[int | None, int | None, int | None], ...]


@dataclass(frozen=True, slots=True)
class InputInfo:
    """A network input of `kind` `real` or `spikes`."""

    name: str
    kind: str
    shape: tuple[int, ...]
    low: float
    high: float
    default: float | None = None


@dataclass(frozen=True, slots=True)
class OutputInfo:
    """An output: `mean` or `sum` of a variable over time, or a readout by its model's name with its options."""

    name: str
    kind: str
    population: str
    variable: str
    options: Mapping[str, float]
    part: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """A recorded variable, sampled at the end of every `every`-th step; `name` is how a result calls it."""

    name: str
    owner: str
    variable: str
    every: int
    index: Index
    unit: str


@dataclass(frozen=True, slots=True, eq=False)
class SpikeTrainInfo:
    """Spikes that a file gives, the same to all samples: `step` (ascending) and `index`, int64."""

    neurons: int
    step: Tensor
    index: Tensor

    def between(self, start: int, end: int) -> Tensor:
        """The spikes of some steps as booleans [time, 1, neurons]."""
        first, last = (int(i) for i in torch.searchsorted(self.step, torch.tensor([start, end])))
        spikes = torch.zeros(end - start, 1, self.neurons, dtype=torch.bool)
        spikes[self.step[first:last] - start, 0, self.index[first:last]] = True
        return spikes


@dataclass(frozen=True, slots=True)
class StatisticInfo:
    """A statistic over a call: `kind` is `value`, `rate`, `mean_rate`, `cv_isi`, `fano` or `correlation`; `start` and `window` in steps."""

    kind: str
    reduction: str
    population: str
    variable: str
    index: Index
    start: int
    window: int


@dataclass(frozen=True, slots=True)
class ClaimInfo:
    """A claim: `value` makes one number of its statistics, which should lie from `low` to `high`; `factor` is the unit in base units."""

    text: str
    statistics: tuple[StatisticInfo, ...]
    value: Callable[[Sequence[float]], float]
    low: float
    high: float
    unit: str
    factor: float


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim after a run: its value and limits in its unit, whether it holds, and where it has no value (NaN), why."""

    text: str
    value: float
    low: float
    high: float
    unit: str
    holds: bool
    why: str = ""

    def __str__(self) -> str:
        """`mean_rate(E) in [5 Hz, 20 Hz]: 12.3 Hz, holds`."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        found = self.why if self.why else f"{self.value:.6g}{unit}"
        return f"{self.text}: {found}, {'holds' if self.holds else 'does not hold'}"


@dataclass(frozen=True, slots=True)
class TrainableInfo:
    """A trainable value by its key, and its limits; `value` is None for a tensor that the network keeps, else a number in base units."""

    key: str
    low: float | None
    high: float | None
    value: float | None = None
    unit: str = "1"


@dataclass(frozen=True, slots=True)
class Description:
    """A network's parts and how it runs when nothing else is said; dt in ms.

    `views` name parts of populations and inputs: whose, and from where to where on each axis.
    `drawn` are the parameters that differ, by the keys of their constants: whose they are, their name, and the shape in which they are
    shown (None: as they are).  `places` are where the neurons of populations are, of those that say it.
    """

    name: str
    dt: float
    steps: int | None
    batch: int
    seed: int
    inputs: tuple[InputInfo, ...]
    populations: Mapping[str, tuple[int, ...]]
    spiking: tuple[str, ...]
    projections: tuple[str, ...]
    uniform_weights: Mapping[str, tuple[str, int, int]]
    outputs: tuple[OutputInfo, ...]
    recordings: tuple[RecordingInfo, ...]
    lists: Mapping[str, ListInfo] = field(default_factory=dict)
    views: Mapping[str, tuple[str, tuple[tuple[int, int], ...]]] = field(default_factory=dict)
    trainable: Mapping[str, TrainableInfo] = field(default_factory=dict)
    drawn: Mapping[str, tuple[str, str, tuple[int, ...] | None]] = field(default_factory=dict)
    claims: tuple[ClaimInfo, ...] = ()
    trains: Mapping[str, SpikeTrainInfo] = field(default_factory=dict)
    places: Mapping[str, Places] = field(default_factory=dict)
