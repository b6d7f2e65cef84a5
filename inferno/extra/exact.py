"""Neurons that spike when they are told to."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.neural.neurons.neuron import Neuron


class ExactNeuron(Neuron):
    """Neurons that spike where their input is positive, or exactly where they are told: for experiments with given spike times.

    State: the spikes of the last step, bool [batch, *shape].  Voltage and refractory time are derived from them, and assigning either does
    nothing.

    Parameters
    ----------
    shape
        Of the group, without the batch.
    step_time
        Length of a step in ms, > 0.
    rest_v, thresh_v
        Voltage of a neuron that does not spike, and of one that does, in mV; the first below the second.
    batch_size
        Samples in a batch.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    _spike__data: Tensor

    def __init__(self, shape: int | tuple[int, ...], step_time: float, *, rest_v: float, thresh_v: float, batch_size: int = 1) -> None:
        super().__init__()
        self._shape = arguments.shape("shape", shape)
        self.step_time = arguments.positive("step_time", step_time)
        self.thresh_v = arguments.real("thresh_v", thresh_v)
        self.rest_v = arguments.less("rest_v", rest_v, "thresh_v", self.thresh_v)
        spikes = torch.zeros(arguments.count("batch_size", batch_size), *self._shape, dtype=torch.bool)
        self.register_buffer("_spike__data", spikes)
        # Bools don't say which type of floats a voltage has.
        self.register_buffer("_voltage__ref", torch.empty(0), persistent=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the group, without the batch."""
        return self._shape

    @property
    def batchsz(self) -> int:
        """The number of samples in a batch; setting it forgets the spikes."""
        return self._spike__data.shape[0]

    @batchsz.setter
    def batchsz(self, value: int) -> None:
        self._spike__data = self._spike__data.new_zeros(arguments.count("batchsz", value), *self._shape)

    @property
    def dt(self) -> float:
        """The length of a step, in ms."""
        return self.step_time

    @dt.setter
    def dt(self, value: float) -> None:
        self.step_time = arguments.positive("dt", value)

    @property
    def voltage(self) -> Tensor:
        """`thresh_v` where a neuron spiked, `rest_v` elsewhere, in mV, [batch, *shape]; assigning does nothing."""
        rest = torch.full(self._spike__data.shape, self.rest_v, dtype=self._voltage__ref.dtype, device=self._spike__data.device)
        return rest.masked_fill(self._spike__data, self.thresh_v)

    @voltage.setter
    def voltage(self, value: Tensor) -> None:
        return

    @property
    def refrac(self) -> Tensor:
        """Zeros, in ms, [batch, *shape]; assigning does nothing."""
        return torch.zeros(self._spike__data.shape, dtype=self._voltage__ref.dtype, device=self._spike__data.device)

    @refrac.setter
    def refrac(self, value: Tensor) -> None:
        return

    @property
    def spike(self) -> Tensor:
        """Which neurons spiked in the last step, bool [batch, *shape]."""
        return self._spike__data

    def clear(self, **kwargs: Any) -> None:
        """Forget the spikes."""
        self._spike__data = torch.zeros_like(self._spike__data)

    def forward(self, inputs: Tensor, override: Tensor | None = None, **kwargs: Any) -> Tensor:
        """One step.

        Parameters
        ----------
        inputs
            Currents in nA, [batch, *shape]; a positive one makes a spike.
        override
            The spikes, in place of those of the input: as many elements, in any shape.

        Returns
        -------
        Tensor
            Spikes, bool [batch, *shape].

        Raises
        ------
        ValueError, TypeError
            For inputs or spikes of another shape, or of another kind.
        """
        size = self._spike__data.shape
        arguments.instance("inputs", inputs, Tensor, "a tensor of currents")
        if override is not None:
            arguments.instance("override", override, Tensor, "a tensor of spikes or None")
        if override is None and inputs.shape != size:
            raise ValueError(f"`inputs` must have the shape {list(size)} (batch and neurons), got {list(inputs.shape)}")
        if override is not None and override.numel() != size.numel():
            raise ValueError(f"`override` must have {size.numel()} elements ({list(size)}), got the shape {list(override.shape)}")
        self._spike__data = inputs > 0 if override is None else override.reshape(size).to(torch.bool, copy=True)
        return self._spike__data
