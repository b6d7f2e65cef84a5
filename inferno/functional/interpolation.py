"""Values between two observations of a record.

Each function is called as `interp(prev, next, sample_at, step_time, **kwargs)`: the older and the newer observation, the time since the
older one in ms, in [0, step_time] and in a shape that broadcasts with the observations, and the time between the two in ms.
"""

from __future__ import annotations

import torch
from torch import Tensor


def interp_previous(prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float | Tensor) -> Tensor:
    """The older observation.

    Shapes and units are those of `Interpolation`.
    """
    return prev


def interp_next(prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float | Tensor) -> Tensor:
    """The newer observation.

    Shapes and units are those of `Interpolation`.
    """
    return next


def interp_nearest(prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float | Tensor) -> Tensor:
    """The observation that is nearer in time; half-way, the older one.

    Shapes and units are those of `Interpolation`.
    """
    return torch.where(sample_at / step_time > 0.5, next, prev)


def interp_linear(prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float | Tensor) -> Tensor:
    """The value on the line through both observations; spikes and whole numbers are taken in torch's default type.

    Shapes and units are those of `Interpolation`.
    """
    older, newer = _floating(prev), _floating(next)
    return torch.lerp(older, newer, (sample_at / step_time).to(older.dtype))


def interp_expdecay(prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float | Tensor, *, time_constant: float | Tensor) -> Tensor:
    """The older observation after an exponential decay, prev * exp(-sample_at / time_constant), the constant in ms.

    Shapes and units are those of `Interpolation`.
    """
    return prev * torch.exp(sample_at / -time_constant)


def interp_expratedecay(
    prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float | Tensor, *, rate_constant: float | Tensor
) -> Tensor:
    """The older observation after an exponential decay, prev * exp(-rate_constant * sample_at), the constant in 1/ms.

    Shapes and units are those of `Interpolation`.
    """
    return prev * torch.exp(sample_at * -rate_constant)


def _floating(data: Tensor) -> Tensor:
    return data if data.is_floating_point() or data.is_complex() else data.to(torch.get_default_dtype())
