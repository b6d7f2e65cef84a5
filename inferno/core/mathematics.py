"""Functions of numbers and tensors: exponentials and roots of either, normalization, rescaling, smoothing."""

from __future__ import annotations

import cmath
import math
from typing import Any, TypeVar, overload

import numpy as np
import torch
from torch import Tensor

Array = TypeVar("Array", Tensor, "np.ndarray[Any, Any]")
Dimensions = int | tuple[int, ...] | None


@overload
def exp(x: Array) -> Array: ...
@overload
def exp(x: float) -> float: ...
@overload
def exp(x: complex) -> complex: ...
def exp(x: Any) -> Any:
    """The exponential of a number, tensor or array, of the kind that was given; of a whole number, a float.

    Raises
    ------
    OverflowError
        If the result for a number is too large; that for a tensor or an array is infinite.
    TypeError
        For anything else.
    """
    if isinstance(x, Tensor):
        return torch.exp(x)
    if isinstance(x, int | float):
        return math.exp(x)
    if isinstance(x, complex):
        return cmath.exp(x)
    if isinstance(x, np.ndarray | np.generic):
        return np.exp(x)
    raise TypeError(f"`x` must be a number, a tensor or an array, got {type(x).__name__}")


@overload
def sqrt(x: Array) -> Array: ...
@overload
def sqrt(x: float) -> float: ...
@overload
def sqrt(x: complex) -> complex: ...
def sqrt(x: Any) -> Any:
    """The square root of a number, tensor or array, of the kind that was given; of a whole number, a float.

    Raises
    ------
    ValueError
        For a negative number that is not complex; elements of tensors and arrays become NaN.
    TypeError
        For anything else.
    """
    if isinstance(x, Tensor):
        return torch.sqrt(x)
    if isinstance(x, int | float):
        if x < 0:
            raise ValueError(f"`x` must be at least 0 or complex, got {x!r}")
        return math.sqrt(x)
    if isinstance(x, complex):
        return cmath.sqrt(x)
    if isinstance(x, np.ndarray | np.generic):
        return np.sqrt(x)
    raise TypeError(f"`x` must be a number, a tensor or an array, got {type(x).__name__}")


def normalize(data: Tensor, order: float, scale: float | Tensor = 1.0, dim: Dimensions = None, epsilon: float = 1e-12) -> Tensor:
    """The data divided by its norm, scale * data / max(||data||, epsilon); zeros stay zeros.

    Parameters
    ----------
    data
        Floating-point tensor of any shape.
    order
        Order p of the norm, (sum |x|^p)^(1/p); infinities are allowed, and 0 counts what is not 0.
    scale
        Norm of the result.
    dim
        Dimensions over which a norm is taken; None for all.
    epsilon
        Least divisor.  For types that cannot tell it from 0, their least normal number is taken.
    """
    norm: Tensor = torch.linalg.vector_norm(data, order, dim, keepdim=True)
    return data * scale / norm.clamp_min(max(epsilon, torch.finfo(norm.dtype).tiny))


def rescale(
    data: Tensor,
    resmin: float | Tensor | None,
    resmax: float | Tensor | None,
    *,
    srcmin: float | Tensor | None = None,
    srcmax: float | Tensor | None = None,
    dim: Dimensions = None,
) -> Tensor:
    """The data mapped linearly from [srcmin, srcmax] to [resmin, resmax].

    The ends of the source are met by the ends of the result exactly; what lies outside of it is mapped outside.  If both ends of the
    source are the same, as for constant data, the result is NaN.

    Parameters
    ----------
    data
        Tensor of any shape; a mask or whole numbers give torch's default type.
    resmin, resmax
        Range of the result; None keeps that end of the source.
    srcmin, srcmax
        Range of the source; None for the least and the greatest of the data.
    dim
        Dimensions over which least and greatest are taken; None for all.
    """
    values = _floating(data)
    over = () if dim is None else dim
    low = values.amin(over, keepdim=True) if srcmin is None else torch.as_tensor(srcmin, dtype=values.dtype, device=values.device)
    high = values.amax(over, keepdim=True) if srcmax is None else torch.as_tensor(srcmax, dtype=values.dtype, device=values.device)
    start = low if resmin is None else torch.as_tensor(resmin, dtype=values.dtype, device=values.device)
    end = high if resmax is None else torch.as_tensor(resmax, dtype=values.dtype, device=values.device)
    return torch.lerp(start, end, (values - low) / (high - low))


def exponential_smoothing(obs: Tensor, level: Tensor | None, *, alpha: float | Tensor) -> Tensor:
    """The next level of simple exponential smoothing, alpha * obs + (1 - alpha) * level.

    Parameters
    ----------
    obs
        Latest observation, of any shape; masks and whole numbers are taken in torch's default type.
    level
        Level so far; None for the first observation, which is returned.
    alpha
        Weight of the observation, in [0, 1].

    References
    ----------
    Holt (2004), reprint of 1957, "Forecasting seasonals and trends by exponentially weighted moving averages",
    doi:10.1016/j.ijforecast.2003.09.015
    """
    if level is None:
        return _floating(obs)
    return alpha * obs + (1 - alpha) * level


def holt_linear_smoothing(
    obs: Tensor, level: Tensor | None, trend: Tensor | None, *, alpha: float | Tensor, beta: float | Tensor
) -> tuple[Tensor, Tensor | None]:
    """The next level s and trend b of double exponential smoothing, after Holt.

    With the trend b' and level s' so far, s = alpha * obs + (1 - alpha) * (s' + b') and b = beta * (s - s') + (1 - beta) * b'.
    The first observation is the first level, without a trend; the second one less that level is the first trend.

    Parameters
    ----------
    obs
        Latest observation, of any shape; masks and whole numbers are taken in torch's default type.
    level, trend
        What was returned last; None for the first observation, and for a trend that is not known yet.
    alpha, beta
        Weights of the latest level and trend, in [0, 1].

    References
    ----------
    As for `exponential_smoothing`.
    """
    values = _floating(obs)
    if level is None:
        return values, None
    slope = values - level if trend is None else trend
    smoothed = exponential_smoothing(values, level + slope, alpha=alpha)
    return smoothed, exponential_smoothing(smoothed - level, slope, alpha=beta)


def _floating(data: Tensor) -> Tensor:
    return data if data.is_floating_point() or data.is_complex() else data.to(torch.get_default_dtype())
