"""What is made of one observation after the other."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.core.casting import as_floats
from inferno.core.module import Module
from inferno.core.record import RecordTensor
from inferno.core.shaped import ignored
from inferno.core.slots import rolled
from inferno.core.traces import trace_cumulative, trace_nearest
from inferno.functional import interp_expdecay, interp_previous
from inferno.observe.native import cumulative_of_spikes


class Reducer(Module):
    """Takes observations and offers what it made of them.  Abstract."""

    def peek(self) -> Tensor | None:
        """The newest result, or None before the first observation."""
        raise NotImplementedError(f"{type(self).__name__} must define `peek`")

    def view(self, time: float | Tensor, tolerance: float = 1e-7) -> Tensor | None:
        """The result as of `time` ms ago, or None before the first observation."""
        raise NotImplementedError(f"{type(self).__name__} must define `view`")

    def dump(self) -> Tensor | None:
        """All results kept, the newest first, [R, *shape], or None before the first observation."""
        raise NotImplementedError(f"{type(self).__name__} must define `dump`")

    def clear(self, keepshape: bool = False) -> None:
        """Forget everything."""
        raise NotImplementedError(f"{type(self).__name__} must define `clear`")

    def push(self, result: Tensor) -> None:
        """Keep a result as it is."""
        raise NotImplementedError(f"{type(self).__name__} must define `push`")

    def forward(self, *inputs: Tensor) -> None:
        """Take an observation."""
        raise NotImplementedError(f"{type(self).__name__} must define `forward`")

    @property
    def latest(self) -> Tensor | None:
        """The newest result, or None before the first observation."""
        return self.peek()


class RecordReducer(Reducer):
    """A reducer that keeps records, all over the same duration.  Abstract: what `Reducer` lacks is missing.

    Parameters
    ----------
    step_time
        Time between two observations in ms, > 0.
    duration
        For how long results are kept, in ms, >= 0.
    inclusive
        Whether both ends of the duration count.
    inplace
        Whether records are changed in place; then what `peek` gave changes with them.
    """

    def __init__(self, step_time: float, duration: float, inclusive: bool = False, inplace: bool = False) -> None:
        super().__init__()
        self._dt = arguments.positive("step_time", step_time)
        self._duration = arguments.non_negative("duration", duration)
        self._inclusive, self.inplace = arguments.flag("inclusive", inclusive), arguments.flag("inplace", inplace)
        self._records: list[str] = []

    def add_record(self, name: str, value: Tensor | None = None) -> RecordTensor:
        """A new record, as the attribute `name`: of an observation to begin with, or None for one whose first observation makes it.

        Raises
        ------
        TypeError, ValueError
            For a name that is no identifier.
        RuntimeError
            For one that another attribute has.
        """
        arguments.identifier("name", name)
        if hasattr(self, name):
            raise RuntimeError(f"`name` must be new, but {type(self).__name__} has an attribute {name!r}")
        empty = torch.empty(0) if value is None else value
        made = RecordTensor(self, name, self._dt, self._duration, empty, inclusive=self._inclusive)
        setattr(self, name, made)
        self._records.append(name)
        return made

    @property
    def dt(self) -> float:
        """Time between two observations in ms; setting it resizes the records, which keep what is newest."""
        return self._dt

    @dt.setter
    def dt(self, value: float) -> None:
        self._dt = arguments.positive("dt", value)
        for name in self._records:
            getattr(self, name).dt = self._dt

    @property
    def duration(self) -> float:
        """For how long results are kept, in ms; setting it resizes the records, which keep what is newest."""
        return self._duration

    @duration.setter
    def duration(self, value: float) -> None:
        self._duration = arguments.non_negative("duration", value)
        for name in self._records:
            getattr(self, name).duration = self._duration


class FoldReducer(RecordReducer):
    """Folds each observation into the last result, and keeps results for a while.  Abstract: `fold` and `interpolate` are missing.

    State: the record `data_` of R = max(ceil(duration/step_time) + inclusive, 1) results, float [R, *shape], made at the first observation.

    Parameters
    ----------
    step_time
        Time between two observations in ms, > 0.
    duration
        For how long results are kept, in ms, >= 0.
    inclusive
        Whether both ends of the duration count.
    inplace
        Whether the record is changed in place.
    fill
        What the record holds before as many observations.

    Raises
    ------
    ValueError, TypeError
        For a time out of its range, or that is no number.
    """

    _data__data: Tensor

    def __init__(self, step_time: float, duration: float, inclusive: bool = False, inplace: bool = False, fill: float = 0) -> None:
        super().__init__(step_time, duration, inclusive, inplace)
        self.fill = float(fill)
        self.register_extra("_initial", True)
        self.data_: RecordTensor = self.add_record("data_")

    def fold(self, *inputs: Tensor, state: Tensor | None) -> Tensor:
        """The result of an observation and the last result, which is None at first."""
        raise NotImplementedError(f"{type(self).__name__} must define `fold`")

    def interpolate(self, prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float) -> Tensor:
        """The result `sample_at` ms after the older of two, which are `step_time` ms apart."""
        raise NotImplementedError(f"{type(self).__name__} must define `interpolate`")

    def peek(self) -> Tensor | None:
        """The newest result, or None before the first observation."""
        if self._extras["_initial"]:
            return None
        data: Tensor = self._data__data
        return data[0] if data.shape[0] == 1 else self.data_.read()

    def view(self, time: float | Tensor, tolerance: float = 1e-7) -> Tensor | None:
        """The result as of `time` ms ago, interpolated, or None before the first observation."""
        return None if self._extras["_initial"] else self.data_.select(time, self.interpolate, tolerance=tolerance)

    def dump(self) -> Tensor | None:
        """All results kept, the newest first, [R, *shape], or None before the first observation."""
        if self._extras["_initial"]:
            return None
        return rolled(self._data__data, -self.data_.pointer).flip(0)

    def clear(self, keepshape: bool = False) -> None:
        """Forget all results; with `keepshape` the record keeps its shape and is filled."""
        if keepshape:
            self.data_.reset(self.fill)
        else:
            self.data_.deinitialize()
        self._extras["_initial"] = True

    def push(self, result: Tensor) -> None:
        """Keep a result as it is."""
        data: Tensor = self._data__data
        if self._extras["_initial"] and self.data_.ignored:
            self.data_.initialize(result.shape, device=data.device if data.device.type != "cpu" else result.device, fill=self.fill)
            data = self._data__data
        if data.shape[0] == 1 and not self.inplace:
            if result.shape != data.shape[1:]:
                raise ValueError(f"an observation must have the shape {list(data.shape[1:])} of those before, got {list(result.shape)}")
            self._data__data = as_floats(result, data.dtype).unsqueeze(0)
        else:
            self.data_.push(result, self.inplace)
        self._extras["_initial"] = False

    def forward(self, *inputs: Tensor) -> None:
        """Fold an observation.

        Raises
        ------
        ValueError
            For one of another shape than those before.
        """
        self.push(self.fold(*inputs, state=self.peek()))

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *args: object) -> None:
        """Take the storage of a state dict, whatever the shape of its observations: it is made at the first one."""
        found, known = state_dict.get(f"{prefix}_data__data"), self._data__data
        if found is not None and not ignored(found) and found.shape[0] == self.data_.recordsz:
            self._buffers["_data__data"] = torch.empty(found.shape, dtype=known.dtype, device=known.device)
        super()._load_from_state_dict(state_dict, prefix, *args)


def require_shape(obs: Tensor, state: Tensor | None) -> None:
    """Refuse an observation of another shape than those before, which would be broadcast.

    Raises
    ------
    ValueError
        With both shapes.
    """
    if state is not None and obs.shape != state.shape:
        raise ValueError(f"an observation must have the shape {list(state.shape)} of those before, got {list(obs.shape)}")


class PassthroughReducer(FoldReducer):
    """Keeps observations as they are, as floats; parameters as for `FoldReducer`."""

    def __init__(self, step_time: float, duration: float = 0.0, inclusive: bool = False, inplace: bool = False) -> None:
        super().__init__(step_time, duration, inclusive, inplace)

    def fold(self, *inputs: Tensor, state: Tensor | None) -> Tensor:
        """The observation, a copy: what was observed may be changed in place later."""
        obs = inputs[0]
        return obs.clone() if obs.dtype == self._data__data.dtype else obs

    def interpolate(self, prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float) -> Tensor:
        """The older observation."""
        return interp_previous(prev, next, sample_at, step_time)


class DecayReducer(FoldReducer):
    """Keeps results that decay exponentially between observations.  Abstract: `fold` is missing.

    Parameters
    ----------
    step_time, duration, inclusive, inplace
        As for `FoldReducer`.
    time_constant
        Of the decay in ms, > 0.
    """

    def __init__(self, step_time: float, time_constant: float, duration: float, inclusive: bool, inplace: bool) -> None:
        super().__init__(step_time, duration, inclusive, inplace)
        self.time_constant = time_constant

    @property
    def time_constant(self) -> float:
        """The time constant of the decay in ms; setting it counts from the next observation."""
        return self._time_constant

    @time_constant.setter
    def time_constant(self, value: float) -> None:
        self._time_constant = arguments.positive("time_constant", value)
        self._decay = math.exp(-self._dt / self._time_constant)

    @property
    def dt(self) -> float:
        """Time between two observations in ms; setting it resizes the record, which keeps what is newest."""
        return self._dt

    @dt.setter
    def dt(self, value: float) -> None:
        RecordReducer.dt.fset(self, value)  # type: ignore[attr-defined]
        self._decay = math.exp(-self._dt / self.time_constant)

    def forward(self, *inputs: Tensor) -> None:
        """Fold an observation.

        Raises
        ------
        ValueError
            For one of another shape than those before.
        """
        state, obs = self.peek(), inputs[0]
        if state is None:
            # In the storage's type: spikes alone would make the first result one of torch's default type.
            state = torch.zeros(obs.shape, dtype=self._data__data.dtype, device=obs.device)
        else:
            require_shape(obs, state)
        self.push(self.fold(*inputs, state=state))

    def interpolate(self, prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float) -> Tensor:
        """The older result, decayed."""
        return interp_expdecay(prev, next, sample_at, step_time, time_constant=self.time_constant)


class TraceReducer(DecayReducer):
    """Keeps an exponentially decaying trace of events.  Abstract: `fold` is missing; parameters as for `CumulativeTraceReducer`."""

    def __init__(
        self,
        step_time: float,
        time_constant: float,
        amplitude: float,
        target: float | bool,
        tolerance: float | None = None,
        *,
        duration: float = 0.0,
        inclusive: bool = False,
        inplace: bool = False,
    ) -> None:
        super().__init__(step_time, time_constant, duration, inclusive, inplace)
        self.amplitude = arguments.real("amplitude", amplitude)
        self.target = target
        self.tolerance = arguments.non_negative("tolerance", tolerance) if tolerance is not None else None


class CumulativeTraceReducer(TraceReducer):
    """A trace to which each event adds its amplitude: trace * exp(-step_time/time_constant) + amplitude * [event].

    Source: Morrison, Diesmann & Gerstner, Biological Cybernetics 98:459 (2008).

    Parameters
    ----------
    step_time, duration, inclusive, inplace
        As for `FoldReducer`.
    time_constant
        Of the decay in ms, > 0.
    amplitude
        What an event adds, or for `NearestTraceReducer` sets.
    target
        The observation that is an event.
    tolerance
        Difference within which an observation is an event, >= 0; None for equality.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    def fold(self, *inputs: Tensor, state: Tensor | None) -> Tensor:
        """The trace after an observation."""
        if state is not None and self.target is True and self.tolerance is None and isinstance(self.amplitude, float):
            found = cumulative_of_spikes(inputs[0], state, self._decay, self.amplitude)
            if found is not None:
                return found
        return trace_cumulative(inputs[0], state, decay=self._decay, amplitude=self.amplitude, target=self.target, tolerance=self.tolerance)


class NearestTraceReducer(TraceReducer):
    """A trace that each event sets to its amplitude; parameters and errors as for `CumulativeTraceReducer`.

    Source: Morrison, Diesmann & Gerstner, Biological Cybernetics 98:459 (2008).
    """

    def fold(self, *inputs: Tensor, state: Tensor | None) -> Tensor:
        """The trace after an observation."""
        return trace_nearest(inputs[0], state, decay=self._decay, amplitude=self.amplitude, target=self.target, tolerance=self.tolerance)
