"""Spike trains drawn from rates: independent in every element, as a whole or step by step.

A train is drawn as the intervals between its spikes, not as its steps, so that time and memory follow the number of spikes; elements with
a rate of 0 cost nothing but their silent output.  Poisson processes with a refractory period: Gerstner et al., Neuronal Dynamics, section
7.5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from inferno.core import arguments

_BLOCK = 1 << 18  # intervals drawn at once, so that the working memory stays bounded whatever the rates


@dataclass(frozen=True)
class _Trains:
    """What spike trains are drawn from.  Times are in steps; the first interval starts at `start`."""

    shape: tuple[int, ...]
    active: Tensor  # positions of the elements that may spike, in the flattened inputs
    means: Tensor  # mean interval of each active element
    draw: Callable[[int, Tensor], Tensor]  # (count, chosen active elements) -> intervals [count, chosen]
    start: float

    def whole(self, steps: int) -> Tensor:
        size = math.prod(self.shape)
        # Times at or past the end are written to one row more, which is then cut off: cheaper than to sort them out.
        spikes = torch.zeros((steps + 1) * size, dtype=torch.bool, device=self.active.device)
        active, means = self.active, self.means
        chosen = torch.arange(active.numel(), device=active.device)
        last = torch.full_like(means, self.start)
        while chosen.numel():
            expected = ((steps - last) / means).mean().item()
            count = max(1, min(math.ceil(expected + 2 * math.sqrt(expected)) + 1, _BLOCK // chosen.numel()))
            times = self.draw(count, chosen)
            times[0] += last
            times.cumsum_(0)
            last = times[-1].clone()
            steps_of = times.clamp_(max=steps).long()
            spikes.index_fill_(0, steps_of.mul_(size).add_(active).view(-1), True)
            on = (last < steps).nonzero().squeeze(1)
            active, means, chosen, last = active[on], means[on], chosen[on], last[on]
        return spikes[: steps * size].view(steps, *self.shape)

    def stepwise(self, steps: int) -> Iterator[Tensor]:
        times = self.start + self.draw(1, torch.arange(self.active.numel(), device=self.active.device))[0]
        for step in range(steps):
            spikes = torch.zeros(math.prod(self.shape), dtype=torch.bool, device=self.active.device)
            fired = (times < step + 1).nonzero().squeeze(1)
            spikes.index_fill_(0, self.active[fired], True)
            while fired.numel():  # more than once only where intervals may be shorter than a step
                times = times.index_add(0, fired, self.draw(1, fired)[0])
                fired = fired[times[fired] < step + 1]
            yield spikes.view(self.shape)


def homogeneous_poisson_exp_interval(
    inputs: Tensor,
    steps: int,
    step_time: float,
    *,
    refrac: float | None = None,
    compensate: bool = True,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Spike trains of Poisson processes with a refractory period.

    The first spike time and each interval is r + c E with E ~ Exp(1), and a spike falls into the step that holds its time: c = 1000 / rate
    - r if `compensate`, so that the mean interval is that of the rate, else c = 1000 / rate.  A rate above 1000 / r gives intervals of r.

    Source: Dayan & Abbott, Theoretical Neuroscience (2001), section 1.4.

    Parameters
    ----------
    inputs
        Rates in Hz, at least 0, of any shape.
    steps
        How many steps to draw.
    step_time
        The length of a step, in ms.
    refrac
        The refractory period r in ms; None for one step.  Spikes are at least floor(r / step_time) steps apart, and where it is shorter
        than a step, those that fall into the same step are one.  Step 0 is silent if it is at least a step.
    compensate
        Whether the mean interval includes the refractory period.
    generator
        The source of random numbers, on the device of the inputs; None for torch's own.

    Returns
    -------
    Tensor
        Spikes, bool [steps, *inputs.shape], on the device of the inputs.

    Raises
    ------
    TypeError
        For inputs that are no tensor, or an argument that is no number.
    ValueError
        For a rate that is negative, infinite or NaN, or an argument out of range.
    """
    return _refractory(inputs, step_time, refrac, compensate, generator).whole(arguments.count("steps", steps))


def homogeneous_poisson_exp_interval_online(
    inputs: Tensor,
    steps: int,
    step_time: float,
    *,
    refrac: float | None = None,
    compensate: bool = True,
    generator: torch.Generator | None = None,
) -> Iterator[Tensor]:
    """As `homogeneous_poisson_exp_interval`, one step at a time: yields `steps` bool tensors [*inputs.shape].

    The same distribution, from other random numbers.  Arguments are checked at the call, not at the first step.
    """
    return _refractory(inputs, step_time, refrac, compensate, generator).stepwise(arguments.count("steps", steps))


def homogenous_poisson_bernoulli_approx(
    inputs: Tensor, steps: int, step_time: float, *, generator: torch.Generator | None = None
) -> Tensor:
    """Spike trains in which each step spikes, independently, with probability min(rate * step_time / 1000, 1).

    Also under the name `homogeneous_poisson_bernoulli_approx`.

    Source: Dayan & Abbott, Theoretical Neuroscience (2001), section 1.4.

    Parameters
    ----------
    inputs
        Rates in Hz, at least 0, of any shape.
    steps
        How many steps to draw.
    step_time
        The length of a step, in ms.
    generator
        The source of random numbers, on the device of the inputs; None for torch's own.

    Returns
    -------
    Tensor
        Spikes, bool [steps, *inputs.shape], on the device of the inputs.

    Raises
    ------
    TypeError
        For inputs that are no tensor, or an argument that is no number.
    ValueError
        For a rate that is negative, infinite or NaN, or an argument out of range.
    """
    return _bernoulli(inputs, step_time, generator).whole(arguments.count("steps", steps))


def homogenous_poisson_bernoulli_approx_online(
    inputs: Tensor, steps: int, step_time: float, *, generator: torch.Generator | None = None
) -> Iterator[Tensor]:
    """As `homogenous_poisson_bernoulli_approx`, one step at a time: yields `steps` bool tensors [*inputs.shape]."""
    return _bernoulli(inputs, step_time, generator).stepwise(arguments.count("steps", steps))


homogeneous_poisson_bernoulli_approx = homogenous_poisson_bernoulli_approx
homogeneous_poisson_bernoulli_approx_online = homogenous_poisson_bernoulli_approx_online


def inhomogeneous_poisson_bernoulli_approx(inputs: Tensor, step_time: float, *, generator: torch.Generator | None = None) -> Tensor:
    """Spike trains for rates that change: each step spikes, independently, with probability min(rate * step_time / 1000, 1).

    Source: Dayan & Abbott, Theoretical Neuroscience (2001), section 1.4.

    Parameters
    ----------
    inputs
        Rates in Hz, at least 0, [steps, ...].
    step_time
        The length of a step, in ms.
    generator
        The source of random numbers, on the device of the inputs; None for torch's own.

    Returns
    -------
    Tensor
        Spikes, bool [steps, ...] as the inputs, on their device.

    Raises
    ------
    TypeError
        For inputs that are no tensor, or an argument that is no number.
    ValueError
        For a rate that is negative, infinite or NaN, or a step time that is not positive.
    """
    arguments.positive("step_time", step_time)
    active, rates = _rates(inputs)
    drawn = torch.rand(rates.shape, generator=generator, dtype=rates.dtype, device=rates.device)
    spikes = torch.zeros(inputs.numel(), dtype=torch.bool, device=inputs.device)
    spikes[active] = drawn < rates * (step_time / 1000)
    return spikes.view(inputs.shape)


def poisson_interval(inputs: Tensor, steps: int, step_time: float, *, generator: torch.Generator | None = None) -> Tensor:
    """Spike trains whose intervals are whole numbers of steps from Poisson distributions.

    The mean of the distribution is 1000 / (rate * step_time) steps, and an interval of 0 becomes 1.  A first interval of n spikes in step
    n - 1.  Spikes past the end are not part of the train.

    Source: Hazan et al., Frontiers in Neuroinformatics 12:89 (2018).

    Parameters
    ----------
    inputs
        Rates in Hz, at least 0, of any shape.
    steps
        How many steps to draw.
    step_time
        The length of a step, in ms.
    generator
        The source of random numbers, on the device of the inputs; None for torch's own.

    Returns
    -------
    Tensor
        Spikes, bool [steps, *inputs.shape], on the device of the inputs.

    Raises
    ------
    TypeError
        For inputs that are no tensor, or an argument that is no number.
    ValueError
        For a rate that is negative, infinite or NaN, or an argument out of range.
    """
    steps = arguments.count("steps", steps)
    return _poisson(inputs, steps, step_time, generator).whole(steps)


def poisson_interval_online(inputs: Tensor, steps: int, step_time: float, *, generator: torch.Generator | None = None) -> Iterator[Tensor]:
    """As `poisson_interval`, one step at a time: yields `steps` bool tensors [*inputs.shape]."""
    steps = arguments.count("steps", steps)
    return _poisson(inputs, steps, step_time, generator).stepwise(steps)


def _rates(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Positions and values of the rates that are not 0, after a check of them."""
    arguments.instance("inputs", inputs, Tensor, "a tensor of rates")
    if inputs.is_complex():
        raise TypeError(f"`inputs` must be real, got {inputs.dtype}")
    flat = inputs.detach().reshape(-1)
    active = flat.nonzero().squeeze(1)
    # Double, because a time of 10,000 steps leaves a float32 no more than three decimals.  (Apple's GPUs have no double.)
    rates = flat[active].to(torch.float32 if inputs.device.type == "mps" else torch.float64)
    if active.numel():
        low, high = torch.aminmax(rates)
        if not (low.item() > 0 and high.item() < math.inf):
            raise ValueError(f"`inputs` must be finite and at least 0, got rates from {low.item():g} to {high.item():g} Hz")
    return active, rates


def _intervals(rates: Tensor, step_time: float) -> Tensor:
    """Mean intervals in steps, finite also for the smallest rates (an infinity times 0 would be NaN)."""
    return (1000 / (rates * arguments.positive("step_time", step_time))).clamp_(max=torch.finfo(rates.dtype).max)


def _refractory(inputs: Tensor, step_time: float, refrac: float | None, compensate: bool, generator: torch.Generator | None) -> _Trains:
    active, rates = _rates(inputs)
    means = _intervals(rates, step_time)
    least = 1.0 if refrac is None else arguments.non_negative("refrac", refrac) / step_time
    if math.isclose(least, round(least), rel_tol=1e-12):
        least = float(round(least))  # 0.3 / 0.1 is a little less than 3, which would let two spikes be 2 steps apart
    scales = (means - least).clamp_(min=0) if compensate else means
    if least == 0:  # no memory: what follows the end of a step with a spike starts afresh there, so all intervals are whole steps
        return _Trains(tuple(inputs.shape), active, means.clamp(min=1), _geometric(scales, generator), -1.0)

    def draw(count: int, chosen: Tensor) -> Tensor:
        return _exponential(scales, count, chosen, generator).add_(least)

    return _Trains(tuple(inputs.shape), active, scales + least, draw, 0.0)


def _bernoulli(inputs: Tensor, step_time: float, generator: torch.Generator | None) -> _Trains:
    active, rates = _rates(inputs)
    means = _intervals(rates, step_time).clamp_(min=1)
    # Silent steps between spikes: floor(c E) = n has probability p (1 - p)^n for c = -1 / log(1 - p); at p = 1, c = 0.
    scales = (-1 / torch.log1p(-1 / means)).clamp_(max=torch.finfo(means.dtype).max)
    return _Trains(tuple(inputs.shape), active, means, _geometric(scales, generator), -1.0)


def _poisson(inputs: Tensor, steps: int, step_time: float, generator: torch.Generator | None) -> _Trains:
    active, rates = _rates(inputs)
    # Torch's sampler is made for moderate means; from this limit on, an interval ends within `steps` with a probability below 1e-1000.
    means = _intervals(rates, step_time).clamp_(max=4.0 * steps + 10_000)

    def draw(count: int, chosen: Tensor) -> Tensor:
        return torch.poisson(means[chosen].expand(count, -1), generator=generator).clamp_(min=1)

    return _Trains(tuple(inputs.shape), active, means.clamp(min=1), draw, -1.0)


def _geometric(scales: Tensor, generator: torch.Generator | None) -> Callable[[int, Tensor], Tensor]:
    def draw(count: int, chosen: Tensor) -> Tensor:
        return _exponential(scales, count, chosen, generator).floor_().add_(1)

    return draw


def _exponential(scales: Tensor, count: int, chosen: Tensor, generator: torch.Generator | None) -> Tensor:
    """Exponential intervals [count, chosen] by inversion, which is several times as fast as torch's `exponential_` on one thread."""
    uniform = torch.rand((count, chosen.numel()), generator=generator, dtype=scales.dtype, device=scales.device)
    return uniform.neg_().log1p_().mul_(-scales[chosen])
