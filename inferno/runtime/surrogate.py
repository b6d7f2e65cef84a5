"""Spikes: a threshold forward, a smooth derivative backward."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from inferno.runtime.literals import chosen


def _derivative(name: str, margin: Tensor, slope: float) -> Tensor:
    """The derivative that stands for the threshold's; each integrates to about 1 where slope is large.

    Sources: fast sigmoid: Zenke & Ganguli (2018); sigmoid, arctangent and triangle: Fang et al. (2021), Bellec et al. (2018).
    """
    if name == "fast_sigmoid":
        return 1.0 / (1.0 + slope * margin.abs()) ** 2
    if name == "sigmoid":
        value = torch.sigmoid(slope * margin)
        return slope * value * (1.0 - value)
    if name == "atan":
        return slope / (2.0 * (1.0 + (math.pi / 2.0 * slope * margin) ** 2))
    return (1.0 - slope * margin.abs()).clamp(min=0.0) * slope


class _Threshold(torch.autograd.Function):
    """1 where the margin is not negative (or positive, if strict), with a surrogate derivative."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, margin: Tensor, name: str, slope: float, strict: bool) -> Tensor:
        ctx.save_for_backward(margin)
        ctx.name, ctx.slope = name, slope  # type: ignore[attr-defined]
        return (margin > 0 if strict else margin >= 0).to(margin.dtype)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (margin,) = ctx.saved_tensors  # type: ignore[attr-defined]
        return gradient * _derivative(ctx.name, margin, ctx.slope), None, None, None  # type: ignore[attr-defined]


def fire(margin: Tensor, free: Tensor | None, surrogate: str, slope: float, strict: bool = False) -> Tensor:
    """Who spikes, as 0 and 1 in the margin's type: where it is not negative and the neuron is not refractory.

    Parameters
    ----------
    margin
        Distance over the threshold, any shape.
    free
        False where a neuron is refractory, or None.
    surrogate, slope
        The derivative for autograd.
    strict
        Whether the threshold must be exceeded.
    """
    if torch.is_grad_enabled() and margin.requires_grad:
        spikes: Tensor = _Threshold.apply(margin, surrogate, slope, strict)
        return spikes if free is None else spikes * free
    reached = margin > 0 if strict else margin >= 0
    return (reached if free is None else reached & free).to(margin.dtype)


def happens(condition: Tensor, free: Tensor | None, pattern: Tensor) -> Tensor:
    """Who spikes by a condition that has no margin, as 0 and 1 in the pattern's type: no derivative."""
    return (condition if free is None else condition & free).to(pattern.dtype)


def when(events: Tensor, value: Tensor | float, otherwise: Tensor | float = 0.0) -> Tensor:
    """`value` where there is an event (not 0), `otherwise` elsewhere; differentiable through events that carry a gradient."""
    if events.requires_grad:
        return otherwise + events * (value - otherwise)
    return chosen(events != 0, value, otherwise, events)
