"""Averages of what was observed."""

from __future__ import annotations

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.core.mathematics import exponential_smoothing
from inferno.functional import interp_linear
from inferno.observe.reducers import FoldReducer, require_shape


class AverageReducer(FoldReducer):
    """Keeps averages, which lie on lines between observations.  Abstract: `fold` is missing; parameters as for `FoldReducer`."""

    def __init__(self, step_time: float, duration: float, inclusive: bool, inplace: bool) -> None:
        super().__init__(step_time, duration, inclusive, inplace)

    def interpolate(self, prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float) -> Tensor:
        """The value on the line between both results."""
        return interp_linear(prev, next, sample_at, step_time)


class EMAReducer(AverageReducer):
    """The exponential moving average: alpha * observation + (1 - alpha) * the average before; the first observation at first.

    Source: Holt (2004), International Journal of Forecasting 20:5, equation 1.

    Parameters
    ----------
    step_time, duration, inclusive, inplace
        As for `FoldReducer`.
    alpha
        Weight of an observation, in [0, 1].

    Raises
    ------
    ValueError, TypeError
        For a weight or a time out of its range, or that is no number.
    """

    def __init__(self, step_time: float, alpha: float, duration: float = 0.0, inclusive: bool = False, inplace: bool = False) -> None:
        super().__init__(step_time, duration, inclusive, inplace)
        self.alpha = arguments.real("alpha", alpha)
        if not 0 <= self.alpha <= 1:
            raise ValueError(f"`alpha` must be in [0, 1], got {alpha!r}")

    def fold(self, *inputs: Tensor, state: Tensor | None) -> Tensor:
        """The average with an observation."""
        obs = _floating(inputs[0])
        require_shape(obs, state)
        # A copy: what was observed may be changed in place later.
        return obs.clone() if state is None else exponential_smoothing(obs, state, alpha=self.alpha)


class CAReducer(AverageReducer):
    """The average of all observations; parameters as for `FoldReducer`.  Their number is the extra `_count`."""

    def __init__(self, step_time: float, duration: float = 0.0, inclusive: bool = False, inplace: bool = False) -> None:
        super().__init__(step_time, duration, inclusive, inplace)
        self.register_extra("_count", 0)

    def fold(self, *inputs: Tensor, state: Tensor | None) -> Tensor:
        """The average with an observation."""
        count = self._extras["_count"] + 1
        obs = _floating(inputs[0])
        require_shape(obs, state)
        made = obs.clone() if state is None else state + (obs - state) / count
        self._extras["_count"] = count
        return made

    def clear(self, keepshape: bool = False) -> None:
        """Forget all observations; with `keepshape` the record keeps its shape."""
        super().clear(keepshape)
        self._extras["_count"] = 0


def _floating(obs: Tensor) -> Tensor:
    return obs if obs.is_floating_point() else obs.to(torch.get_default_dtype())
