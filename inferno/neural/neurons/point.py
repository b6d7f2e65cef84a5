"""Neurons that are a point: a membrane voltage, a refractory time, and spikes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as nn_functional
from torch import Tensor

from inferno.core import arguments
from inferno.neural.compiled import NEURON_CHECKS, Compiled
from inferno.neural.equations import Equations
from inferno.neural.native import NativeStep
from inferno.neural.neurons.neuron import InfernoNeuron


def residue(step_time: float, period: float) -> float:
    """The refractory time in ms below which it is over: differences of floats leave that much.

    A thousandth of a step, and more after some hundred steps: the rounding of each is in proportion to their number.
    """
    steps = period / step_time
    return step_time * min(max(1e-3, 2e-8 * steps * steps), 0.5)


def spiked(refrac: Tensor, period: float) -> Tensor:
    """Which neurons have the whole refractory period before them, bool; also where it came from floats of another precision."""
    return torch.isclose(refrac, torch.full_like(refrac, period), rtol=1e-6, atol=0.0)


def forgive(key: str, *names: list[str]) -> None:
    """Take a key off lists: that of spikes, which a state dict may have, but need not."""
    for found in names:
        if key in found:
            found.remove(key)


def ordered(name: str, rest_v: float, middle: float, thresh_v: float) -> tuple[float, float]:
    """The middle voltage and the threshold, if rest_v < middle <= thresh_v.

    Raises
    ------
    ValueError, TypeError
        If they are not, or are no numbers.
    """
    threshold = arguments.real("thresh_v", thresh_v)
    rest, value = arguments.less("rest_v", rest_v, "thresh_v", threshold), arguments.real(name, middle)
    if not rest < value <= threshold:
        raise ValueError(f"`{name}` must be greater than `rest_v` ({rest:g}) and at most `thresh_v` ({threshold:g}), got {middle!r}")
    return value, threshold


class PointNeuron(Compiled, InfernoNeuron):
    """A neuron that keeps voltages, refractory times and spikes for each sample of a batch.  Abstract: `forward` is missing.

    State: `_voltage__data` and `_refrac__data`, float [batch, *shape].  Without a refractory period, which shows who spiked, the spikes of
    the last step are saved as well: `_spike__data`, bool [batch, *shape].

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

    checks = NEURON_CHECKS

    def __init__(self, shape: int | tuple[int, ...], step_time: float, *, rest_v: float, refrac_t: float, batch_size: int) -> None:
        super().__init__(shape, batch_size)
        self.step_time = arguments.positive("step_time", step_time)
        self.rest_v = arguments.real("rest_v", rest_v)
        self.refrac_t = arguments.non_negative("refrac_t", refrac_t)
        self._resize()
        self._equations: Equations
        self._native_step: NativeStep

    def _resize(self) -> None:
        known: Tensor | None = self._buffers.get("_voltage__data")
        like = known if known is not None else torch.empty(0)
        voltage = torch.full(self.batchedshape, self.rest_v, dtype=like.dtype, device=like.device)
        self.register_buffer("_voltage__data", voltage)
        self.register_buffer("_refrac__data", torch.zeros_like(voltage))
        self.register_buffer("_spike__data", torch.zeros_like(voltage, dtype=torch.bool), persistent=self.refrac_t == 0)

    def _use(self, equations: Equations, parts: int) -> None:
        """Step by these equations from now on, with so many components of an adaptation."""
        self._equations = equations
        self.register_buffer("_spike__data", self._spike__data, persistent=self.refrac_t == 0)
        self._native_step = NativeStep(equations, parts, self.step_time, residue(self.step_time, self.refrac_t), self.refrac_t)

    def _require_order(self) -> None:
        """Refuse voltages at rest or after a spike that reach the threshold."""
        known = self.__dict__
        limit = "thresh_v" if "thresh_v" in known else "thresh_eq_v"
        for name in ("rest_v", "reset_v"):
            if name in known:
                arguments.less(name, known[name], limit, known[limit])
        for name in ("crit_v", "rheobase_v"):
            if name in known:
                ordered(name, known["rest_v"], known[name], known[limit])

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
        if self.refrac_t > 0:
            self._spike__data = spiked(self._refrac__data, self.refrac_t)

    @property
    def spike(self) -> Tensor:
        """Which neurons spiked in the last step, bool [batch, *shape]."""
        return self._spike__data

    def _fitting(self, name: str, value: Tensor) -> Tensor:
        arguments.instance(name, value, Tensor, "a tensor")
        if value.shape != self._voltage__data.shape:
            raise ValueError(f"`{name}` must have the shape {list(self.batchedshape)}, got {list(value.shape)}")
        return value.to(dtype=self._voltage__data.dtype, device=self._voltage__data.device, copy=True)

    def _load_from_state_dict(self, state: Any, prefix: str, *rest: Any) -> None:
        # Not into the tensor that the last step returned.
        self._spike__data = torch.zeros_like(self._spike__data)
        super()._load_from_state_dict(state, prefix, *rest)
        _metadata, _strict, missing, unexpected, _errors = rest
        forgive(f"{prefix}_spike__data", missing, unexpected)
        if self.refrac_t > 0:
            self._spike__data = spiked(self._refrac__data, self.refrac_t)

    def clear(self, **kwargs: Any) -> None:
        """Bring voltages to rest and end all refractory periods."""
        self._voltage__data = torch.full_like(self._voltage__data, self.rest_v)
        self._refrac__data = torch.zeros_like(self._refrac__data)
        self._spike__data = torch.zeros_like(self._spike__data)

    def _received(self, inputs: Tensor) -> Tensor:
        """Inputs in the type of the state."""
        if type(inputs) is not Tensor:
            arguments.instance("inputs", inputs, Tensor, "a tensor of currents")
        voltage: Tensor = self._buffers["_voltage__data"]  # type: ignore[assignment]
        if inputs.shape != voltage.shape:
            raise ValueError(f"`inputs` must have the shape {list(voltage.shape)} (batch and neurons), got {list(inputs.shape)}")
        return inputs if inputs.dtype == voltage.dtype else inputs.to(voltage.dtype)

    def _native(self, inputs: Tensor, adaptation: Tensor | None, lock: bool, adapts: bool) -> tuple[Tensor, Tensor | None] | None:
        """One step by the native loop: spikes, and each sample's adaptation; None where it can't be had."""
        buffers = self._buffers
        voltage: Tensor = buffers["_voltage__data"]  # type: ignore[assignment]
        refrac: Tensor = buffers["_refrac__data"]  # type: ignore[assignment]
        made = self._native_step(voltage, refrac, inputs, adaptation, lock, adapts)
        if made is None:
            return None
        buffers["_voltage__data"], buffers["_refrac__data"], buffers["_spike__data"], after = made
        return made[2], after

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
        refrac = nn_functional.threshold(self._refrac__data - self.step_time, residue(self.step_time, self.refrac_t), 0.0)
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
