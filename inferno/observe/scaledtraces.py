"""Traces of events that have sizes, and of events that something else decides on."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from inferno.core import arguments
from inferno.core.traces import trace_cumulative_scaled, trace_nearest_scaled
from inferno.observe.reducers import DecayReducer


class ScaledTraceReducer(DecayReducer):
    """Keeps an exponentially decaying trace of events with sizes.  Abstract: `fold` is missing.

    Parameters are those of `ScaledCumulativeTraceReducer`.
    """

    def __init__(
        self,
        step_time: float,
        time_constant: float,
        amplitude: float,
        scale: float,
        criterion: Callable[[Tensor], Tensor],
        *,
        duration: float = 0.0,
        inclusive: bool = False,
        inplace: bool = False,
    ) -> None:
        super().__init__(step_time, time_constant, duration, inclusive, inplace)
        self.amplitude, self.scale = arguments.real("amplitude", amplitude), arguments.real("scale", scale)
        if not callable(criterion):
            raise TypeError(f"`criterion` must be a function, got {type(criterion).__name__}")
        self.criterion = criterion


class ScaledCumulativeTraceReducer(ScaledTraceReducer):
    """A trace to which each event adds its size: trace * exp(-step_time/time_constant) + (scale * observation + amplitude) * [event].

    Source: Morrison, Diesmann & Gerstner, Biological Cybernetics 98:459 (2008), with sizes of events.

    Parameters
    ----------
    step_time, duration, inclusive, inplace
        As for `FoldReducer`.
    time_constant
        Of the decay in ms, > 0.
    amplitude
        Part of an event that does not depend on its size.
    scale
        Factor of the observation.
    criterion
        Which elements of an observation are events: called with it, returns a boolean tensor in its shape.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    def fold(self, *inputs: Tensor, state: Tensor | None) -> Tensor:
        """The trace after an observation."""
        return trace_cumulative_scaled(
            inputs[0], state, decay=self._decay, amplitude=self.amplitude, scale=self.scale, matchfn=self.criterion
        )


class ScaledNearestTraceReducer(ScaledTraceReducer):
    """A trace that each event sets to scale * observation + amplitude; parameters and errors as for `ScaledCumulativeTraceReducer`.

    Source: Morrison, Diesmann & Gerstner, Biological Cybernetics 98:459 (2008), with sizes of events.
    """

    def fold(self, *inputs: Tensor, state: Tensor | None) -> Tensor:
        """The trace after an observation."""
        return trace_nearest_scaled(inputs[0], state, decay=self._decay, amplitude=self.amplitude, scale=self.scale, matchfn=self.criterion)


class ConditionalTraceReducer(DecayReducer):
    """Keeps a trace of observations for which a second one, of booleans in their shape, is true.  Abstract: `fold` is missing.

    Parameters are those of `ScaledCumulativeTraceReducer`, but for the criterion.
    """

    def __init__(
        self,
        step_time: float,
        time_constant: float,
        amplitude: float,
        scale: float,
        *,
        duration: float = 0.0,
        inclusive: bool = False,
        inplace: bool = False,
    ) -> None:
        super().__init__(step_time, time_constant, duration, inclusive, inplace)
        self.amplitude, self.scale = arguments.real("amplitude", amplitude), arguments.real("scale", scale)

    def forward(self, *inputs: Tensor) -> None:
        """Fold an observation and its condition.

        Raises
        ------
        TypeError
            For other than two of them.
        ValueError
            For a condition of another shape than the observation, or an observation of another shape than those before.
        """
        if len(inputs) != 2:
            raise TypeError(f"{type(self).__name__} takes an observation and its condition, got {len(inputs)} of the two")
        obs, condition = inputs
        if condition.shape != obs.shape:
            raise ValueError(f"a condition must have the shape {list(obs.shape)} of its observation, got {list(condition.shape)}")
        super().forward(obs, condition)


class ConditionalCumulativeTraceReducer(ConditionalTraceReducer):
    """A trace to which each event adds scale * observation + amplitude, the second observation, bool in its shape, saying which are.

    Parameters and errors are those of `ScaledCumulativeTraceReducer`, but for the criterion.
    Source: Morrison, Diesmann & Gerstner, Biological Cybernetics 98:459 (2008), with sizes of events.
    """

    def fold(self, *inputs: Tensor, state: Tensor | None) -> Tensor:
        """The trace after an observation and its condition."""
        obs, condition = inputs
        return trace_cumulative_scaled(
            obs, state, decay=self._decay, amplitude=self.amplitude, scale=self.scale, matchfn=lambda _: condition.bool()
        )


class ConditionalNearestTraceReducer(ConditionalTraceReducer):
    """A trace that each event sets to scale * observation + amplitude, the second observation, bool in its shape, saying which are.

    Parameters and errors are those of `ScaledCumulativeTraceReducer`, but for the criterion.
    Source: Morrison, Diesmann & Gerstner, Biological Cybernetics 98:459 (2008), with sizes of events.
    """

    def fold(self, *inputs: Tensor, state: Tensor | None) -> Tensor:
        """The trace after an observation and its condition."""
        obs, condition = inputs
        return trace_nearest_scaled(
            obs, state, decay=self._decay, amplitude=self.amplitude, scale=self.scale, matchfn=lambda _: condition.bool()
        )
