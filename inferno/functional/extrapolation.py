"""What two observations of a record become when a sample between them is to be stored.

Each function is called as `extrap(sample, sample_at, prev, next, step_time, **kwargs)`: the sample, its time since the older observation
in ms, in [0, step_time], the older and the newer observation, and the time between these two in ms.  It returns what the older and the
newer one become.  All tensors have one shape, or shapes that broadcast.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def extrap_previous(sample: Tensor, sample_at: Tensor, prev: Tensor, next: Tensor, step_time: float | Tensor) -> tuple[Tensor, Tensor]:
    """The sample in place of the older observation.

    Shapes and units are those of `Extrapolation`.
    """
    return sample, next


def extrap_next(sample: Tensor, sample_at: Tensor, prev: Tensor, next: Tensor, step_time: float | Tensor) -> tuple[Tensor, Tensor]:
    """The sample in place of the newer observation.

    Shapes and units are those of `Extrapolation`.
    """
    return prev, sample


def extrap_neighbors(sample: Tensor, sample_at: Tensor, prev: Tensor, next: Tensor, step_time: float | Tensor) -> tuple[Tensor, Tensor]:
    """The sample in place of both observations.

    Shapes and units are those of `Extrapolation`.
    """
    return sample, sample


def extrap_nearest(sample: Tensor, sample_at: Tensor, prev: Tensor, next: Tensor, step_time: float | Tensor) -> tuple[Tensor, Tensor]:
    """The sample in place of the observation that is nearer in time; half-way, of the older one.

    Shapes and units are those of `Extrapolation`.
    """
    # As `interp_nearest` compares, so that what is stored is what is read at the same time.
    newer = sample_at / step_time > 0.5
    return torch.where(newer, prev, sample), torch.where(newer, sample, next)


def extrap_linear_forward(
    sample: Tensor,
    sample_at: Tensor,
    prev: Tensor,
    next: Tensor,
    step_time: float | Tensor,
    *,
    adjust: Callable[[Tensor], Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """The older observation, and the end of the line from it through the sample; without bound for a sample at the older one's time.

    Parameters
    ----------
    sample, sample_at, prev, next, step_time
        As for `Extrapolation`.
    adjust
        Makes the older observation what it becomes; None leaves it.
    """
    older = prev if adjust is None else adjust(prev)
    return older, older + (sample - older) * (step_time / sample_at)


def extrap_linear_backward(
    sample: Tensor,
    sample_at: Tensor,
    prev: Tensor,
    next: Tensor,
    step_time: float | Tensor,
    *,
    adjust: Callable[[Tensor], Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """The start of the line through the sample to the newer observation, and that; without bound for a sample at the newer one's time.

    Parameters
    ----------
    sample, sample_at, prev, next, step_time
        As for `Extrapolation`.
    adjust
        Makes the newer observation what it becomes; None leaves it.
    """
    newer = next if adjust is None else adjust(next)
    return newer + (sample - newer) * (step_time / (step_time - sample_at)), newer


def extrap_expdecay(
    sample: Tensor, sample_at: Tensor, prev: Tensor, next: Tensor, step_time: float | Tensor, *, time_constant: float | Tensor
) -> tuple[Tensor, Tensor]:
    """Both ends of the exponential decay through the sample, its time constant tau in ms.

    With t = `sample_at` and dt = `step_time`: sample * exp(t / tau) and sample * exp(-(dt - t) / tau).  Shapes are those of
    `Extrapolation`.
    """
    return sample * torch.exp(sample_at / time_constant), sample * torch.exp((sample_at - step_time) / time_constant)


def extrap_expratedecay(
    sample: Tensor, sample_at: Tensor, prev: Tensor, next: Tensor, step_time: float | Tensor, *, rate_constant: float | Tensor
) -> tuple[Tensor, Tensor]:
    """Both ends of the exponential decay through the sample, its rate constant lambda in 1/ms.

    With t = `sample_at` and dt = `step_time`: sample * exp(lambda * t) and sample * exp(-lambda * (dt - t)).  Shapes are those of
    `Extrapolation`.
    """
    return sample * torch.exp(sample_at * rate_constant), sample * torch.exp((sample_at - step_time) * rate_constant)
