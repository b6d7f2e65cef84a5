"""Synapses whose current lasts for one step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from inferno.core.casting import as_floats
from inferno.core.record import RecordTensor
from inferno.core.virtual import VirtualTensor
from inferno.neural.synapses.synapse import INTERPOLATIONS, InfernoSynapse, SynapseConstructor


class DeltaCurrent(InfernoSynapse):
    """Synapses that deliver their charge within one step: I = Q/dt where a spike arrives, otherwise 0.

    Source: `Delta` of `std/synapses.snn`.  Only the first input counts, and any value other than 0 is a spike.

    Parameters
    ----------
    shape
        Of the sources, without the batch.
    step_time
        Length of a step in ms, > 0.
    spike_charge
        Charge Q of a spike in pC, not 0.
    delay
        How far back the history reaches, in ms, >= 0.
    interp_mode
        `previous` or `nearest`: how times between two steps are read.
    interp_tol
        Difference in ms within which a time is one of a step, >= 0.
    current_overbound, spike_overbound
        What is read beyond the history; None for its edge.
    batch_size
        Samples in a batch.
    inplace
        Whether records are changed in place.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    RuntimeError
        For another `interp_mode`.
    """

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        spike_charge: float,
        delay: float = 0.0,
        interp_mode: str = "previous",
        interp_tol: float = 0.0,
        current_overbound: float | None = 0.0,
        spike_overbound: bool | None = False,
        batch_size: int = 1,
        inplace: bool = False,
    ) -> None:
        super().__init__(
            shape,
            step_time,
            delay=delay,
            interp_mode=interp_mode,
            interp_tol=interp_tol,
            spike_overbound=spike_overbound,
            batch_size=batch_size,
            inplace=inplace,
        )
        self.spike_charge = spike_charge
        self.current_overbound = current_overbound
        self.current_: VirtualTensor = VirtualTensor(self, "current_", "_derived_current")

    @classmethod
    def partialconstructor(
        cls,
        spike_charge: float,
        interp_mode: str = "previous",
        interp_tol: float = 0.0,
        current_overbound: float | None = 0.0,
        spike_overbound: bool | None = False,
        inplace: bool = False,
    ) -> SynapseConstructor:
        """A constructor `(shape, step_time, delay, batch_size) -> synapse`; arguments as for the class."""

        def construct(shape: tuple[int, ...], step_time: float, delay: float, batch_size: int) -> DeltaCurrent:
            return cls(
                shape,
                step_time,
                spike_charge=spike_charge,
                delay=delay,
                interp_mode=interp_mode,
                interp_tol=interp_tol,
                current_overbound=current_overbound,
                spike_overbound=spike_overbound,
                batch_size=batch_size,
                inplace=inplace,
            )

        return construct

    def _derived_current(self, dtype: torch.dtype, device: torch.device) -> Tensor:
        return self.spike.to(dtype) * (self.spike_charge / self._step_time)

    @property
    def current(self) -> Tensor:
        """The present currents in nA, [batch, *shape]."""
        return self.current_.value

    def current_at(self, selector: Tensor) -> Tensor:
        """Currents as of `selector` ms ago, in nA, in the selector's shape: [batch, *shape] or [batch, *shape, D]."""
        spikes = self._at(self.spike_, self.spike, selector, INTERPOLATIONS[self.interp_mode], None)
        current = spikes.to(self._current__ref.dtype) * (self.spike_charge / self._step_time)
        return self._bounded(current, selector, self.current_overbound)

    def clear(self, **kwargs: Any) -> None:
        """Forget all spikes."""
        super().clear(**kwargs)

    def forward(self, *inputs: Tensor, **kwargs: Any) -> Tensor:
        """One step.

        Parameters
        ----------
        inputs
            Spikes, [batch, *shape]; only the first counts.

        Returns
        -------
        Tensor
            Currents in nA, [batch, *shape].
        """
        spikes = self._spikes_of(inputs)
        self._push("spike_", spikes)
        like: Tensor = self._buffers["_current__ref"]  # type: ignore[assignment]
        return as_floats(spikes, like.dtype).mul_(self.spike_charge / self._step_time)


class DeltaPlusCurrent(InfernoSynapse):
    """Synapses as `DeltaCurrent` into which further currents are injected: I = s Q/dt + the sum of all inputs after the first.

    The first input is not made a spike for the current: a value of 0.5 delivers half the charge.  Arguments and errors as for
    `DeltaCurrent`.  Source: `Delta` of `std/synapses.snn`, and currents that are added.
    """

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        spike_charge: float,
        delay: float = 0.0,
        interp_mode: str = "previous",
        interp_tol: float = 0.0,
        current_overbound: float | None = 0.0,
        spike_overbound: bool | None = False,
        batch_size: int = 1,
        inplace: bool = False,
    ) -> None:
        super().__init__(
            shape,
            step_time,
            delay=delay,
            interp_mode=interp_mode,
            interp_tol=interp_tol,
            spike_overbound=spike_overbound,
            batch_size=batch_size,
            inplace=inplace,
        )
        self.spike_charge = spike_charge
        self.current_overbound = current_overbound
        self.current_: RecordTensor = self._record("current_")

    @classmethod
    def partialconstructor(
        cls,
        spike_charge: float,
        interp_mode: str = "previous",
        interp_tol: float = 0.0,
        current_overbound: float | None = 0.0,
        spike_overbound: bool | None = False,
        inplace: bool = False,
    ) -> SynapseConstructor:
        """A constructor `(shape, step_time, delay, batch_size) -> synapse`; arguments as for the class."""

        def construct(shape: tuple[int, ...], step_time: float, delay: float, batch_size: int) -> DeltaPlusCurrent:
            return cls(
                shape,
                step_time,
                spike_charge=spike_charge,
                delay=delay,
                interp_mode=interp_mode,
                interp_tol=interp_tol,
                current_overbound=current_overbound,
                spike_overbound=spike_overbound,
                batch_size=batch_size,
                inplace=inplace,
            )

        return construct

    @property
    def current(self) -> Tensor:
        """The present currents in nA, [batch, *shape]."""
        return self._newest("current_")

    @current.setter
    def current(self, value: Tensor) -> None:
        self._replace("current", value)

    def current_at(self, selector: Tensor) -> Tensor:
        """Currents as of `selector` ms ago, in nA, in the selector's shape: [batch, *shape] or [batch, *shape, D]."""
        return self._at(self.current_, self.current, selector, INTERPOLATIONS[self.interp_mode], self.current_overbound)

    def forward(self, *inputs: Tensor, **kwargs: Any) -> Tensor:
        """One step.

        Parameters
        ----------
        inputs
            Spikes, [batch, *shape], and then currents in nA of the same shape.

        Returns
        -------
        Tensor
            Currents in nA, [batch, *shape].
        """
        self._push("spike_", self._spikes_of(inputs))
        current = as_floats(inputs[0], self._current__data.dtype) * (self.spike_charge / self._step_time)
        for injected in inputs[1:]:
            self._require_fitting(injected)
            current = current + injected.to(current.dtype)
        self._push("current_", current)
        return current
