"""Encoders: modules that turn intensities into spike trains."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.core.module import Module
from inferno.neural.functional.encoding import (
    homogeneous_poisson_exp_interval,
    homogeneous_poisson_exp_interval_online,
    homogenous_poisson_bernoulli_approx,
    homogenous_poisson_bernoulli_approx_online,
    poisson_interval,
    poisson_interval_online,
)


@dataclass(frozen=True)
class _Settings:
    """Checked settings of an encoder.  They are replaced together, so that a refused one changes nothing."""

    steps: int
    step_time: float
    frequency: float
    refrac: float | None = None
    compensate: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", arguments.count("steps", self.steps))
        object.__setattr__(self, "step_time", arguments.positive("step_time", self.step_time))
        object.__setattr__(self, "frequency", arguments.non_negative("frequency", self.frequency))
        if self.refrac is not None:
            object.__setattr__(self, "refrac", arguments.non_negative("refrac", self.refrac))
        # At exactly 1000 every interval is the refractory period; above, none is short enough.  (The factor allows for rounding.)
        if self.compensate and self.frequency * self.refractory > 1000 * (1 + 1e-9):
            raise ValueError(
                f"`frequency` must be at most 1000 / `refrac` ({1000 / self.refractory:g} Hz for {self.refractory:g} ms) "
                f"to be compensated, got {self.frequency:g}"
            )

    @property
    def refractory(self) -> float:
        """The refractory period in ms."""
        return self.step_time if self.refrac is None else self.refrac


class Encoder(Module):
    """Turns intensities into spike trains of a set number of steps.  Abstract.

    Call it as `encoder(inputs, online=False)` with intensities of at least 0; the rate of an element is `frequency` times its intensity.
    It gives bool [steps, *inputs.shape] on the device of the inputs, or, online, an iterator over as many bool tensors [*inputs.shape],
    drawn step by step from the same distribution.
    """

    def __init__(self, settings: _Settings, generator: torch.Generator | None) -> None:
        super().__init__()
        self._settings = settings
        self.generator = generator

    @property
    def dt(self) -> float:
        """The length of a step, in ms; setting it leaves the number of steps."""
        return self._settings.step_time

    @dt.setter
    def dt(self, value: float) -> None:
        self._settings = replace(self._settings, step_time=value)

    @property
    def steps(self) -> int:
        """The number of steps of a spike train."""
        return self._settings.steps

    @steps.setter
    def steps(self, value: int) -> None:
        self._settings = replace(self._settings, steps=value)

    @property
    def duration(self) -> float:
        """The length of a spike train, in ms; setting it to a whole number of steps sets `steps` and leaves `dt`."""
        return self._settings.steps * self._settings.step_time

    @duration.setter
    def duration(self, value: float) -> None:
        dt = self._settings.step_time
        steps = round(arguments.positive("duration", value) / dt)
        if steps < 1 or abs(steps * dt - value) > 1e-6 * dt:
            raise ValueError(f"`duration` must be a whole number of steps of {dt:g} ms, got {value!r}")
        self._settings = replace(self._settings, steps=steps)

    @property
    def frequency(self) -> float:
        """The rate of an intensity of 1, in Hz."""
        return self._settings.frequency

    @frequency.setter
    def frequency(self, value: float) -> None:
        self._settings = replace(self._settings, frequency=value)

    @property
    def generator(self) -> torch.Generator | None:
        """The source of random numbers, on the device of the inputs; None for torch's own."""
        return self._generator

    @generator.setter
    def generator(self, value: torch.Generator | None) -> None:
        if value is not None:
            arguments.instance("generator", value, torch.Generator, "a torch.Generator or None")
        self._generator = value

    def forward(self, inputs: Tensor, online: bool = False) -> Tensor | Iterator[Tensor]:
        """Spike trains for intensities.

        Parameters
        ----------
        inputs
            Intensities of at least 0, of any shape.
        online
            Whether to give an iterator over the steps in place of one tensor.

        Raises
        ------
        TypeError
            For inputs that are no tensor.
        ValueError
            For an intensity that is negative, infinite or NaN.
        """
        arguments.instance("inputs", inputs, Tensor, "a tensor of intensities")
        if inputs.is_complex():
            raise TypeError(f"`inputs` must be real, got {inputs.dtype}")
        if inputs.numel():
            low, high = inputs.detach().aminmax()
            if not (low >= 0 and high < float("inf")):
                raise ValueError(f"`inputs` must be finite and at least 0, got intensities from {low.item():g} to {high.item():g}")
        # Half precision ends at 65504, which a rate in Hz may exceed.
        values = inputs.detach()
        rates = (values if values.dtype in (torch.float32, torch.float64) else values.float()) * self._settings.frequency
        return self._online(rates) if online else self._offline(rates)

    def extra_repr(self) -> str:
        """The settings, for `repr`."""
        return f"steps={self.steps}, step_time={self.dt:g}, frequency={self.frequency:g}"

    @abstractmethod
    def _offline(self, rates: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} must define `_offline`")

    @abstractmethod
    def _online(self, rates: Tensor) -> Iterator[Tensor]:
        raise NotImplementedError(f"{type(self).__name__} must define `_online`")


class HomogeneousPoissonEncoder(Encoder):
    """Poisson spike trains with a refractory period: see `neural.functional.homogeneous_poisson_exp_interval`.

    Source: Dayan & Abbott, Theoretical Neuroscience (2001), section 1.4.

    Parameters
    ----------
    steps
        The number of steps of a spike train.
    step_time
        The length of a step, in ms.
    frequency
        The rate of an intensity of 1, in Hz.
    refrac
        The least interval between spikes, in ms; None for one step, whatever its length.  With at least one step, step 0 is silent.
    compensate
        Whether the mean interval includes the refractory period, so that rates are as asked.
    generator
        The source of random numbers, on the device of the inputs; None for torch's own.

    Raises
    ------
    TypeError
        For an argument that is no number, or a generator that is none.
    ValueError
        For an argument out of range, or, if compensated, `frequency * refrac` above 1000: no such rate is possible.  (At 1000, an intensity
        of 1 spikes after every refractory period.  Intensities above 1 that exceed it spike at that rate.)
    """

    def __init__(
        self,
        steps: int,
        step_time: float,
        frequency: float,
        *,
        refrac: float | None = None,
        compensate: bool = True,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(_Settings(steps, step_time, frequency, refrac, bool(compensate)), generator)

    @property
    def refrac(self) -> float:
        """The least interval between spikes, in ms; set to None, it is one step, also after `dt` changes."""
        return self._settings.refractory

    @refrac.setter
    def refrac(self, value: float | None) -> None:
        self._settings = replace(self._settings, refrac=value)

    @property
    def compensated(self) -> bool:
        """Whether the mean interval includes the refractory period."""
        return self._settings.compensate

    @compensated.setter
    def compensated(self, value: bool) -> None:
        self._settings = replace(self._settings, compensate=bool(value))

    def extra_repr(self) -> str:
        """The settings, for `repr`."""
        return f"{super().extra_repr()}, refrac={self.refrac:g}, compensate={self.compensated}"

    def _offline(self, rates: Tensor) -> Tensor:
        now = self._settings
        return homogeneous_poisson_exp_interval(
            rates, now.steps, now.step_time, refrac=now.refrac, compensate=now.compensate, generator=self._generator
        )

    def _online(self, rates: Tensor) -> Iterator[Tensor]:
        now = self._settings
        return homogeneous_poisson_exp_interval_online(
            rates, now.steps, now.step_time, refrac=now.refrac, compensate=now.compensate, generator=self._generator
        )


class HomogeneousPoissonApproxEncoder(Encoder):
    """Spike trains with independent steps: see `neural.functional.homogenous_poisson_bernoulli_approx`.

    Source: Dayan & Abbott, Theoretical Neuroscience (2001), section 1.4.

    Parameters
    ----------
    steps
        The number of steps of a spike train.
    step_time
        The length of a step, in ms.
    frequency
        The rate of an intensity of 1, in Hz.  From 1000 / `step_time` on, every step spikes.
    generator
        The source of random numbers, on the device of the inputs; None for torch's own.

    Raises
    ------
    TypeError
        For an argument that is no number, or a generator that is none.
    ValueError
        For an argument out of range.
    """

    def __init__(self, steps: int, step_time: float, frequency: float, *, generator: torch.Generator | None = None) -> None:
        super().__init__(_Settings(steps, step_time, frequency), generator)

    def _offline(self, rates: Tensor) -> Tensor:
        return homogenous_poisson_bernoulli_approx(rates, self._settings.steps, self._settings.step_time, generator=self._generator)

    def _online(self, rates: Tensor) -> Iterator[Tensor]:
        return homogenous_poisson_bernoulli_approx_online(rates, self._settings.steps, self._settings.step_time, generator=self._generator)


class PoissonIntervalEncoder(Encoder):
    """Spike trains with Poisson-distributed intervals: see `neural.functional.poisson_interval`.

    Source: Hazan et al., Frontiers in Neuroinformatics 12:89 (2018).

    Parameters
    ----------
    steps
        The number of steps of a spike train.
    step_time
        The length of a step, in ms.
    frequency
        The rate of an intensity of 1, in Hz.
    generator
        The source of random numbers, on the device of the inputs; None for torch's own.

    Raises
    ------
    TypeError
        For an argument that is no number, or a generator that is none.
    ValueError
        For an argument out of range.
    """

    def __init__(self, steps: int, step_time: float, frequency: float, *, generator: torch.Generator | None = None) -> None:
        super().__init__(_Settings(steps, step_time, frequency), generator)

    def _offline(self, rates: Tensor) -> Tensor:
        return poisson_interval(rates, self._settings.steps, self._settings.step_time, generator=self._generator)

    def _online(self, rates: Tensor) -> Iterator[Tensor]:
        return poisson_interval_online(rates, self._settings.steps, self._settings.step_time, generator=self._generator)
