"""The ends of a projection, and where their neurons are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from inferno.runtime.kernels import draw
from inferno.runtime.philox import stream_key


@dataclass(frozen=True, slots=True)
class Places:
    """Where the neurons of a population are, in um: on its grid, `spacing` apart, or where it has `sides`, anywhere in a box of these."""

    spacing: float = 1.0
    sides: tuple[float, ...] = ()

    def of(self, name: str, shape: tuple[int, ...], seed: int) -> Tensor:
        """The place of each neuron, float64 [neurons, axes]; those by chance are functions of the seed and the population's name."""
        count = math.prod(shape)
        if not self.sides:
            return torch.stack(torch.unravel_index(torch.arange(count), shape or (1,)), 1).to(torch.float64) * self.spacing
        # No name of an author has a blank, so that nobody else draws these.
        keys = [torch.tensor(stream_key(seed, f"{name} place.{axis}")) for axis in range(len(self.sides))]
        sample, step = torch.zeros(1, dtype=torch.int64), torch.tensor(0)
        return torch.stack(
            [draw("uniform", k, sample, step, count, dtype=torch.float64)[0] * side for k, side in zip(keys, self.sides, strict=True)], 1
        )


@dataclass(frozen=True, slots=True)
class End:
    """A population, or a part of it: the population's name and shape, and from where to where on each axis."""

    name: str
    shape: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]
    places: Places = Places()

    @property
    def numbers(self) -> Tensor:
        """The neurons of the end as numbers within the population, in order."""
        numbers = torch.arange(math.prod(self.shape)).reshape(self.shape)
        for axis, (low, high) in enumerate(self.ranges):
            numbers = numbers.narrow(axis, low, high - low)
        return numbers.reshape(-1)

    @property
    def count(self) -> int:
        """How many neurons it has."""
        return math.prod(high - low for low, high in self.ranges)

    def where(self, seed: int) -> Tensor:
        """The place of each neuron of the end in um, [neurons, axes]."""
        return self.places.of(self.name, self.shape, seed)[self.numbers]

    @property
    def grid(self) -> Tensor:
        """The place of each neuron of the end on the population's grid, [neurons, axes], in neurons."""
        return Places().of(self.name, self.shape, 0)[self.numbers]
