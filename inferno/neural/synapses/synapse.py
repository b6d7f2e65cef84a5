"""What every synapse offers, and the history that all of them keep."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.core.module import Module
from inferno.core.record import RecordTensor
from inferno.core.slots import rounding
from inferno.functional import interp_nearest, interp_previous
from inferno.neural.checked import Checked

INTERPOLATIONS: dict[str, Callable[..., Tensor]] = {"previous": interp_previous, "nearest": interp_nearest}


def interpolation(name: str, value: object) -> str:
    """A way to read times between two steps; RuntimeError for another word, or none."""
    if not isinstance(value, str) or value not in INTERPOLATIONS:
        raise RuntimeError(f'`{name}` must be "previous" or "nearest", got {value!r}')
    return value


def current_beyond(name: str, value: object) -> float | None:
    """A current that is read beyond the history, in nA; None stays.  ValueError or TypeError for what is no finite number."""
    return arguments.real(name, value) if value is not None else None


def spike_beyond(name: str, value: object) -> bool | None:
    """A spike that is read beyond the history, or None; TypeError for something else."""
    arguments.instance(name, value, bool | None, "True, False or None")
    return value  # type: ignore[return-value]


class Synapse(Module):
    """Turns spikes into currents and keeps both for as long as its delay.  Abstract.

    `shape` is that of the sources, without the batch.  Currents are in nA, times in ms, charges in pC.
    """

    @classmethod
    def partialconstructor(cls, *args: Any, **kwargs: Any) -> SynapseConstructor:
        """A constructor `(shape, step_time, delay, batch_size) -> synapse`, for a connection to call."""
        raise NotImplementedError(f"{cls.__name__} must define `partialconstructor`")

    @property
    def dt(self) -> float:
        """The length of a step, in ms; setting it starts the state afresh."""
        raise NotImplementedError(f"{type(self).__name__} must define `dt`")

    @dt.setter
    def dt(self, value: float) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define `dt`")

    @property
    def delay(self) -> float:
        """How far back the history reaches, in ms; setting it starts the state afresh."""
        raise NotImplementedError(f"{type(self).__name__} must define `delay`")

    @delay.setter
    def delay(self, value: float) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define `delay`")

    @property
    def current(self) -> Tensor:
        """The present currents in nA, [batch, *shape]."""
        raise NotImplementedError(f"{type(self).__name__} must define `current`")

    @property
    def spike(self) -> Tensor:
        """The present spikes, bool [batch, *shape]."""
        raise NotImplementedError(f"{type(self).__name__} must define `spike`")

    @abstractmethod
    def current_at(self, selector: Tensor) -> Tensor:
        """Currents as of `selector` ms ago, [batch, *shape] or [batch, *shape, D]."""
        raise NotImplementedError(f"{type(self).__name__} must define `current_at`")

    @abstractmethod
    def spike_at(self, selector: Tensor) -> Tensor:
        """Spikes as of `selector` ms ago, [batch, *shape] or [batch, *shape, D]."""
        raise NotImplementedError(f"{type(self).__name__} must define `spike_at`")

    @abstractmethod
    def clear(self, **kwargs: Any) -> None:
        """Forget all spikes and currents."""
        raise NotImplementedError(f"{type(self).__name__} must define `clear`")

    @abstractmethod
    def forward(self, *inputs: Tensor, **kwargs: Any) -> Tensor:
        """One step: spikes [batch, *shape] in, currents in nA [batch, *shape] out."""
        raise NotImplementedError(f"{type(self).__name__} must define `forward`")


class SynapseConstructor(Protocol):
    """What a connection makes its synapse with; called by position."""

    def __call__(self, shape: tuple[int, ...], step_time: float, delay: float, batch_size: int, /) -> Synapse:
        """The synapse of a connection."""
        ...


class InfernoSynapse(Checked, Synapse):
    """A synapse that records its spikes over its delay.  Abstract: currents are missing.

    State: `spike_`, a record of ceil(delay/step_time) + 1 steps of bool [batch, *shape]; a subclass adds the records of its currents.

    Parameters
    ----------
    shape
        Of the sources, without the batch.
    step_time
        Length of a step in ms, > 0.
    delay
        How far back the history reaches, in ms, >= 0.
    batch_size
        Samples in a batch.
    inplace
        Whether records are changed in place.
    interp_mode
        `previous` or `nearest`: how spikes between two steps are read.
    interp_tol
        Difference in ms within which a time is one of a step, >= 0.
    spike_overbound
        What is read beyond the history; None for its edge.
    """

    checks = {
        "interp_mode": interpolation, "interp_tol": arguments.non_negative, "spike_overbound": spike_beyond,
        "current_overbound": current_beyond, "spike_charge": arguments.non_zero, "inplace": arguments.flag,
    }  # fmt: skip

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        delay: float = 0.0,
        batch_size: int = 1,
        inplace: bool = False,
        *,
        interp_mode: str = "previous",
        interp_tol: float = 0.0,
        spike_overbound: bool | None = False,
    ) -> None:
        super().__init__()
        self._shape = arguments.shape("shape", shape)
        self._step_time = arguments.positive("step_time", step_time)
        self._delay = arguments.non_negative("delay", delay)
        self.interp_mode, self.interp_tol, self.spike_overbound = interp_mode, interp_tol, spike_overbound
        self.inplace = inplace
        self._batch = arguments.count("batch_size", batch_size)
        self._names: tuple[str, ...] = ()
        self.spike_: RecordTensor = self._record("spike_", torch.bool)

    def _record(self, name: str, dtype: torch.dtype | None = None) -> RecordTensor:
        """A record over the synapse's delay, which is resized and cleared with the others."""
        self._names = (*self._names, name)
        return RecordTensor(self, name, self._step_time, self._delay, torch.zeros(self.batchedshape, dtype=dtype), inclusive=True)

    def _push(self, name: str, observation: Tensor) -> None:
        """Add an observation to a record."""
        if self._delay == 0 and not self.inplace:
            # A record of one step is its newest observation: a copy, as what comes in and goes out may be changed in place later.
            self._buffers[f"_{name}_data"] = torch.stack((observation,))
        else:
            getattr(self, name).push(observation, self.inplace)

    def _newest(self, name: str) -> Tensor:
        """The newest observation of a record."""
        found: Tensor = getattr(self, f"_{name}_data")[0] if self._delay == 0 else getattr(self, name).read()
        return found

    def _replace(self, name: str, value: Tensor) -> None:
        """Put a value in the place of the newest observation of `spike` or `current`."""
        arguments.instance(name, value, Tensor, "a tensor")
        if value.shape != self.batchedshape:
            raise ValueError(f"`{name}` must have the shape {list(self.batchedshape)} (batch and sources), got {list(value.shape)}")
        getattr(self, f"{name}_").write(value, offset=1)

    def _resize(self) -> None:
        for name in self._names:
            record: RecordTensor = getattr(self, name)
            record.dt, record.duration = self._step_time, self._delay
            known = record.value
            assert known is not None
            record.value = torch.zeros(record.recordsz, self._batch, *self._shape, dtype=known.dtype, device=known.device)
        self.clear()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the sources, without the batch."""
        return self._shape

    @property
    def batchsz(self) -> int:
        """The number of samples in a batch; setting it starts the state afresh."""
        return self._batch

    @batchsz.setter
    def batchsz(self, value: int) -> None:
        self._batch = arguments.count("batchsz", value)
        self._resize()

    @property
    def batchedshape(self) -> tuple[int, ...]:
        """The shape of inputs and currents: batch first."""
        return (self._batch, *self._shape)

    @property
    def dt(self) -> float:
        """The length of a step, in ms; setting it starts the state afresh."""
        return self._step_time

    @dt.setter
    def dt(self, value: float) -> None:
        self._step_time = arguments.positive("dt", value)
        self._resize()

    @property
    def delay(self) -> float:
        """How far back the history reaches, in ms; setting it starts the state afresh."""
        return self._delay

    @delay.setter
    def delay(self, value: float) -> None:
        self._delay = arguments.non_negative("delay", value)
        self._resize()

    @property
    def spike(self) -> Tensor:
        """The present spikes, bool [batch, *shape]."""
        return self._newest("spike_")

    @spike.setter
    def spike(self, value: Tensor) -> None:
        self._replace("spike", value)

    def spike_at(self, selector: Tensor) -> Tensor:
        """Spikes as of `selector` ms ago, bool, in the selector's shape: [batch, *shape] or [batch, *shape, D].

        Raises
        ------
        ValueError
            For a selector of another shape.
        """
        return self._at(self.spike_, self.spike, selector, INTERPOLATIONS[self.interp_mode], self.spike_overbound)

    def _at(
        self,
        record: RecordTensor,
        present: Tensor,
        selector: Tensor,
        interpolation: Callable[..., Tensor],
        overbound: float | bool | None,
        **options: float,
    ) -> Tensor:
        """A record as of some times ago; beyond its ends `overbound`, or the value there."""
        arguments.instance("selector", selector, Tensor, "a tensor of times")
        if self.batchedshape not in (selector.shape, selector.shape[:-1]):
            expected = f"{list(self.batchedshape)}, perhaps with one dimension more"
            raise ValueError(f"`selector` must have the shape {expected}, got {list(selector.shape)}")
        if record.recordsz == 1:
            found = present.unsqueeze(-1).expand_as(selector) if selector.ndim > present.ndim else present.expand_as(selector)
        else:
            times = selector.clamp(0.0, self._delay)
            found = record.select(times, interpolation, tolerance=self.interp_tol, interp_kwargs=options)
        return self._bounded(found, selector, overbound)

    def _bounded(self, found: Tensor, selector: Tensor, overbound: float | bool | None) -> Tensor:
        """Values as found within the history, `overbound` beyond it; rounding leads to no time beyond it."""
        if overbound is None:
            return found
        slack = max(self.interp_tol, rounding(selector, self._delay))
        inside = (selector - selector.clamp(0.0, self._delay)).abs() <= slack
        return torch.where(inside, found, torch.full_like(found, overbound))

    def clear(self, **kwargs: Any) -> None:
        """Forget all spikes and currents."""
        for name in self._names:
            getattr(self, name).reset(0)

    def _spikes_of(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """The first input as spikes."""
        if not inputs:
            raise TypeError(f"`inputs` must begin with spikes {list(self.batchedshape)} for {type(self).__name__}, got none")
        self._require_fitting(inputs[0])
        return inputs[0] if inputs[0].dtype == torch.bool else inputs[0] != 0

    def _require_fitting(self, value: Tensor) -> None:
        if type(value) is not Tensor:
            arguments.instance("inputs", value, Tensor, "tensors")
        if value.shape != (self._batch, *self._shape):
            raise ValueError(f"`inputs` must have the shape {list(self.batchedshape)} (batch and sources), got {list(value.shape)}")
