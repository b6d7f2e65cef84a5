"""What functions that are handed to trainers, updaters and records must look like."""

from __future__ import annotations

from typing import Any, Protocol

from torch import Tensor


class HalfBounding(Protocol):
    """A bound of a parameter at one side.

    Called as `bound(param, update, limit, **kwargs)`: the parameter, the magnitude of an update towards the limit in its shape, and the
    limit, a number or a tensor that broadcasts with it.
    """

    def __call__(self, param: Tensor, update: Tensor, limit: float | Tensor, /, **kwargs: Any) -> Tensor:
        """What a limit leaves of the magnitude of an update towards it."""
        ...


class FullBounding(Protocol):
    """A bound of a parameter at both sides.

    Called as `bound(param, pos, neg, max, min, **kwargs)`: the parameter, the magnitudes of its increase and its decrease in its shape,
    and the limits, each a number, a tensor that broadcasts with it, or None for a side without.
    """

    def __call__(
        self, param: Tensor, pos: Tensor, neg: Tensor, max: float | Tensor | None, min: float | Tensor | None, /, **kwargs: Any
    ) -> Tensor:
        """The update that two limits leave of the magnitudes of an increase and a decrease."""
        ...


class Interpolation(Protocol):
    """A value between two observations.

    Called as `interp(prev, next, sample_at, step_time, **kwargs)`: the older and the newer observation, of one shape; the time since the
    older one in ms, in [0, step_time] and in a shape that broadcasts with theirs; and the time between the two in ms.
    """

    def __call__(self, prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float | Tensor, /, **kwargs: Any) -> Tensor:
        """The value at a time in ms since the older of two observations, which are `step_time` ms apart."""
        ...


class Extrapolation(Protocol):
    """Two observations that hold a sample between them.

    Called as `extrap(sample, sample_at, prev, next, step_time, **kwargs)`: the sample; its time since the older observation in ms, in
    [0, step_time]; the older and the newer observation; and the time between these two in ms.  All tensors have one shape, or shapes that
    broadcast.
    """

    def __call__(
        self, sample: Tensor, sample_at: Tensor, prev: Tensor, next: Tensor, step_time: float | Tensor, /, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """What the older and the newer of two observations become for a sample at a time in ms since the older."""
        ...


class DimensionReduction(Protocol):
    """One element for all along some dimensions.

    Called as `reduction(data, dim=None, keepdim=False, **kwargs)`: a tensor of any shape; one dimension, a tuple of them, or None for all;
    and whether they stay, with a size of 1.
    """

    def __call__(self, data: Tensor, dim: int | tuple[int, ...] | None = None, keepdim: bool = False, /, **kwargs: Any) -> Tensor:
        """The data without these dimensions (None: all), or with a size of 1 along them."""
        ...


class SpikeTimeHalfKernel(Protocol):
    """A window of spike-timing-dependent plasticity at one side.

    Called as `kernel(diff, **kwargs)`: differences of spike times, t_post - t_pre, in ms and in any shape.
    """

    def __call__(self, diff: Tensor, /, **kwargs: Any) -> Tensor:
        """The update for differences of spike times, t_post - t_pre, in ms."""
        ...
