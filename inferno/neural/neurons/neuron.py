"""What every neuron offers, and the state that all of them have: membrane voltage, refractory time, spikes."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as nn_functional
from torch import Tensor

from inferno.core import arguments
from inferno.core.module import Module
from inferno.neural.native import NativeStep

RESIDUE = 1e-3
"""Part of a time step below which a refractory time is over: differences of floats leave residues."""


class Neuron(Module):
    """A group of neurons with common dynamics: currents in, spikes out, state in between.  Abstract.

    `shape` is that of the group, without the batch.  Voltages are in mV, times in ms, currents in nA.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the group, without the batch."""
        raise NotImplementedError(f"{type(self).__name__} must define `shape`")

    @property
    def count(self) -> int:
        """The number of neurons in the group."""
        return math.prod(self.shape)

    @property
    def batchsz(self) -> int:
        """The number of samples in a batch; setting it starts the state afresh."""
        raise NotImplementedError(f"{type(self).__name__} must define `batchsz`")

    @batchsz.setter
    def batchsz(self, value: int) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define `batchsz`")

    @property
    def batchedshape(self) -> tuple[int, ...]:
        """The shape of inputs, outputs and state: batch first."""
        return (self.batchsz, *self.shape)

    @property
    def dt(self) -> float:
        """The length of a step, in ms."""
        raise NotImplementedError(f"{type(self).__name__} must define `dt`")

    @dt.setter
    def dt(self, value: float) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define `dt`")

    @property
    def voltage(self) -> Tensor:
        """Membrane voltages in mV, [batch, *shape]."""
        raise NotImplementedError(f"{type(self).__name__} must define `voltage`")

    @voltage.setter
    def voltage(self, value: Tensor) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define `voltage`")

    @property
    def refrac(self) -> Tensor:
        """What is left of the refractory periods in ms, [batch, *shape]."""
        raise NotImplementedError(f"{type(self).__name__} must define `refrac`")

    @refrac.setter
    def refrac(self, value: Tensor) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define `refrac`")

    @property
    def spike(self) -> Tensor:
        """Which neurons spiked in the last step, bool [batch, *shape]."""
        raise NotImplementedError(f"{type(self).__name__} must define `spike`")

    @abstractmethod
    def clear(self, **kwargs: Any) -> None:
        """Bring the state back to rest."""
        raise NotImplementedError(f"{type(self).__name__} must define `clear`")

    @abstractmethod
    def forward(self, inputs: Tensor, **kwargs: Any) -> Tensor:
        """One step: currents in nA [batch, *shape] in, spikes bool [batch, *shape] out."""
        raise NotImplementedError(f"{type(self).__name__} must define `forward`")


class InfernoNeuron(Neuron):
    """A neuron that keeps voltages, refractory times and spikes for each sample of a batch.  Abstract: `forward` is missing.

    State: `_voltage__data` and `_refrac__data`, float [batch, *shape], are saved; the spikes of the last step, bool, are not.

    Parameters
    ----------
    shape
        Of the group, without the batch: a whole number or several.
    step_time
        Length of a step in ms, > 0.
    rest_v
        Voltage at rest in mV.
    refrac_t
        Refractory period in ms, >= 0: the next spike comes max(1, ceil(refrac_t/step_time)) steps later at the earliest.
    batch_size
        Samples in a batch.
    """

    def __init__(self, shape: int | tuple[int, ...], step_time: float, *, rest_v: float, refrac_t: float, batch_size: int) -> None:
        super().__init__()
        self._shape = arguments.shape("shape", shape)
        self.step_time = arguments.positive("step_time", step_time)
        self.rest_v = arguments.real("rest_v", rest_v)
        self.refrac_t = arguments.non_negative("refrac_t", refrac_t)
        self._allocate(arguments.count("batch_size", batch_size))
        self._native_step: NativeStep

    def _allocate(self, batch: int) -> None:
        known: Tensor | None = self._buffers.get("_voltage__data")
        like = known if known is not None else torch.empty(0)
        voltage = torch.full((batch, *self._shape), self.rest_v, dtype=like.dtype, device=like.device)
        self.register_buffer("_voltage__data", voltage)
        self.register_buffer("_refrac__data", torch.zeros_like(voltage))
        self.register_buffer("_spike__data", torch.zeros_like(voltage, dtype=torch.bool), persistent=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the group, without the batch."""
        return self._shape

    @property
    def batchsz(self) -> int:
        """The number of samples in a batch; setting it starts the state afresh."""
        return self._voltage__data.shape[0]

    @batchsz.setter
    def batchsz(self, value: int) -> None:
        self._allocate(arguments.count("batchsz", value))
        self.clear()

    @property
    def dt(self) -> float:
        """The length of a step, in ms."""
        return self.step_time

    @dt.setter
    def dt(self, value: float) -> None:
        self.step_time = arguments.positive("dt", value)

    @property
    def voltage(self) -> Tensor:
        """Membrane voltages in mV, [batch, *shape]."""
        return self._voltage__data

    @voltage.setter
    def voltage(self, value: Tensor) -> None:
        self._voltage__data = self._fitting("voltage", value)

    @property
    def refrac(self) -> Tensor:
        """What is left of the refractory periods in ms, [batch, *shape]; a neuron assigned the whole period counts as having spiked."""
        return self._refrac__data

    @refrac.setter
    def refrac(self, value: Tensor) -> None:
        self._refrac__data = self._fitting("refrac", value)
        self._remember_spikes()

    def _remember_spikes(self) -> None:
        """The spikes that the refractory times show, where they show any."""
        if self.refrac_t > 0:
            self._spike__data = self._refrac__data == self.refrac_t

    @property
    def spike(self) -> Tensor:
        """Which neurons spiked in the last step, bool [batch, *shape]."""
        return self._spike__data

    def _fitting(self, name: str, value: Tensor) -> Tensor:
        arguments.instance(name, value, Tensor, "a tensor")
        if value.shape != self._voltage__data.shape:
            raise ValueError(f"`{name}` must have the shape {list(self.batchedshape)}, got {list(value.shape)}")
        return value.to(dtype=self._voltage__data.dtype, device=self._voltage__data.device)

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self._remember_spikes()

    def clear(self, **kwargs: Any) -> None:
        """Bring voltages to rest and end all refractory periods."""
        self._voltage__data = torch.full_like(self._voltage__data, self.rest_v)
        self._refrac__data = torch.zeros_like(self._refrac__data)
        self._spike__data = torch.zeros_like(self._spike__data)

    def _native(self, inputs: Tensor, adaptation: Tensor | None, lock: bool, adapts: bool) -> tuple[Tensor, Tensor | None] | None:
        """One step by the native loop: spikes, and each sample's adaptation; None where it can't be had."""
        buffers = self._buffers
        voltage: Tensor = buffers["_voltage__data"]  # type: ignore[assignment]
        refrac: Tensor = buffers["_refrac__data"]  # type: ignore[assignment]
        self._require_shape(inputs, voltage)
        step = self.step_time
        made = self._native_step(voltage, refrac, inputs, adaptation, step, RESIDUE * step, self.refrac_t, lock, adapts)
        if made is None:
            return None
        buffers["_voltage__data"], buffers["_refrac__data"], buffers["_spike__data"], after = made
        return made[2], after

    def _require_shape(self, inputs: Tensor, voltage: Tensor) -> None:
        arguments.instance("inputs", inputs, Tensor, "a tensor of currents")
        if inputs.shape != voltage.shape:
            raise ValueError(f"`inputs` must have the shape {list(voltage.shape)} (batch and neurons), got {list(inputs.shape)}")

    def _step(
        self,
        inputs: Tensor,
        lock: bool,
        integrate: Callable[[Tensor, Tensor], Tensor],
        fires: Callable[[Tensor], Tensor],
        reset: Callable[[Tensor], Tensor | float],
    ) -> Tensor:
        """One step of the membrane on tensors, and its spikes; `_native` is its fast twin.

        A refractory neuron receives nothing and does not spike; with `lock` its voltage stands still as well.  The voltage is reset in the
        step of the spike.
        """
        voltage: Tensor = self._voltage__data
        self._require_shape(inputs, voltage)
        refrac = nn_functional.threshold(self._refrac__data - self.step_time, RESIDUE * self.step_time, 0.0)
        active = refrac == 0
        if lock:
            voltage = torch.where(active, integrate(voltage, inputs), voltage)
        else:
            voltage = integrate(voltage, inputs * active)
        spikes = fires(voltage).logical_and(active)
        self._refrac__data = refrac.masked_fill(spikes, self.refrac_t)
        after = reset(voltage)
        self._voltage__data = torch.where(spikes, after, voltage) if isinstance(after, Tensor) else voltage.masked_fill(spikes, after)
        self._spike__data = spikes
        return spikes
