"""How long ago events were."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.observe.reducers import FoldReducer, require_shape

INITIAL = {"inf": math.inf, "zero": 0.0, "nan": math.nan}


class EventReducer(FoldReducer):
    """The time since the last event in ms: 0 at an event, else a step more than before.

    Parameters
    ----------
    step_time, duration, inclusive, inplace
        As for `FoldReducer`.
    criterion
        Which elements of an observation are events: called with it, returns a boolean tensor in its shape.
    initial
        The time before the first event: `inf`, `nan`, or `zero`, from which it grows as if an event had been just before.

    Raises
    ------
    TypeError
        For a criterion that is no function.
    ValueError
        For another word as `initial`.
    """

    def __init__(
        self,
        step_time: float,
        criterion: Callable[[Tensor], Tensor],
        initial: str = "inf",
        duration: float = 0.0,
        inclusive: bool = False,
        inplace: bool = False,
    ) -> None:
        super().__init__(step_time, duration, inclusive, inplace, fill=INITIAL[arguments.choice("initial", initial, INITIAL)])
        if not callable(criterion):
            raise TypeError(f"`criterion` must be a function, got {type(criterion).__name__}")
        self.criterion = criterion

    def fold(self, *inputs: Tensor, state: Tensor | None) -> Tensor:
        """The time after an observation."""
        events = self.criterion(inputs[0])
        require_shape(events, state)
        if state is None:
            kind = inputs[0].dtype if inputs[0].is_floating_point() else torch.get_default_dtype()
            state = torch.full(events.shape, self.fill, dtype=kind, device=events.device)
            return state.masked_fill(events, 0.0)
        return (state + self._dt).masked_fill(events, 0.0)

    def interpolate(self, prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float) -> Tensor:
        """The older time and what has passed since."""
        return prev + sample_at
