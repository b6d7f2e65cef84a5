"""What a network is made of, as far as running it needs: names, shapes, units, defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    `drawn` are, for each population, the parameters that differ from neuron to neuron.
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
    drawn: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
